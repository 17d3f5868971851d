/// Units and devices as far as the notices logs held here tell: a value computed from them, and kept beside them until they change
/// (``bytes``).
///
/// Authority is a function of this value alone, not of the order in which entries arrived (promise 1).
public struct Directory: Hashable, Sendable {
  public let root: UnitPath
  public var schoolName: String
  /// As the founding entry has it, whatever was written since.
  public var zone: SchoolZone = .standard
  public internal(set) var units: [UnitPath: DirectoryUnit]
  public internal(set) var devices: [DeviceID: DirectoryDevice]
  public let tree: UnitTree
  /// Devices that only enrolments name which do not count, by administrators or those who might be: without authority, not
  /// unknown, for others may have seen what they wrote.
  var withoutAuthority = PackedDevices()
  let rootDevice: DeviceID

  /// - Parameter rootDevice: the device made from the school's root key, whose authority is the school id itself.
  public init(root: UnitPath, rootDevice: DeviceID, authority: AuthorityResolver.Outcome, schoolName: String = "") {
    self.root = root
    self.rootDevice = rootDevice
    self.schoolName = schoolName
    tree = authority.tree
    units = [:]
    devices = [:]
    for statement in authority.counting { add(statement) }
    for (device, revoked) in revocations {
      devices[device]?.revokedRoles = revoked.reduce(into: []) { $0.formUnion($1.revocation.roles) }
    }
    withoutAuthority = PackedDevices(
      Set(
        authority.aside.compactMap { statement in
          if case .grant(let grant) = statement.content, devices[grant.device] == nil { grant.device } else { nil }
        }))
  }

  /// As it was kept.
  init(root: UnitPath, rootDevice: DeviceID, tree: UnitTree) {
    self.root = root
    self.rootDevice = rootDevice
    self.tree = tree
    schoolName = ""
    units = [:]
    devices = [:]
  }

  private mutating func add(_ statement: AuthorityStatement) {
    switch statement.content {
    case .grant(let grant):
      var device = devices[grant.device] ?? DirectoryDevice(id: grant.device, key: grant.key, unit: grant.unit)
      device.grants[grant.unit, default: []].formUnion(grant.roles)
      device.unit = device.grants.keys.min { ($0.depth, $0) < ($1.depth, $1) } ?? grant.unit
      device.agreementKey = device.agreementKey ?? grant.agreementKey
      devices[grant.device] = device
    case .revocation(let revocation):
      revocations[revocation.device, default: []].append(
        Revoked(
          revocation: revocation, log: statement.log, place: statement.place, author: statement.author))
    case .move: break
    }
  }

  /// A revocation that counts; without roles where it gives back.
  public struct Revoked: Hashable, Sendable {
    public let revocation: AuthorityStatement.Revocation
    /// The notices in which it stands.
    public let log: LogID
    public let place: FeedPlace
    public let author: DeviceID
  }

  var revocations: [DeviceID: [Revoked]] = [:]

  public mutating func add(_ unit: DirectoryUnit) {
    units[unit.path] = unit
  }

  public mutating func name(_ device: DeviceID, _ name: String) {
    devices[device]?.name = name
  }

  // MARK: Units

  /// Units in the order of their paths at birth: a parent before its children.
  public var sortedUnits: [DirectoryUnit] {
    units.values.sorted { $0.path < $1.path }
  }

  public func name(of path: UnitPath) -> String {
    units[path]?.name ?? path.description
  }

  /// ``DirectoryUnit/label``; the path alone of a unit that is not known here.
  public func label(of path: UnitPath) -> String {
    units[path]?.label ?? path.description.visibleName
  }

  /// `办公室电脑 1f0c9a2e（教师一支部，school/cs/b1）`: how every write says which device it concerned.
  public func label(of device: DirectoryDevice) -> String {
    let unit = units[device.unit].map { "\($0.name.visibleName)，" } ?? ""
    return "“\(device.name.visibleName)” \(device.id.short)（\(unit)\(device.unit.description.visibleName)）"
  }

  /// Units that are directly below `path` now.
  public func children(of path: UnitPath) -> [DirectoryUnit] {
    sortedUnits.filter { tree.parent(of: $0.path) == path }
  }

  // MARK: Revocations

  /// Those of the device that count.
  public func revocations(of device: DeviceID) -> [Revoked] { revocations[device] ?? [] }

  /// Those from which `author` took role 管理员, by revocations that count, and who do not have it.
  public func administratorsStopped(by author: DeviceID) -> Set<DeviceID> {
    Set(
      revocations.filter { device, revoked in
        devices[device].map { $0.grantedRoles.contains(.admin) && !$0.roles.contains(.admin) } ?? false
          && revoked.contains { $0.author == author && $0.revocation.roles.contains(.admin) }
      }.keys)
  }

  /// The number that the next revocation of the device carries. Those that do not count take no part: anybody could raise
  /// it to the last.
  public func nextRevocationGeneration(of device: DeviceID) -> UInt64 {
    AuthorityStatement.generation(after: revocations(of: device).map(\.revocation.generation).max() ?? 0)
  }

