import SyncEngine
import SyncModel
import Testing

/// The traces of docs/protocol.md §10: what is restored or cloned loses nothing (promise 6).
@Suite("restores, clones and forks")
struct ForkTests {
  // MARK: Restore

  @Test("a restored device goes on under a new incarnation, and what it forgot comes back beside what it wrote since")
  func restore() throws {
    let (a, hub) = (try Desk(1), try Desk(9))
    for value in 1...3 { try a.write(Int64(value)) }
    try hub.take(from: a)
    let backup = try a.cloned()
    try a.write(4)
    try a.write(5)
    try hub.take(from: a)

    let end = try #require(backup.engine.tips.first)
    let old = backup.replica
    backup.drawIncarnation(2, continuing: end)
    let first = try backup.write(6)
    #expect(first.seq == 1)
    let genesis = try FeedGenesis(bytes: try #require(try backup.segment(after: 0).genesis))
    #expect(genesis.continues == FeedPlace(replica: old, seq: 3, hash: end.hash))

    try backup.take(from: hub)
    try hub.take(from: backup)
    #expect(try backup.shows() == [5, 6], "R1:1 had not seen 5")
    #expect(try hub.view() == backup.view())
    #expect(hub.engine.tips == backup.engine.tips)
  }

  @Test("a bundle from before the restore, imported late and twice, supersedes nothing that was not seen (promise 4)")
  func lateBundle() throws {
    let a = try Desk(1)
    for value in 1...3 { try a.write(Int64(value)) }
    let backup = try a.cloned()
    try a.write(4)
    try a.write(5)
    let bundle = try a.segments()
    let end = try #require(backup.engine.tips.first)
    backup.drawIncarnation(2, continuing: end)
    try backup.write(6)
    #expect(try backup.shows() == [6])
    for segment in bundle { try backup.take(segment) }
    #expect(try backup.shows() == [5, 6])
    let before = try backup.view()
    for segment in bundle { #expect(try backup.take(segment).new == 0) }
    #expect(try backup.view() == before)
  }

  @Test("a restore that nobody noticed takes its own later entries back and goes on after them")
  func unnoticedRestore() throws {
    let (a, hub) = (try Desk(1), try Desk(9))
    for value in 1...3 { try a.write(Int64(value)) }
    let backup = try a.cloned()
    try a.write(4)
    try hub.take(from: a)
    try backup.take(from: hub)
    #expect(try backup.write(5).seq == 5)
    try hub.take(from: backup)
    #expect(hub.engine.strands.count == 1)
    #expect(try hub.shows() == [5])
  }

  @Test("own entries that come back but cannot be applied yet call for a new incarnation, not for a crash")
  func ownEntriesWait() throws {
    let (a, b) = (try Desk(1), try Desk(2))
    try a.write(1)
    let backup = try a.cloned()
    try b.write(2)
    try a.take(from: b)
    try a.write(3)
    // Only the own feed comes back; what its second entry cites does not.
    let own = try a.segment(after: 0)
    try backup.take(own)
    #expect(backup.engine.waiting == 1)
    #expect(throws: AppendError.needsNewIncarnation) { try backup.write(4) }
    let end = try #require(backup.engine.tips.first)
    backup.drawIncarnation(2, continuing: end)
    try backup.write(4)
    try backup.take(from: b)
    #expect(backup.engine.waiting == 0)
    #expect(try backup.shows() == [3, 4])
  }

  // MARK: Clones

  @Test("a clone whose marker is missing writes a feed of its own: nothing is shared but the prefix")
  func noticedClone() throws {
    let (a, hub) = (try Desk(1), try Desk(9))
    try a.write(1)
    let b = try a.cloned()
    let end = try #require(b.engine.tips.first)
    b.drawIncarnation(2, continuing: end)
    try a.write(2)
    try b.write(3)
    try hub.take(from: b)
    try hub.take(from: a)
    #expect(hub.engine.strands.count == 2)
    #expect(hub.engine.strands.allSatisfy { $0.parent == nil })
    #expect(try hub.shows() == [2, 3])
  }

  @Test(
    "a clone that nobody noticed makes the feed fork: both branches stand, whichever comes first and however it is cut",
    arguments: [false, true], [UInt32(0), 1, 2, 3])
  func unnoticedClone(secondFirst: Bool, from: UInt32) throws {
    let a = try Desk(1)
    for value in 1...3 { try a.write(Int64(value)) }
    let b = try a.cloned()
    try a.write(40)
    try b.write(41)
    let (first, second) = secondFirst ? (b, a) : (a, b)
    let third = try Desk(3)
    try third.take(first.segment(after: 0))
    let result = try third.take(second.segment(after: from))
    #expect(result.forked)
    #expect(result.new == 1)
    #expect(try third.shows() == [40, 41])
    #expect(third.engine.tips.map(\.seq) == [4, 4])
    #expect(third.engine.entryCount == 5, "the shared prefix exists once")
    #expect(Set(third.engine.tips) == Set(a.engine.tips + b.engine.tips))
  }

  @Test("an entry that cites one branch covers the prefix and that branch, not the other")
  func citesOneBranch() throws {
    let a = try Desk(1)
    for value in 1...3 { try a.write(Int64(value)) }
    let b = try a.cloned()
    try a.write(40)
    try b.write(41)
    let third = try Desk(3)
    try third.take(from: a)
    try third.write(50)
    #expect(try third.shows() == [50])
    try third.take(from: b)
    #expect(try third.shows() == [41, 50], "41 was never shown to whoever wrote 50")

    // In every order of arrival at a fourth.
    let feeds = try [a.segment(after: 0), b.segment(after: 0), third.segment(after: 0)]
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let fourth = try Desk(4)
      for index in order { try fourth.take(feeds[index]) }
      #expect(try fourth.view() == third.view(), "arrival \(order)")
      #expect(fourth.engine.tips == third.engine.tips)
      #expect(fourth.engine.waiting == 0)
    }
  }

  @Test("who meets a foreign branch of its own feed may not write on in it")
  func foreignBranch() throws {
    let a = try Desk(1)
    try a.write(1)
    let b = try a.cloned()
    try a.write(2)
    try b.write(3)
    try a.take(from: b)
    #expect(a.engine.hasForeignBranch(a.replica))
    #expect(throws: AppendError.needsNewIncarnation) { try a.write(4) }
    let end = try #require(a.engine.tips.first)
    a.drawIncarnation(2, continuing: end)
    try a.write(4)
    #expect(try a.shows() == [4], "it was shown both branches")
    try b.take(from: a)
    #expect(try b.shows() == [4])
  }

  @Test("a branch of a branch is kept like any other")
  func branchOfBranch() throws {
    let a = try Desk(1)
    try a.write(1)
    let b = try a.cloned()
    try a.write(2, to: 1, 2)
    try b.write(3, to: 1, 3)
    try b.write(4, to: 1, 3)
    let c = try b.cloned()
    try b.write(5)
    try c.write(6, to: 1, 4)
    let feeds = try [a, b, c].map { try $0.segment(after: 0) }
    var views: Set<[RegisterName: Set<Desk.Shown>]> = []
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let hub = try Desk(9)
      for index in order { try hub.take(feeds[index]) }
      #expect(try hub.shows() == [2, 5, 6])
      #expect(hub.engine.tips.map(\.seq) == [2, 4, 4])
      #expect(hub.engine.entryCount == 6)
      views.insert(try hub.view())
      // And on to somebody else, from the hub's own strands.
      let far = try Desk(8)
      try far.take(from: hub)
      #expect(try far.view() == hub.view())
      #expect(far.engine.tips == hub.engine.tips)
    }
    #expect(views.count == 1)
  }

