import Foundation
import SyncModel

/// A file on its way in, under a name that says what it will be. How far it is, is the length of what stands on the disk:
/// whoever is killed in between goes on from there (promise 9).
public struct PartialFile: Sendable {
  public let hash: Digest256
  /// Of the whole.
  public let byteCount: Int
  let path: String

  init(folder: String, hash: Digest256, byteCount: Int) {
    self.hash = hash
    self.byteCount = byteCount
    path = folder + "/\(hash).\(byteCount)"
  }

  /// nil for a name that no such file bears.
  init?(folder: String, name: String) {
    let parts = name.split(separator: ".")
    guard parts.count == 2, let hash = Hex.decode(String(parts[0])).flatMap({ Digest256(bytes: $0) }),
      let byteCount = Int(parts[1]), byteCount >= 0
    else { return nil }
    self.init(folder: folder, hash: hash, byteCount: byteCount)
  }

  /// nil where it has not begun.
  public var offset: Int? { FileStore.size(path) }

  func begin() throws {
    if offset != nil { return }
    try FileStore.makeFolder((path as NSString).deletingLastPathComponent)
    do { try Platform.writePrivate([], to: path) } catch { throw WorkspaceError(error, at: path) }
  }

  /// Adds bytes at the end, durable when this returns where `durable`.
  ///
  /// - Throws: ``FileError/wrongOffset(_:)`` unless the end is at `offset`; ``WorkspaceError/diskFull``, with the file as
  ///   long as it was.
  func append(_ bytes: [UInt8], at offset: Int, durable: Bool = true) throws {
    guard self.offset == offset, offset + bytes.count <= byteCount else {
      throw FileError.wrongOffset(self.offset ?? 0)
    }
    guard let file = FileHandle(forWritingAtPath: path) else { throw WorkspaceError.storage(path) }
    defer { try? file.close() }
    do {
      try file.seek(toOffset: UInt64(offset))
      try file.writeWhole(bytes)
      if durable { try file.synchronize() }
    } catch {
      // Half a piece would not be what the other end counts.
      try? file.truncate(atOffset: UInt64(offset))
      throw error is WorkspaceError ? error : WorkspaceError.storage(path)
    }
  }

  /// Reads what stands on the disk once more: the whole must have the hash that it came under.
  /// - Throws: ``FileError/mismatch``, with nothing of it left.
  func check() throws {
    guard Platform.flush(path) else { throw WorkspaceError.storage(path) }
    guard offset == byteCount, try FileStore.hash(ofFileAt: path) == hash else {
      remove()
      throw FileError.mismatch
    }
  }

  func remove() { PrivateFile.remove(path) }
}

/// A file that this machine makes: its hash is known when it is whole. Gone with the value unless it was placed.
final class DraftFile {
  let path: String
  private let file: FileHandle
  private var hasher = SHA256Stream()
  private(set) var byteCount = 0

  init(at path: String) throws {
    self.path = path
    do { file = try PrivateFile.create(path) } catch { throw WorkspaceError(error, at: path) }
  }

  /// - Throws: ``WorkspaceError/diskFull``.
  func append(_ bytes: [UInt8]) throws {
    try file.writeWhole(bytes)
    hasher.update(bytes)
    byteCount += bytes.count
  }

  /// On the disk when this returns.
  func finish() throws -> Digest256 {
    do { try file.synchronize() } catch { throw WorkspaceError.storage(path) }
    return hasher.finish()
  }

  deinit {
    try? file.close()
    PrivateFile.remove(path)
  }
}
