import Foundation
import SyncModel

/// What this machine remembers of a workspace outside its folder (design of restore and clone safety, promise 6).
///
/// A folder set back from a backup, copied or moved no longer matches it; the replica then draws a new incarnation before
/// it writes, so that no two histories are ever written under one name.
struct Marker: Hashable, Sendable {
  var machine: String
  var path: String
  var fileID: String
  var incarnation: Incarnation
  /// Own commits made; never behind what the folder holds, up to a crash between commit and marker.
  var commits: UInt64

  /// Why a workspace's past is in doubt.
  enum Doubt: String, Sendable {
    case missing
    /// The marker counts more commits than the folder: the folder was set back.
    case ahead
    /// Another machine, path or file: the folder was copied or moved.
    case different
  }

  /// nil where the folder is what this machine last wrote.
  static func doubt(_ marker: Marker?, folder: Marker) -> Doubt? {
    guard let marker else { return .missing }
    if marker.machine != folder.machine || marker.path != folder.path || marker.fileID != folder.fileID
      || marker.incarnation != folder.incarnation
    {
      return .different
    }
    return marker.commits > folder.commits ? .ahead : nil
  }

  private static let formatVersion: UInt64 = 1

  static func file(forWorkspace path: String, in folder: String) -> String {
    folder + "/" + Hashing.sha256(Array(path.utf8)).description.prefix(32) + ".marker"
  }

  static func read(_ file: String) -> Marker? {
    guard let data = FileManager.default.contents(atPath: file) else { return nil }
    return try? Marker(bytes: [UInt8](data))
  }

  /// Makes sure before a commit that the marker can be written after it.
  /// - Throws: ``WorkspaceError/stateFolder(path:)``.
  static func prepare(_ file: String) throws {
    let folder = (file as NSString).deletingLastPathComponent
    do { try PrivateFile.makeFolder(folder) } catch { throw WorkspaceError.stateFolder(path: folder) }
    guard FileManager.default.isWritableFile(atPath: folder) else { throw WorkspaceError.stateFolder(path: folder) }
  }

  /// One that could not be written, or is lost or behind after power loss, only draws a new incarnation.
  func write(_ file: String) {
    try? Platform.writePrivate(bytes, to: file, durable: false)
  }

  private var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 256)
    writer.varint(Self.formatVersion)
    writer.text(machine)
    writer.text(path)
    writer.text(fileID)
    writer.id(incarnation)
    writer.varint(commits)
    return writer.bytes
  }

  private init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let version = try reader.varint()
    if version != Self.formatVersion { throw .needsNewerVersion(what: "marker", value: version) }
    machine = try reader.text("machine", limit: 1 << 12)
    path = try reader.text("path", limit: 1 << 14)
    fileID = try reader.text("file id", limit: 1 << 8)
    incarnation = try reader.id()
    commits = try reader.varint()
    try reader.finish()
  }

  init(machine: String, path: String, fileID: String, incarnation: Incarnation, commits: UInt64) {
    self.machine = machine
    self.path = path
    self.fileID = fileID
    self.incarnation = incarnation
    self.commits = commits
  }
}
