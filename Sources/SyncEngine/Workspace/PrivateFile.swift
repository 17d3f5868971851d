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
  /// - Throws: where anything bears that name already, be it a link, or it cannot be made.
  public static func create(_ path: String) throws(FileFailure) -> FileHandle {
    var descriptor: Int32 = -1
    let number = Platform.errorNumber(path) {
      descriptor = open($0, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      return descriptor
    }
    if number != 0 { throw FileFailure(number: number, path: path) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Makes a folder for its owner alone, with those above it that are missing. One that is there stays as it is.
  /// - Throws: where it cannot be made, or a file, or a link that leads to no folder, is in its place.
  public static func makeFolder(_ path: String) throws(FileFailure) {
    if Platform.isFolder(path) { return }
    let above = (path as NSString).deletingLastPathComponent
    if !above.isEmpty, above != path { try makeFolder(above) }
    let number = Platform.errorNumber(path) { mkdir($0, 0o700) }
    // Somebody else may have made it meanwhile; what bears the name and is no folder stays in the way.
    if number == 0 || number == EEXIST && Platform.isFolder(path) { return }
    throw FileFailure(number: number, path: path)
  }

  /// Copies a file's bytes into a new one for its owner alone, whole or not at all.
  public static func copy(_ path: String, to place: String) throws {
    guard let source = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileReadNoSuchFile) }
    defer { try? source.close() }
    try Platform.writePrivate(to: place) { target, _ in
      while let piece = try source.read(upToCount: pieceBytes), !piece.isEmpty {
        let number = Platform.write([UInt8](piece), to: target.fileDescriptor)
        if number != 0 { throw FileFailure(number: number, path: place) }
      }
    }
  }

  private static let pieceBytes = 1 << 20

  /// Takes away one file, or one link, that this program made. A folder of that name stays, with all that is in it.
  /// - Returns: false where it is still there.
  @discardableResult
  public static func remove(_ path: String) -> Bool {
    [0, ENOENT].contains(Platform.errorNumber(path) { unlink($0) })
  }

  /// Takes away a folder that this program made inside a data folder, under that folder's lock, with all that is in it, or a
  /// file. Links go themselves; what they lead to stays.
  static func removeFolder(_ path: String) throws(FileFailure) {
    if FileStatus(path, following: false)?.kind == .folder {
      for name in try Platform.names(in: path) { try removeFolder(path + "/" + name) }
      let number = Platform.errorNumber(path) { rmdir($0) }
      if number != 0 { throw FileFailure(number: number, path: path) }
    } else {
      let number = Platform.errorNumber(path) { unlink($0) }
      if number != 0, number != ENOENT { throw FileFailure(number: number, path: path) }
    }
  }

  /// True of a file in the making, also where its kind had to stand at the end of its name.
  private static func isUnfinished(_ name: String) -> Bool {
    name.hasSuffix(unfinishedSuffix) || name.contains(unfinishedSuffix + ".")
  }

  /// Files in the making that stand in `folder`, left by runs that were killed or under way in another process: their names.
  public static func leftovers(in folder: String) -> [String] {
    ((try? Platform.names(in: folder)) ?? []).filter(isUnfinished).sorted()
  }

  /// The same, and all that stand in folders below it, by their paths from `folder` on. Links are not followed.
  static func leftovers(below folder: String) -> [String] {
    leftovers(below: folder, from: "").sorted()
  }

  private static func leftovers(below folder: String, from prefix: String) -> [String] {
    ((try? Platform.names(in: folder + prefix)) ?? []).flatMap { name in
      let path = prefix + "/" + name
      if isUnfinished(name) { return [String(path.dropFirst())] }
      let isFolder = FileStatus(folder + path, following: false)?.kind == .folder
      return isFolder ? leftovers(below: folder, from: path) : []
    }
  }
}
