@testable import SyncEngine
import SyncModel

/// A log that takes in whatever comes. Signatures would stop every changed byte, so most segments are signed anew by one
/// of three devices, and their contexts made to name places that exist: an author may write anything.
let engineTargets = [
  Target("engine", seeds: { try engineSeeds() }) { bytes in try EngineRun(bytes).run() }
]

private func engineSeeds() throws -> [[UInt8]] {
  let story = try Sample.story()
  let hidden = try Sample.story(in: Sample.hidden)
  let whole = story + [try Sample.withoutFirstValue(story[0])]
  return [
    EngineRun.input([(.asItCame, story[0]), (.asItCame, story[1])], in: Sample.answers),
    EngineRun.input([(.asItCame, story[1]), (.asItCame, story[0])], in: Sample.answers),
    EngineRun.input(whole.map { (.signedByFirst, $0) }, in: Sample.answers),
    EngineRun.input(whole.reversed().map { (.signedByFirst, $0) }, in: Sample.answers),
    EngineRun.input([(.signedByFirst, story[0]), (.signedBySecond, story[1])], in: Sample.answers),
    EngineRun.input([(.signedByThird, story[0]), (.signedByFirst, story[1])], in: Sample.answers),
    EngineRun.input(hidden.map { (.asItCame, $0) }, in: Sample.hidden),
    EngineRun.input(hidden.map { (.signedByFirst, $0) }, in: Sample.hidden),
    EngineRun.input(whole.map { (.signedByFirst, $0) }, in: Sample.hidden, sealing: true),
  ]
}

/// One input played: a byte for the log, then steps of a byte that says how and a segment with its length.
private struct EngineRun {
  enum How: UInt8 {
    case asItCame = 0
    case signedByFirst, signedBySecond, signedByThird
  }

  private let log: LogID
  private var steps: [(how: UInt8, segment: Segment)] = []
  /// Later ones are left out: an input is a short story.
  private static let stepLimit = 8
  private static let entryLimit = 64

  static func input(_ steps: [(how: How, segment: Segment)], in log: LogID, sealing: Bool = false) -> [UInt8] {
    var writer = ByteWriter()
    writer.byte(log == Sample.answers ? 0 : 1)
    for step in steps {
      writer.byte(step.how.rawValue | 4 | (sealing ? 16 : 0))
      writer.lengthPrefixed(step.segment.bytes)
    }
    return writer.bytes
  }

  init(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    log = ((try? reader.byte()) ?? 0) & 1 == 0 ? Sample.answers : Sample.hidden
    while steps.count < Self.stepLimit, let how = try? reader.byte(),
      let blob = try? reader.lengthPrefixed("segment", limit: reader.remaining)
    {
      guard let segment = try? Segment(bytes: blob), segment.entryCount <= Self.entryLimit else { continue }
      steps.append((how, segment))
    }
  }

  func run() throws {
    let engine = try Sample.engine(of: log)
    var order: UInt64 = 0
    for step in steps {
      var segment = step.segment
      if let key = (How(rawValue: step.how & 3) ?? .asItCame).key {
        segment = try signed(segment, by: key, repairing: step.how & 4 != 0, sealing: step.how & 16 != 0, for: engine)
      }
      guard let result = try? engine.ingest(segment, receivedMilliseconds: order) else { continue }
      if !result.gap {
        let again = try engine.ingest(segment, receivedMilliseconds: order)
        promise(again.new == 0 && !again.gap, "an entry received twice is stored twice")
      }
      if step.how & 8 == 0 { try deliver(engine, &order) }
    }
    try deliver(engine, &order)
    promise(try engine.deliver(order: order + 1) { Sample.authority($1) } == 0, "delivery stopped early")
    try hold(engine)
  }

  private func deliver(_ engine: LogEngine<MemoryLog>, _ order: inout UInt64) throws {
    order += 1
    try engine.deliver(order: order) { Sample.authority($1) }
    try engine.flush()
  }

