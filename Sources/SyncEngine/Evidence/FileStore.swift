import Foundation
import SyncModel

/// Files of a workspace by what they hold: a folder beside the database, each file under its SHA-256, in 256 folders.
///
/// A file stands under its hash whole or not at all: it is made under another name, flushed, checked and then renamed.
/// What stands there never changes. Everything is read and written in pieces: memory does not grow with the file.
public struct FileStore: Sendable {
  public let folder: String

  static let name = "files"
  static let unfinishedName = "unfinished"
  /// The unfinished files of this machine's own, beside those that devices upload.
  static let ownName = "here"
  static let pieceBytes = 256 << 10

  public init(_ folder: String) {
    self.folder = folder
  }

  var unfinishedFolder: String { folder + "/" + Self.unfinishedName }

  private func shard(of hash: Digest256) -> String { folder + "/" + hash.description.prefix(2) }

  public func path(of hash: Digest256) -> String { shard(of: hash) + "/" + hash.description }

  /// nil where the file is not here.
  public func byteCount(of hash: Digest256) -> Int? { Self.size(path(of: hash)) }

  static func size(_ path: String) -> Int? {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
      attributes[.type] as? FileAttributeType == .typeRegular
    else { return nil }
    return (attributes[.size] as? NSNumber)?.intValue
  }

  // MARK: Reading

  /// Up to `count` bytes from `offset` on; fewer only at the file's end.
  /// - Throws: ``FileError/notHere``; ``WorkspaceError/storage(_:)``.
  public func read(_ hash: Digest256, from offset: Int, count: Int) throws -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path(of: hash)) else { throw FileError.notHere }
    defer { try? file.close() }
    do { try file.seek(toOffset: UInt64(offset)) } catch {
      throw WorkspaceError.storage("\(hash.description.prefix(8))")
    }
    return try file.readWhole(count)
  }

  /// Reads the whole file at `path` in pieces. - Throws: ``WorkspaceError/storage(_:)``.
  static func hash(ofFileAt path: String) throws -> Digest256 {
    guard let file = FileHandle(forReadingAtPath: path) else { throw FileError.notHere }
    defer { try? file.close() }
    var hasher = SHA256Stream()
    while true {
      let piece = try file.readWhole(pieceBytes)
      if piece.isEmpty { return hasher.finish() }
      hasher.update(piece)
    }
  }

  /// True where what stands under the hash is what it says.
  public func isSound(_ hash: Digest256) -> Bool { (try? Self.hash(ofFileAt: path(of: hash))) == hash }

  /// Every file that stands here, in no order.
  public func hashes() -> [Digest256] {
    let manager = FileManager.default
    // None of ours is a link: what one leads to is not ours to clear away.
    let shards = ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).filter {
      $0.utf8.count == 2 && !Platform.isLink(folder + "/" + $0)
    }
    return shards.flatMap { shard in
      ((try? manager.contentsOfDirectory(atPath: folder + "/" + shard)) ?? [])
        .compactMap { Hex.decode($0).flatMap { Digest256(bytes: $0) } }
    }
  }

  // MARK: Writing

  static func makeFolder(_ path: String) throws {
    do { try PrivateFile.makeFolder(path) } catch { throw WorkspaceError(error, at: path) }
  }

  /// Gives a whole, flushed file its place; one that is there already stays.
  func place(_ temporary: String, as hash: Digest256) throws {
    let path = path(of: hash)
    if Self.size(path) != nil {
      PrivateFile.remove(temporary)
      return
    }
    let shard = shard(of: hash)
    let isNew = !FileManager.default.fileExists(atPath: shard)
    try Self.makeFolder(shard)
    do { try Platform.move(temporary, to: path) } catch { throw WorkspaceError(error, at: path) }
    _ = Platform.flush(shard)
    if isNew { _ = Platform.flush(folder) }
  }

  func remove(_ hash: Digest256) { PrivateFile.remove(path(of: hash)) }

  /// A new file of one's own, whose hash is known once it is written.
  func draft() throws -> DraftFile {
    let folder = unfinishedFolder + "/" + Self.ownName
    try Self.makeFolder(folder)
    return try DraftFile(at: folder + "/\(BatchSecret.random())\(PrivateFile.unfinishedSuffix)")
  }

  /// A file with a known hash and length that comes in pieces, perhaps over days.
  /// - Parameter owner: nil for this machine itself.
  func partial(_ hash: Digest256, byteCount: Int, owner: DeviceID? = nil) -> PartialFile {
    PartialFile(folder: unfinishedFolder + "/" + (owner?.description ?? Self.ownName), hash: hash, byteCount: byteCount)
  }

  /// Everything that began to come and is not whole.
  func unfinished() -> [PartialFile] {
    let manager = FileManager.default
    return ((try? manager.contentsOfDirectory(atPath: unfinishedFolder)) ?? []).sorted().flatMap { owner in
      let folder = unfinishedFolder + "/" + owner
      return ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        .compactMap { PartialFile(folder: folder, name: $0) }
    }
  }

  func unfinished(of owner: DeviceID) -> [PartialFile] {
    let folder = unfinishedFolder + "/" + owner.description
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap {
      PartialFile(folder: folder, name: $0)
    }
  }

  /// Throws away what began to come and did not go on since `moment`, drafts of killed commands among it.
  /// - Returns: how many files.
  @discardableResult
  func removeUnfinished(before moment: Date) -> Int {
    let manager = FileManager.default
    var removed = 0
    if Platform.isLink(unfinishedFolder) { return 0 }
    for owner in (try? manager.contentsOfDirectory(atPath: unfinishedFolder)) ?? [] {
      let folder = unfinishedFolder + "/" + owner
      // What a link leads to is not ours to clear away.
      if Platform.isLink(folder) { continue }
      for name in (try? manager.contentsOfDirectory(atPath: folder)) ?? [] {
        let path = folder + "/" + name
        guard let changed = (try? manager.attributesOfItem(atPath: path))?[.modificationDate] as? Date,
          changed < moment,
          PrivateFile.remove(path)
        else { continue }
        removed += 1
      }
      Platform.removeEmptyFolder(folder)
    }
    return removed
  }
}
