import Foundation
import SyncModel

/// What a backup says of itself: the first member of its archive.
public struct BackupManifest: Codable, Hashable, Sendable {
  public var format: Int
  public var school: String
  public var unit: String
  public var rehearsal: Bool
  public var deviceName: String
  public var replica: String
  public var createdMilliseconds: UInt64
  public var feeds: Int
  public var entries: Int

  static let formatVersion = 1
  static let name = "backup.json"
  static let byteLimit = 64 << 10
}

/// A workspace in one encrypted file, made while others work (decision 0012).
extension Workspace {
  static let backupLockName = "backup.lock"
  static let copyName = "backup.copy"

  /// Copies the workspace as it is at one moment into a new file: database, keys and whatever else stands in its folder.
  /// Others may go on working; the file is there whole, checked and on the disk, or not at all.
  ///
  /// - Throws: ``BackupError``; ``WorkspaceError``.
  @discardableResult
  public func backup(
    to path: String, passphrase: BackupPassphrase, wallMilliseconds: UInt64 = Platform.wallMilliseconds
  ) throws -> BackupManifest {
    try backup(to: path, passphrase: passphrase, wallMilliseconds: wallMilliseconds, workFactor: SealedFile.workFactor)
  }

  func backup(
    to path: String, passphrase: BackupPassphrase, wallMilliseconds: UInt64, workFactor: Int
  ) throws -> BackupManifest {
    let path = (path as NSString).expandingTildeInPath
    if FileStatus(path, following: false) != nil { throw BackupError.exists(path: path) }
    // It would hold itself, and every later one all those before it.
    if Platform.isFolder((path as NSString).deletingLastPathComponent, inside: folder) {
      throw BackupError.insideWorkspace(path: folder)
    }
    return try withDatabase(wallMilliseconds) { database, manifest in
      try write(manifest, database, to: path, passphrase: passphrase, workFactor: workFactor)
      return manifest
    }
  }

  /// The database as a backup takes it.
  private enum DatabaseSource {
    case file(String)
    case pages(Data)
  }

  /// Hands out the database of one moment, checked. A copy of it stands in the folder meanwhile; where the disk has no room for one, it
  /// is held in memory.
  private func withDatabase<Result>(
    _ wallMilliseconds: UInt64, _ body: (DatabaseSource, BackupManifest) throws -> Result
  ) throws -> Result {
    if store.writingRefused == nil {
      do {
        return try withCopy(wallMilliseconds, body)
      } catch let error as CopyRefused {
        if !error.reason.isOfDisk { throw error.reason }
      }
    }
    // A backup that could not be restored is none.
    let (pages, manifest) = try store.image { snapshot, damage in
      try Self.manifest(of: snapshot, damage: damage, wallMilliseconds: wallMilliseconds)
    }
    return try body(.pages(pages), manifest)
  }

  /// No copy could be made, and ``withCopy`` has handed nothing out.
  private struct CopyRefused: Error {
    let reason: WorkspaceError
  }

  private func withCopy<Result>(
    _ wallMilliseconds: UInt64, _ body: (DatabaseSource, BackupManifest) throws -> Result
  ) throws -> Result {
    let copy = folder + "/" + Self.copyName
    let clean = { for suffix in ["", "-wal", "-shm"] { PrivateFile.remove(copy + suffix) } }
    let lock: FileLock
    let manifest: BackupManifest
    do {
      // One at a time, so that a copy found lying about is a killed process's.
      guard let free = try FileLock(trying: folder + "/" + Self.backupLockName) else { throw WorkspaceError.busy }
      lock = free
    } catch let error as WorkspaceError {
      throw CopyRefused(reason: error)
    }
    defer { lock.release() }
    clean()
    defer { clean() }
    do {
      do { try Platform.writePrivate([], to: copy, durable: false) } catch { throw WorkspaceError(error, at: copy) }
      try store.backup(to: copy)
      // A backup that could not be restored is none.
      let copied = try LogStore(path: copy)
      manifest = try Self.manifest(of: copied, wallMilliseconds: wallMilliseconds)
      try copied.close()
    } catch let error as WorkspaceError {
      throw CopyRefused(reason: error)
    }
    return try body(.file(copy), manifest)
  }

