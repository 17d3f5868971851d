import SyncModel

extension Office {
  // MARK: Devices

  /// Stops a device 停用设备, or takes some of its roles: what is held here of its feeds goes on counting, what comes later
  /// is stored aside and shown to nobody. Written in the notices of the device's unit, unless what counts stands further up.
  ///
  /// - Throws: ``OfficeError/nothingToRevoke(_:)`` where it has none of `roles`;
  ///   ``OfficeError/overruled(_:)`` where somebody nearer the root has decided otherwise;
  ///   ``WorkspaceError/notAllowed(action:unit:needed:)``.
  /// - Parameter left: of what it has left behind: invitations that end, and devices that are stopped, with it.
  @discardableResult
  public func revoke(
    _ device: DirectoryDevice, roles: Roles = .all, reason: String, with left: LeftBehind = LeftBehind()
  ) throws -> Workspace.Written {
    if device.roles.intersection(roles).isEmpty { throw OfficeError.nothingToRevoke(device.name) }
    let revoked = (device, device.revokedRoles.union(roles))
    return try changeRevocations(
      [revoked] + left.devices.filter { $0.id != device.id }.map { ($0, .all) }, ending: left.invitations,
      reason: reason)[0]
  }

  /// Ends and stops what devices that were stopped earlier have left behind.
  public func stop(_ left: LeftBehind, reason: String) throws {
    if left.isEmpty { return }
    _ = try changeRevocations(left.devices.map { ($0, .all) }, ending: left.invitations, reason: reason)
  }

  /// Draws the line of a stopped device anew, at everything that is held here of it now: work that reached nobody before it
  /// was stopped counts after all.
  @discardableResult
  public func acceptLater(of device: DirectoryDevice, reason: String) throws -> Workspace.Written {
    if device.revokedRoles.isEmpty { throw OfficeError.notRevoked(device.name) }
    return try changeRevocations([(device, device.revokedRoles)], reason: reason)[0]
  }

  /// Gives back what was taken: everything that the device wrote counts.
  @discardableResult
  public func reinstate(_ device: DirectoryDevice, reason: String) throws -> Workspace.Written {
    if device.revokedRoles.isEmpty { throw OfficeError.notRevoked(device.name) }
    return try changeRevocations([(device, [])], reason: reason)[0]
  }

  /// In one transaction: all of it, or none.
  private func changeRevocations(
    _ revoked: [(device: DirectoryDevice, roles: Roles)], ending invitations: [InvitationRecord] = [], reason: String
  ) throws -> [Workspace.Written] {
    try workspace.locked { transaction, incarnation, isNew in
      let author = try workspace.author(named: person, transaction, incarnation: incarnation, shownUpTo: .max)
      func append(_ changes: [Change], to log: LogID) throws -> Workspace.Written {
        try workspace.append(
          changes, to: log, by: author, name: person, transaction, isNew: isNew,
          claimedMilliseconds: claimedMilliseconds)
      }
      for (log, changes) in Self.ending(invitations).sorted(by: { $0.key < $1.key }) {
        _ = try append(changes, to: log)
      }
      return try revoked.map { device, roles in
        let log = try transaction.directory().revocationLog(of: device, by: identity.device)
        let written = try append(
          [try Self.revocation(of: device, roles: roles, reason: reason, transaction)], to: log)
        let directory = try transaction.directory()
        guard directory.devices[device.id]?.revokedRoles == roles,
          directory.revocations(of: device.id).contains(where: { $0.place == written.place })
        else { throw try Self.refusal(of: written, in: log, device.name, transaction) }
        return written
      }
    }
  }

  /// Why a statement that was just written does not prevail.
  private static func refusal(
    of written: Workspace.Written, in log: LogID, _ name: String, _ transaction: StoreTransaction
  ) throws -> OfficeError {
    let isAdmitted = try AuthorityReader(transaction, StoredWays(transaction)).admits(written.place, in: log)
    return isAdmitted ? .overruled(name) : .saidTooOften(name)
  }

  static func revocation(
    of device: DirectoryDevice, roles: Roles, reason: String, _ transaction: StoreTransaction
  ) throws -> Change {
    let cut = try transaction.cut { row in row.device == device.id }
    let revocation = AuthorityStatement.Revocation(
      device: device.id, generation: try transaction.directory().nextRevocationGeneration(of: device.id),
      roles: roles, cut: roles.isEmpty ? FeedCut() : cut)
    return Change(RegisterName(.device, SubjectID(device.id), .revocation), revocation.value(reason: reason))
  }

