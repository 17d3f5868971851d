import Foundation
import SyncModel

/// Files and folders whose names are no UTF-8, under names that are: links in a folder of this run. The library and the
/// system's own functions take no others.
///
/// ``finish()`` gives what was written its own name and removes the links.
public final class RawPaths {
  private let folder: String
  private var count = 0
  private var written: [(path: String, bytes: [UInt8])] = []
  /// What to print in the place of a link.
  public private(set) var names: [(path: String, shown: String)] = []

  public init() {
    folder = NSTemporaryDirectory() + "unitsync-paths-\(UUID().uuidString)"
  }

  deinit { finish() }

  /// A file or folder to be read, or a folder to write into. Its link's name is the file's own, read as GB 18030; where it is
  /// not, ``RawText/isRaw(_:)`` holds of it.
  /// - Returns: nil where there is no such thing.
  public func existing(_ text: String) throws -> String? {
    let bytes = Platform.absolute(RawText.bytes(text))
    guard Platform.exists(bytes) else { return nil }
    let name = bytes.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
    let read = RawText.gb18030(name).flatMap { $0.contains("/") ? nil : $0 } ?? RawText.text(name)
    let path = try place() + "/" + read
    try Platform.link(path, to: bytes)
    names.append((path, RawText.shown(text)))
    return path
  }

  /// A file or folder that is not there yet.
  public func new(_ text: String) throws -> String {
    let bytes = Platform.absolute(RawText.bytes(text))
    let slash = bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0
    let (parent, name) = (Array(bytes[..<slash]), Array(bytes[(slash + 1)...]))
    let link = try place() + "/in"
    try Platform.link(link, to: parent.isEmpty ? [UInt8(ascii: "/")] : parent)
    var path = link + "/"
    if let name = String(validating: name, as: UTF8.self) {
      path += name
    } else {
      let ending = RawText.text(name).split(separator: ".").last.map(String.init) ?? ""
      path += "unitsync-\(UUID().uuidString.prefix(8))\(PrivateFile.unfinishedSuffix)"
      if name.contains(UInt8(ascii: ".")), ending.allSatisfy({ $0.isASCII }) { path += "." + ending }
      written.append((path, bytes))
    }
    names.append((path, RawText.shown(text)))
    return path
  }

  public func isFolder(_ text: String) -> Bool { Platform.isFolder(text) }

  private func place() throws -> String {
    count += 1
    let place = folder + "/\(count)"
    try PrivateFile.makeFolder(place)
    return place
  }

  /// What was written gets its own name; what stands there meanwhile keeps it, and the new file its other name.
  public func finish() {
    for (path, bytes) in written where !Platform.exists(bytes) { Platform.move(path, to: bytes) }
    written = []
    for number in 0..<count {
      let place = folder + "/\(number + 1)"
      for name in (try? Platform.names(in: place)) ?? [] {
        PrivateFile.remove(place + "/" + name)
      }
      Platform.removeEmptyFolder(place)
    }
    Platform.removeEmptyFolder(folder)
    count = 0
  }

  // MARK: Data folders

  /// A data folder is known by its path: its link stays, in the folder for state, and is the same the next time.
  public static func dataFolder(_ text: String, makes: Bool) throws -> (path: String, shown: String) {
    let bytes = Platform.absolute(RawText.bytes(text))
    if makes { try PrivateFile.makeFolder(RawText.text(bytes)) }
    let links = Platform.stateFolder + linkFolder
    try PrivateFile.makeFolder(links)
    let path = links + Digest256(hashing: bytes).description.prefix(32)
    if !Platform.isLink(path) { try Platform.link(path, to: bytes) }
    return (path, RawText.shown(text))
  }

  private static let linkFolder = "/folders/"

  /// True of what ``dataFolder(_:makes:)`` gives: resolved, it would lose its bytes.
  static func isDataFolder(_ path: String) -> Bool { path.hasPrefix(Platform.stateFolder + linkFolder) }
}
