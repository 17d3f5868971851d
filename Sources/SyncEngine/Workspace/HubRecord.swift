import Foundation
import SyncModel

/// What a workspace remembers of one hub 汇总点, by the address that it is reached under.
public struct HubRecord: Hashable, Sendable {
  /// The hub's device key, which signs every answer; nil until it is known whose it must be.
  public var key: [UInt8]?
  /// The device that the invitation named; nil where it named none.
  public var device: DeviceID?
  /// The unit that the hub's device was enrolled for when it last answered.
  public var unit: UnitPath?
  /// SHA-256 of the public key in the hub's certificate; nil: system roots and host name decide.
  public var certificatePin: Digest256?
  /// The hub's clock minus this machine's, in seconds.
  public var skewSeconds: Int64 = 0
  /// The hub's run that requests are signed for; empty until it has told.
  public var run: [UInt8] = []
  /// It takes compressed bodies.
  public var takesCoding = false

  public static let runByteCount = 16

  public init(device: DeviceID? = nil, certificatePin: Digest256? = nil) {
    self.device = device
    self.certificatePin = certificatePin
  }

  /// 2 tells what it takes.
  private static let formatVersion: UInt64 = 2

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 192)
    writer.varint(Self.formatVersion)
    writer.lengthPrefixed(key ?? [])
    writer.lengthPrefixed(device?.bytes ?? [])
    writer.lengthPrefixed(unit?.key ?? [])
    writer.lengthPrefixed(certificatePin?.bytes ?? [])
    writer.zigzag(skewSeconds)
    writer.lengthPrefixed(run)
    writer.byte(takesCoding ? 1 : 0)
    return writer.bytes
  }

  init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let version = try reader.varint()
    guard (1...Self.formatVersion).contains(version) else {
      throw .needsNewerVersion(what: "hub record", value: version)
    }
    let key = try reader.lengthPrefixed("key", limit: FeedGenesis.deviceKeyByteCount)
    self.key = key.count == FeedGenesis.deviceKeyByteCount ? key : nil
    device = DeviceID(bytes: try reader.lengthPrefixed("device", limit: DeviceID.byteCount))
    let unit = try reader.lengthPrefixed("unit", limit: LogID.keyByteLimit)
    self.unit = unit.isEmpty ? nil : try UnitPath(key: unit)
    certificatePin = Digest256(bytes: try reader.lengthPrefixed("pin", limit: Digest256.byteCount))
    skewSeconds = try reader.zigzag()
    run = try reader.lengthPrefixed("run", limit: Self.runByteCount)
    if version > 1 { takesCoding = try reader.flag("coding") }
    try reader.finish()
  }
}

/// How a hub can be told from any other: what an invitation carries beside the address.
public struct HubIdentity: Hashable, Sendable {
  public var device: DeviceID
  public var certificatePin: Digest256?

  public init(device: DeviceID, certificatePin: Digest256?) {
    self.device = device
    self.certificatePin = certificatePin
  }
}

extension Workspace {
  static func recordKey(_ address: String) -> String { "hub:" + address }

  /// What is remembered of the hub at `address` (normalised); nil where it was never met.
  public func hubRecord(at address: String) throws -> HubRecord? {
    guard let bytes = try store.read({ try $0.setting(Self.recordKey(address)) }), !bytes.isEmpty else { return nil }
    return try? HubRecord(bytes: bytes)
  }

  public func remember(_ record: HubRecord, at address: String) throws {
    try store.write(wallMilliseconds: 0) { try $0.setSetting(Self.recordKey(address), record.bytes) }
  }

  /// Says that this workspace is served as a hub under these addresses.
  ///
  /// - Parameter pin: of the certificate that it shows; nil for plain http and for certificates that clients check
  ///   against the system's roots.
  public func rememberServed(at addresses: [String], pin: Digest256?) throws {
    var writer = ByteWriter(capacity: 128)
    writer.lengthPrefixed(pin?.bytes ?? [])
    writer.varint(addresses.count)
    for address in addresses { writer.text(address) }
    let bytes = writer.bytes
    if try store.read({ try $0.setting(Setting.served) }) == bytes { return }
    try store.write(wallMilliseconds: 0) { try $0.setSetting(Setting.served, bytes) }
  }

  /// The addresses that this workspace was last served under; empty where it never was.
  public func servedAddresses() throws -> [String] { try served()?.addresses ?? [] }

  /// True where others synchronise with this folder: it was served, or is being served right now.
  func isHub() throws -> Bool {
    if try !servedAddresses().isEmpty { return true }
    let lock = folder + "/" + File.serveLock
    guard FileManager.default.fileExists(atPath: lock) else { return false }
    guard let own = try FileLock(trying: lock) else { return true }
    own.release()
    return false
  }

  private func served() throws -> (pin: Digest256?, addresses: [String])? {
    guard let bytes = try store.read({ try $0.setting(Setting.served) }) else { return nil }
    var reader = ByteReader(bytes)
    guard let pin = try? reader.lengthPrefixed("pin", limit: Digest256.byteCount),
      let count = try? reader.count("addresses", limit: 16)
    else { return nil }
    return (Digest256(bytes: pin), (0..<count).compactMap { _ in try? reader.text("address", limit: 1024) })
  }

  /// Whose hub stands at `address`, as far as this workspace knows for sure: itself, or one that it has talked to. nil:
  /// whoever is invited there learns it at first contact.
  public func hubIdentity(at address: String) throws -> HubIdentity? {
    if let served = try served(), served.addresses.contains(address) {
      return HubIdentity(device: identity.device, certificatePin: served.pin)
    }
    guard let record = try hubRecord(at: address), let key = record.key else { return nil }
    return HubIdentity(device: DeviceID(key: key), certificatePin: record.certificatePin)
  }
}
