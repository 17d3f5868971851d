import Foundation
import SyncModel

/// Bundles that came before what they build on: kept, encrypted as they are, in the workspace until that has come too.
/// Bounded; what finds no place is taken in again by hand.
struct WaitingBundles {
  private let folder: String

  init(of workspace: Workspace) {
    folder = workspace.folder + "/bundles"
  }

  /// Paths, in no particular order.
  var paths: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(Self.suffix) }
      .sorted().map { folder + "/" + $0 }
  }

  func holds(_ path: String) -> Bool { path.hasPrefix(folder + "/") }

  /// - Returns: false where there is no room, or it cannot be written.
  func keep(_ path: String, id: BundleID) -> Bool {
    let place = self.path(id)
    let manager = FileManager.default
    if manager.fileExists(atPath: place) { return true }
    let kept = paths
    let size = Self.byteCount(path)
    guard kept.count < BundleLimit.waitingFiles,
      kept.reduce(size, { $0 + Self.byteCount($1) }) <= BundleLimit.waitingBytes,
      Platform.freeDiskBytes(folder + "/..").map({ $0 > size + BundleLimit.waitingFreeBytes }) ?? true
    else { return false }
    do {
      try manager.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try? manager.removeItem(atPath: place + ".new")
      try manager.copyItem(atPath: path, toPath: place + ".new")
      guard Platform.makePrivate(place + ".new"), Platform.flush(place + ".new") else {
        throw CocoaError(.fileWriteUnknown)
      }
      try Platform.move(place + ".new", to: place)
      return true
    } catch {
      try? manager.removeItem(atPath: place + ".new")
      return false
    }
  }

  func drop(_ id: BundleID) { try? FileManager.default.removeItem(atPath: path(id)) }

  /// One that cannot be opened any more.
  func drop(path: String) { if holds(path) { try? FileManager.default.removeItem(atPath: path) } }

  private static let suffix = ".bundle"

  private func path(_ id: BundleID) -> String { "\(folder)/\(id)\(Self.suffix)" }

  private static func byteCount(_ path: String) -> UInt64 {
    ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.uint64Value ?? 0
  }
}
