import SyncModel

/// Whose store it is: fixed when the workspace is made. What is drawn anew when its past is in doubt, the incarnation and
/// ``StoreSnapshot/storeID()``, is read inside each transaction.
public struct StoreIdentity: Hashable, Sendable {
  public var school: SchoolID
  /// The school's root public key: what the school id and all authority come from.
  public var rootKey: [UInt8]
  /// 演练: a school for trying things out; nothing of it is taken elsewhere.
  public var rehearsal: Bool
  public var rootUnit: UnitPath
  /// The unit that this device belongs to.
  public var unit: UnitPath
  /// The id that the database was made with; ``StoreSnapshot/storeID()`` is the one in force.
  public var firstStore: StoreID
  public var deviceKey: [UInt8]

  public init(
    school: SchoolID, rootKey: [UInt8], rehearsal: Bool, rootUnit: UnitPath, unit: UnitPath, firstStore: StoreID,
    deviceKey: [UInt8]
  ) {
    self.school = school
    self.rootKey = rootKey
    self.rehearsal = rehearsal
    self.rootUnit = rootUnit
    self.unit = unit
    self.firstStore = firstStore
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
    writer.id(firstStore)
    writer.raw(deviceKey)
    return writer.bytes
  }

  init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let version = try reader.varint()
    if version != Self.formatVersion { throw .needsNewerVersion(what: "identity", value: version) }
    let rehearsal = try reader.flag("rehearsal")
    let rootKey = try reader.raw(FeedGenesis.deviceKeyByteCount)
    let rootUnit = try UnitPath(key: try reader.lengthPrefixed("root unit", limit: LogID.keyByteLimit))
    let unit = try UnitPath(key: try reader.lengthPrefixed("unit", limit: LogID.keyByteLimit))
    let firstStore: StoreID = try reader.id()
    let deviceKey = try reader.raw(FeedGenesis.deviceKeyByteCount)
    try reader.finish()
    self.init(
      school: SchoolID(rootKey: rootKey, rehearsal: rehearsal), rootKey: rootKey, rehearsal: rehearsal,
      rootUnit: rootUnit, unit: unit, firstStore: firstStore, deviceKey: deviceKey)
  }
}
