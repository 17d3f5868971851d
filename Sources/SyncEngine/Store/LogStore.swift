import Foundation
import GRDB
import SyncModel

/// The one door to a workspace's database: begin → read siblings → merge → write → commit, one transaction a batch.
///
/// Safe to use from several threads and several processes: writers take turns, readers see a consistent moment.
public final class LogStore: Sendable {
  public let identity: StoreIdentity
  private let database: SQLiteDatabase
  private let directories = DirectoryCache()
  private let keyring: Keyring

  private static let identityKey = "identity"

  /// Opens an existing store and brings its schema up to date.
  ///
  /// - Parameter agreement: the device's; without it nothing sealed can be read or written.
  /// - Throws: ``WorkspaceError``.
  public init(path: String, agreement: AgreementKey? = nil) throws {
    keyring = Keyring(agreement)
    database = try Self.explaining { try SQLiteDatabase(path: path) }
    let database = database
    identity = try Self.explaining {
      // Opening takes no write lock unless there is something to migrate.
      if try !database.read({ try Schema.isCurrent($0) }) { try database.write { try Schema.migrate($0) } }
      return try database.read { connection in
        guard
          let row = try connection.first("SELECT value FROM meta WHERE key = ?", [.text(Self.identityKey)])
        else { throw WorkspaceError.damaged("identity") }
        return try StoreIdentity(bytes: row[0].blob)
      }
    }
    let isDue = try Self.explaining {
      try database.read { try $0.first("SELECT 1 FROM meta WHERE key = ?", [.text(StoreTransaction.scrubDue)]) != nil }
    }
    if isDue { scrub() }
  }

  /// Makes a new store at `path`, where no file may be.
  public init(creatingAt path: String, identity: StoreIdentity, agreement: AgreementKey? = nil) throws {
    self.identity = identity
    do {
      // SQLite gives its other files the permissions of this one.
      try Platform.writePrivate([], to: path)
    } catch {
      throw WorkspaceError.storage(path)
    }
    keyring = Keyring(agreement)
    database = try Self.explaining { try SQLiteDatabase(path: path) }
    let database = database
    try Self.explaining {
      try database.write { connection in
        try Schema.migrate(connection)
        try connection.run(
          "INSERT INTO meta (key, value) VALUES (?, ?)", [.text(Self.identityKey), .blob(identity.bytes)])
      }
    }
  }

  /// One consistent moment.
  public func read<Result>(_ body: (StoreSnapshot) throws -> Result) throws -> Result {
    try Self.explaining {
      try database.read { try body(StoreSnapshot($0, identity: identity, directories: directories, keyring: keyring)) }
    }
  }

  /// One transaction, durable when this returns (promise 3); nothing of it stays when it throws.
  public func write<Result>(wallMilliseconds: UInt64, _ body: (StoreTransaction) throws -> Result) throws -> Result {
    var result: Result?
    try write(wallMilliseconds: wallMilliseconds, turns: 1) { _, transaction in result = try body(transaction) }
    guard let result else { preconditionFailure("a committed transaction has a result") }
    return result
  }

  /// Several turns that share one commit, and so one wait for the disk: each is as a transaction of its own would be that comes after
  /// those before it. All of them are durable when this returns (promise 3); nothing of any stays when one throws.
  func write(
    wallMilliseconds: UInt64, turns: Int, _ body: (_ turn: Int, StoreTransaction) throws -> Void
  ) throws {
    var erased = false
    // Told to others once it is committed: until then it speaks of entries that may never be there.
    let uncommitted = UncommittedDirectory()
    try Self.explaining {
      try database.write { connection in
        for turn in 0..<turns {
          let transaction = StoreTransaction(
            connection, identity: identity, directories: directories, keyring: keyring, uncommitted: uncommitted,
            wallMilliseconds: wallMilliseconds)
          try body(turn, transaction)
          try transaction.finish()
          erased = erased || transaction.hasErased
        }
      }
    }
    if let found = uncommitted.found { directories.keep(found.directory, version: found.version) }
    if erased { scrub() }
  }

  /// Takes what a redaction erased out of the files too. Failing is no failure of the command: it stays due, and the
  /// next opening or erasing transaction tries again.
  private func scrub() {
    do {
      let wall = Platform.wallMilliseconds
      let last = try setting(StoreTransaction.lastScrub)
      let isDue =
        try database.byteCount <= Self.freeScrubByteCount
        || wall > last.addingReportingOverflow(Self.scrubIntervalMilliseconds).partialValue || wall < last
      guard isDue else {
        _ = try database.truncateLog()
        return
      }
      let due = try database.read {
        try $0.first("SELECT value FROM meta WHERE key = ?", [.text(StoreTransaction.scrubDue)])
      }
      guard let due, try database.scrub() else { return }
      var writer = ByteWriter(capacity: 8)
      writer.bigEndian(wall)
      let mark = writer.bytes
      try database.write { connection in
        try connection.run("DELETE FROM meta WHERE key = ? AND value = ?", [.text(StoreTransaction.scrubDue), due[0]])
        try connection.run(
          "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
          [.text(StoreTransaction.lastScrub), .blob(mark)])
      }
    } catch {}
  }

  private func setting(_ key: String) throws -> UInt64 {
    try database.read { connection in
      guard let row = try connection.first("SELECT value FROM meta WHERE key = ?", [.text(key)]) else { return 0 }
      var reader = ByteReader(row[0].blob)
      return try reader.bigEndian()
    }
  }

  /// A file up to this size is written anew after every redaction; a larger one at most every
  /// ``scrubIntervalMilliseconds``, so that nobody can keep a hub busy with it.
  static let freeScrubByteCount = 64 << 20
  static let scrubIntervalMilliseconds: UInt64 = 600_000

  /// Ends all work with the store: what is in the write-ahead log goes into the one file that is left.
  public func close() throws {
    try Self.explaining { try database.close() }
  }

  /// SQLite's own quick check; what it found, empty where all is well.
  public func quickCheck() throws -> [String] {
    try Self.explaining {
      try database.read { try $0.rows("PRAGMA quick_check(20)").map { $0[0].text }.filter { $0 != "ok" } }
    }
  }

  /// A consistent copy while others go on working (SQLite's online backup).
  public func backup(to path: String) throws {
    try Self.explaining { try database.backup(to: path) }
  }

  /// 2 means synchronous=FULL.
  public var synchronousLevel: Int { get throws { try database.synchronousLevel } }

  /// What SQLite says where a file cannot grow.
  private static let fullDiskCodes: [ResultCode] = [
    .SQLITE_IOERR_WRITE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_SHMSIZE,
  ]

  /// SQLite's errors in the words of ``WorkspaceError``.
  private static func explaining<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as DatabaseError {
      switch error.resultCode {
      case .SQLITE_FULL: throw WorkspaceError.diskFull
      case .SQLITE_BUSY, .SQLITE_LOCKED: throw WorkspaceError.busy
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: throw WorkspaceError.damaged("SQLite \(error.resultCode.rawValue)")
      case .SQLITE_READONLY: throw WorkspaceError.readOnly
      case .SQLITE_IOERR where Self.fullDiskCodes.contains(error.extendedResultCode): throw WorkspaceError.diskFull
      default: throw WorkspaceError.storage("SQLite \(error.extendedResultCode.rawValue) \(error.message ?? "")")
      }
    }
  }
}
