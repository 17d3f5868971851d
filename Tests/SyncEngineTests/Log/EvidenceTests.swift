import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Promise 5: a changed byte is detected and the feed named, and nothing of it is stored.
@Suite("tampering with segments")
struct EvidenceTests {
  private func story() throws -> (Desk, Segment) {
    let (a, b) = (try Desk(1), try Desk(2))
    try a.write(1, to: 1, 2)
    try b.take(from: a)
    try b.write(2, to: 1)
    try a.take(from: b)
    try a.write(3, to: 1, 3, shownUpTo: 0)
    try a.engine.markHeadsSent(on: 0, through: 2)
    try a.write([Change(Desk.register(2), .text("文件"))])
    return (a, try a.segment(after: 0))
  }

  @Test("every flipped bit of a segment is refused or changes nothing that is stored", arguments: [UInt32(0), 1, 2])
  func flippedBits(from: UInt32) throws {
    let (a, _) = try story()
    let segment = try a.segment(after: from)
    let bytes = segment.bytes
    let before = try Desk(3)
    if from > 0 { try before.take(a.segment(after: 0, byteLimit: 1)) }
    let tips = before.engine.tips
    let honest = try before.cloned()
    try honest.take(segment)
    var harmless = 0
    for position in bytes.indices {
      for bit in 0..<8 {
        var mutated = bytes
        mutated[position] ^= 1 << UInt8(bit)
        let desk = try before.cloned()
        do {
          let result = try desk.engine.ingest(try Segment(bytes: mutated), receivedMilliseconds: 0)
          if result.new > 0 {
            harmless += 1
            try desk.deliver()
            #expect(try desk.segments() == honest.segments(), "byte \(position) bit \(bit) was believed")
            #expect(try desk.view() == honest.view())
            continue
          }
        } catch is CodecError {
        } catch let error as IngestError {
          if case .evidence(let replica, _) = error { #expect(replica == segment.replica) }
        }
        #expect(desk.engine.tips == tips, "byte \(position) bit \(bit) changed what is stored")
      }
    }
    // Only the signature below an entry that is already held is not looked at again.
    #expect(harmless <= (from == 1 ? 65 * 8 : 0))
  }

  @Test("a segment with somebody else's signature stores nothing and names the feed")
  func wrongSignature() throws {
    let (_, segment) = try story()
    var forged = segment
    let head = try #require(forged.heads.last)
    forged.heads[forged.heads.count - 1].signature = try DeviceKey().sign(Array("unitsync".utf8))
    let desk = try Desk(3)
    #expect(throws: IngestError.evidence(replica: segment.replica, seq: head.seq)) { try desk.take(forged) }
    #expect(desk.engine.strands.isEmpty)
    #expect(desk.engine.storage.loadStrands().isEmpty)
  }

  @Test("a wrong signature in the middle refuses the whole segment, also what stands before it")
  func wrongMiddleSignature() throws {
    let (a, whole) = try story()
    var segment = whole
    segment.heads.insert(contentsOf: try a.segment(after: 0, byteLimit: 1).heads, at: 0)
    #expect(segment.heads.count == 2)
    #expect(try Desk(3).take(segment).new == segment.entryCount)
    var forged = segment
    forged.heads[0].signature[5] ^= 1
    let desk = try Desk(3)
    #expect(throws: IngestError.evidence(replica: segment.replica, seq: segment.heads[0].seq)) { try desk.take(forged) }
    #expect(desk.engine.storage.loadStrands().isEmpty)
  }

  @Test("a segment without a signature at its end is refused even where it never was bytes")
  func unsigned() throws {
    let (_, segment) = try story()
    for heads in [[], Array(segment.heads.dropLast())] {
      var unsigned = segment
      unsigned.heads = heads
      let desk = try Desk(3)
      #expect(throws: IngestError.self) { try desk.engine.ingest(unsigned, receivedMilliseconds: 0) }
      #expect(throws: CodecError.self) { try Segment(bytes: unsigned.bytes) }
      #expect(desk.engine.strands.isEmpty)
    }
  }

  @Test("a feed under another's name, of another school or of another log is foreign")
  func foreign() throws {
    let (_, segment) = try story()
    let genesis = try FeedGenesis(bytes: try #require(segment.genesis))
    func posing(
      school: SchoolID? = nil, log: LogID? = nil, incarnation: Incarnation? = nil
    ) -> Segment {
      let posed = FeedGenesis(
        school: school ?? genesis.school, log: log ?? genesis.log, deviceKey: genesis.deviceKey,
        incarnation: incarnation ?? genesis.incarnation, continues: genesis.continues)
      var copy = segment
      copy.genesis = posed.bytes
      copy.fromHash = Chain.start(genesis: posed.bytes)
      return copy
    }
    let elsewhere = LogID(genesis.log.unit, .notices)
    for forged in [
      posing(school: SchoolID(high: 1, low: 1)), posing(log: elsewhere),
      posing(incarnation: Incarnation(high: 5, low: 5)),
    ] {
      let desk = try Desk(3)
      #expect(throws: IngestError.foreign) { try desk.take(forged) }
    }
    var other = segment
    other.log = elsewhere
    let desk = try Desk(3)
    #expect(throws: IngestError.foreign) { try desk.take(other) }
  }

  @Test("random mutations of a segment never trap and are never believed", arguments: 0..<8)
  func mutations(shard: UInt64) throws {
    let (_, segment) = try story()
    var generator = SeededGenerator(seed: 500 + shard)
    for round in 0..<400 {
      var bytes = segment.bytes
      for _ in 0...generator.below(4) {
        switch generator.below(4) {
        case 0: bytes[generator.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes.remove(at: generator.below(bytes.count))
        case 2: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: generator.below(bytes.count))
        default: bytes.removeLast(generator.below(bytes.count / 2))
        }
      }
      guard bytes != segment.bytes else { continue }
      let desk = try Desk(3)
      let stored = try? desk.engine.ingest(Segment(bytes: bytes), receivedMilliseconds: 0).new
      #expect((stored ?? 0) == 0, "shard \(shard), round \(round)")
    }
  }

  @Test("an entry that its author signed but that is none blocks its feed and nothing else")
  func signedNonsense() throws {
    let a = try Desk(1)
    try a.write(1)
    var segment = try a.segment(after: 0)
    let values = Value.integer(5).bytes
    for header in [[], [0xff], [4, 0, 0, 1, 1, 0]] as [[UInt8]] {
      let secret = BatchSecret(high: 1, low: 9)
      let place = try #require(a.engine.tips.first)
      let hash = Chain.next(
        place.hash, headerDigest: Chain.headerDigest(header),
        valuesDigest: try Chain.valuesDigest(values, secret: secret, seq: 2))
      let signature = try a.key.sign(
        Chain.headMessage(school: Desk.school, log: segment.log, replica: a.replica, seq: 2, hash: hash))
      segment.runs = [
        segment.runs[0],
        .plain(secret: secret, entries: [Segment.PlainEntry(header: header, values: values)]),
      ]
      segment.heads = [Segment.SignedHead(seq: 2, signature: signature)]
      let (desk, other) = (try Desk(3), try Desk(4))
      try other.write(7)
      #expect(try desk.take(segment).new == 2)
      try desk.take(from: other)
      #expect(try desk.shows() == [1, 7])
      #expect(desk.engine.waiting == 1)
      #expect(desk.engine.strands[0].blocked == (header.first == 4 ? .needsNewerVersion : .malformed))
    }
  }
}
