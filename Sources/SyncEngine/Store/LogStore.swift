import Foundation
import GRDB
import SyncModel
import Synchronization

/// The one door to a workspace's database: begin → read siblings → merge → write → commit, one transaction a batch.
///
/// Safe to use from several threads and several processes: writers take turns, readers see a consistent moment.
public final class LogStore: Sendable {
  public let identity: StoreIdentity
  /// Why nothing can be written here, as every write then says; nil where it can.
  public let writingRefused: WorkspaceError?
  private let database: SQLiteDatabase
  private let directories = DirectoryCache()
  private let keyring: Keyring
  private let committed = Mutex<(@Sendable () -> Void)?>(nil)

  private static let identityKey = "identity"

  /// Opens an existing store and brings its schema up to date.
  ///
  /// - Parameters:
  ///   - agreement: the device's; without it nothing sealed can be read or written.
  ///   - reading: opens it also where the disk takes no byte, to be looked at alone: ``writingRefused`` then says why.
  ///   - refusing: why nothing is to be written although the disk would take it.
  /// - Throws: ``WorkspaceError``.
  public init(
    path: String, agreement: AgreementKey? = nil, reading: Bool = false, refusing: WorkspaceError? = nil
  ) throws {
    keyring = Keyring(agreement)
    let opened = try Self.open(path, reading: reading)
    (database, writingRefused) = (opened.0, opened.1 ?? refusing)
    let (database, writingRefused) = (database, writingRefused)
    let isCurrent = try Self.explaining(.reading) { try database.read { try Schema.isCurrent($0) } }
    if !isCurrent {
      // Opening takes no write lock unless there is something to migrate.
      if writingRefused != nil { throw WorkspaceError.olderVersion }
      try Self.explaining { try database.write { try Schema.migrate($0) } }
    }
    identity = try Self.explaining(.reading) {
      try database.read { connection in
        guard
          let row = try connection.first("SELECT value FROM meta WHERE key = ?", [.text(Self.identityKey)])
        else { throw WorkspaceError.damaged("identity") }
        return try StoreIdentity(bytes: row[0].blob)
      }
    }
    if writingRefused != nil { return }
    let isDue = try Self.explaining(.reading) {
      try database.read { try $0.first("SELECT 1 FROM meta WHERE key = ?", [.text(StoreTransaction.scrubDue)]) != nil }
    }
    if isDue { scrub() }
  }

  private static func open(_ path: String, reading: Bool) throws -> (SQLiteDatabase, WorkspaceError?) {
    do {
      let database = try SQLiteDatabase(path: path)
      return (database, database.isReadOnly ? .readOnly : nil)
    } catch let error as DatabaseError {
      let reason = explained(error, .writing, path: path)
      guard reading, reason.isOfDisk else { throw reason }
      guard let database = try? SQLiteDatabase(asFound: path) else { throw explained(error, .reading, path: path) }
      return (database, reason)
    }
  }

  /// Makes a new store at `path`, where no file may be.
  public init(creatingAt path: String, identity: StoreIdentity, agreement: AgreementKey? = nil) throws {
    self.identity = identity
    writingRefused = nil
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
    try Self.explaining(.reading) { try database.read { try body(snapshot($0)) } }
  }

  private func snapshot(_ connection: SQLiteConnection) -> StoreSnapshot {
    StoreSnapshot(connection, identity: identity, directories: directories, keyring: keyring)
  }

  /// One transaction, durable when this returns (promise 3); nothing of it stays when it throws, but for
  /// ``WorkspaceError/commitInDoubt``, after which all of it stands or nothing.
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
    if let writingRefused { throw writingRefused }
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
    let committed = committed.withLock { $0 }
    committed?()
  }

  /// `body` runs after each commit by this process; it must not wait.
  public func afterCommits(_ body: @escaping @Sendable () -> Void) { committed.withLock { $0 = body } }

  /// Carries the write-ahead log over into the database and empties it, where nobody is in the way; waits for nobody.
  /// - Returns: false where somebody was, so that it is to be tried again.
  public func passLogOver() throws -> Bool {
    if let writingRefused { throw writingRefused }
    return try Self.explaining { try database.passLogOver() }
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
    try Self.explaining(.reading) { try database.read { try Self.quickCheck($0) } }
  }

  private static func quickCheck(_ connection: SQLiteConnection) throws -> [String] {
    try connection.rows("PRAGMA quick_check(20)").map { $0[0].text }.filter { $0 != "ok" }
  }

  /// The database as one file would hold it, in memory: for a copy where no disk has room for one. `body` reads the same moment, and is
  /// told what SQLite's quick check found.
  func image<Result>(
    _ body: (StoreSnapshot, _ damage: [String]) throws -> Result
  ) throws -> (pages: Data, result: Result) {
    try Self.explaining(.reading) {
      try database.image { try body(snapshot($0), try Self.quickCheck($0)) }
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

  /// What failed: a disk that takes nothing is no reason to say of a look at it that something was not saved.
  private enum Access {
    case reading
    case writing
  }

  /// SQLite's errors in the words of ``WorkspaceError``.
  private static func explaining<Result>(
    _ access: Access = .writing, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw explained(error, access)
    } catch is SQLiteDatabase.CommitInDoubt {
      throw WorkspaceError.commitInDoubt
    }
  }

  private static func explained(_ error: DatabaseError, _ access: Access, path: String? = nil) -> WorkspaceError {
    let told = "SQLite \(error.extendedResultCode.rawValue) \(error.message ?? "")"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .busy
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .damaged("SQLite \(error.resultCode.rawValue)")
    case _ where access == .reading: return .unreadable(told)
    case .SQLITE_FULL: return .diskFull
    case .SQLITE_READONLY: return .readOnly
    case .SQLITE_IOERR where Self.fullDiskCodes.contains(error.extendedResultCode): return .diskFull
    case .SQLITE_CANTOPEN:
      // A file that it needs beside the database could not be made.
      let folder = ((path ?? "") as NSString).deletingLastPathComponent
      if path == nil { return .storage(told) }
      if !FileManager.default.isWritableFile(atPath: folder) { return .readOnly }
      return Platform.freeDiskBytes(folder).map { $0 < Self.leastOpeningBytes } ?? false ? .diskFull : .storage(told)
    default: return .storage(told)
    }
  }

  /// Opening a database takes this much: the index of its write-ahead log.
  private static let leastOpeningBytes: UInt64 = 32 << 10
}
