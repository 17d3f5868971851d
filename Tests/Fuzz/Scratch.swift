import Foundation

/// A nameless file that is used again and again.
enum Scratch {
  private static let file: FileHandle = {
    var path = Array((NSTemporaryDirectory() + "/unitsync-fuzz.XXXXXX").utf8CString)
    let descriptor = mkstemp(&path)
    unlink(path)
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }()

  static func holding(_ bytes: [UInt8]) throws -> FileHandle {
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: Data(bytes))
    try file.seek(toOffset: 0)
    return file
  }

  /// The same for what takes a path.
  static func path(holding bytes: [UInt8]) throws -> String {
    "/dev/fd/\(try holding(bytes).fileDescriptor)"
  }
}
