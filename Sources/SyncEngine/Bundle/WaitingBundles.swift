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
    if FileManager.default.fileExists(atPath: place) { return true }
    let kept = paths
    let size = Self.byteCount(path)
    guard kept.count < BundleLimit.waitingFiles,
      kept.reduce(size, { $0 + Self.byteCount($1) }) <= BundleLimit.waitingBytes,
      Platform.freeDiskBytes(folder + "/..").map({ $0 > size + BundleLimit.waitingFreeBytes }) ?? true
    else { return false }
    do {
      try PrivateFile.makeFolder(folder)
      try PrivateFile.copy(path, to: place)
      return true
    } catch {
      return false
    }
  }

  func drop(_ id: BundleID) { PrivateFile.remove(path(id)) }

  /// One that cannot be opened any more.
  func drop(path: String) { if holds(path) { PrivateFile.remove(path) } }

  private static let suffix = ".bundle"

  private func path(_ id: BundleID) -> String { "\(folder)/\(id)\(Self.suffix)" }

  private static func byteCount(_ path: String) -> UInt64 {
    ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.uint64Value ?? 0
  }
}
