import Foundation
import SyncModel
import Testing

@testable import SyncEngine

/// One small history with fixed keys, clocks and secrets, and the bytes of every form of the protocol that come of it.
struct GoldenStory {
  /// In the order in which they stand in `vectors.txt`.
  private(set) var vectors: [(name: String, bytes: [UInt8])] = []

  init() throws {
    let (a, b) = (try Desk(1), try Desk(2))
    try a.write([Change(Desk.register(1), .integer(5)), Change(Desk.register(2), .text("支部大会"))])
    try b.take(from: a)
    try b.write([Change(Desk.register(1), .decimal(FixedDecimal(Score(hundredths: 150))))])
    try b.write([Change(Desk.register(3), .nothing)])
    try a.take(from: b)
    // A context delta that introduces b; somebody else sits down at a and was shown nothing, so b's value is kept, and
    // that of the own chain too.
    try a.engine.markHeadsSent(on: 0, through: 1)
    try a.write(
      [
        Change(Desk.register(1), .choice(3)), Change(Desk.register(2), .list([.integer(-1), .bytes([0, 255])])),
        Change(Desk.register(4), .date(try #require(CalendarDate(year: 2026, month: 9, day: 26)))),
      ], shownUpTo: 0, person: 7)
    try a.engine.markHeadsSent(on: 0, through: 2)
    let fork = try a.cloned()
    try a.write([Change(Desk.register(4), .unknown(kind: 99, payload: [1, 2, 3]))])

    let plain = try a.segment(after: 0)
    add("school", Desk.school.bytes)
    add("device key", a.key.publicKey)
    add("device", a.key.deviceID.bytes)
    add("replica", a.replica.bytes)
    add("record 0", try #require(plain.genesis))
    for seq in 0...3 as ClosedRange<UInt32> {
      let hash = seq == 0 ? plain.fromHash : try #require(a.engine.storage.hash(of: Dot(strand: 0, seq: seq)))
      add("chain \(seq)", hash.bytes)
      if seq > 0 {
        add(
          "head message \(seq)",
          Chain.headMessage(school: Desk.school, log: plain.log, replica: a.replica, seq: seq, hash: hash))
      }
    }
    add("segment plain", plain.bytes)
    add("segment other feed", try b.segment(after: 0).bytes)
    add("segment from 2", try a.segment(after: 2).bytes)
    try fork.write([Change(Desk.register(4), .nothing)])
    add("segment fork", try fork.segment(after: 2).bytes)
    add("segment redacted", try Self.redacted(plain, seq: 2, change: 1).bytes)

    let secret = try Desk(1, channel: .internal)
    try secret.write([Change(Desk.register(1), .text("谈心谈话"))])
    try secret.write([Change(Desk.register(1), .nothing), Change(Desk.register(2), .integer(1))])
    add("segment sealed", try secret.segment(after: 0).bytes)

    let answers = FrontierDigest.item(log: plain.log, tips: a.engine.tips)
    let owing = FrontierDigest.item(
      log: plain.log, tips: a.engine.tips, owed: [OwedDot(replica: a.replica, seq: 2, change: 1)])
    let hidden = FrontierDigest.item(log: secret.engine.log, tips: secret.engine.tips)
    add("item digest", answers.bytes)
    add("item digest owing", owing.bytes)
    add("scope digest", FrontierDigest.scope([plain.log: answers, secret.engine.log: hidden]).bytes)
    add("scope digest empty", FrontierDigest.scope([:]).bytes)
    add("exchange", Self.exchange(a, plain, digest: answers).bytes)
    add("exchange files", Self.answer(plain, digest: answers).bytes)

    let epoch = try Self.epochKey(secret.engine.log)
    add("epoch", SubjectID(epoch: epoch.epoch).bytes)
    add("wrap", try #require(KeyWrap.wrap(epoch.bytes, to: b.key.agreement.publicKey, info: Self.wrapInfo(b, epoch))))
    add("bundle", try Self.bundle(from: a, to: b, [plain, secret.segment(after: 0)]))
    add(
      "receipt",
      try BundleReceipt(
        school: Desk.school, store: StoreID(high: 3, low: 4), unit: plain.log.unit, receiver: plain.log.unit,
        deviceKey: b.key.publicKey, madeMilliseconds: 1_790_409_600_000, logs: [(plain.log, b.engine.tips)]
      ).signed(by: b.key))
  }

  static func epochKey(_ log: LogID) throws -> SealingKey {
    try #require(SealingKey(Desk.sealingKeyBytes, school: Desk.school, log: log))
  }

  static func wrapInfo(_ recipient: Desk, _ key: SealingKey) -> [UInt8] {
    SealingBook.info(Desk.school, LogID(recipient.engine.log.unit, .internal), key.epoch, recipient.key.deviceID)
  }

  /// Runs `body` with a file of these bytes.
  static func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "unitsync-golden-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  private static func bundle(from sender: Desk, to receiver: Desk, _ segments: [Segment]) throws -> [UInt8] {
    let id = BundleID(high: 7, low: 8)
    let contentKey = Array(repeating: UInt8(9), count: SealingKey.byteCount)
    let device = receiver.key.deviceID
    let wrapped = try #require(
      KeyWrap.wrap(
        contentKey, to: receiver.key.agreement.publicKey, info: BundleHeader.info(Desk.school, id, device)))
    let header = BundleHeader(
      id: id, school: Desk.school, store: StoreID(high: 3, low: 4), unit: sender.engine.log.unit,
      receiver: receiver.engine.log.unit, deviceKey: sender.key.publicKey, madeMilliseconds: 1_790_409_600_000,
      recipients: [BundleHeader.Recipient(device: device, wrapped: wrapped)])
    return try withFile([]) { beside in
      let path = beside + ".bundle"
      defer { PrivateFile.remove(path) }
      let writer = try BundleWriter(path: path, header: header, contentKey: contentKey, signer: sender.key)
      for segment in segments { try writer.add(segment) }
      try writer.finish()
      return [UInt8](try #require(FileManager.default.contents(atPath: path)))
    }
  }

  /// What a bundle holds for its receiver: the header without what is drawn at random, and the segments.
  static func opened(bundle bytes: [UInt8]) throws -> (header: BundleHeader, segments: [[UInt8]]) {
    try withFile(bytes) { path in
      let reader = try BundleReader(path: path, school: Desk.school, key: try Desk(2).key)
      var header = reader.header
      for index in header.recipients.indices { header.recipients[index].wrapped = [] }
      var segments: [[UInt8]] = []
      try reader.read { segments += $0 }
      return (header, segments)
    }
  }

  private mutating func add(_ name: String, _ bytes: [UInt8]) {
    vectors.append((name, bytes))
  }

  /// The whole batch of entry `seq` as run 1, one value as its digest and the secret gone: 依规删除.
  static func redacted(_ segment: Segment, seq: UInt32, change: Int) throws -> Segment {
    var copy = segment
    var next = segment.from
    for (index, run) in segment.runs.enumerated() {
      guard case .plain(let secret, let entries) = run else { continue }
      let first = next + 1
      next += UInt32(entries.count)
      guard (first...next).contains(seq) else { continue }
      copy.runs[index] = .explicit(
        entries: try entries.enumerated().map { offset, entry in
          let at = first + UInt32(offset)
          var slots = try SealedBox(entry, secret: secret, seq: at).slots
          if at == seq, case .present(let salt, let value) = slots[change] {
            slots[change] = .absent(Chain.valueDigest(value, salt: salt))
          }
          return Segment.ExplicitEntry(header: entry.header, slots: slots)
        })
    }
    return copy
  }

  static func place(_ segment: Segment, seq: UInt32) -> SealedBox.Place {
    SealedBox.Place(school: Desk.school, log: segment.log, replica: segment.replica, seq: seq)
  }

  /// An answer of a hub that lost a file once: its files mark, and nothing else beside what every message has.
  private static func answer(_ segment: Segment, digest: Digest256) -> Exchange {
    var answer = Exchange(
      hello: Exchange.Hello(
        school: Desk.school, store: StoreID(high: 3, low: 4), unit: segment.log.unit,
        clockMilliseconds: 1_790_409_600_000),
      summary: Exchange.Summary(digest: FrontierDigest.scope([segment.log: digest]), logs: 1, entries: 5, arrival: 3))
    answer.filesMark = FilesMark(high: 7, low: 8)
    return answer
  }

  private static func exchange(_ desk: Desk, _ segment: Segment, digest: Digest256) -> Exchange {
    var exchange = Exchange(
      hello: Exchange.Hello(
        school: Desk.school, store: StoreID(high: 3, low: 4), unit: segment.log.unit,
        clockMilliseconds: 1_790_409_600_000),
      summary: Exchange.Summary(digest: FrontierDigest.scope([segment.log: digest]), logs: 1, entries: 5, arrival: 3))
    exchange.cursor = Exchange.Cursor(store: StoreID(high: 5, low: 6), arrival: 300)
    let items = [
      Exchange.FrontierItem(log: segment.log, tips: desk.engine.tips.map(\.tip).sorted(), owed: 1),
      Exchange.FrontierItem(log: LogID(segment.log.unit, .inspection), tips: desk.engine.tips.prefix(1).map(\.tip)),
    ]
    let total = LogTotal(item: digest, entries: 5)
    exchange.ranges = Exchange.Ranges(
      salt: 0x0102_0304_0506_0708,
      [
        Exchange.Range(high: Array("school".utf8), content: .fingerprint(total.fingerprint(0x0102_0304_0506_0708))),
        Exchange.Range(high: Array("school\0".utf8), content: .nothing),
        Exchange.Range(high: segment.log.key, content: .logs([Exchange.Fingerprint(rawValue: 1)])),
        Exchange.Range(high: [], content: .items(items)),
      ])
    exchange.segments = [[1, 2, 3]]
    exchange.wants = desk.engine.tips.prefix(1).map { Exchange.Want(log: segment.log, tip: $0.tip) }
    exchange.probes = [
      Exchange.Probe(
        log: segment.log, replica: desk.replica,
        places: [
          Exchange.Probe.Place(seq: 3, tag: ChainTag(rawValue: 9)),
          Exchange.Probe.Place(seq: 1, tag: ChainTag(rawValue: 8)),
        ])
    ]
    exchange.refusals = [Exchange.Refusal(log: segment.log, replica: desk.replica, seq: 4, reason: .room)]
    exchange.more = true
    return exchange
  }
}
