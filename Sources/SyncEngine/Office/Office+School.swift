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

  static func acceptedName(ofPerson name: String) throws -> String {
    let name = try NameProfile.person.accepted(name)
    try OwnWriteRules.check(name, field: NameProfile.person.title)
    return name
  }

  static func acceptedName(ofDevice name: String) throws -> String {
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
}
