import Foundation
import SyncEngine

/// Files that a command writes for people.
enum OutputFile {
  /// Before anything is saved: a command that fails has changed nothing.
  static func checkNew(_ path: String) throws {
    let manager = FileManager.default
    let path = (path as NSString).expandingTildeInPath
    if manager.fileExists(atPath: path) { throw Refusal.fileExists(path) }
    let folder = (path as NSString).deletingLastPathComponent
    if !manager.isWritableFile(atPath: folder.isEmpty ? "." : folder) { throw Refusal.cannotWrite(path) }
  }

  /// Whole or not at all, readable by its owner alone. What was there is replaced.
  static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    let path = (path as NSString).expandingTildeInPath
    do {
      try Platform.writePrivate(bytes, to: path, durable: false)
    } catch {
      throw Refusal.cannotWrite(path)
    }
  }

  /// With the folders above it; readable by its owner alone.
  static func makePrivateFolder(_ path: String) throws {
    do {
      try PrivateFile.makeFolder(path)
    } catch {
      throw Refusal.cannotWrite(path)
    }
  }
}
