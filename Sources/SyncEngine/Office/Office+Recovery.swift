import SyncModel

/// What the root key says when administrators' devices are lost, or in the wrong hands.
extension Office {
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
      deviceName: deviceName, claimedMilliseconds: claimedMilliseconds, stateFolder: stateFolder, keepsRootKey: false)
  }

  /// Stops a device by the root key's own word, and gives this device back what others took from it: whoever holds a lost
  /// administrator's device can answer every other administrator, and not the root key. What is held here of the device goes
  /// on counting, so this workspace is to have synced before.
  ///
  /// ``appointment()`` then brings it to others, also where they take nothing from this device any more.
  ///
  /// - Throws: ``OfficeError/wrongRootKey``; ``OfficeError/cannotStopItself``; ``OfficeError/nothingToRevoke(_:)``.
  public func revoke(_ device: DirectoryDevice, rootSeed: [UInt8], reason: String) throws {
    guard let rootKey = DeviceKey(seed: rootSeed), rootKey.publicKey == identity.rootKey else {
      throw OfficeError.wrongRootKey
    }
    if device.id == identity.device { throw OfficeError.cannotStopItself }
    let log = LogID(identity.rootUnit, .notices)
    try workspace.locked { transaction, _, _ in
      let directory = try transaction.directory()
      guard let lost = directory.devices[device.id], !lost.roles.isEmpty else {
        throw OfficeError.nothingToRevoke(device.name)
      }
      var changes = [try Self.revocation(of: lost, roles: .all, reason: reason, transaction)]
      if let own = directory.devices[identity.device], !own.revokedRoles.isEmpty {
        changes.append(try Self.revocation(of: own, roles: [], reason: reason, transaction))
      }
      let author = try transaction.person(named: person)
      changes += try transaction.introduction(of: author.id, called: person, by: rootKey.publicKey, in: log)
      // A feed of its own: nobody knows what else this key has written, and where.
      let last = try transaction.engine(for: log).strands.last { $0.deviceKey == identity.rootKey }
      _ = try transaction.append(
        changes, to: log,
        by: Author(key: rootKey, incarnation: .random(), person: author.id, shownUpTo: .max),
        continues: last.map { FeedPlace(replica: $0.replica, seq: $0.stored, hash: $0.storedHash) },
        secret: .random(), claimedMilliseconds: claimedMilliseconds)
    }
  }
}