  /// A device by the start of its id, of one of its replicas' ids, or by a name that only one device has.
  ///
  /// - Parameter unit: looks among this unit's devices alone.
  /// - Throws: ``OfficeError/unknownDevice(_:)``; ``OfficeError/ambiguousDevice(_:candidates:)``.
  public func device(_ text: String, of unit: UnitPath? = nil) throws -> DirectoryDevice {
    let devices = try devices().filter { line in unit.map { !line.device.roles(in: $0).isEmpty } ?? true }
    let typed = text.trimmingBlanks()
    let prefix = typed.lowercased()
    let match = NameMatch.find(
      typed, among: devices,
      identified: { line in
        prefix.count >= 4
          && (line.device.id.description.hasPrefix(prefix)
            || line.replicas.contains { $0.id.description.hasPrefix(prefix) })
      }, names: { [$0.device.name] })
    func lines(_ devices: [DeviceLine]) -> [String] {
      zip(devices, NameLines.shortest(devices.map(\.device.id.description))).map { line, id in
        "\(id)（\(line.device.name)，\(line.device.unit)）"
      }
    }
    // A device is stopped by its name: a part of one brings up nothing.
    if case .part = match { throw OfficeError.unknownDevice(text) }
    return try chosen(
      match, text, what: "设备", lines: lines, ambiguous: { .ambiguousDevice($0, candidates: $1) },
      unknown: { .unknownDevice(text) }
    ).device
  }

  // MARK: Units

  /// Renames a unit; its path stays. Whoever may write where the unit is described says the new name there too: then it chooses
  /// the unit (``DirectoryUnit/isNameConfirmed``), as one that the unit gives itself does not.
  @discardableResult
  public func rename(_ unit: DirectoryUnit, to name: String) throws -> Workspace.Written {
    let name = try NameProfile.unit.accepted(name)
    try checkNameFree(name, beside: unit.path)
    let own = LogID(unit.path, .notices)
    guard let describedBy = unit.describedBy, describedBy != unit.path,
      try directory().authority(of: identity.device, over: LogID(describedBy, .notices)) == .full
    else { return try writeAbout(unit.path, .unitName, .text(name)) }
    let change = Self.about(unit.path)(.unitName, .text(name))
    let written = try workspace.write(
      [own: [change], LogID(describedBy, .notices): [change]], as: person, claimedMilliseconds: claimedMilliseconds)
    // In key order: what stands above first.
    guard let last = written.last else { throw OfficeError.unknownUnit(unit.name, nearest: []) }
    return last
  }

  /// Retires a unit 撤销: nothing new is given to it. What its laptops still hold goes on arriving.
  @discardableResult
  public func retire(_ unit: DirectoryUnit) throws -> Workspace.Written {
    if unit.path == identity.rootUnit { throw OfficeError.rootUnit }
    return try writeAbout(unit.path, .unitStatus, .choice(UnitStatus.retired.rawValue))
  }

  /// Puts a unit, with everything below it, under another one. Paths and logs stay; who reads, reviews and administers
  /// follows the new place. What devices above its former place wrote into its logs counts as far as it is held here.
  ///
  /// - Parameter status: set together with the move.
  @discardableResult
  public func move(
    _ unit: DirectoryUnit, under parent: DirectoryUnit, status: UnitStatus? = nil
  ) throws -> Workspace.Written {
    if unit.path == identity.rootUnit { throw OfficeError.rootUnit }
    return try workspace.locked { transaction, incarnation, isNew in
      let directory = try transaction.directory()
      let tree = directory.tree
      if tree.contains(unit.path, parent.path) { throw OfficeError.belowItself(unit.name) }
      guard let old = tree.parent(of: unit.path) else { throw OfficeError.rootUnit }
      if old == parent.path { throw OfficeError.alreadyThere(unit.name, parent: parent.name) }
      // What the former place said, in notices of its own, of whom it had below it.
      let left = Set(tree.lineage(of: old).filter { !tree.contains($0, parent.path) }.map { LogID($0, .notices) })
      let cut = try transaction.cut { row in
        if left.contains(row.log) { return true }
        guard tree.contains(unit.path, row.log.unit), let device = directory.devices[row.device] else { return false }
        return device.grants.keys.contains { tree.isAbove($0, unit.path) && !tree.contains($0, parent.path) }
      }
      let move = AuthorityStatement.Move(
        unit: unit.path, generation: tree.nextGeneration(of: unit.path), parent: parent.path, cut: cut)
      // In the notices of the highest unit above both places that the author administers: of two moves made at once the one
      // by whoever is nearer the root prevails, so it has to be read also where the other one would put the unit.
      let speakers = tree.lineage(of: old).filter { tree.contains($0, parent.path) }
      let own = speakers.last { directory.authority(of: identity.device, over: LogID($0, .notices)) == .full }
      guard let speaker = own ?? speakers.first else { throw OfficeError.rootUnit }
      let author = try workspace.author(named: person, transaction, incarnation: incarnation, shownUpTo: .max)
      func append(_ changes: [Change], to path: UnitPath) throws -> Workspace.Written {
        try workspace.append(
          changes, to: LogID(path, .notices), by: author, name: person, transaction, isNew: isNew,
          claimedMilliseconds: claimedMilliseconds)
      }
      // Its new neighbours do not read the notices in which it was first described.
      let about = Self.about(unit.path)
      let description = Self.description(of: unit) + (status.map { [about(.unitStatus, .choice($0.rawValue))] } ?? [])
      _ = try append(description, to: unit.path)
      let written = try append([about(.unitMove, move.value)], to: speaker)
      if try transaction.directory().tree.parent(of: unit.path) != parent.path {
        throw try Self.refusal(of: written, in: LogID(speaker, .notices), unit.name, transaction)
      }
      return written
    }
  }

