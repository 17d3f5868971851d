import Foundation
import GRDB
import GRDBSQLite

/// A SQLite file: the embedded default of laptops and hubs.
///
/// WAL with synchronous=FULL: what a commit acknowledged survives kill -9 and power loss (promise 3). Several processes
/// may open the same file; a writer waits for another up to ``busyTimeoutSeconds``. Who reads while others write waits for nobody:
/// further connections are opened once they are needed (``SQLiteReaders``).
final class SQLiteDatabase: Sendable {
  private let queue: DatabaseQueue
  private let readers: SQLiteReaders
  /// The files as they stood when they were opened to be looked at alone; nil where this may write.
  private let found: FoundFiles?

  static let busyTimeoutSeconds = 30.0
  /// Of pages kept in memory.
  private static let cacheKibibytes = 24 << 10
  /// The write-ahead log grows to about 16 MiB before it is carried over.
  private static let checkpointPages = 4000

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
      try database.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)")
      // Pages that many commits change are carried over once for all of them.
      try database.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.checkpointPages)")
    }
    readers = SQLiteReaders(main: queue, path: name, configuration: configuration)
    found = nil
  }

  /// Opens the files as they stand: nothing is written, created or locked, not even the index of the write-ahead log, which is kept in
  /// memory (decision 0033). For disks that are full or cannot be written.
  ///
  /// Whoever writes meanwhile is noticed, and what was read then is not given out.
  init(asFound path: String) throws {
    let found = FoundFiles(path)
    var configuration = Configuration()
    configuration.label = "unitsync"
    configuration.foreignKeysEnabled = false
    configuration.readonly = true
    configuration.prepareDatabase { database in
      // Before the first look at the database, or SQLite would want a file for the index.
      try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
      try database.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)")
      // Only the database is opened for reading alone. Without this the end of the last connection would delete a write-ahead
      // log in which nothing is committed yet, under whoever is writing it.
      var isKept: Int32 = 1
      let code = sqlite3_file_control(database.sqliteConnection, "main", SQLITE_FCNTL_PERSIST_WAL, &isKept)
      guard code == SQLITE_OK, isKept == 1 else { throw DatabaseError(resultCode: .SQLITE_CANTOPEN) }
    }
    queue = try DatabaseQueue(path: found.name, configuration: configuration)
    readers = SQLiteReaders(main: queue, path: found.name, configuration: configuration)
    self.found = found
  }

  /// True where SQLite could open the file for reading alone.
  var isReadOnly: Bool {
    queue.writeWithoutTransaction { sqlite3_db_readonly($0.sqliteConnection, "main") == 1 }
  }

  /// 2 means FULL.
  var synchronousLevel: Int {
    get throws { try queue.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 } }
  }

  /// A commit failed, and what it wrote could not be taken back for certain.
  ///
  /// The frames of a commit may be whole in the write-ahead log when the error comes: behind them SQLite waits for the disk. This process has rolled back, but whoever opens these files next, or a copy of
  /// them, takes the commit for one.
  struct CommitInDoubt: Error {
    let reason: DatabaseError
  }

  /// One IMMEDIATE transaction: committed when `body` returns, rolled back when it throws.
  /// - Throws: ``CommitInDoubt`` where neither is certain.
  func write<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
    try readers.onMain { queue in
      var isMade = false
      do {
        return try Self.transaction(.immediate, on: queue) { connection in
          let result = try body(connection)
          isMade = true
          return result
        }
      } catch let error as DatabaseError where isMade {
        if takesBack(on: queue, after: error) { throw error }
        throw CommitInDoubt(reason: error)
      }
    }
  }

  /// Makes sure that a commit which failed stands for nobody.
  ///
  /// A commit of one page is written over its first frame, and takes no room where that is whole: so where both failed in writing a
  /// frame, its own are not whole. An error of another kind, of a wait for the disk above all, says nothing of what stands in the log:
  /// what is committed is then carried over, and the log emptied of all that is not.
  private func takesBack(on queue: DatabaseQueue, after failure: DatabaseError) -> Bool {
    do {
      try queue.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
          try database.execute(sql: "PRAGMA user_version = \(version)")
          return .commit
        }
      }
      return true
    } catch let error as DatabaseError where Self.isOfFrame(failure) && Self.isOfFrame(error) {
      return true
    } catch {
      return (try? queue.writeWithoutTransaction { try truncateLog(withoutWaiting: $0) }) == true
    }
  }

  /// True where a frame could not be written. A commit's last write is its last frame: the log is not filled up to a sector's end where
  /// overwriting is safe against power loss, as SQLite takes it to be.
  private static func isOfFrame(_ error: DatabaseError) -> Bool {
    [.SQLITE_FULL, .SQLITE_IOERR_WRITE].contains(error.extendedResultCode)
  }

  /// One snapshot for all reads of `body`.
  func read<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
    try undisturbed { try readers.onAny { try Self.transaction(.deferred, on: $0, body) } }
  }

  /// The pages of the whole database at one moment, as a single file would hold them, and what `body` reads at the same moment. Takes
  /// as much memory as the database is large, and no room on any disk.
  func image<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> (pages: Data, result: Result) {
    try undisturbed {
      try readers.onMain { queue in
        try Self.transaction(.deferred, on: queue) { connection in
          let result = try body(connection)
          return (try connection.pages(), result)
        }
      }
    }
  }

  /// - Throws: SQLite's "busy" where somebody wrote in files that are only looked at, whatever `body` made of them.
  private func undisturbed<Result>(_ body: () throws -> Result) throws -> Result {
    guard let found else { return try body() }
    let result = Swift.Result { try body() }
    if FoundFiles(found.path) != found { throw DatabaseError(resultCode: .SQLITE_BUSY) }
    return try result.get()
  }

  private static func transaction<Result>(
    _ kind: Database.TransactionKind, on queue: DatabaseQueue, _ body: (SQLiteConnection) throws -> Result
  ) throws -> Result {
    try queue.writeWithoutTransaction { database in
      var result: Result?
      try database.inTransaction(kind) {
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
    try readers.onMain { queue in
      try queue.writeWithoutTransaction { database in
        try database.execute(sql: "VACUUM")
        return try truncateLog(database)
      }
    }
  }

  /// Empties the write-ahead log alone.
  func truncateLog() throws -> Bool {
    try readers.onMain { queue in try queue.writeWithoutTransaction { try truncateLog($0) } }
  }

  /// Carries the write-ahead log over and empties it, where nobody is in the way: it waits for nobody.
  /// - Returns: false where somebody was; to be tried again later.
  func passLogOver() throws -> Bool {
    try readers.onMain { queue in
      try queue.writeWithoutTransaction { try truncateLog(withoutWaiting: $0) }
    }
  }

  private func truncateLog(withoutWaiting database: Database) throws -> Bool {
    try database.execute(sql: "PRAGMA busy_timeout = 0")
    let isEmpty = Swift.Result { try truncateLog(database) }
    try database.execute(sql: "PRAGMA busy_timeout = \(Int(Self.busyTimeoutSeconds * 1000))")
    return try isEmpty.get()
  }

  private func truncateLog(_ database: Database) throws -> Bool {
    try Int.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
  }

  var byteCount: Int {
    get throws {
      try undisturbed {
        try queue.read {
          try (Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0) * (Int.fetchOne($0, sql: "PRAGMA page_size") ?? 0)
        }
      }
    }
  }

  func backup(to path: String) throws {
    let target = try DatabaseQueue(path: path)
    try undisturbed { try readers.onMain { try $0.backup(to: target) } }
    try target.close()
  }

  func close() throws {
    try readers.close()
    try queue.close()
  }
}

/// Statements are stepped through SQLite's own interface: GRDB's arguments and rows cost more than the statements do.
final class SQLiteConnection: SQLConnection {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  var lastInsertedRow: Int64 { database.lastInsertedRowID }

  var changedRows: Int { database.changesCount }

  /// All pages as this transaction sees them.
  fileprivate func pages() throws -> Data {
    var count: sqlite3_int64 = 0
    guard let bytes = sqlite3_serialize(database.sqliteConnection, "main", &count, 0) else {
      throw DatabaseError(resultCode: .SQLITE_NOMEM)
    }
    return Data(bytesNoCopy: bytes, count: Int(count), deallocator: .custom { pointer, _ in sqlite3_free(pointer) })
  }

  func run(_ sql: String, _ arguments: [SQLValue]) throws {
    try query(sql, arguments) { _ in }
  }

  func query(_ sql: String, _ arguments: [SQLValue], _ row: ([SQLValue]) throws -> Void) throws {
    let prepared = try database.cachedStatement(sql: sql)
    let statement = prepared.sqliteStatement
    // Also what a row's reader threw in the middle of leaves nothing open.
    defer { sqlite3_reset(statement) }
    precondition(Int(sqlite3_bind_parameter_count(statement)) == arguments.count, "one argument a place: \(sql)")
    for (index, argument) in arguments.enumerated() {
      let code = argument.bind(to: statement, at: Int32(index + 1))
      if code != SQLITE_OK { throw failure(code, sql) }
    }
    let count = Int(sqlite3_column_count(statement))
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_DONE: return
      case SQLITE_ROW: try row((0..<count).map { SQLValue(statement, column: Int32($0)) })
      case let code: throw failure(code, sql)
      }
    }
  }

  private func failure(_ code: Int32, _ sql: String) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(database.sqliteConnection)),
      message: String(cString: sqlite3_errmsg(database.sqliteConnection)), sql: sql)
  }
}

