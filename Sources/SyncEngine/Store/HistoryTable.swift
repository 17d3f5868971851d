import SyncModel

/// Which entries changed which register of one log, in the order in which they were taken into view. A row an entry would be as many
/// rows as there are entries; a register's share rows instead.
///
/// A row's bytes, a change after another: `varint strand ‖ varint seq ‖ varint change ‖ zigzag order, less the one before`.
final class HistoryTable {
  private let connection: any SQLConnection
  private let log: Int64
  /// Not written yet.
  private var pending: [(register: RegisterID, change: RegisterChange)] = []

  /// A row of so many changes takes no further one.
  static let rowCount = 64

  init(_ connection: any SQLConnection, log: Int64) {
    self.connection = connection
    self.log = log
  }

  func append(_ change: RegisterChange, of register: RegisterID) { pending.append((register, change)) }

  /// - Parameter newFrom: registers from here on have no rows yet.
  func flush(newFrom: RegisterID? = nil) throws {
    if pending.isEmpty { return }
    // Stable: within a register the order stays.
    let order = pending.indices.sorted {
      (pending[$0].register.rawValue, $0) < (pending[$1].register.rawValue, $1)
    }
    var start = 0
    while start < order.count {
      let register = pending[order[start]].register
      var end = start
      while end < order.count, pending[order[end]].register == register { end += 1 }
      let changes = order[start..<end].map { pending[$0].change }
      try write(changes, of: register, isNew: newFrom.map { register.rawValue >= $0.rawValue } ?? false)
      start = end
    }
    pending = []
  }

  private func write(_ changes: [RegisterChange], of register: RegisterID, isNew: Bool) throws {
    var number = 0
    var row: [RegisterChange] = []
    if !isNew, let last = try rows(of: register, "ORDER BY number DESC LIMIT 1").first {
      (number, row) = last
      if row.count >= Self.rowCount { (number, row) = (number + 1, []) }
    }
    for change in changes {
      row.append(change)
      if row.count == Self.rowCount {
        try put(row, number, of: register)
        (number, row) = (number + 1, [])
      }
    }
    if !row.isEmpty { try put(row, number, of: register) }
  }

  private func put(_ changes: [RegisterChange], _ number: Int, of register: RegisterID) throws {
    try connection.run(
      "INSERT OR REPLACE INTO register_history VALUES (?, ?, ?, ?)",
      [.integer(log), .integer(register.rawValue), SQLValue(number), .blob(RegisterChange.bytes(of: changes))])
  }

  private func rows(of register: RegisterID, _ order: String) throws -> [(number: Int, changes: [RegisterChange])] {
    try connection.rows(
      "SELECT number, body FROM register_history WHERE log = ? AND register = ? \(order)",
      [.integer(log), .integer(register.rawValue)]
    ).map { (Int(try $0[0].number("register_history") as UInt32), try RegisterChange.read($0[1])) }
  }

  /// In the order in which they were taken into view.
  func changes(of register: RegisterID) throws -> [RegisterChange] {
    try flush()
    return try rows(of: register, "ORDER BY number").flatMap(\.changes)
  }

  func setOrder(_ order: UInt64, of dot: Dot, change: UInt16, of register: RegisterID) throws {
    try flush()
    for (number, changes) in try rows(of: register, "ORDER BY number") {
      var changes = changes
      guard let index = changes.firstIndex(where: { $0.dot == dot && $0.change == change }) else { continue }
      changes[index].order = order
      return try put(changes, number, of: register)
    }
  }

  func clear() throws {
    pending = []
    try connection.run("DELETE FROM register_history WHERE log = ?", [.integer(log)])
  }
}

/// One change of a register.
public struct RegisterChange: Hashable, Sendable {
  public var dot: Dot
  /// Which change of its entry, from 0.
  public var change: UInt16
  /// See ``Sibling/order``.
  public var order: UInt64

  public init(dot: Dot, change: UInt16, order: UInt64) {
    self.dot = dot
    self.change = change
    self.order = order
  }

  static func bytes(of changes: [Self]) -> [UInt8] {
    var writer = ByteWriter(capacity: changes.count * 8)
    var before: UInt64 = 0
    for change in changes {
      writer.varint(UInt64(change.dot.strand))
      writer.varint(UInt64(change.dot.seq))
      writer.varint(UInt64(change.change))
      writer.zigzag(Int64(bitPattern: change.order &- before))
      before = change.order
    }
    return writer.bytes
  }

  /// - Throws: ``WorkspaceError/damaged(_:)`` for what ``bytes(of:)`` did not write.
  static func read(_ body: SQLValue) throws(WorkspaceError) -> [Self] {
    do { return try read(body.blob) } catch { throw .damaged("register_history") }
  }

  private static func read(_ bytes: [UInt8]) throws(CodecError) -> [Self] {
    var reader = ByteReader(bytes)
    var changes: [Self] = []
    var order: UInt64 = 0
    while !reader.isAtEnd {
      let strand = try reader.count("strand", limit: Int(Int32.max))
      let dot = Dot(strand: strand, seq: try reader.seq())
      let change = UInt16(try reader.count("change", limit: Int(UInt16.max)))
      order = order &+ UInt64(bitPattern: try reader.zigzag())
      changes.append(Self(dot: dot, change: change, order: order))
    }
    return changes
  }
}
