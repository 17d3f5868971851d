import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Random histories in which values are redacted before, after and while they travel, relays take values out, disks are
/// cloned, and authors gain and lose authority.
@Suite("random histories of redactions")
struct RedactionHistoryTests {
  static let histories: UInt64 = 60

  @Test(
    "every replica ends with the same view, no trace of what is redacted, whole chains and nothing owed that anybody has (promises 1, 2, 4, 5)",
    arguments: 0..<4)
  func histories(shard: UInt64) throws {
    var total = RedactionWorld.Statistics()
    for seed in shard * 1_000_000..<shard * 1_000_000 + Self.histories {
      var world = try RedactionWorld(seed: seed)
      try world.run()
      total += world.statistics
    }
    #expect(
      total.redactions > 50 && total.stripped > 50 && total.filled > 25 && total.reinstated > 5 && total.forks > 3,
      "the histories are too tame to prove anything: \(total)")
  }
}

/// Up to four replicas of one log and what a model knows of every value ever written.
struct RedactionWorld {
  struct Statistics {
    var redactions = 0
    var stripped = 0
    var filled = 0
    var reinstated = 0
    var forks = 0

    static func += (left: inout Self, right: Self) {
      left.redactions += right.redactions
      left.stripped += right.stripped
      left.filled += right.filled
      left.reinstated += right.reinstated
      left.forks += right.forks
    }
  }

  /// One value as its author wrote it.
  struct Written {
    let target: RedactionTarget
    let value: [UInt8]
    let secret: BatchSecret
  }

  let seed: UInt64
  var generator: SeededGenerator
  var desks: [Desk] = []
  var written: [Written] = []
  var underway: [(to: Int, bytes: [UInt8])] = []
  var statistics = Statistics()
  var draws: UInt64 = 100

  init(seed: UInt64) throws {
    self.seed = seed
    generator = SeededGenerator(seed: seed)
    for number in 1...generator.int(in: 2...3) { desks.append(try Desk(UInt8(number))) }
  }

  mutating func run() throws {
    for _ in 0..<generator.int(in: 10...45) {
      let desk = generator.below(desks.count)
      switch generator.below(100) {
      case ..<30: try write(at: desk)
      case ..<42: try redact(at: desk)
      case ..<66: try send(from: desk)
      case ..<90: try receive()
      case ..<93: if desks.count < 4 { desks.append(try desks[desk].cloned()) }
      default: try changeAuthority(at: desk)
      }
    }
    try settle()
  }

  // MARK: Events

  private mutating func append(_ changes: [Change], at index: Int) throws {
    let desk = desks[index]
    let own = desk.engine.strands.filter { $0.replica == desk.replica }
    if own.count > 1 || own.contains(where: { $0.applied != $0.stored }) {
      draws += 1
      desk.drawIncarnation(
        draws, continuing: own.first.map { FeedPlace(replica: $0.replica, seq: $0.stored, hash: $0.storedHash) })
    }
    let secret = BatchSecret(high: generator.next(), low: generator.next())
    let shown = generator.chance(percent: 60) ? desk.order : UInt64(generator.below(Int(desk.order) + 1))
    let before = changes.map { change in
      (
        change.register,
        (desk.engine.storage.view[change.register]?.all ?? []).filter { sibling in
          // What somebody wrote themselves needs no showing.
          if desk.engine.strands[Int(sibling.dot.strand)].replica == desk.replica { return false }
          if case .value = sibling.content { return false }
          return true
        }
      )
    }
    let place = try desk.write(changes, shownUpTo: shown, secret: secret)
    try reconcile(index)
    // Nobody supersedes what nobody could show (promise 2).
    for (register, absent) in before {
      let after = Set((desk.engine.storage.view[register]?.all ?? []).map(\.dot))
      for sibling in absent where !after.contains(sibling.dot) {
        throw failure("superseded a value that was absent", at: index)
      }
    }
    let strand = try #require(desk.engine.ownStrand(desk.replica))
    let segment = try #require(try desk.engine.segment(on: strand, after: place.seq - 1, byteLimit: 1 << 20))
    // Where the batch that it went on with holds something redacted, it stands there in explicit form.
    let values: [[UInt8]]
    var batch = secret
    switch segment.runs.last {
    case .plain(let shared, let entries)?:
      batch = shared
      values = try entries.last.map { try Self.split($0.values) } ?? []
    case .explicit(let entries)?:
      values = (entries.last?.slots ?? []).compactMap { if case .present(_, let value) = $0 { value } else { nil } }
    case .sealed, nil: throw failure("an own write is not there", at: index)
    }
    if values.count != changes.count { throw failure("an own write lost a value", at: index) }
    for (change, value) in values.enumerated() {
      written.append(
        Written(
          target: RedactionTarget(log: desk.engine.log, place: place, change: UInt16(change)), value: value,
          secret: batch))
    }
  }

