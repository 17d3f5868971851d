import SyncModel

/// Everything that stands in a data folder besides its database and what is of a moment: what a backup takes along, by name.
///
/// Whatever stands there is taken or the backup is refused: a file that is left out in silence is missed when it is too late. So a
/// link's target is taken in its place, as `files` may be one that leads to a larger disk. Only a link that leads to a folder in
/// which the data folder itself stands is none of its content.
struct FolderMembers {
  private(set) var members: [TapeArchive.Member] = []
  private let folder: String

  /// - Throws: ``BackupError/cannotInclude(path:)``.
  init(of folder: String) throws(BackupError) {
    self.folder = folder
    try add(below: "")
    members.sort { RawText.bytes($0.name).lexicographicallyPrecedes(RawText.bytes($1.name)) }
  }

  private mutating func add(below prefix: String) throws(BackupError) {
    let names: [String]
    do { names = try Platform.names(in: folder + "/" + prefix) } catch {
      throw BackupError.cannotInclude(path: folder + "/" + prefix)
    }
    for name in names {
      let member = prefix + name
      let path = folder + "/" + member
      if Self.isMomentary(member) { continue }
      guard let status = FileStatus(path, following: true) else {
        // It went meanwhile, or it is a link that leads nowhere.
        if FileStatus(path, following: false) == nil { continue }
        throw BackupError.cannotInclude(path: path)
      }
      switch status.kind {
      case .other, .link: continue
      case .folder where Platform.isLink(path) && Platform.isFolder(folder, inside: path): continue
      case .file, .folder: break
      }
      let isFolder = status.kind == .folder
      let added = TapeArchive.Member(name: member, isFolder: isFolder, byteCount: isFolder ? 0 : status.byteCount)
      // What has no place in the archive: a name that is too long, or too deep, as in a circle of links.
      if (try? TapeArchive.header(added)) == nil { throw BackupError.cannotInclude(path: path) }
      // Nor is more written than would be read again, with the description and the database before it.
      if members.count + 2 >= TapeArchive.memberLimit { throw BackupError.cannotInclude(path: path) }
      members.append(added)
      if isFolder { try add(below: member + "/") }
    }
  }

  /// The database, of which a copy is made; what holds a lock or is in the making; the description of an earlier backup.
  private static func isMomentary(_ member: String) -> Bool {
    let databases = [Workspace.File.database, Workspace.copyName]
    return Workspace.File.locks.contains(member) || databases.contains(member)
      || databases.contains { database in Workspace.File.besideDatabase.contains { member == database + $0 } }
      || member == BackupManifest.name || member == FileStore.name + "/" + FileStore.unfinishedName
      || member.hasSuffix(PrivateFile.unfinishedSuffix)
  }
}