  private func write(
    _ manifest: BackupManifest, _ database: DatabaseSource, to path: String, passphrase: BackupPassphrase,
    workFactor: Int
  ) throws {
    do {
      try Platform.writePrivate(to: path) { file, _ in
        try write(manifest, database, to: SealedFileWriter(to: file, passphrase: passphrase, workFactor: workFactor))
        if FileStatus(path, following: false) != nil { throw BackupError.exists(path: path) }
      }
    } catch is FileFailure {
      throw BackupError.cannotWrite(path: path)
    } catch WorkspaceError.diskFull {
      // The disk that is full is the backup's.
      throw BackupError.cannotWrite(path: path)
    }
  }

  private func write(_ manifest: BackupManifest, _ database: DatabaseSource, to writer: SealedFileWriter) throws {
    var writer = writer
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let about = [UInt8](try encoder.encode(manifest))
    func pad(_ byteCount: Int) throws {
      try writer.write(repeatElement(0, count: TapeArchive.padding(after: byteCount)))
    }
    try writer.write(
      TapeArchive.header(TapeArchive.Member(name: BackupManifest.name, isFolder: false, byteCount: about.count)))
    try writer.write(about)
    try pad(about.count)
    for (member, source) in try members(database) {
      try writer.write(TapeArchive.header(member))
      if member.isFolder { continue }
      switch source {
      case .file(let path): try write(fileAt: path, byteCount: member.byteCount, to: &writer)
      case .pages(var rest):
        while !rest.isEmpty {
          try writer.write(rest.prefix(SealedFile.chunkByteCount))
          rest = rest.dropFirst(SealedFile.chunkByteCount)
        }
      }
      try pad(member.byteCount)
    }
    try writer.write(repeatElement(0, count: 2 * TapeArchive.blockByteCount))
    try writer.finish()
  }

  private func write(fileAt path: String, byteCount: Int, to writer: inout SealedFileWriter) throws {
    guard let file = Platform.openToRead(path) else { throw BackupError.cannotInclude(path: path) }
    defer { try? file.close() }
    var left = byteCount
    while left > 0 {
      let piece = try file.readWhole(min(left, SealedFile.chunkByteCount))
      if piece.isEmpty { throw WorkspaceError.storage(path) }
      try writer.write(piece)
      left -= piece.count
    }
  }

  /// The database's copy first, then everything else in the folder by name.
  /// - Throws: ``WorkspaceError/keyMissing(path:)`` where the device key would not be among it: a backup without is none.
  private func members(_ database: DatabaseSource) throws -> [(member: TapeArchive.Member, source: DatabaseSource)] {
    let byteCount: Int
    switch database {
    case .file(let path):
      guard let status = FileStatus(path, following: true) else { throw WorkspaceError.storage(path) }
      byteCount = status.byteCount
    case .pages(let pages): byteCount = pages.count
    }
    let rest = try FolderMembers(of: folder).members
    let keyPath = folder + "/" + File.deviceKey
    guard rest.contains(where: { $0.name == File.deviceKey && !$0.isFolder }), Platform.read(keyPath) == key.seed else {
      throw WorkspaceError.keyMissing(path: keyPath)
    }
    return [(TapeArchive.Member(name: File.database, isFolder: false, byteCount: byteCount), database)]
      + rest.map { ($0, .file(folder + "/" + $0.name)) }
  }

  /// - Throws: ``BackupError/untrusted(unit:replica:seq:)``, ``WorkspaceError/damaged(_:)``.
  private static func manifest(of store: LogStore, wallMilliseconds: UInt64) throws -> BackupManifest {
    let damage = try store.quickCheck()
    return try store.read { try manifest(of: $0, damage: damage, wallMilliseconds: wallMilliseconds) }
  }

