/// A value that goes into or comes out of a statement.
public enum SQLValue: Hashable, Sendable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])

  var integer: Int64 { if case .integer(let value) = self { value } else { 0 } }
  var optionalInteger: Int64? { if case .integer(let value) = self { value } else { nil } }
  var blob: [UInt8] { if case .blob(let value) = self { value } else { [] } }
  var optionalBlob: [UInt8]? { if case .blob(let value) = self { value } else { nil } }
  var text: String { if case .text(let value) = self { value } else { "" } }
}

extension SQLValue: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// Beyond 2⁶³−1 the greatest integer stands for it: counters that a peer claims are input, and must not trap.
  init(_ value: some BinaryInteger) { self = .integer(Int64(clamping: value)) }
  init(_ value: Bool) { self = .integer(value ? 1 : 0) }
  init(_ value: [UInt8]?) { self = value.map(SQLValue.blob) ?? .null }
}

/// Runs statements inside the open transaction. All SQL is written once, with `?` for arguments, for every database
/// that conforms; ordered keys are blobs, so that no collation enters.
protocol SQLConnection: AnyObject {
  func run(_ sql: String, _ arguments: [SQLValue]) throws
  /// The number that the last inserted row got by itself.
  var lastInsertedRow: Int64 { get }
  /// How many rows the last statement that changed any did change.
  var changedRows: Int { get }
  /// Calls `row` for each result in order.
  func query(_ sql: String, _ arguments: [SQLValue], _ row: ([SQLValue]) throws -> Void) throws
}

extension SQLConnection {
  func rows(_ sql: String, _ arguments: [SQLValue] = []) throws -> [[SQLValue]] {
    var rows: [[SQLValue]] = []
    try query(sql, arguments) { rows.append($0) }
    return rows
  }

  func first(_ sql: String, _ arguments: [SQLValue] = []) throws -> [SQLValue]? {
    var first: [SQLValue]?
    try query(sql, arguments) { if first == nil { first = $0 } }
    return first
  }
}