  @Test("a feed may fork at its very first entry")
  func forkAtTheFirst() throws {
    let a = try Desk(1)
    let b = try a.cloned()
    try a.write(1)
    try a.write(2)
    try b.write(3, to: 1, 2)
    let hub = try Desk(9)
    try hub.take(from: a)
    #expect(try hub.take(b.segment(after: 0)).forked)
    #expect(try hub.shows() == [2, 3])
    #expect(hub.engine.tips.map(\.seq).sorted() == [1, 2])
    try b.write(4)
    #expect(try hub.take(b.segment(after: 1)).new == 1)
    #expect(try hub.shows() == [2, 4])
    #expect(try hub.take(a.segment(after: 0)).new == 0)
    #expect(try hub.take(b.segment(after: 0)).new == 0)
    let far = try Desk(8)
    try far.take(from: hub)
    #expect(try far.view() == hub.view())
  }

  @Test("one key that opens a feed twice, with two records 0, has forked it too")
  func twoGeneses() throws {
    let a = try Desk(1)
    let b = try a.cloned()
    b.continues = FeedPlace(replica: ReplicaID(high: 1, low: 1), seq: 1, hash: Digest256(a: 1, b: 2, c: 3, d: 4))
    try a.write(1)
    try b.write(2)
    let hub = try Desk(9)
    #expect(try hub.take(a.segment(after: 0)).forked == false)
    #expect(try hub.take(b.segment(after: 0)).forked)
    #expect(try hub.shows() == [1, 2])
    #expect(hub.engine.hasForeignBranch(a.replica))
  }

