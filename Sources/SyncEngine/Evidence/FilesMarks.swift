import SyncModel

/// Files marks: this store's own, and those of the hubs that it has met (protocol §13).
extension StoreSnapshot {
  static let ownFilesMark = "filesMark"
  /// Followed by a hub's store id.
  static let shownFilesMark = "filesMarkShown:"
  static let askedFilesMark = "filesMarkAsked:"

  /// nil where no file was ever lost here.
  func filesMark() throws -> FilesMark? { try setting(Self.ownFilesMark).flatMap { FilesMark(bytes: $0) } }

  /// The mark that a hub showed last.
  func filesMark(shownBy hub: StoreID) throws -> FilesMark? {
    try setting(Self.shownFilesMark + hub.description).flatMap { FilesMark(bytes: $0) }
  }

  /// The mark that it showed when it was last asked about everything.
  func filesMark(askedOf hub: StoreID) throws -> FilesMark? {
    try setting(Self.askedFilesMark + hub.description).flatMap { FilesMark(bytes: $0) }
  }
}

extension StoreTransaction {
  /// Forgets files that are not here any more; whoever counts on them learns so by the new mark.
  func lose(_ hashes: some Collection<Digest256>) throws {
    if hashes.isEmpty { return }
    for hash in hashes { try forgetFile(hash) }
    try setSetting(Self.ownFilesMark, FilesMark.random().bytes)
  }

  func note(_ mark: FilesMark, shownBy hub: StoreID) throws {
    if try filesMark(shownBy: hub) != mark { try setSetting(Self.shownFilesMark + hub.description, mark.bytes) }
  }

  func note(_ mark: FilesMark, askedOf hub: StoreID) throws {
    try setSetting(Self.askedFilesMark + hub.description, mark.bytes)
  }
}
