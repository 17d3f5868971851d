import SyncEngine
import SyncModel
import SyncTesting
import Testing

@Suite("frontier digests")
struct FrontierDigestTests {
  private func place(_ replica: UInt64, _ seq: UInt32, _ hash: UInt64) -> FeedPlace {
    FeedPlace(replica: ReplicaID(high: 0, low: replica), seq: seq, hash: Digest256(a: hash, b: 0, c: 0, d: 0))
  }

  @Test("an item's digest is a function of the set of tips and of what is owed, in whatever order they come")
  func itemIsASet() throws {
    let log = LogID(try #require(UnitPath("school/cs")), .answers)
    let tips = [place(2, 1, 9), place(1, 4, 7), place(1, 4, 3)]
    let owed = [
      OwedDot(replica: ReplicaID(high: 0, low: 1), seq: 4, change: 1),
      OwedDot(replica: ReplicaID(high: 0, low: 1), seq: 2, change: 0),
    ]
    let digest = FrontierDigest.item(log: log, tips: tips, owed: owed)
    #expect(FrontierDigest.item(log: log, tips: tips.reversed() + tips, owed: owed.reversed()) == digest)
  }

  @Test("any other tip, any other owed value and any other log gives another digest")
  func differences() throws {
    let unit = try #require(UnitPath("school/cs"))
    let log = LogID(unit, .answers)
    let owed = OwedDot(replica: ReplicaID(high: 0, low: 1), seq: 2, change: 0)
    let digests = [
      FrontierDigest.item(log: log, tips: []),
      FrontierDigest.item(log: log, tips: [place(1, 1, 1)]),
      FrontierDigest.item(log: log, tips: [place(1, 1, 2)]),
      FrontierDigest.item(log: log, tips: [place(1, 2, 1)]),
      FrontierDigest.item(log: log, tips: [place(2, 1, 1)]),
      FrontierDigest.item(log: log, tips: [place(1, 1, 1), place(1, 1, 2)]),
      FrontierDigest.item(log: log, tips: [place(1, 1, 1)], owed: [owed]),
      FrontierDigest.item(log: LogID(unit, .notices), tips: [place(1, 1, 1)]),
    ]
    #expect(Set(digests).count == digests.count)
  }

  @Test("two stores that took the same entries in, in another order and through forks, have one digest (promise 1)")
  func sameEntries() throws {
    let a = try Desk(1)
    try a.write(1)
    let b = try a.cloned()
    try a.write(2)
    try b.write(3)
    let (left, right) = (try Desk(8), try Desk(9))
    try left.take(from: a)
    try left.take(from: b)
    try right.take(from: b)
    #expect(
      FrontierDigest.item(log: left.engine.log, tips: left.engine.tips)
        != FrontierDigest.item(log: right.engine.log, tips: right.engine.tips))
    try right.take(from: a)
    #expect(
      FrontierDigest.item(log: left.engine.log, tips: left.engine.tips)
        == FrontierDigest.item(log: right.engine.log, tips: right.engine.tips))
  }
}
