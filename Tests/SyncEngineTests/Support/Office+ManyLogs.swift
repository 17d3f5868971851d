import SyncModel
import SyncTesting

@testable import SyncEngine

extension Office {
  /// Logs that stand in the index alone, the same on every workspace that is given as many: what a large school holds beside
  /// the few logs that a test is about. One `notices` log of each unit `school/u000001` and so on.
  func fill(with count: Int) throws {
    try workspace.store.write(wallMilliseconds: 0) { transaction in
      try transaction.connection.run(
        """
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?)
        INSERT INTO log (key, channel, digest, entries, waiting)
        SELECT CAST('school' || char(0) || printf('u%06d', x) || char(0, 1) AS BLOB), 1,
          CAST(printf('%032d', x * 7919) AS BLOB), 1, 0 FROM n
        """, [SQLValue(count)])
      try LogSums(connection: transaction.connection).rebuild()
      try transaction.setCounter(.sums, try transaction.counter(.sums) + 1)
    }
  }

  /// Writes an entry in the notices of `school/u……` for each number: the logs come to differ from those of others.
  func write(_ text: String, in numbers: some Sequence<Int>, at claimedMilliseconds: UInt64) throws {
    try workspace.locked { transaction, incarnation, _ in
      for number in numbers {
        _ = try transaction.append(
          // A field that nothing reads yet: the text may be of any length.
          [Change(RegisterName(.campaign, SubjectID(high: 1, low: 1), Field(rawValue: 999)), .text(text))],
          to: try Self.filledLog(number),
          by: Author(
            key: workspace.key, incarnation: incarnation, person: PersonID(high: 1, low: 1), shownUpTo: .max),
          continues: nil, secret: .random(), claimedMilliseconds: claimedMilliseconds, delivering: false)
      }
      try transaction.settle()
    }
  }

  static func filledLog(_ number: Int) throws -> LogID {
    let digits = "\(1_000_000 + number)".dropFirst()
    return LogID(try UnitPath(key: Array("school\0u\(digits)\0".utf8)), .notices)
  }

  func scopeDigest(with peer: Office) throws -> Digest256 {
    try workspace.store.read { try $0.frontier(with: peer.identity.unit).whole.scopeDigest }
  }
}
