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
  private static let copyName = "backup.copy"

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
    let manager = FileManager.default
    let path = Self.canonical(path)
    if manager.fileExists(atPath: path) { throw BackupError.exists(path: path) }
    // It would hold itself, and every later one all those before it.
    let target = Self.canonical((path as NSString).deletingLastPathComponent)
    if target == folder || target.hasPrefix(folder + "/") { throw BackupError.insideWorkspace(path: folder) }
    // One at a time, so that a copy found lying about is a killed process's.
    guard let lock = try FileLock(trying: folder + "/" + Self.backupLockName) else { throw WorkspaceError.busy }
    defer { lock.release() }
    let copy = folder + "/" + Self.copyName
    let clean = { for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: copy + suffix) } }
    clean()
    defer { clean() }
    do { try Platform.writePrivate([], to: copy, durable: false) } catch { throw WorkspaceError.storage(copy) }
    try store.backup(to: copy)
    // A backup that could not be restored is none.
    let copied = try LogStore(path: copy)
    let manifest = try Self.manifest(of: copied, wallMilliseconds: wallMilliseconds)
    try copied.close()

    let temporary = path + ".partial"
    try? manager.removeItem(atPath: temporary)
    guard manager.createFile(atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600]),
      let file = FileHandle(forWritingAtPath: temporary)
    else { throw BackupError.cannotWrite(path: path) }
    do {
      defer { try? file.close() }
      try write(manifest, copy: copy, to: SealedFileWriter(to: file, passphrase: passphrase, workFactor: workFactor))
      if manager.fileExists(atPath: path) { throw BackupError.exists(path: path) }
      guard Platform.flush(temporary), (try? Platform.move(temporary, to: path)) != nil else {
        throw BackupError.cannotWrite(path: path)
      }
      _ = Platform.flush((path as NSString).deletingLastPathComponent)
    } catch {
      try? manager.removeItem(atPath: temporary)
      throw error
    }
    return manifest
  }

  private func write(_ manifest: BackupManifest, copy: String, to writer: SealedFileWriter) throws {
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
    for (member, source) in try members(copy: copy) {
      try writer.write(TapeArchive.header(member))
      if member.isFolder { continue }
      guard let file = FileHandle(forReadingAtPath: source) else { throw WorkspaceError.storage(source) }
      defer { try? file.close() }
      var left = member.byteCount
      while left > 0 {
        let piece = try file.readWhole(min(left, SealedFile.chunkByteCount))
        if piece.isEmpty { throw WorkspaceError.storage(source) }
        try writer.write(piece)
        left -= piece.count
      }
      try pad(member.byteCount)
    }
    try writer.write(repeatElement(0, count: 2 * TapeArchive.blockByteCount))
    try writer.finish()
  }

  /// Everything in the folder that is not of a moment: the database's copy first, then the rest by name.
  private func members(copy: String) throws -> [(member: TapeArchive.Member, source: String)] {
    func size(_ path: String) throws -> Int {
      guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber else {
        throw WorkspaceError.storage(path)
      }
      return size.intValue
    }
    var found = [(TapeArchive.Member(name: File.database, isFolder: false, byteCount: try size(copy)), copy)]
    guard let walk = FileManager.default.enumerator(atPath: folder) else { throw WorkspaceError.storage(folder) }
    var names: [(name: String, isFolder: Bool)] = []
    for case let name as String in walk {
      let kind = walk.fileAttributes?[.type] as? FileAttributeType
      let isMomentary =
        name.hasPrefix(File.database) || name.hasPrefix(Self.copyName) || name.hasSuffix(".lock")
        || name.hasSuffix(".new")
        || name == File.lock || name == File.unfinished || name == BackupManifest.name
        || name == FileStore.name + "/" + FileStore.unfinishedName
      if isMomentary {
        if kind == .typeDirectory { walk.skipDescendants() }
      } else if kind == .typeDirectory || kind == .typeRegular, TapeArchive.isSafe(name) {
        names.append((name, kind == .typeDirectory))
      }
    }
    for (name, isFolder) in names.sorted(by: { $0.name < $1.name }) {
      let path = folder + "/" + name
      found.append(
        (TapeArchive.Member(name: name, isFolder: isFolder, byteCount: isFolder ? 0 : try size(path)), path))
    }
    return found
  }

  /// - Throws: ``BackupError/untrusted(unit:replica:seq:)``, ``WorkspaceError/damaged(_:)``.
  private static func manifest(of store: LogStore, wallMilliseconds: UInt64) throws -> BackupManifest {
    if let first = try store.quickCheck().first { throw WorkspaceError.damaged(first) }
    return try store.read { snapshot in
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
    let path = canonical(path)
    guard let file = FileHandle(forReadingAtPath: path) else { throw BackupError.unreadable(path: path) }
    defer { try? file.close() }
    var reader = TapeReader(try SealedFileReader(file, passphrase: passphrase))
    let manifest = try manifest(&reader)
    let workspace = try build(in: folder, stateFolder: stateFolder) { unfinished, place in
      try unpack(&reader, into: unfinished)
      guard let seed = try Platform.readPrivate(unfinished + "/" + File.deviceKey), let key = DeviceKey(seed: seed),
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
    let manager = FileManager.default
    while let member = try reader.next() {
      let path = folder + "/" + member.name
      if manager.fileExists(atPath: path) { throw BackupError.malformed("文件“\(member.name.prefix(40))”有两份") }
      if member.isFolder {
        do {
          try manager.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
          throw WorkspaceError.storage(path)
        }
        continue
      }
      guard manager.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
        let file = FileHandle(forWritingAtPath: path)
      else { throw WorkspaceError.storage(path) }
      defer { try? file.close() }
      try reader.content(of: member) { try file.writeWhole(Array($0)) }
      if !Platform.flush(path) { throw WorkspaceError.storage(path) }
    }
  }
}