extension SQLValue {
  /// SQLite copies what it is given.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  fileprivate func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    switch self {
    case .null: sqlite3_bind_null(statement, index)
    case .integer(let value): sqlite3_bind_int64(statement, index, value)
    case .text(let value): sqlite3_bind_text(statement, index, value, Int32(value.utf8.count), Self.transient)
    case .blob(let value):
      value.withUnsafeBytes { bytes in
        // No address at all would mean NULL.
        bytes.isEmpty
          ? sqlite3_bind_zeroblob(statement, index, 0)
          : sqlite3_bind_blob64(statement, index, bytes.baseAddress, UInt64(bytes.count), Self.transient)
      }
    }
  }

  fileprivate init(_ statement: OpaquePointer, column: Int32) {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: self = .integer(sqlite3_column_int64(statement, column))
    // Nothing here is written as one: a damaged file may hold any, also those that no integer is. Out of every range then.
    case SQLITE_FLOAT: self = .integer(Int64(exactly: sqlite3_column_double(statement, column)) ?? .min)
    case SQLITE_TEXT:
      let text = sqlite3_column_text(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      self = .text(String(decoding: UnsafeBufferPointer(start: text, count: text == nil ? 0 : count), as: UTF8.self))
    case SQLITE_BLOB:
      let bytes = sqlite3_column_blob(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      self = .blob([UInt8](UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)))
    default: self = .null
    }
  }
}
