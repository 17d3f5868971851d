import Foundation

/// Who may enter a data folder. Of a data folder this alone is judged, not the modes of what stands in it: nobody gets at
/// those but through the folder, and copying a folder about changes them (decision 0029).
public enum FolderAccess: Sendable {
  /// Its owner alone.
  case owner
  /// Others on this machine too, which `chmod 700` ends.
  case others
  /// The disk keeps no modes, as FAT and Windows' mounts do: whoever has the disk has what is on it.
  case unguarded

  init(of folder: String) {
    if !Platform.isExposed(folder) {
      self = .owner
      return
    }
    // A new file tells whether modes have an effect here; where none can be made, nothing is written either.
    let probe = PrivateFile.unfinished(folder + "/mode")
    guard let file = try? PrivateFile.create(probe) else {
      self = .others
      return
    }
    defer {
      try? file.close()
      PrivateFile.remove(probe)
    }
    self = Platform.isExposed(probe) ? .unguarded : .others
  }

  /// Shuts a folder before a workspace is made in it.
  ///
  /// - Parameter isOwn: tells the names that workspaces leave behind.
  /// - Throws: ``WorkspaceError/foreignFolder(path:)`` where others can enter and something stands in it: its owner may have
  ///   meant others to.
  static func shut(_ folder: String, isOwn: (String) -> Bool) throws {
    guard FolderAccess(of: folder) == .others else { return }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard names.allSatisfy(isOwn), Platform.makePrivate(folder) else {
      throw WorkspaceError.foreignFolder(path: folder)
    }
  }
}
