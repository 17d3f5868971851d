import SyncModel

extension Office {
  /// Hands a device's work over to a new one 交接, as when the secretary changes: an invitation with the same unit and
  /// roles. Once somebody has joined with it, the old device is stopped, with everything that had arrived by then.
  ///
  /// - Parameter draft: an invitation for the device's unit and roles, not recorded yet.
  public func handOver(_ device: DirectoryDevice, by draft: Invitation) throws {
    if device.roles.isEmpty { throw OfficeError.nothingToRevoke(device.name) }
    _ = try write(
      [
        Change(RegisterName(.invitation, draft.id, .invitationTerms), Invitation.Terms(draft).value),
        Change(RegisterName(.invitation, draft.id, .invitationReplaces), .bytes(device.id.bytes)),
      ], to: LogID(draft.unit, .notices))
  }

  /// The device that whoever joins with an invitation takes over from; nil where it is for an additional one.
  static func replaced(
    by invitation: SubjectID, in log: LogID, _ snapshot: StoreSnapshot
  ) throws -> DirectoryDevice? {
    let name = RegisterName(.invitation, invitation, .invitationReplaces)
    guard let bytes = try snapshot.register(log, name)?.value?.bytesValue, let id = DeviceID(bytes: bytes),
      let device = try snapshot.directory().devices[id], device.unit == log.unit
    else { return nil }
    return device
  }
}