  /// A change of one of a unit's fields.
  private static func about(_ path: UnitPath) -> (Field, Value) -> Change {
    { Change(RegisterName(.unit, SubjectID(unit: path), $0), $1) }
  }

  /// What the directory says of a unit, as changes.
  static func description(of unit: DirectoryUnit) -> [Change] {
    let about = about(unit.path)
    var changes = [
      about(.unitPath, .text(unit.path.description)), about(.unitName, .text(unit.name)),
      about(.unitKind, .choice(unit.kind.rawValue)),
    ]
    if let type = unit.type { changes.append(about(.unitType, .choice(type.rawValue))) }
    if let origin = unit.origin { changes.append(about(.unitOrigin, .text(origin.description))) }
    return changes
  }

  /// Merges a unit into another 并入: it comes under it and takes nothing new, and what it wrote is read there.
  @discardableResult
  public func merge(_ unit: DirectoryUnit, into other: DirectoryUnit) throws -> Workspace.Written {
    if unit.path == other.path { throw OfficeError.belowItself(unit.name) }
    return try move(unit, under: other, status: .merged)
  }

  private func writeAbout(_ path: UnitPath, _ field: Field, _ value: Value) throws -> Workspace.Written {
    try write([Self.about(path)(field, value)], to: LogID(path, .notices))
  }

  /// A name that a neighbour has, or one above: it would be called for and not found.
  /// - Throws: ``OfficeError/unitNameTaken(_:path:)``.
  func checkNameFree(_ name: String, beside path: UnitPath) throws {
    let directory = try directory()
    guard let parent = directory.tree.parent(of: path) else { return }
    let above = directory.tree.lineage(of: parent).compactMap { directory.units[$0] }
    let key = name.nameKey
    if let same = (directory.children(of: parent) + above).first(where: { $0.name.nameKey == key && $0.path != path }) {
      throw OfficeError.unitNameTaken(name, path: same.path.description)
    }
  }
}

extension StoreTransaction {
  struct FeedRow {
    var log: LogID
    var device: DeviceID
  }

  /// The ends of all branches of the feeds that `isNamed` chooses, as they are stored now. Where they are more than a cut
  /// names, the longest: whoever begins thousands of feeds of one entry each cannot keep others from drawing the line.
  func cut(_ isNamed: (FeedRow) throws -> Bool) throws -> FeedCut {
    var found: [(log: LogID, place: FeedPlace)] = []
    for row in try connection.rows(
      "SELECT l.key, s.device_key, s.replica, s.stored, s.stored_hash, s.fork FROM strand s JOIN log l ON l.id = s.log ORDER BY s.log, s.strand"
    ) {
      let log = try LogID(key: row[0].blob)
      guard row[3].integer > row[5].integer, try isNamed(FeedRow(log: log, device: DeviceID(key: row[1].blob))),
        let replica = ReplicaID(bytes: row[2].blob), let hash = Digest256(bytes: row[4].blob)
      else { continue }
      found.append((log, FeedPlace(replica: replica, seq: UInt32(clamping: row[3].integer), hash: hash)))
    }
    if found.count > FeedCut.placeLimit {
      found = Array(found.sorted { $0.place.seq > $1.place.seq }.prefix(FeedCut.placeLimit))
    }
    return FeedCut(Dictionary(grouping: found, by: \.log).mapValues { $0.map(\.place) })
  }
}
