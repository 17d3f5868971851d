import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How files and folders that only their owner may read come to be, and how they go: the one place that does either.
///
/// A mode that is set after the file was made is set too late: whoever opens the file in between reads what is written later.
/// So the mode is there before the first byte, whatever the umask. And a name that could be somebody else's is never
/// cleared out of the way: a file in the making bears a random name that is made here or not at all.
public enum PrivateFile {
  /// Ends every name of a file in the making. One that a killed run left behind is named by `doctor`.
  public static let unfinishedSuffix = ".unitsync-new"

  /// A name beside `path` that nobody has used.
  public static func unfinished(_ path: String) -> String {
    // A long name must not become too long for the file system by what is put behind it.
    let folder = (path as NSString).deletingLastPathComponent
    let name = (path as NSString).lastPathComponent
    let random = UUID().uuidString.lowercased().replacing("-", with: "").prefix(16)
    let beside = String(decoding: name.utf8.prefix(nameBytes), as: UTF8.self)
    return (folder as NSString).appendingPathComponent("\(beside).\(random)\(unfinishedSuffix)")
  }

  /// Of the name that a file in the making takes over.
  private static let nameBytes = 180

  /// Makes an empty file, for its owner alone from the start, and opens it to be written and read.
  /// - Throws: `CocoaError` where anything bears that name already, be it a link, or it cannot be made.
  public static func create(_ path: String) throws -> FileHandle {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CocoaError(errno == EEXIST ? .fileWriteFileExists : .fileWriteUnknown)
    }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Makes a folder for its owner alone, with those above it that are missing. One that is there stays as it is.
  /// - Throws: `CocoaError` where it cannot be made, or a file is in its place.
  public static func makeFolder(_ path: String) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      if isFolder.boolValue { return }
      throw CocoaError(.fileWriteFileExists)
    }
    let above = (path as NSString).deletingLastPathComponent
    if !above.isEmpty, above != path { try makeFolder(above) }
    // Somebody else may have made it meanwhile.
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw CocoaError(.fileWriteUnknown) }
  }

  /// Copies a file's bytes into a new one for its owner alone, whole or not at all.
  public static func copy(_ path: String, to place: String) throws {
    guard let source = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileReadNoSuchFile) }
    defer { try? source.close() }
    try Platform.writePrivate(to: place) { temporary in
      guard let target = FileHandle(forWritingAtPath: temporary) else { throw CocoaError(.fileWriteUnknown) }
      defer { try? target.close() }
      while let piece = try source.read(upToCount: pieceBytes), !piece.isEmpty { try target.write(contentsOf: piece) }
    }
  }

  private static let pieceBytes = 1 << 20

  /// Takes away one file, or one link, that this program made. A folder of that name stays, with all that is in it.
  /// - Returns: false where it is still there.
  @discardableResult
  public static func remove(_ path: String) -> Bool { unlink(path) == 0 || errno == ENOENT }

  /// Takes away a folder that this program made inside a data folder, under that folder's lock, with all that is in it.
  static func removeFolder(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

  /// Files in the making that stand in `folder`, left by runs that were killed or under way in another process: their names.
  public static func leftovers(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(unfinishedSuffix) }
      .sorted()
  }
}
