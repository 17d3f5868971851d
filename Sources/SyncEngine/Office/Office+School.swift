import SyncModel

extension Office {
  /// Founds a school: root key, root unit, and a first device with every role, written as the root key's own feed.
  ///
  /// - Parameters:
  ///   - root: the root unit's path segment.
  ///   - rehearsal: 演练: everything made there is stamped and refused elsewhere.
  ///   - zone: in which the school reckons its days, for good.
  public static func foundSchool(
    in folder: String, name: String, root: String, rehearsal: Bool, zone: SchoolZone = .standard, person: String,
    deviceName: String, claimedMilliseconds: UInt64, stateFolder: String = Platform.stateFolder
  ) throws -> Office {
    let name = try NameProfile.school.accepted(name)
    let path = try newPath(root)
    if path.depth != 1 { throw OfficeError.badPath(root) }
    try OwnWriteRules.check(name, field: "学校名称")
    let rootKey = DeviceKey()
    let school = SchoolID(rootKey: rootKey.publicKey, rehearsal: rehearsal)
    let subject = SubjectID(high: school.high, low: school.low)
    var founding = [Change(RegisterName(.school, subject, .schoolName), .text(name))]
    if zone != .standard {
      founding.append(Change(RegisterName(.school, subject, .schoolZone), .integer(Int64(zone.minutesEast))))
    }
    return try open(
      in: folder, rootKey: rootKey, path: path, rehearsal: rehearsal,
      saying: founding + description(of: DirectoryUnit(path: path, name: name, kind: .school)),
      person: person, deviceName: deviceName, claimedMilliseconds: claimedMilliseconds, stateFolder: stateFolder,
      keepsRootKey: true)
  }

  /// A workspace of the root unit whose new device the root key enrols with every role, `saying` what else there is to.
  ///
  /// - Parameter keepsRootKey: leaves the root key in the folder, where nobody has a copy of it yet.
  static func open(
    in folder: String, rootKey: DeviceKey, path: UnitPath, rehearsal: Bool, saying: [Change], person: String,
    deviceName: String, claimedMilliseconds: UInt64, stateFolder: String, keepsRootKey: Bool
  ) throws -> Office {
    // Before there is a folder that would be left behind.
    let (person, deviceName) = (try acceptedName(ofPerson: person), try acceptedName(ofDevice: deviceName))
    let key = DeviceKey()
    let identity = StoreIdentity(
      school: SchoolID(rootKey: rootKey.publicKey, rehearsal: rehearsal), rootKey: rootKey.publicKey,
      rehearsal: rehearsal, rootUnit: path, unit: path, firstStore: .random(), deviceKey: key.publicKey)
    let changes =
      saying
      + enrolment(
        Enrolment(
          key: key.publicKey, unit: path, roles: .all,
          agreement: try key.agreementCertificate(school: identity.school, unit: path).bytes), name: deviceName)
    let workspace = try Workspace.create(
      in: folder, identity: identity, key: key, rootSeed: keepsRootKey ? rootKey.seed : nil, stateFolder: stateFolder
    ) { workspace in
      try workspace.set(deviceName: deviceName)
      try workspace.locked { transaction, _, _ in
        let author = try transaction.person(named: person)
        _ = try transaction.append(
          changes + [Change(RegisterName(.person, SubjectID(author.id), .personName), .text(person))],
          to: LogID(path, .notices),
          by: Author(key: rootKey, incarnation: .random(), person: author.id, shownUpTo: .max), continues: nil,
          secret: .random(), claimedMilliseconds: claimedMilliseconds)
      }
    }
    return Office(workspace, person: person, claimedMilliseconds: claimedMilliseconds)
  }

  // What a new workspace keeps of the person and the device before its first write.

  private static func acceptedName(ofPerson name: String) throws -> String {
    let name = try NameProfile.person.accepted(name)
    try OwnWriteRules.check(name, field: NameProfile.person.title)
    return name
  }

  private static func acceptedName(ofDevice name: String) throws -> String {
    let name = try NameProfile.device.accepted(name)
    try OwnWriteRules.check(name, field: NameProfile.device.title)
    return name
  }

  /// A path that is about to be born, in NFC.
  /// - Throws: ``OfficeError/badPath(_:)``; ``NameError`` for a segment that could not be read or typed.
  static func newPath(_ text: String) throws -> UnitPath {
    let typed = text.composed.trimmingBlanks()
    for segment in typed.unicodeScalars.split(separator: "/") {
      let segment = String(segment)
      // Blanks and lengths are the path's own affair.
      if !segment.contains(where: \.isWhitespace) { try NameProfile.segment.check(segment) }
    }
    guard let path = UnitPath(typed) else { throw OfficeError.badPath(text) }
    return path
  }

  /// Names of this machine that no name may be are passed over: nobody typed them.
  public static func deviceName(_ hostName: String) -> String {
    NameProfile.device.cleaned(hostName.composed) ?? "电脑"
  }

  static func enrolment(_ enrolment: Enrolment, name: String) -> [Change] {
    let device = SubjectID(DeviceID(key: enrolment.key))
    return [
      Change(
        RegisterName(.device, device, .enrolment), enrolment.value),
      Change(RegisterName(.device, device, .deviceName), .text(name)),
    ]
  }

  // MARK: Units

