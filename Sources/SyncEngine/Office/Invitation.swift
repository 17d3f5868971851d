import Foundation
import SyncModel

/// What lets one device join one unit: a URL or a file with a one-time secret. The school's logs hold only the secret's
/// hash. Joining works offline from it and is confirmed at first contact with a hub.
public struct Invitation: Hashable, Sendable {
  public var id: SubjectID
  public var secret: BatchSecret
  public var rootKey: [UInt8]
  public var rehearsal: Bool
  public var schoolName: String
  public var rootUnit: UnitPath
  public var unit: UnitPath
  public var unitName: String
  public var roles: Roles
  /// Milliseconds since 1970.
  public var expires: UInt64
  /// The hub's address; empty where it is given later.
  public var hub: String
  /// Whose answers there are believed; nil where the inviter did not know.
  public var hubDevice: DeviceID?
  /// SHA-256 of the public key in the hub's certificate; nil: plain http on one machine, or system roots decide.
  public var hubPin: Digest256?

  public static let scheme = "unitsync://join/"
  private static let formatVersion: UInt64 = 2
  private static let checksumByteCount = 4
  public static let byteLimit = 4096
  /// Nobody joins later than this after the terms were written, or came to the hub that is asked (protocol §8).
  public static let lifeLimitDays: UInt64 = 30
  public static let lifeLimitMilliseconds = lifeLimitDays * 86_400_000

  public init(
    id: SubjectID, secret: BatchSecret, rootKey: [UInt8], rehearsal: Bool, schoolName: String, rootUnit: UnitPath,
    unit: UnitPath, unitName: String, roles: Roles, expires: UInt64, hub: String, hubDevice: DeviceID? = nil,
    hubPin: Digest256? = nil
  ) {
    self.id = id
    self.secret = secret
    self.rootKey = rootKey
    self.rehearsal = rehearsal
    self.schoolName = schoolName
    self.rootUnit = rootUnit
    self.unit = unit
    self.unitName = unitName
    self.roles = roles
    self.expires = expires
    self.hub = hub
    self.hubDevice = hubDevice
    self.hubPin = hubPin
  }

  public var school: SchoolID { SchoolID(rootKey: rootKey, rehearsal: rehearsal) }

  /// What the log keeps of the secret.
  public static func hash(of secret: BatchSecret) -> Digest256 {
    Hashing.labelled(.invitation, secret.bytes)
  }

