import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Grouping, duplication and any causal order of arrival change nothing (protocol §6).
@Suite("the merge's laws")
struct MergeLawTests {
  /// Three devices that write, look and exchange at random; one segment an entry.
  private func entries(seed: UInt64) throws -> [Segment] {
    var generator = SeededGenerator(seed: seed)
    let desks = try [Desk(1), Desk(2), Desk(3)]
    for value in 0..<10 {
      let desk = desks[generator.below(3)]
      try desk.write(
        Int64(value), to: UInt64(generator.int(in: 1...2)),
        shownUpTo: generator.chance(percent: 70) ? nil : UInt64(generator.below(Int(desk.order) + 1)))
      try desk.engine.markHeadsSent(on: try #require(desk.engine.ownStrand(desk.replica)), through: .max)
      if generator.chance(percent: 60) { try desks[generator.below(3)].take(from: desk) }
    }
    return try desks.flatMap { desk in
      guard let strand = desk.engine.ownStrand(desk.replica) else { return [Segment]() }
      return try (0..<desk.engine.strands[strand].stored).compactMap {
        try desk.engine.segment(on: strand, after: $0, byteLimit: 1)
      }
    }
  }

  @Test("any order of arrival, any grouping and any repetition give one view (promises 1, 4)", arguments: 0..<20)
  func anyOrder(seed: UInt64) throws {
    let entries = try entries(seed: seed)
    var generator = SeededGenerator(seed: seed + 1000)
    let reference = try Desk(9)
    for entry in entries { try reference.take(entry) }
    for _ in 0..<8 {
      let desk = try Desk(9)
      // A gap is not stored, so what leads there comes again: as often as it takes.
      var rounds = 0
      while desk.engine.entryCount < entries.count || desk.engine.waiting > 0 {
        for index in entries.indices.shuffled(using: &generator) {
          _ = try desk.engine.ingest(entries[index], receivedMilliseconds: 0)
          if generator.chance(percent: 50) { try desk.deliver() }
        }
        try desk.deliver()
        rounds += 1
        guard rounds <= entries.count + 1 else { break }
      }
      #expect(try desk.view() == reference.view(), "seed \(seed)")
      #expect(desk.engine.tips == reference.engine.tips, "seed \(seed)")
    }
  }

  @Test("applying writes to siblings in every order that respects their contexts gives the same siblings")
  func everyLinearOrder() {
    let topology = StrandTopology(parents: [nil, nil, nil])
    var generator = SeededGenerator(seed: 77)
    for round in 0..<60 {
      // Five writes on three strands, each having seen a random, causally closed part of those before it.
      var writes: [(sibling: Sibling, context: StrandVector, kept: [Dot])] = []
      var heads: [UInt32] = [0, 0, 0]
      var contexts: [StrandVector] = [StrandVector(), StrandVector(), StrandVector()]
      for _ in 0..<5 {
        let strand = generator.below(3)
        var context = contexts[strand]
        for write in writes where generator.chance(percent: 40) {
          context.join(write.context)
          context.cover(write.sibling.dot, in: topology)
        }
        heads[strand] += 1
        let dot = Dot(strand: strand, seq: heads[strand])
        let kept = writes.map(\.sibling.dot).filter { context.covers($0) && generator.chance(percent: 20) }
        let sibling = Sibling(
          dot: dot, change: 0, time: .zero, order: 0, valid: generator.chance(percent: 85), content: .value([]))
        writes.append((sibling, context, kept))
        contexts[strand] = context
        contexts[strand].cover(dot, in: topology)
      }
      var results: Set<Set<Sibling>> = []
      func extend(_ done: [Int], _ siblings: Siblings) {
        if done.count == writes.count { results.insert(Set(siblings.all.filter(\.valid))) }
        for index in writes.indices where !done.contains(index) {
          let ready = writes.indices.allSatisfy {
            $0 == index || done.contains($0) || !writes[index].context.covers(writes[$0].sibling.dot)
          }
          guard ready else { continue }
          var next = siblings
          next.apply(writes[index].sibling, context: writes[index].context, kept: writes[index].kept)
          extend(done + [index], next)
        }
      }
      extend([], Siblings())
      #expect(results.count == 1, "round \(round)")
    }
  }

  // MARK: Authority

  @Test("a write without authority is never visible and supersedes nothing (promise 7)")
  func invalidAuthor() throws {
    let (a, b, hub) = (try Desk(1), try Desk(2), try Desk(9))
    hub.standing[b.replica] = .invalid
    try a.write(1)
    try b.take(from: a)
    try b.write(2)
    #expect(try b.shows() == [2])
    try hub.take(from: a)
    try hub.take(from: b)
    #expect(try hub.shows() == [1])
    #expect(hub.engine.waiting == 0)
    // Who writes now has not been shown 2, and keeps it for the day on which it counts.
    try hub.write(3)
    #expect(try hub.shows() == [3])
    hub.standing[b.replica] = .valid
    try hub.deliver()
    #expect(try hub.shows() == [2, 3])
  }

  @Test(
    "authority that changes in any order ends in the view of one who knew it from the start (promise 1)",
    arguments: 0..<30)
  func standingInAnyOrder(seed: UInt64) throws {
    let entries = try entries(seed: seed)
    let replicas = Set(entries.map(\.replica)).sorted()
    var generator = SeededGenerator(seed: seed + 2000)
    var last: [ReplicaID: Strand.Standing] = [:]
    for replica in replicas { last[replica] = generator.chance(percent: 50) ? .valid : .invalid }
    let reference = try Desk(9)
    reference.standing = last
    for entry in entries { try reference.take(entry) }
    for _ in 0..<4 {
      let desk = try Desk(9)
      for replica in replicas { desk.standing[replica] = generator.pick([.unknown, .valid, .invalid]) }
      for entry in entries {
        try desk.take(entry)
        if let replica = generator.pick(replicas), generator.chance(percent: 40) {
          desk.standing[replica] = generator.chance(percent: 50) ? .valid : .invalid
        }
      }
      desk.standing = last
      try desk.deliver()
      #expect(try desk.view() == reference.view(), "seed \(seed)")
      #expect(desk.engine.waiting == 0, "seed \(seed)")
    }
  }

  @Test("entries of an unknown device wait, and so does what builds on them; both apply once it is known")
  func unknownStanding() throws {
    let (a, b, hub) = (try Desk(1), try Desk(2), try Desk(9))
    hub.standing[a.replica] = .unknown
    try a.write(1)
    try b.take(from: a)
    try b.write(2)
    try hub.take(from: a)
    try hub.take(from: b)
    #expect(hub.engine.waiting == 2)
    #expect(try hub.shows() == [])
    #expect(hub.engine.tips.count == 2, "what waits is stored and counted")
    hub.standing[a.replica] = .valid
    try hub.deliver()
    #expect(hub.engine.waiting == 0)
    #expect(try hub.shows() == [2])
  }
}