  private static func manifest(
    of snapshot: StoreSnapshot, damage: [String], wallMilliseconds: UInt64
  ) throws -> BackupManifest {
    if let first = damage.first { throw WorkspaceError.damaged(first) }
    let verification = try snapshot.verify()
    if let problem = verification.problems.first {
      throw BackupError.untrusted(
        unit: problem.log.unit.description, replica: problem.replica.short, seq: problem.seq)
    }
    return BackupManifest(
      format: BackupManifest.formatVersion, school: snapshot.identity.school.description,
      unit: snapshot.identity.unit.description, rehearsal: snapshot.identity.rehearsal,
      deviceName: String(decoding: try snapshot.setting(Setting.deviceName) ?? [], as: UTF8.self),
      replica: try snapshot.ownReplica().description, createdMilliseconds: wallMilliseconds,
      feeds: verification.feeds, entries: verification.entries)
  }

  // MARK: Restoring

  /// What came of a restore.
  public struct Restored: Sendable {
    public let workspace: Workspace
    public let manifest: BackupManifest
  }

  /// Unpacks a backup into `folder`, where no workspace may be. Every chain and signature is checked, and a new
  /// incarnation and store id are drawn, before the folder becomes a workspace.
  ///
  /// - Throws: ``BackupError``; ``WorkspaceError``. Whatever is refused is refused whole: no workspace is left behind.
  public static func restore(
    from path: String, passphrase: BackupPassphrase, to folder: String, stateFolder: String = Platform.stateFolder
  ) throws -> Restored {
    let path = (path as NSString).expandingTildeInPath
    guard let file = Platform.openToRead(path) else { throw BackupError.unreadable(path: path) }
    defer { try? file.close() }
    var reader = TapeReader(try SealedFileReader(file, passphrase: passphrase))
    let manifest = try manifest(&reader)
    let workspace = try build(in: folder, stateFolder: stateFolder) { unfinished, place in
      try unpack(&reader, into: unfinished)
      guard let seed = Platform.read(unfinished + "/" + File.deviceKey), let key = DeviceKey(seed: seed),
        FileManager.default.fileExists(atPath: unfinished + "/" + File.database)
      else { throw BackupError.malformed("缺少密钥或资料") }
      let store = try LogStore(path: unfinished + "/" + File.database)
      if store.identity.deviceKey != key.publicKey { throw BackupError.otherDevice }
      _ = try Self.manifest(of: store, wallMilliseconds: manifest.createdMilliseconds)
      let workspace = Workspace(
        at: unfinished, standingIn: place, store: store, key: key, stateFolder: stateFolder)
      _ = try workspace.locked(renewing: .restored) { _, _, _ in }
      return workspace
    }
    return Restored(workspace: workspace, manifest: manifest)
  }

  private static func manifest(_ reader: inout TapeReader) throws -> BackupManifest {
    guard let first = try reader.next(), first.name == BackupManifest.name, !first.isFolder,
      first.byteCount <= BackupManifest.byteLimit
    else { throw BackupError.notABackup }
    var bytes: [UInt8] = []
    try reader.content(of: first) { bytes += $0 }
    struct Format: Decodable { var format: Int }
    guard let format = try? JSONDecoder().decode(Format.self, from: Data(bytes)) else { throw BackupError.notABackup }
    if format.format > BackupManifest.formatVersion { throw BackupError.newerVersion(format.format) }
    guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: Data(bytes)) else {
      throw BackupError.malformed("说明")
    }
    return manifest
  }

  /// Into a folder that holds nothing; all of it is on the disk when this returns.
  private static func unpack(_ reader: inout TapeReader, into folder: String) throws {
    while let member = try reader.next() {
      let path = folder + "/" + member.name
      if FileStatus(path, following: false) != nil {
        throw BackupError.malformed("文件“\(RawText.shown(member.name).prefix(40))”有两份")
      }
      if member.isFolder {
        do { try PrivateFile.makeFolder(path) } catch { throw WorkspaceError(error, at: path) }
        continue
      }
      let file: FileHandle
      do { file = try PrivateFile.create(path) } catch { throw WorkspaceError(error, at: path) }
      defer { try? file.close() }
      try reader.content(of: member) { try file.writeWhole(Array($0)) }
      if !Platform.flush(path) { throw WorkspaceError.storage(path) }
    }
  }
}