  /// `unitsync://join/…`, base64url with a checksum, so that a cut-off copy is noticed.
  public var url: String {
    var writer = ByteWriter(capacity: 256)
    writer.varint(Self.formatVersion)
    writer.id(id)
    writer.id(secret)
    writer.raw(rootKey)
    writer.byte(rehearsal ? 1 : 0)
    writer.text(schoolName)
    writer.lengthPrefixed(rootUnit.key)
    writer.lengthPrefixed(unit.key)
    writer.text(unitName)
    writer.varint(roles.rawValue)
    writer.varint(expires)
    writer.text(hub)
    writer.lengthPrefixed(hubDevice?.bytes ?? [])
    writer.lengthPrefixed(hubPin?.bytes ?? [])
    let body = writer.bytes
    let checksum = Hashing.labelled(.invitation, body).bytes.prefix(Self.checksumByteCount)
    return Self.scheme
      + Data(body + checksum).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// Reads a URL, or a file's text that holds one somewhere. A scheme in capitals or with full-width marks, as chat programs
  /// make them, is the same one; a text that is nothing but the code needs none.
  /// - Throws: ``OfficeError/badInvitation(_:)`` for anything cut off, changed or foreign; without any part of `text`.
  public init(text: String) throws {
    guard let found = Self.code(in: text) else { throw OfficeError.badInvitation("没有找到邀请码") }
    var code = found.replacing("-", with: "+").replacing("_", with: "/")
    code += String(repeating: "=", count: (4 - code.count % 4) % 4)
    guard code.count < Self.byteLimit * 2, let data = Data(base64Encoded: code),
      data.count > Self.checksumByteCount
    else { throw OfficeError.badInvitation("邀请码不完整") }
    let body = [UInt8](data.dropLast(Self.checksumByteCount))
    guard
      Hashing.labelled(.invitation, body).bytes.prefix(Self.checksumByteCount)
        == data.suffix(Self.checksumByteCount)[...]
    else { throw OfficeError.badInvitation("校验不符") }
    do throws(CodecError) { self = try Self.parse(body) } catch {
      if case .needsNewerVersion = error { throw OfficeError.badInvitation("由新版本软件发出，请升级") }
      throw OfficeError.badInvitation("内容不认得")
    }
  }

  private static func parse(_ body: [UInt8]) throws(CodecError) -> Invitation {
    var reader = ByteReader(body)
    let version = try reader.varint()
    if version != formatVersion { throw .needsNewerVersion(what: "invitation", value: version) }
    let id: SubjectID = try reader.id()
    let secret: BatchSecret = try reader.id()
    let rootKey = try reader.raw(FeedGenesis.deviceKeyByteCount)
    let rehearsal = try reader.flag("rehearsal")
    let schoolName = try reader.text("school", limit: 1024)
    let rootUnit = try UnitPath(key: try reader.lengthPrefixed("root", limit: LogID.keyByteLimit))
    let unit = try UnitPath(key: try reader.lengthPrefixed("unit", limit: LogID.keyByteLimit))
    let unitName = try reader.text("unit name", limit: 1024)
    let roles = Roles(rawValue: try reader.varint())
    let expires = try reader.varint()
    let hub = try reader.text("hub", limit: 1024)
    let hubDevice = try optional(DeviceID.byteCount, &reader) { DeviceID(bytes: $0) }
    let hubPin = try optional(Digest256.byteCount, &reader) { Digest256(bytes: $0) }
    try reader.finish()
    return Invitation(
      id: id, secret: secret, rootKey: rootKey, rehearsal: rehearsal, schoolName: schoolName, rootUnit: rootUnit,
      unit: unit, unitName: unitName, roles: roles, expires: expires, hub: hub, hubDevice: hubDevice, hubPin: hubPin)
  }

  /// Nothing, or exactly `byteCount` bytes.
  private static func optional<Result>(
    _ byteCount: Int, _ reader: inout ByteReader, _ make: ([UInt8]) -> Result?
  ) throws(CodecError) -> Result? {
    let offset = reader.offset
    let bytes = try reader.lengthPrefixed("hub", limit: byteCount)
    if bytes.isEmpty { return nil }
    guard let result = make(bytes) else { throw .invalid(what: "hub", offset: offset) }
    return result
  }

  /// The terms as the log holds them.
  struct Terms: Hashable {
    var secretHash: Digest256
    var unit: UnitPath
    var roles: Roles
    var expires: UInt64

    var value: Value {
      .list([
        .bytes(secretHash.bytes), .text(unit.description), .integer(Int64(roles.rawValue)), .integer(Int64(expires)),
      ])
    }

    init(_ invitation: Invitation) {
      secretHash = Invitation.hash(of: invitation.secret)
      unit = invitation.unit
      roles = invitation.roles
      expires = invitation.expires
    }

    init?(_ value: Value) {
      guard let parts = value.listValue, parts.count >= 4,
        let hash = parts[0].bytesValue.flatMap(Digest256.init(bytes:)),
        let unit = parts[1].textValue.flatMap(UnitPath.init), let roles = parts[2].integerValue, roles >= 0,
        let expires = parts[3].integerValue, expires >= 0
      else { return nil }
      secretHash = hash
      self.unit = unit
      self.roles = Roles(rawValue: UInt64(roles))
      self.expires = UInt64(expires)
    }
  }
}
