import SyncModel

/// Whether a workspace is the school's own, with no hub above it: a question for the directory and for what the workspace
/// is, never for the address that somebody synchronised with last.
extension StoreSnapshot {
  /// True for a hub of the root unit whose device the directory grants a role there, unless the hub that it follows is the
  /// root unit's too. A root unit's laptop that joined by invitation is none until it serves; a hub is none any more once
  /// its device is stopped, and its successor is one from then on.
  func isTop() throws -> Bool {
    guard try isRootHub() else { return false }
    let directory = try directory()
    guard directory.isRootDevice(identity.device) else { return false }
    return try followedHub().map { !directory.isRootDevice($0) } ?? true
  }

  /// Made with the root key, when the school was founded or recovered, or served.
  private func isRootHub() throws -> Bool {
    guard identity.unit == identity.rootUnit else { return false }
    // Whoever joins keeps its invitation, emptied once it is confirmed.
    return try setting(Workspace.Setting.invitation) == nil || setting(Workspace.Setting.served) != nil
  }

  /// The device that answers at the remembered address; nil where none is remembered or it has never answered.
  private func followedHub() throws -> DeviceID? {
    guard let text = try setting(Workspace.Setting.hub) else { return nil }
    let address = String(decoding: text, as: UTF8.self)
    return try hubDevice(at: HubAddress(address)?.text ?? address)
  }

  /// nil where no hub ever answered there.
  private func hubDevice(at address: String) throws -> DeviceID? {
    try setting(Workspace.recordKey(address)).flatMap { try? HubRecord(bytes: $0) }?.key.map { DeviceID(key: $0) }
  }

  /// Whether the hub at `address` (normalised), having answered, is one that this workspace hands its entries to from now
  /// on. The school's hub has none above it but another of the root unit: what it fetches from below, as after a recovery,
  /// leads nowhere up.
  fileprivate func isAbove(hubAt address: String) throws -> Bool {
    guard try isRootHub() else { return true }
    let directory = try directory()
    return try hubDevice(at: address).map { directory.isRootDevice($0) } ?? false
  }
}

extension Workspace {
  /// The address to synchronise with from now on, where the hub there is above this workspace; any other is not remembered.
  ///
  /// - Parameter hub: normalised; a hub that has just answered.
  public func follow(hub: String) throws {
    try store.write(wallMilliseconds: 0) { transaction in
      if try transaction.isAbove(hubAt: hub) { try transaction.setSetting(Setting.hub, Array(hub.utf8)) }
    }
  }

  /// The remembered hub's address; nil on the school's own workspace, whatever it once synchronised with.
  public func hubAbove() throws -> String? { try store.read { try $0.isTop() } ? nil : hub() }
}

extension Directory {
  fileprivate func isRootDevice(_ device: DeviceID) -> Bool { devices[device]?.roles(in: root).isEmpty == false }
}
