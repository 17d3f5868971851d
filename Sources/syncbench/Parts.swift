import Foundation

/// The parts of a data set in its folder, each made when it is first asked for and kept.
struct Parts: Sendable {
  let folder: String

  /// The path of part `name`, whole or not there: it is made under another name first.
  func make(_ name: String, _ make: (String) throws -> Void) throws -> String {
    let path = "\(folder)/\(name)"
    if FileManager.default.fileExists(atPath: path) { return path }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let unfinished = "\(path).unfinished-\(ProcessInfo.processInfo.processIdentifier)"
    try? FileManager.default.removeItem(atPath: unfinished)
    let (seconds, _) = try Usage.timed { try make(unfinished) }
    try FileManager.default.moveItem(atPath: unfinished, toPath: path)
    if seconds > 1 {
      FileHandle.standardError.write(Data("    made \(path) in \(Figure.text(seconds, "s"))\n".utf8))
    }
    return path
  }
}