  /// The notices, of the device's unit or further up, in which `author` answers every revocation of the device that counts.
  /// Where nobody but somebody further up can do so, those of the nearest who can.
  public func revocationLog(of device: DirectoryDevice, by author: DeviceID) -> LogID {
    let counting = revocations(of: device.id)
    let line = tree.lineage(of: device.unit)
    let reaching = line.filter { upper in counting.allSatisfy { tree.contains(upper, $0.log.unit) } }
    let open = reaching.filter { authority(of: author, over: LogID($0, .notices)) == .full }
    let free = open.first { upper in
      counting.allSatisfy {
        $0.revocation.generation < AuthorityStatement.generationLimit || tree.isAbove(upper, $0.log.unit)
      }
    }
    return LogID(free ?? open.last ?? reaching.first ?? device.unit, .notices)
  }

  // MARK: Authority

  /// How far the entries of `device` in `log` count.
  public func authority(of device: DeviceID, over log: LogID) -> WriteAuthority {
    if device == rootDevice { return log == LogID(root, .notices) ? .full : .none }
    guard let known = devices[device] else { return withoutAuthority.contains(device) ? .none : .unknown }
    let revoked = known.revokedRoles
    var best = WriteAuthority.none
    for (unit, roles) in known.grants.sorted(by: { $0.key < $1.key }) {
      let relation = tree.relation(of: unit, to: log.unit)
      let cuts = unit == log.unit ? [] : tree.cuts(above: unit, log.unit)?.map { $0.places[log] ?? [] } ?? []
      if Access.mayWrite(roles.subtracting(revoked), relation, log.channel) {
        if cuts.isEmpty { return .full }
        best = .through(cuts)
      } else if Access.mayWrite(roles, relation, log.channel), best == .none {
        let limits = limits(of: device, roles: roles, relation, log)
        if limits.isEmpty, cuts.isEmpty { return .full }
        best = .through(cuts + limits)
      }
    }
    return best
  }

  /// The cuts of the revocations without which the device might still write there.
  private func limits(of device: DeviceID, roles: Roles, _ relation: UnitRelation, _ log: LogID) -> [[FeedPlace]] {
    let all = revocations(of: device).filter { !$0.revocation.roles.isEmpty }
    let alone = all.filter { !Access.mayWrite(roles.subtracting($0.revocation.roles), relation, log.channel) }
    let cuts = (alone.isEmpty ? all : alone)
      // Nobody outside the unit knows how far its `internal` goes: only its own devices cut it.
      .filter { log.channel != .internal || devices[$0.author]?.grants[log.unit] != nil }
      .map { $0.revocation.cut.places[log] ?? [] }
    // One that names nothing here says it all, however many others there are.
    return cuts.contains([]) ? [[]] : cuts
  }

  // MARK: Reading

  public func mayRead(_ unit: UnitPath, _ log: LogID) -> Bool {
    Access.mayRead(
      tree.relation(of: unit, to: log.unit), log.channel, succeeds: tree.succeeds(unit, log.unit))
  }

  public func mayHold(_ unit: UnitPath, _ log: LogID) -> Bool {
    Access.mayHold(
      tree.relation(of: unit, to: log.unit), log.channel, succeeds: tree.succeeds(unit, log.unit))
  }

  /// What two peers compare and exchange: what both may hold.
  public func isShared(_ log: LogID, between left: UnitPath, and right: UnitPath) -> Bool {
    mayHold(left, log) && mayHold(right, log)
  }

  /// True where `unit` may still hold entries of `log` that it read before the log's unit was moved away: it hands them
  /// on to those who may read them.
  public func mayHandOn(_ unit: UnitPath, _ log: LogID) -> Bool {
    log.channel == .answers && tree.relation(of: unit, to: log.unit) == .formerlyAbove
  }
}

/// A device as enrolled.
public struct DirectoryDevice: Hashable, Sendable {
  public var id: DeviceID
  /// Ed25519 public key.
  public var key: [UInt8]
  /// The unit it belongs to; of several, the one nearest the root.
  public var unit: UnitPath
  /// By unit, whatever was taken away since.
  public var grants: [UnitPath: Roles]
  public var revokedRoles: Roles
  public var name: String
  /// X25519 public key that the device itself has certified.
  public var agreementKey: [UInt8]?

  public init(id: DeviceID, key: [UInt8], unit: UnitPath) {
    self.id = id
    self.key = key
    self.unit = unit
    grants = [:]
    revokedRoles = []
    name = ""
  }

  /// What it may do now: granted and not taken away.
  public var roles: Roles { grantedRoles.subtracting(revokedRoles) }

  /// What it may do now as a device of `unit`; empty where it is none.
  public func roles(in unit: UnitPath) -> Roles { (grants[unit] ?? []).subtracting(revokedRoles) }

  public var grantedRoles: Roles {
    grants.values.reduce(into: []) { $0.formUnion($1) }
  }
}
