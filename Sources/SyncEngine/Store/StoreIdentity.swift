import SyncModel

/// Whose store it is: fixed when the workspace is made, except for the incarnation, which every write transaction reads.
public struct StoreIdentity: Hashable, Sendable {
  public var school: SchoolID
  /// The school's root public key: what the school id and all authority come from.
  public var rootKey: [UInt8]
  /// 演练: a school for trying things out; nothing of it is taken elsewhere.
  public var rehearsal: Bool
  public var rootUnit: UnitPath
  /// The unit that this device belongs to.
  public var unit: UnitPath
  public var store: StoreID
  public var deviceKey: [UInt8]

  public init(
    school: SchoolID, rootKey: [UInt8], rehearsal: Bool, rootUnit: UnitPath, unit: UnitPath, store: StoreID,
    deviceKey: [UInt8]
  ) {
    self.school = school
    self.rootKey = rootKey
    self.rehearsal = rehearsal
    self.rootUnit = rootUnit
    self.unit = unit
    self.store = store
    self.deviceKey = deviceKey
  }

  public var device: DeviceID { DeviceID(key: deviceKey) }
}

extension StoreIdentity {
  private static let formatVersion: UInt64 = 1

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 256)
    writer.varint(Self.formatVersion)
    writer.byte(rehearsal ? 1 : 0)
    writer.raw(rootKey)
    writer.lengthPrefixed(rootUnit.key)
    writer.lengthPrefixed(unit.key)
    writer.id(store)
    writer.raw(deviceKey)
    return writer.bytes
  }

  init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let version = try reader.varint()
    if version != Self.formatVersion { throw .needsNewerVersion(what: "identity", value: version) }
    let rehearsal = try reader.byte() == 1
    let rootKey = try reader.raw(FeedGenesis.deviceKeyByteCount)
    let rootUnit = try UnitPath(key: try reader.lengthPrefixed("root unit", limit: LogID.keyByteLimit))
    let unit = try UnitPath(key: try reader.lengthPrefixed("unit", limit: LogID.keyByteLimit))
    let store: StoreID = try reader.id()
    let deviceKey = try reader.raw(FeedGenesis.deviceKeyByteCount)
    try reader.finish()
    self.init(
      school: SchoolID(rootKey: rootKey, rehearsal: rehearsal), rootKey: rootKey, rehearsal: rehearsal,
      rootUnit: rootUnit, unit: unit, store: store, deviceKey: deviceKey)
  }
}