  /// Promises 1 and 5: what is stored is a chain that others accept, in either order, and they come to the same view.
  private func hold(_ engine: LogEngine<MemoryLog>) throws {
    promise((0...engine.entryCount).contains(engine.waiting), "more waits than is stored")
    let segments = try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 24) }
    let view = try Shown.view(of: engine)
    for order in [segments, segments.reversed()] {
      let other = try Sample.engine(of: log)
      for segment in order {
        let copy = try Segment(bytes: segment.bytes)
        promise(copy == segment, "a segment changes on its way")
        promise(try !other.ingest(copy, receivedMilliseconds: 0).gap, "a feed sent from its start has a gap")
      }
      try other.deliver(order: 1) { Sample.authority($1) }
      try other.flush()
      promise(other.tips == engine.tips, "another store ends elsewhere")
      promise(other.entryCount == engine.entryCount, "another store holds other entries")
      promise(other.waiting == engine.waiting, "\(other.waiting) wait there, \(engine.waiting) here")
      promise(try Shown.view(of: other) == view, "another store shows something else")
    }
  }

  // MARK: Signing anew

  private func signed(
    _ segment: Segment, by key: DeviceKey, repairing: Bool, sealing: Bool, for engine: LogEngine<MemoryLog>
  ) throws -> Segment {
    var copy = segment
    copy.log = log
    if let bytes = segment.genesis {
      let old = try? FeedGenesis(bytes: bytes)
      let incarnation = old?.incarnation ?? Incarnation(high: 7, low: 1)
      let genesis = FeedGenesis(
        school: Sample.school, log: log, deviceKey: key.publicKey, incarnation: incarnation, continues: old?.continues)
      copy.genesis = genesis.bytes
      copy.fromHash = Chain.start(genesis: genesis.bytes)
      copy.replica = ReplicaID(school: Sample.school, deviceKey: key.publicKey, incarnation: incarnation)
    } else if let (index, strand) = engine.strands.enumerated().first(where: { $1.deviceKey == key.publicKey }) {
      copy.replica = strand.replica
      copy.from = min(segment.from, strand.stored)
      copy.fromHash = try engine.hash(on: index, seq: copy.from) ?? segment.fromHash
      if copy.from == 0 { copy.genesis = strand.genesis }
    }
    if repairing { copy.runs = try segment.runs.map { try repaired($0, for: engine) } }
    // Values that cannot be told apart cannot be sealed either.
    if sealing, let sealed = try? Sample.sealed(copy) { copy = sealed }
    copy.heads = []
    let wanted = Set(segment.heads.map { $0.seq - segment.from })
    var hash = copy.fromHash
    for (offset, next) in Self.steps(of: copy).enumerated() {
      let seq = copy.from + UInt32(offset) + 1
      guard let reached = next(hash, seq) else { return segment }
      hash = reached
      guard wanted.contains(UInt32(offset) + 1) else { continue }
      let message = Chain.headMessage(school: Sample.school, log: log, replica: copy.replica, seq: seq, hash: hash)
      copy.heads.append(.init(seq: seq, signature: try key.sign(message)))
    }
    return copy
  }

  /// For each entry what takes the chain from the one before to it; nil where it has no hash.
  private static func steps(of segment: Segment) -> [(Digest256, UInt32) -> Digest256?] {
    let channel = segment.log.channel
    return segment.runs.flatMap { run -> [(Digest256, UInt32) -> Digest256?] in
      switch run {
      case .plain(let secret, let entries):
        entries.map { entry in
          {
            try? Chain.next($0, header: entry.header, values: entry.values, secret: secret, seq: $1, in: channel)
          }
        }
      case .explicit(let entries):
        entries.map { entry in
          { before, _ in
            Chain.next(
              before, headerDigest: Chain.headerDigest(entry.header), valuesDigest: Chain.valuesDigest(entry.slots))
          }
        }
      case .sealed(let entries):
        entries.map { entry in
          { before, _ in
            Chain.next(before, headerDigest: entry.headerDigest, valuesDigest: entry.valuesDigest)
          }
        }
      }
    }
  }

  private func repaired(_ run: Segment.Run, for engine: LogEngine<MemoryLog>) throws -> Segment.Run {
    switch run {
    case .plain(let secret, let entries):
      .plain(
        secret: secret,
        entries: try entries.map { .init(header: try repaired($0.header, for: engine), values: $0.values) })
    case .explicit(let entries):
      .explicit(entries: try entries.map { .init(header: try repaired($0.header, for: engine), slots: $0.slots) })
    case .sealed: run
    }
  }

  /// The header with its introduced replicas replaced by such that are stored here, at places that exist.
  private func repaired(_ header: [UInt8], for engine: LogEngine<MemoryLog>) throws -> [UInt8] {
    let generous = FeedNameCounts(replicas: 64, persons: 64, registers: 1024)
    guard var read = try? EntryHeader(bytes: header, after: generous), !engine.strands.isEmpty else { return header }
    var introduced: Set<ReplicaID> = []
    var tips: [EntryHeader.ContextTip] = []
    for tip in read.context {
      guard case .new(let id) = tip.replica else {
        tips.append(tip)
        continue
      }
      let index = Int(id.low % UInt64(engine.strands.count))
      let strand = engine.strands[index]
      guard strand.stored > 0, introduced.insert(strand.replica).inserted else { continue }
      let seq = (tip.seq - 1) % strand.stored + 1
      guard let hash = try engine.hash(on: index, seq: seq) else { continue }
      tips.append(.init(replica: .new(strand.replica), seq: seq, tag: hash.tag))
    }
    let known = tips.prefix { if case .known = $0.replica { true } else { false } }
    read.context =
      known
      + tips.dropFirst(known.count).sorted { left, right in
        guard case .new(let a) = left.replica, case .new(let b) = right.replica else { return false }
        return a < b
      }
    return read.bytes
  }
}

extension EngineRun.How {
  fileprivate var key: DeviceKey? { self == .asItCame ? nil : Sample.keys[Int(rawValue) - 1] }
}

/// A sibling without local numbers.
private struct Shown: Hashable {
  var replica: ReplicaID
  var seq: UInt32
  var hash: Digest256?
  var change: UInt16
  var time: HybridTime
  var valid: Bool
  var content: Sibling.Content

  static func view(of engine: LogEngine<MemoryLog>) throws -> [RegisterName: Set<Shown>] {
    try engine.storage.view.mapValues { siblings in
      Set(
        try siblings.all.map { sibling in
          let strand = Int(sibling.dot.strand)
          return Shown(
            replica: engine.strands[strand].replica, seq: sibling.dot.seq,
            hash: try engine.hash(on: strand, seq: sibling.dot.seq), change: sibling.change, time: sibling.time,
            valid: sibling.valid, content: sibling.content)
        })
    }.filter { !$0.value.isEmpty }
  }
}
