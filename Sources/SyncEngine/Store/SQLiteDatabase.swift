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
    // Only a simulation names another file layer than the machine's.
    let name = SimulatedSurroundings.current?.databaseName(path) ?? path
    queue = try DatabaseQueue(path: name, configuration: configuration)
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL")
      // After WAL, which would otherwise leave NORMAL in force.
      try database.execute(sql: "PRAGMA synchronous = FULL")
      // What is deleted is overwritten with zeros; see `scrub` for the copies that pages keep all the same.
      try database.execute(sql: "PRAGMA secure_delete = ON")
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

  /// Writes every page anew and empties the write-ahead log, so that nothing deleted stays readable in the file.
  ///
  /// `secure_delete` alone is not enough: moving cells between pages leaves copies behind in the gaps of pages.
  /// - Returns: false where another connection still reads from the write-ahead log; to be tried again later.
  func scrub() throws -> Bool {
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "VACUUM")
      return try truncateLog(database)
    }
  }

  /// Empties the write-ahead log alone.
  func truncateLog() throws -> Bool {
    try queue.writeWithoutTransaction { try truncateLog($0) }
  }

  private func truncateLog(_ database: Database) throws -> Bool {
    try Int.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
  }

  var byteCount: Int {
    get throws {
      try queue.read {
        try (Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0) * (Int.fetchOne($0, sql: "PRAGMA page_size") ?? 0)
      }
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
    // Nothing here is written as one: a damaged file may hold any, also those that no integer is. Out of every range then.
    case .double(let number): self = .integer(Int64(exactly: number) ?? .min)
    case .string(let text): self = .text(text)
    case .blob(let data): self = .blob([UInt8](data))
    }
  }
}
