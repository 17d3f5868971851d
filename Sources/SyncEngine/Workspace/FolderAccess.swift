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
  /// Nothing can be made here to find out, and nothing that is here tells: a full or write-protected disk, perhaps one that
  /// keeps no modes. `chmod` would not help, and nothing can be written anyway.
  case unprobed

  init(of folder: String) {
    if !Platform.isExposed(folder) {
      self = .owner
      return
    }
    // A new file tells whether modes have an effect here.
    let probe = PrivateFile.unfinished(folder + "/mode")
    guard let file = try? PrivateFile.create(probe) else {
      // Where none can be made, a file of ours that is shut tells it: they are made so.
      let own = [Workspace.File.deviceKey, Workspace.File.database].map { folder + "/" + $0 }
      let isKept = own.contains { FileStatus($0, following: true) != nil && !Platform.isExposed($0) }
      self = isKept ? .others : .unprobed
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
    guard let names = try? Platform.names(in: folder), names.allSatisfy(isOwn),
      Platform.makePrivate(folder, following: true)
    else {
      throw WorkspaceError.foreignFolder(path: folder)
    }
  }
}