  /// Registers a unit below one that is known. Its directory entry stands in its parent's notices.
  public func addUnit(_ text: String, name: String, kind: UnitKind, type: UnitType?, origin: UnitPath? = nil) throws
    -> DirectoryUnit
  {
    let path = try Self.newPath(text)
    let name = try NameProfile.unit.accepted(name)
    let directory = try directory()
    // Another one of canonically equal letters came from elsewhere: the two would look alike for ever.
    if let same = directory.units.keys.first(where: { $0.description == path.description }) {
      throw OfficeError.unitExists(same.description)
    }
    guard let parent = path.parent, directory.units[parent] != nil else { throw OfficeError.noParent(text) }
    try checkNameFree(name, beside: path)
    let unit = DirectoryUnit(path: path, name: name, kind: kind, type: type, origin: origin)
    try register([unit])
    return unit
  }

  /// Registers new units, each in its parent's notices, in one transaction: all of them or none.
  public func register(_ units: [DirectoryUnit]) throws {
    var changes: [LogID: [Change]] = [:]
    // Paths are told apart by bytes: only those beyond ASCII can have a twin.
    let hasForms = units.contains { !$0.path.key.allSatisfy { $0 < 0x80 } }
    let known = try hasForms ? Set(directory().units.keys.map(\.description)) : []
    for unit in units {
      guard let parent = unit.path.parent else { throw OfficeError.badPath(unit.path.description) }
      if known.contains(unit.path.description) { throw OfficeError.unitExists(unit.path.description) }
      var unit = unit
      unit.name = try NameProfile.unit.accepted(unit.name)
      changes[LogID(parent, .notices), default: []] += Self.description(of: unit)
    }
    if !changes.isEmpty { try write(changes) }
  }

  // MARK: Invitations and enrolment

  /// Makes a workspace from an invitation, offline; a hub confirms it at first contact.
  public static func join(
    _ invitation: Invitation, in folder: String, person: String, deviceName: String, claimedMilliseconds: UInt64,
    stateFolder: String = Platform.stateFolder
  ) throws -> Office {
    if claimedMilliseconds > invitation.expires { throw OfficeError.invitationExpired }
    let deviceName = try acceptedName(ofDevice: deviceName)
    // Who sits here may still be unknown.
    let person = try person.isEmpty ? "" : acceptedName(ofPerson: person)
    let key = DeviceKey()
    let identity = StoreIdentity(
      school: invitation.school, rootKey: invitation.rootKey, rehearsal: invitation.rehearsal,
      rootUnit: invitation.rootUnit, unit: invitation.unit, firstStore: .random(), deviceKey: key.publicKey)
    let workspace = try Workspace.create(in: folder, identity: identity, key: key, stateFolder: stateFolder) {
      try $0.set(
        deviceName: deviceName, hub: invitation.hub.isEmpty ? nil : invitation.hub, invitation: invitation.url)
    }
    return Office(workspace, person: person, claimedMilliseconds: claimedMilliseconds)
  }

  /// A hub confirms a device that shows an invitation's secret: enrols its key and marks the invitation used. The same
  /// device may ask again.
  ///
  /// - Parameter agreement: the device's ``AgreementCertificate``; empty where it gave none.
  /// - Throws: ``OfficeError`` where the invitation is unknown here, expired, revoked, or used by another device.
  public func confirm(
    invitation id: SubjectID, secret: BatchSecret, deviceKey: [UInt8], agreement: [UInt8], deviceName: String
  ) throws {
    let device = DeviceID(key: deviceKey)
    let found = try read { try $0.invitations(id).first { $0.terms.secretHash == Invitation.hash(of: secret) } }
    guard let found else { throw OfficeError.invitationUnknown }
    if found.usedBy.contains(device) { return }
    if !found.usedBy.isEmpty { throw OfficeError.invitationUsed }
    if found.isRevoked { throw OfficeError.invitationRevoked }
    if claimedMilliseconds > found.terms.expires { throw OfficeError.invitationExpired }
    // An enrolment that does not count would only use the invitation up.
    guard
      AgreementCertificate(
        bytes: agreement, deviceKey: deviceKey, school: identity.school, unit: found.terms.unit) != nil
    else { throw OfficeError.badInvitation("设备没有同意加入这个单位") }
    // One transaction for both, and read again inside it: two devices that ask at once must not both get in.
    try workspace.locked { transaction, incarnation, isNew in
      let used = RegisterName(.invitation, id, .invitationUsed)
      let now = try transaction.invitations(id).first { $0.log == found.log }
      if let now, !now.usedBy.isEmpty, now.usedBy != [device] { throw OfficeError.invitationUsed }
      if now?.isRevoked == true { throw OfficeError.invitationRevoked }
      let author = try workspace.author(named: person, transaction, incarnation: incarnation, shownUpTo: .max)
      let changes =
        Self.enrolment(
          Enrolment(key: deviceKey, unit: found.terms.unit, roles: found.terms.roles, agreement: agreement),
          // A device of another release is let in whatever it calls itself.
          name: Self.deviceName(deviceName))
        + [Change(used, .bytes(device.bytes))]
      _ = try workspace.append(
        changes, to: found.log, by: author, name: person, transaction, isNew: isNew,
        claimedMilliseconds: claimedMilliseconds)
      // Whoever hands over is stopped with everything that has arrived by now.
      guard let replaced = try Self.replaced(by: id, in: found.log, transaction), replaced.id != device,
        !replaced.roles.isEmpty
      else { return }
      _ = try workspace.append(
        [try Self.revocation(of: replaced, roles: .all, reason: "交接", transaction)], to: found.log, by: author,
        name: person, transaction, isNew: isNew, claimedMilliseconds: claimedMilliseconds)
    }
  }
}
