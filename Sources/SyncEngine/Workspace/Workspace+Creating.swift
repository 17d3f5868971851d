import Foundation
import SyncModel

/// Making a workspace: all of it stands in the folder at once, or nothing does, wherever the process is killed.
extension Workspace {
  /// Makes a workspace in `folder`, where none may be.
  ///
  /// It is built in a folder inside, then moved out file by file with the database last: there is a workspace exactly
  /// where there is a database. What a killed process left of an unfinished one is recognised and cleared away.
  ///
  /// - Parameters:
  ///   - rootSeed: the school's root key, where this is the school's first workspace; kept in a file of its own.
  ///   - first: the first writes, part of the making.
  /// - Throws: ``WorkspaceError``; what `first` throws. What fails leaves no workspace behind.
  public static func create(
    in folder: String, identity: StoreIdentity, key: DeviceKey, rootSeed: [UInt8]? = nil,
    stateFolder: String = Platform.stateFolder, first: (Workspace) throws -> Void = { _ in }
  ) throws -> Workspace {
    try build(in: folder, stateFolder: stateFolder) { unfinished, place in
      do {
        try Platform.writePrivate(key.seed, to: unfinished + "/" + File.deviceKey)
        if let rootSeed { try Platform.writePrivate(rootSeed, to: unfinished + "/" + File.rootKey) }
      } catch {
        throw WorkspaceError(error, at: place)
      }
      let store = try LogStore(
        creatingAt: unfinished + "/" + File.database, identity: identity, agreement: key.agreement)
      let workspace = Workspace(
        at: unfinished, standingIn: place, store: store, key: key, stateFolder: stateFolder)
      let incarnation = Incarnation.random()
      try store.write(wallMilliseconds: 0) { try $0.setSetting(StoreTransaction.incarnation, incarnation.bytes) }
      workspace.folderMarker(incarnation: incarnation, commits: 0).write(workspace.markerFile)
      try first(workspace)
      return workspace
    }
  }

  /// - Parameter fill: makes the whole workspace in the folder given first, as it will stand in the one given second.
  static func build(
    in folder: String, stateFolder: String, _ fill: (_ unfinished: String, _ place: String) throws -> Workspace
  ) throws -> Workspace {
    let manager = FileManager.default
    let place = canonical(folder)
    let isNew = !manager.fileExists(atPath: place)
    try Marker.prepare(Marker.file(forWorkspace: place, in: stateFolder))
    let lock: FileLock
    do { try PrivateFile.makeFolder(place) } catch { throw WorkspaceError(error, at: place) }
    if !manager.fileExists(atPath: place + "/" + File.database) {
      try FolderAccess.shut(place) { [File.lock, File.unfinished].contains($0) }
    }
    guard let free = try FileLock(trying: place + "/" + File.lock) else { throw WorkspaceError.busy }
    lock = free
    defer { lock.release() }
    if manager.fileExists(atPath: place + "/" + File.database) { throw WorkspaceError.exists(path: place) }
    let unfinished = UnfinishedFolder(of: place)
    do {
      try unfinished.clear()
      // An old key without its database may be all that is left of a device: it is not overwritten either.
      for file in [File.deviceKey, File.rootKey] where manager.fileExists(atPath: place + "/" + file) {
        throw WorkspaceError.exists(path: place)
      }
      try unfinished.make()
      try fill(unfinished.path, place).store.close()
      try unfinished.moveOut(last: File.database)
    } catch {
      try? unfinished.clear()
      if isNew {
        PrivateFile.remove(place + "/" + File.lock)
        // Only where nothing else has come into it.
        Platform.removeEmptyFolder(place)
      }
      throw error
    }
    return try Workspace(opening: place, stateFolder: stateFolder)
  }
}

/// A workspace in the making, inside the folder it will stand in: on the same disk, also where that folder is a disk of
/// its own. Used only under the workspace's lock, so one that is found there is a dead process's.
private struct UnfinishedFolder {
  let path: String
  private let place: String

  /// Names what is being moved out; where it is there, files of those names in the folder are the unfinished one's.
  private var list: String { path + "/" + Self.listName }
  private static let listName = "moving"

  init(of place: String) {
    self.place = place
    path = place + "/" + Workspace.File.unfinished
  }

  func clear() throws {
    let manager = FileManager.default
    guard manager.fileExists(atPath: path) else { return }
    if !manager.fileExists(atPath: place + "/" + Workspace.File.database),
      let names = try? String(contentsOfFile: list, encoding: .utf8)
    {
      for line in names.split(separator: "\n") {
        // Only what was moved out itself, by its file's number: what bears its name since is somebody else's.
        let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
        guard parts.count == 2, ![".", ".."].contains(parts[1]), !parts[1].contains("/"),
          Platform.fileID(place + "/" + parts[1]) == parts[0]
        else { continue }
        // A folder of files among it, as a backup has one.
        try? PrivateFile.removeFolder(place + "/" + parts[1])
      }
    }
    do { try PrivateFile.removeFolder(path) } catch { throw WorkspaceError(error, at: path) }
  }

  func make() throws {
    do { try PrivateFile.makeFolder(path) } catch { throw WorkspaceError(error, at: path) }
  }

  /// The move of `last` is the moment from which the workspace is there.
  func moveOut(last: String) throws {
    do {
      let names = try Platform.names(in: path).filter { $0 != last && $0 != Workspace.File.lock }
      // A write-ahead log beside it would be lost: closing the store leaves none.
      guard FileStatus(path + "/" + last, following: false) != nil,
        names.allSatisfy({ !Workspace.File.besideDatabase.map { last + $0 }.contains($0) })
      else { throw WorkspaceError.storage(path) }
      for name in names where FileStatus(place + "/" + name, following: false) != nil {
        throw WorkspaceError.exists(path: place)
      }
      let lines = names.map { "\(Platform.fileID(path + "/" + $0) ?? "")\t\($0)" }
      try Platform.writePrivate(Array(lines.joined(separator: "\n").utf8), to: list)
      for name in names { try Platform.move(path + "/" + name, to: place + "/" + name) }
      _ = Platform.flush(place)
      try Platform.move(path + "/" + last, to: place + "/" + last)
      _ = Platform.flush(place)
      // Whatever is left of it goes when the next workspace is made here.
      try? PrivateFile.removeFolder(path)
    } catch {
      throw WorkspaceError(error, at: place)
    }
  }
}
