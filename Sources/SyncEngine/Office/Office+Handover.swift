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

  /// Recovers a school whose administrators' devices are lost: a new device with every role, enrolled by the root key.
  /// The new workspace holds nothing else yet; it gets the rest from any hub or laptop of the school, by a bundle or
  /// after that hub has been given one from here.
  ///
  /// - Parameters:
  ///   - rootSeed: 32 bytes, as kept since the school was founded. The new workspace keeps no copy of them.
  ///   - root: the root unit's path segment.
  public static func recoverSchool(
    in folder: String, rootSeed: [UInt8], root: String, rehearsal: Bool, person: String, deviceName: String,
    claimedMilliseconds: UInt64, stateFolder: String = Platform.stateFolder
  ) throws -> Office {
    guard let path = UnitPath(root), path.depth == 1 else { throw OfficeError.badPath(root) }
    guard let rootKey = DeviceKey(seed: rootSeed) else { throw OfficeError.rootKeyMissing }
    return try open(
      in: folder, rootKey: rootKey, path: path, rehearsal: rehearsal, saying: [], person: person,
      deviceName: deviceName, claimedMilliseconds: claimedMilliseconds, stateFolder: stateFolder,
      keepsRootKey: false)
  }
}
