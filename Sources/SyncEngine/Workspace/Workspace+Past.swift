import SyncModel

/// Whether a folder is what this machine last wrote, and what follows where it is not (promise 6).
extension Workspace {
  /// True where this folder was set back, copied or moved since this machine last wrote here, or where a copy of it writes
  /// too: what comes next is done under a new incarnation.
  public func isPastInDoubt() throws -> Bool {
    try store.read { try doubt($0) } != nil
  }

  /// Where the past is in doubt, draws a new incarnation and store id; called before anything is exchanged or served, and
  /// by every command. Costs one read where nothing is wrong.
  ///
  /// - Returns: true where this call did so: whoever is told now is told once.
  @discardableResult
  public func settlePast() throws -> Bool {
    guard try isPastInDoubt() else { return false }
    // Looked at again under the lock: another process may have been between its commit and its marker.
    return try locked { _, _, isNew in isNew }
  }

  /// Draws a new incarnation and store id whatever the marker says: for a machine that was set back as a whole, where
  /// nothing inside it can tell.
  public func announceRestore() throws {
    _ = try locked(renewing: .announced) { _, _, _ in }
  }

  /// Every time at which this device's past was in doubt here, oldest first.
  public func renewals() throws -> [Renewal] { try store.read { try $0.renewals() } }

  /// The database's life, as peers know it.
  public func storeID() throws -> StoreID { try store.read { try $0.storeID() } }

  /// Where this machine remembers the folder, outside it.
  public var markerPath: String { markerFile }

  /// nil where the folder is what this machine last wrote.
  func doubt(_ snapshot: StoreSnapshot) throws -> Renewal.Reason? {
    let folder = folderMarker(
      incarnation: try snapshot.ownIncarnation(), commits: try snapshot.counter(.ownCommits))
    switch Marker.doubt(Marker.read(markerFile), folder: folder) {
    case .missing: return .unknownHere
    case .ahead: return .setBack
    case .different: return .copied
    case nil: break
    }
    let isContinuedElsewhere =
      try snapshot.setting(StoreTransaction.foreignContinuation) == snapshot.ownReplica().bytes
    return isContinuedElsewhere ? .ownEntriesReturned : nil
  }
}
