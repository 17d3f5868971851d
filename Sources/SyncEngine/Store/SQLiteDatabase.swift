import Foundation
import GRDB

/// A SQLite file: the embedded default of laptops and hubs.
///
/// WAL with synchronous=FULL: what a commit acknowledged survives kill -9 and power loss (promise 3). Several processes
/// may open the same file; a writer waits for another up to ``busyTimeoutSeconds``.
final class SQLiteDatabase: Sendable {
  private let queue: DatabaseQueue

  static let busyTimeoutSeconds = 30.0

  init(path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
    configuration.label = "unitsync"
    configuration.foreignKeysEnabled = false
    queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL")
      // After WAL, which would otherwise leave NORMAL in force.
      let level = SimulatedSurroundings.current == nil ? "FULL" : "OFF"
      try database.execute(sql: "PRAGMA synchronous = \(level)")
      try database.execute(sql: "PRAGMA cache_size = -65536")
    }
  }

  /// 2 means FULL.
  var synchronousLevel: Int {
    get throws { try queue.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 } }
  }

  /// One IMMEDIATE transaction: committed when `body` returns, rolled back when it throws.
  func write<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
    try queue.writeWithoutTransaction { database in
      var result: Result?
      try database.inTransaction(.immediate) {
        result = try body(SQLiteConnection(database))
        return .commit
      }
      guard let result else { preconditionFailure("a committed transaction has a result") }
      return result
    }
  }

  /// One snapshot for all reads of `body`.
  func read<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
    try queue.writeWithoutTransaction { database in
      var result: Result?
      try database.inTransaction(.deferred) {
        result = try body(SQLiteConnection(database))
        return .commit
      }
      guard let result else { preconditionFailure("a committed transaction has a result") }
      return result
    }
  }

  func backup(to path: String) throws {
    let target = try DatabaseQueue(path: path)
    try queue.backup(to: target)
    try target.close()
  }

  func close() throws { try queue.close() }
}

final class SQLiteConnection: SQLConnection {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  func run(_ sql: String, _ arguments: [SQLValue]) throws {
    let statement = try database.cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(arguments.map(\.databaseValue)))
    try statement.execute()
  }

  func query(_ sql: String, _ arguments: [SQLValue], _ row: ([SQLValue]) throws -> Void) throws {
    let statement = try database.cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(arguments.map(\.databaseValue)))
    let cursor = try Row.fetchCursor(statement)
    while let next = try cursor.next() {
      try row(next.databaseValues.map(SQLValue.init))
    }
  }
}

extension SQLValue {
  fileprivate var databaseValue: DatabaseValue {
    switch self {
    case .null: .null
    case .integer(let value): value.databaseValue
    case .text(let value): value.databaseValue
    case .blob(let value): Data(value).databaseValue
    }
  }

  fileprivate init(_ value: DatabaseValue) {
    switch value.storage {
    case .null: self = .null
    case .int64(let number): self = .integer(number)
    case .double(let number): self = .integer(Int64(number))
    case .string(let text): self = .text(text)
    case .blob(let data): self = .blob([UInt8](data))
    }
  }
}
