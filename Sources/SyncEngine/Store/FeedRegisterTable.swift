import SyncModel

/// The registers that one log's strands have introduced, by feed-local index. Up to ``rowCount`` share a row: `varint register ‖ varint
/// seq of the entry that introduced it`, one after another.
final class FeedRegisterTable {
  typealias Introduced = (id: RegisterID, introducedAt: UInt32)

  private let connection: any SQLConnection
  private let log: Int64
  /// Not written yet, by strand: from which index on.
  private var pending: [Int: (first: Int, registers: [Introduced])] = [:]

  static let rowCount = 256

  init(_ connection: any SQLConnection, log: Int64) {
    self.connection = connection
    self.log = log
  }

  /// - Parameter index: one more than the strand's last one.
  func append(_ id: RegisterID, introducedAt seq: UInt32, index: Int, of strand: Int) {
    pending[strand, default: (index, [])].registers.append((id, seq))
  }

  func flush() throws {
    for (strand, added) in pending.sorted(by: { $0.key < $1.key }) {
      var (first, row): (Int, [Introduced]) = (added.first, [])
      if let last = try rows(of: strand, "ORDER BY first DESC LIMIT 1").first, last.registers.count < Self.rowCount {
        (first, row) = last
        // Where a row lacks some, what follows would stand under other indices.
        if first + row.count != added.first { throw WorkspaceError.damaged("feed_register") }
      }
      for register in added.registers {
        row.append(register)
        if row.count == Self.rowCount {
          try put(row, first, of: strand)
          (first, row) = (first + row.count, [])
        }
      }
      if !row.isEmpty { try put(row, first, of: strand) }
    }
    pending = [:]
  }

  private func put(_ registers: [Introduced], _ first: Int, of strand: Int) throws {
    var writer = ByteWriter(capacity: registers.count * 4)
    for (id, seq) in registers {
      // A damaged number makes a damaged row, and no trap.
      writer.varint(UInt64(bitPattern: id.rawValue))
      writer.varint(UInt64(seq))
    }
    try connection.run(
      "INSERT OR REPLACE INTO feed_register VALUES (?, ?, ?, ?)",
      [.integer(log), SQLValue(strand), SQLValue(first), .blob(writer.bytes)])
  }

  private func rows(
    of strand: Int, _ order: String, _ arguments: [SQLValue] = []
  ) throws -> [(first: Int, registers: [Introduced])] {
    try connection.rows(
      "SELECT first, body FROM feed_register WHERE log = ? AND strand = ? \(order)",
      [.integer(log), SQLValue(strand)] + arguments
    ).map { row in
      do { return (Int(try row[0].number("feed_register") as UInt32), try Self.read(row[1].blob)) } catch is CodecError
      {
        throw WorkspaceError.damaged("feed_register")
      }
    }
  }

  private static func read(_ bytes: [UInt8]) throws(CodecError) -> [Introduced] {
    var reader = ByteReader(bytes)
    var found: [Introduced] = []
    while !reader.isAtEnd {
      let id = RegisterID(rawValue: Int64(try reader.count("register", limit: Int(Int64.max))))
      found.append((id, try reader.seq()))
    }
    return found
  }

  /// All of them, by index from the strand's first.
  func registers(of strand: Int) throws -> [Introduced] {
    if pending[strand] != nil { try flush() }
    return try rows(of: strand, "ORDER BY first").flatMap(\.registers)
  }

  func register(index: Int, of strand: Int) throws -> Introduced? {
    if pending[strand] != nil { try flush() }
    guard let row = try rows(of: strand, "AND first <= ? ORDER BY first DESC LIMIT 1", [SQLValue(index)]).first,
      row.registers.indices.contains(index - row.first)
    else { return nil }
    return row.registers[index - row.first]
  }

  func clear() throws {
    pending = [:]
    try connection.run("DELETE FROM feed_register WHERE log = ?", [.integer(log)])
  }
}