  private static func split(_ values: [UInt8]) throws -> [[UInt8]] {
    var reader = ByteReader(values)
    var parts: [[UInt8]] = []
    while !reader.isAtEnd {
      let start = reader.offset
      _ = try Value(from: &reader)
      parts.append(reader.consumed(since: start))
    }
    return parts
  }

  private mutating func write(at index: Int) throws {
    let parts = Set((0..<generator.int(in: 1...3)).map { _ in UInt64(generator.below(3)) }).sorted()
    try append(
      parts.map { Change(Desk.register($0 + 1), .text("隐私\(generator.next())")) }, at: index)
  }

  /// Of anything ever written, known here or not: redactions may come before the value.
  private mutating func redact(at index: Int) throws {
    guard let chosen = generator.pick(written) else { return }
    statistics.redactions += 1
    try append(chosen.target.changes(reason: "理由\(generator.next())"), at: index)
  }

  private mutating func send(from index: Int) throws {
    let engine = desks[index].engine
    guard let strand = generator.pick(engine.strands.indices) else { return }
    let after = generator.chance(percent: 50) ? 0 : UInt32(generator.below(Int(engine.strands[strand].stored)))
    guard let segment = try engine.segment(on: strand, after: after, byteLimit: generator.pick([1, 300, 1 << 20]) ?? 1)
    else { return }
    try engine.markHeadsSent(on: strand, through: segment.from + UInt32(segment.entryCount))
    var bytes = segment.bytes
    if generator.chance(percent: 30) {
      let percent = generator.pick([20, 100]) ?? 100
      bytes = try segment.stripped { _, _ in generator.chance(percent: percent) }.bytes
      statistics.stripped += 1
    }
    underway.append((generator.below(desks.count), bytes))
  }

  private mutating func receive() throws {
    guard !underway.isEmpty else { return }
    let position = generator.below(underway.count)
    let packet = generator.chance(percent: 20) ? underway[position] : underway.remove(at: position)
    try take(packet.bytes, at: packet.to)
  }

  private mutating func take(_ bytes: [UInt8], at index: Int) throws {
    let result = try desks[index].take(Segment(bytes: bytes))
    statistics.filled += result.filled
    if result.forked { statistics.forks += 1 }
    try reconcile(index)
  }

  private mutating func changeAuthority(at index: Int) throws {
    guard let strand = generator.pick(desks[index].engine.strands), strand.deviceKey != desks[index].key.publicKey
    else { return }
    try setAuthority(generator.chance(percent: 50) ? .valid : .invalid, of: strand.replica, at: index)
  }

  private mutating func setAuthority(_ standing: Strand.Standing, of replica: ReplicaID, at index: Int) throws {
    desks[index].standing[replica] = standing
    try desks[index].deliver()
    try reconcile(index)
  }

  /// What the store does after every delivery: valid redactions of this log, and no others, are in force.
  private mutating func reconcile(_ index: Int) throws {
    let engine = desks[index].engine
    let before = Set(try engine.owed)
    try engine.reconcile(inForce(at: index))
    try engine.flush()
    statistics.reinstated += Set(try engine.owed).subtracting(before).count
    try check(index)
  }

  func inForce(at index: Int) -> RedactionsInForce {
    var found: RedactionsInForce = [:]
    for (name, siblings) in desks[index].engine.storage.view
    where name.kind == .redaction && name.field == .redactionTarget {
      for sibling in siblings.all where sibling.valid {
        guard case .value(let bytes) = sibling.content,
          let target = (try? Value(bytes: bytes)).flatMap(RedactionTarget.init), target.subject == name.subject
        else { continue }
        found[target.place, default: []].insert(target.change)
      }
    }
    return found
  }

  // MARK: What must hold

  /// At any moment: chains verify, nothing of a redacted value is left, and none can be guessed.
  private func check(_ index: Int) throws {
    let engine = desks[index].engine
    try verify(index)
    let (named, contents) = (inForce(at: index), engine.storage.contents)
    if named.isEmpty { return }
    for entry in written where isRedacted(entry.target, named) {
      guard try holds(entry.target, at: index) else { continue }
      if contents.contains(where: { $0.contains(entry.value) }) {
        throw failure("a redacted value is still there", at: index)
      }
      if contents.contains(entry.secret.bytes) { throw failure("a redacted value's secret is still there", at: index) }
    }
    for dot in try engine.owed where isRedacted(dot, named) {
      throw failure("owes what is redacted", at: index)
    }
  }

