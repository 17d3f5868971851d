import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Sealed `internal` entries (protocol §4, run 2).
@Suite("sealed boxes")
struct SealedBoxTests {
  private func sample() throws -> (SealedBox, SealedBox.Place, SealingKey) {
    let unit = try #require(UnitPath("school/cs/b1"))
    let place = SealedBox.Place(
      school: SchoolID(high: 1, low: 2), log: LogID(unit, .internal), replica: ReplicaID(high: 3, low: 4), seq: 5)
    let entry = Segment.PlainEntry(header: [1, 2, 3], values: Value.text("谈心谈话").bytes + Value.nothing.bytes)
    let box = try SealedBox(entry, secret: BatchSecret(high: 6, low: 7), seq: 5)
    return (box, place, try #require(SealingKey(epoch: 2, bytes: Array(repeating: 9, count: 32))))
  }

  @Test("what was sealed opens to itself, and its digests are those of the entry as written")
  func roundTrip() throws {
    let (box, place, key) = try sample()
    let sealed = try box.seal(at: place, with: key, nonce: Array(repeating: 1, count: 12))
    #expect(try SealedBox.open(sealed, at: place, with: key) == box)
    let secret = BatchSecret(high: 6, low: 7)
    #expect(sealed.headerDigest == Chain.headerDigest(box.header, salt: Chain.headerSalt(secret, seq: 5)))
    #expect(
      try sealed.valuesDigest
        == Chain.valuesDigest(Value.text("谈心谈话").bytes + Value.nothing.bytes, secret: secret, seq: 5))
  }

  @Test("every flipped byte, another place, another key or another epoch does not open (promise 5)")
  func tampering() throws {
    let (box, place, key) = try sample()
    let sealed = try box.seal(at: place, with: key, nonce: Array(repeating: 1, count: 12))
    for position in sealed.box.indices {
      var changed = sealed
      changed.box[position] ^= 1
      #expect(throws: SealedBoxError.evidence) { try SealedBox.open(changed, at: place, with: key) }
    }
    for length in 0..<sealed.box.count {
      var cut = sealed
      cut.box = Array(sealed.box.prefix(length))
      #expect(throws: SealedBoxError.evidence) { try SealedBox.open(cut, at: place, with: key) }
    }
    var elsewhere = place
    elsewhere.seq = 6
    #expect(throws: SealedBoxError.evidence) { try SealedBox.open(sealed, at: elsewhere, with: key) }
    let other = try #require(SealingKey(epoch: 2, bytes: Array(repeating: 8, count: 32)))
    #expect(throws: SealedBoxError.evidence) { try SealedBox.open(sealed, at: place, with: other) }
    let later = try #require(SealingKey(epoch: 3, bytes: Array(repeating: 9, count: 32)))
    #expect(throws: SealedBoxError.otherEpoch(2)) { try SealedBox.open(sealed, at: place, with: later) }
    var lying = sealed
    lying.valuesDigest = lying.headerDigest
    #expect(throws: SealedBoxError.otherContent) { try SealedBox.open(lying, at: place, with: key) }
  }
}
