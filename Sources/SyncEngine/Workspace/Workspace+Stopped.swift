import SyncModel

extension DirectoryDevice {
  /// Once enrolled, and all of its roles taken away since: what it writes from then on is set aside.
  public var isStopped: Bool { !grantedRoles.isEmpty && roles.isEmpty }
}

extension StoreSnapshot {
  /// As far as the notices here tell.
  func isStopped() throws -> Bool { try directory().devices[identity.device]?.isStopped == true }
}

extension Workspace {
  /// Whether the directory here says that this device was stopped.
  public func isStopped() throws -> Bool { try store.read { try $0.isStopped() } }

  /// Own entries that nobody else has acknowledged.
  public func unsentEntries() throws -> Int { try store.read { try $0.unsentEntries() } }
}