  @Test("names that a branch introduced are its own: the other branch's indices mean something else")
  func branchNames() throws {
    let a = try Desk(1)
    try a.write(1, to: 1)
    let b = try a.cloned()
    try a.write(2, to: 5, 6)
    try b.write(3, to: 7, 8)
    try a.write(4, to: 6)
    try b.write(5, to: 8)
    let hub = try Desk(9)
    try hub.take(from: a)
    try hub.take(from: b)
    #expect(try (5...8).map { try hub.shows($0) } == [[2], [4], [3], [5]])
    #expect(try hub.shows(1) == [1])
  }

  // MARK: Blurred places

  /// Two entries of one (replica, seq) whose chain hashes share 8 bytes take 2³² tries to find; the row here is forged
  /// instead: the stored hash of the first is the second's but for its last byte.
  @Test("a place that two branches answer to covers neither, also where the second arrives later (promise 1)")
  func blurredPlace() throws {
    let real = try Desk(1)
    try real.write(41)
    let segment = try real.segment(after: 0)
    let hash = try #require(real.engine.tips.first?.hash)
    let forged = Digest256(a: hash.a, b: hash.b, c: hash.c, d: hash.d ^ 1)

    let twin = try Desk(1)
    try twin.write(40)
    let storage = twin.engine.storage
    let entry = try #require(storage.entry(Dot(strand: 0, seq: 1)))
    let rows = MemoryLog()
    var strand = twin.engine.strands[0]
    strand.storedHash = forged
    strand.applied = 0
    strand.standing = .unknown
    strand.names = FeedNameCounts()
    strand.context = StrandVector()
    strand.time = .zero
    rows.insertStrand(strand, at: 0)
    guard case .plain(let header, let values, _) = entry.body else { throw IngestError.foreign }
    let batch = rows.insertBatch(secret: BatchSecret(high: 0, low: 0))
    rows.insertEntry(
      StoredEntry(body: .plain(header: header, values: values, batch: batch), receivedMilliseconds: 0), hash: forged,
      after: Chain.start(genesis: strand.genesis), at: Dot(strand: 0, seq: 1))

    let reader = try Desk(3, storage: rows)
    try reader.deliver()
    #expect(try reader.shows() == [40])
    try reader.write(50)
    #expect(try reader.shows() == [50])
    #expect(try reader.take(segment).forked)
    #expect(try reader.shows() == [40, 41, 50], "which of the two was shown can no longer be told")
    #expect(reader.engine.waiting == 0)
  }
}
