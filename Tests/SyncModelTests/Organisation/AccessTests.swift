import SyncModel
import Testing

/// The whole table of who writes and who reads which log (promise 7): every role, relation and channel.
@Suite struct AccessTests {
  /// Written out by hand, not computed: roles that may write, and whether a unit so related may read.
  static let table: [(relation: UnitRelation, channel: Channel, writers: Roles, reads: Bool)] = [
    (.own, .notices, [.admin], true),
    (.own, .answers, .all, true),
    (.own, .internal, .all, true),
    (.own, .inspection, [], false),
    (.above, .notices, [.admin], true),
    (.above, .answers, [.reviewer], true),
    (.above, .internal, [], false),
    (.above, .inspection, [.inspector], true),
    (.formerlyAbove, .notices, [.admin], false),
    (.formerlyAbove, .answers, [.reviewer], false),
    (.formerlyAbove, .internal, [], false),
    (.formerlyAbove, .inspection, [.inspector], false),
    (.below, .notices, [], true),
    (.below, .answers, [], false),
    (.below, .internal, [], false),
    (.below, .inspection, [], false),
    (.unrelated, .notices, [], false),
    (.unrelated, .answers, [], false),
    (.unrelated, .internal, [], false),
    (.unrelated, .inspection, [], false),
  ]

  @Test("the table has a row for every relation and channel")
  func complete() {
    #expect(Self.table.count == UnitRelation.allCases.count * Channel.allCases.count)
  }

  @Test("each single role, all roles and none write exactly where the table says", arguments: table.indices)
  func roles(_ index: Int) {
    let row = Self.table[index]
    for role in Roles.named.map(\.role) {
      #expect(Access.mayWrite(role, row.relation, row.channel) == row.writers.contains(role))
    }
    #expect(Access.mayWrite(.all, row.relation, row.channel) == !row.writers.isEmpty)
    #expect(!Access.mayWrite([], row.relation, row.channel))
    #expect(Access.mayRead(row.relation, row.channel) == row.reads)
    // After a move, those above read the notices of those who were: nothing else of them.
    #expect(Access.mayRead(row.relation, row.channel, succeeds: true) == (row.reads || row.channel == .notices))
    // Beside what it reads, a unit carries the sealed `internal` logs of those below it, and nobody else does.
    let carries = row.channel == .internal && row.relation == .above
    #expect(Access.mayHold(row.relation, row.channel) == (row.reads || carries))
  }
}