  private func holds(_ target: RedactionTarget, at index: Int) throws -> Bool {
    let engine = desks[index].engine
    return engine.strands.indices.contains { strand in
      engine.strands[strand].replica == target.place.replica
        && engine.storage.hash(of: Dot(strand: strand, seq: target.place.seq)) == target.place.hash
    }
  }

  /// Redactions name only what may be redacted: here all but redactions themselves.
  private func isRedacted(_ target: RedactionTarget, _ named: RedactionsInForce) -> Bool {
    guard named[target.place]?.contains(target.change) == true,
      let value = written.first(where: { $0.target == target })?.value
    else { return false }
    return (try? Value(bytes: value)).flatMap(RedactionTarget.init) == nil
  }

  private func isRedacted(_ dot: OwedDot, _ named: RedactionsInForce) -> Bool {
    // Where branches share (replica, seq), the owed one may be either.
    let same = written.filter {
      $0.target.place.replica == dot.replica && $0.target.place.seq == dot.seq && $0.target.change == dot.change
    }
    return !same.isEmpty && same.allSatisfy { isRedacted($0.target, named) }
  }

  private func verify(_ index: Int) throws {
    let (engine, storage) = (desks[index].engine, desks[index].engine.storage)
    for (number, strand) in engine.strands.enumerated() {
      var hash = Chain.start(genesis: strand.genesis)
      if let parent = strand.parent {
        hash = try #require(
          storage.hash(of: Dot(strand: engine.topology.holder(of: parent.seq, on: number), seq: parent.seq)))
      }
      for seq in (strand.parent?.seq ?? 0) + 1...strand.stored {
        let entry = try #require(storage.entry(Dot(strand: number, seq: seq)))
        switch entry.body {
        case .plain(let header, let values, let batch):
          let secret = try #require(storage.secret(of: batch), "an entry as written without its secret")
          hash = try Chain.next(hash, header: header, values: values, secret: secret, seq: seq, in: .answers)
        case .explicit(let header, let slots):
          hash = Chain.next(hash, headerDigest: Chain.headerDigest(header), valuesDigest: Chain.valuesDigest(slots))
        case .sealed: throw failure("sealed", at: index)
        }
        if storage.hash(of: Dot(strand: number, seq: seq)) != hash {
          throw failure("the chain does not hold at \(seq)", at: index)
        }
      }
    }
  }

  // MARK: The end

  private mutating func settle() throws {
    while !underway.isEmpty {
      let packet = underway.removeLast()
      try take(packet.bytes, at: packet.to)
    }
    let replicas = Set(desks.flatMap { $0.engine.strands.map(\.replica) }).sorted()
    let last = Dictionary(
      uniqueKeysWithValues: replicas.map { ($0, generator.chance(percent: 25) ? Strand.Standing.invalid : .valid) })
    for round in 0..<3 {
      for sender in desks.indices {
        for receiver in desks.indices where receiver != sender {
          for segment in try desks[sender].segments() { try take(segment.bytes, at: receiver) }
        }
      }
      // All learn the same of authority, between the rounds: what is owed again then has a way to come back.
      if round > 0 { continue }
      for replica in replicas {
        for index in desks.indices { try setAuthority(last[replica] ?? .valid, of: replica, at: index) }
      }
    }
    let (view, owed, tips) = (try desks[0].view(), try desks[0].engine.owed, desks[0].engine.tips)
    for index in desks.indices.dropFirst() {
      guard desks[index].engine.tips == tips else { throw failure("holds other entries", at: index) }
      guard try desks[index].engine.owed == owed else { throw failure("owes something else", at: index) }
      guard try desks[index].view() == view else { throw failure("shows something else", at: index) }
    }
    // What is still owed is nowhere any more.
    for dot in owed {
      let values = written.filter {
        $0.target.place.replica == dot.replica && $0.target.place.seq == dot.seq && $0.target.change == dot.change
      }
      if values.count == 1,
        desks.contains(where: { $0.engine.storage.contents.contains { $0.contains(values[0].value) } })
      {
        throw failure("owes what another replica has", at: 0)
      }
    }
    for index in desks.indices {
      let before = try desks[index].segments()
      for segment in before { try take(segment.bytes, at: index) }
      guard try desks[index].segments() == before, try desks[index].view() == view else {
        throw failure("what came twice changed something", at: index)
      }
    }
  }

  private func failure(_ what: String, at index: Int) -> Failure {
    Failure(description: "seed \(seed), replica \(index): \(what)")
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}

extension [UInt8] {
  /// Whether `other` stands anywhere in these bytes.
  func contains(_ other: [UInt8]) -> Bool {
    Data(self).range(of: Data(other)) != nil
  }
}
