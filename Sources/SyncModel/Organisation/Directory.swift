/// Units and devices as far as the notices logs held here tell: a value computed from them, never stored.
///
/// Authority is a function of this value alone, not of the order in which entries arrived (promise 1).
public struct Directory: Hashable, Sendable {
  public let root: UnitPath
  public var schoolName: String
  public private(set) var units: [UnitPath: DirectoryUnit]
  public private(set) var devices: [DeviceID: DirectoryDevice]
  private let rootDevice: DeviceID

  /// - Parameter rootDevice: the device made from the school's root key, whose authority is the school id itself.
  public init(root: UnitPath, rootDevice: DeviceID, schoolName: String = "") {
    self.root = root
    self.rootDevice = rootDevice
    self.schoolName = schoolName
    units = [:]
    devices = [:]
  }

  public mutating func add(_ unit: DirectoryUnit) {
    units[unit.path] = unit
  }

  public mutating func add(_ device: DirectoryDevice) {
    devices[device.id] = device
  }

  /// Units in the order of their paths: a parent before its children.
  public var sortedUnits: [DirectoryUnit] {
    units.values.sorted { $0.path < $1.path }
  }

  public func name(of path: UnitPath) -> String {
    units[path]?.name ?? path.description
  }

  public func children(of path: UnitPath) -> [DirectoryUnit] {
    sortedUnits.filter { $0.path.parent == path }
  }

  /// nil where the device is not known yet: its entries wait.
  public func mayWrite(_ device: DeviceID, to log: LogID) -> Bool? {
    if device == rootDevice { return log == LogID(root, .notices) }
    guard let known = devices[device] else { return nil }
    return Access.mayWrite(unit: known.unit, roles: known.roles, log: log)
  }
}

/// A device as enrolled.
public struct DirectoryDevice: Hashable, Sendable {
  public var id: DeviceID
  /// Ed25519 public key.
  public var key: [UInt8]
  public var unit: UnitPath
  public var roles: Roles
  public var name: String
  /// X25519 public key that the device itself has certified; nil where it gave none.
  public var agreementKey: [UInt8]?

  public init(
    id: DeviceID, key: [UInt8], unit: UnitPath, roles: Roles, name: String, agreementKey: [UInt8]? = nil
  ) {
    self.id = id
    self.key = key
    self.unit = unit
    self.roles = roles
    self.name = name
    self.agreementKey = agreementKey
  }
}

/// Who writes and reads which log (protocol §8).
public enum Access {
  public static func mayWrite(unit: UnitPath, roles: Roles, log: LogID) -> Bool {
    // A device without any role is known and may do nothing.
    if roles.isEmpty { return false }
    return switch log.channel {
    case .notices: roles.contains(.admin) && unit.contains(log.unit)
    case .answers: unit == log.unit || (roles.contains(.reviewer) && unit.isAbove(log.unit))
    case .internal: unit == log.unit
    case .inspection: roles.contains(.inspector) && unit.isAbove(log.unit)
    }
  }

  public static func mayRead(unit: UnitPath, log: LogID) -> Bool {
    switch log.channel {
    case .notices: unit.contains(log.unit) || log.unit.contains(unit)
    case .answers: unit.contains(log.unit)
    case .internal: unit == log.unit
    case .inspection: unit.isAbove(log.unit)
    }
  }

  /// What a unit stores and passes on: what it may read, and the `internal` logs of units below it, which are sealed to
  /// those units' devices.
  public static func mayHold(unit: UnitPath, log: LogID) -> Bool {
    mayRead(unit: unit, log: log) || (log.channel == .internal && unit.contains(log.unit))
  }

  /// What two peers exchange: what both may hold.
  public static func isShared(_ log: LogID, between left: UnitPath, and right: UnitPath) -> Bool {
    mayHold(unit: left, log: log) && mayHold(unit: right, log: log)
  }
}
