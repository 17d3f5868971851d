import Foundation
import SyncModel
import Testing

@testable import SyncEngine

/// The bytes of every form, committed: whoever changes one of them changes what is already on other people's disks.
///
/// `UNITSYNC_RECORD_GOLDEN=1 swift test --filter GoldenTests` writes the file anew; the difference then belongs into the
/// protocol's next version and the changelog.
@Suite("golden vectors")
struct GoldenTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "vectors.txt")

  private func committed() throws -> [(name: String, bytes: [UInt8])] {
    let lines = try String(contentsOf: Self.file, encoding: .utf8).split(separator: "\n")
    return try lines.filter { !$0.hasPrefix("#") }.map { line in
      let parts = line.split(separator: " = ", maxSplits: 1)
      return (String(parts[0]), try #require(Hex.decode(String(parts[1])), "\(parts[0]) is not hexadecimal"))
    }
  }

  /// Signatures and wrapped keys are checked, not compared: Ed25519 may be randomised, HPKE always is. Everything else
  /// is compared byte for byte.
  private func agree(_ name: String, _ committed: [UInt8], _ made: [UInt8]) throws -> Bool {
    switch name {
    case "wrap":
      let desk = try Desk(2)
      let key = try GoldenStory.epochKey(LogID(desk.engine.log.unit, .internal))
      let info = GoldenStory.wrapInfo(desk, key)
      return KeyWrap.unwrap(committed, with: desk.key.agreement, info: info) == key.bytes
    case "bundle":
      let (left, right) = (try GoldenStory.opened(bundle: committed), try GoldenStory.opened(bundle: made))
      guard left.header == right.header, left.segments.count == right.segments.count else { return false }
      return try zip(left.segments, right.segments).allSatisfy { try agree("segment", $0, $1) }
    case "receipt":
      return try GoldenStory.withFile(committed) { try BundleReceipt(path: $0) }
        == GoldenStory.withFile(made) { try BundleReceipt(path: $0) }
    case _ where name.hasPrefix("segment"): break
    default: return committed == made
    }
    var (left, right) = (try Segment(bytes: committed), try Segment(bytes: made))
    let key = try Desk(name == "segment other feed" ? 2 : 1).key.publicKey
    guard left.heads.map(\.seq) == right.heads.map(\.seq) else { return false }
    // From the chain of the made one: equal bytes have an equal chain.
    let hashes = try chain(of: right)
    for head in left.heads {
      let message = Chain.headMessage(
        school: Desk.school, log: right.log, replica: right.replica, seq: head.seq,
        hash: hashes[Int(head.seq - right.from)])
      guard DeviceKey.verify(head.signature, of: message, by: key) else { return false }
    }
    let blank = Array(repeating: UInt8(0), count: Segment.SignedHead.signatureByteCount)
    for index in left.heads.indices { left.heads[index].signature = blank }
    for index in right.heads.indices { right.heads[index].signature = blank }
    return left.bytes == right.bytes
  }

  private func chain(of segment: Segment) throws -> [Digest256] {
    var hashes = [segment.fromHash]
    var seq = segment.from
    func add(_ header: Digest256, _ values: Digest256) {
      seq += 1
      hashes.append(Chain.next(hashes[hashes.count - 1], headerDigest: header, valuesDigest: values))
    }
    for run in segment.runs {
      switch run {
      case .plain(let secret, let entries):
        for entry in entries {
          let header =
            segment.log.channel == .internal
            ? Chain.headerDigest(entry.header, salt: Chain.headerSalt(secret, seq: seq + 1))
            : Chain.headerDigest(entry.header)
          add(header, try Chain.valuesDigest(entry.values, secret: secret, seq: seq + 1))
        }
      case .explicit(let entries):
        for entry in entries { add(Chain.headerDigest(entry.header), Chain.valuesDigest(entry.slots)) }
      case .sealed(let entries):
        for entry in entries { add(entry.headerDigest, entry.valuesDigest) }
      }
    }
    return hashes
  }

  @Test("the committed bytes are what this code writes, name by name")
  func everyVector() throws {
    let made = try GoldenStory().vectors
    if ProcessInfo.processInfo.environment["UNITSYNC_RECORD_GOLDEN"] != nil {
      let lines = made.map { "\($0.name) = \(Hex.encode($0.bytes))\n" }
      let head = "# Version 1 of docs/protocol.md: name = hexadecimal bytes. GoldenStory.swift tells the history.\n"
      try (head + lines.joined()).write(to: Self.file, atomically: true, encoding: .utf8)
    }
    let committed = try committed()
    #expect(committed.map(\.name) == made.map(\.name))
    for (old, new) in zip(committed, made) {
      #expect(try agree(old.name, old.bytes, new.bytes), "\(old.name) changed: \(Hex.encode(new.bytes))")
    }
  }

  @Test("any changed byte of any committed vector is noticed")
  func changedVectors() throws {
    for (old, new) in zip(try committed(), try GoldenStory().vectors) {
      for position in stride(
        from: 0, to: old.bytes.count, by: ["segment", "bundle"].contains { old.name.hasPrefix($0) } ? 5 : 1)
      {
        var bytes = old.bytes
        bytes[position] ^= 0x11
        #expect((try? agree(old.name, bytes, new.bytes)) != true, "\(old.name), byte \(position)")
      }
    }
  }

  @Test("plain, redacted and forked forms are taken, in their own chain and with their own signatures")
  func ingested() throws {
    let vectors = Dictionary(uniqueKeysWithValues: try committed().map { ($0.name, $0.bytes) })
    func segment(_ name: String) throws -> Segment { try Segment(bytes: try #require(vectors[name])) }
    let desk = try Desk(9)
    try desk.take(segment("segment plain"))
    #expect(desk.engine.tips.map(\.hash.bytes) == [try #require(vectors["chain 3"])])
    try desk.take(segment("segment other feed"))
    #expect(desk.engine.waiting == 0)
    #expect(try desk.take(segment("segment fork")).forked)
    #expect(desk.engine.tips.count == 3)
    #expect(try desk.take(segment("segment redacted")).new == 0, "the same entries, in another form")
    #expect(desk.siblings(4).count == 2)
  }

  @Test("a redacted batch is taken as the first copy: the chain holds, what is absent is told apart and never guessed")
  func redactedFirst() throws {
    let vectors = Dictionary(uniqueKeysWithValues: try committed().map { ($0.name, $0.bytes) })
    func segment(_ name: String) throws -> Segment { try Segment(bytes: try #require(vectors[name])) }
    let redacted = try segment("segment redacted")
    let desk = try Desk(9)
    try desk.take(segment("segment other feed"))
    #expect(try desk.take(redacted).new == 3)
    #expect(desk.engine.waiting == 0)
    #expect(desk.engine.tips.contains { $0.hash.bytes == vectors["chain 3"] ?? [] })
    let absent = desk.siblings(2).filter { if case .absent = $0.content { true } else { false } }
    #expect(absent.count == 1)
    // What could not be shown is not superseded by who writes now (promise 2).
    try desk.write(1, to: 2)
    #expect(desk.siblings(2).count == 2)
    // And the form is passed on as it came.
    let strand = try #require(desk.engine.strands.firstIndex { $0.replica == redacted.replica })
    let passed = try #require(try desk.engine.segment(on: strand, after: 0, byteLimit: 1 << 20))
    #expect(passed.bytes == redacted.bytes)
  }

  @Test("a sealed segment is checked, stored and relayed by a hub that cannot read it; its devices can")
  func sealed() throws {
    let vectors = Dictionary(uniqueKeysWithValues: try committed().map { ($0.name, $0.bytes) })
    let sealed = try Segment(bytes: try #require(vectors["segment sealed"]))
    let hub = try Desk(9, channel: .internal, holdsKey: false)
    #expect(try hub.take(sealed).new == 2)
    #expect(hub.engine.strands[0].blocked == .sealed)
    #expect(hub.engine.storage.view.isEmpty)
    #expect(hub.engine.waiting == 0 && hub.engine.unreadable == 2, "what is sealed to others waits for nothing")
    #expect(try hub.segments() == [sealed])

    let key = try #require(SealingKey(epoch: 1, bytes: Desk.sealingKeyBytes))
    guard case .sealed(let boxes)? = sealed.runs.first else { throw SealedBoxError.evidence }
    let first = try SealedBox.open(boxes[0], at: GoldenStory.place(sealed, seq: 1), with: key)
    let header = try EntryHeader(bytes: first.header, after: FeedNameCounts())
    #expect(header.changes.map(\.register) == [.new(Desk.register(1))])
    // The key comes later: what waited for it is read.
    hub.engine.sealing = Sealing([key])
    try hub.deliver()
    #expect(hub.engine.unreadable == 0 && hub.siblings(2).count == 1)
  }
}
