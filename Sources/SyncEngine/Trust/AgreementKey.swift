import Crypto
import SyncModel

/// The key to which what only one device may read is encrypted (X25519). Derived from the device's seed, so that there is
/// one secret to keep; certified by the device's signing key, so that whoever writes the directory cannot put another
/// key in its place.
public struct AgreementKey: Sendable {
  let key: Curve25519.KeyAgreement.PrivateKey

  /// Derives one-way: the agreement key tells nothing of the signing key.
  init(seed: [UInt8]) {
    let derived = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: seed), info: Label.agreement.prefix, outputByteCount: 32)
    let bytes = derived.withUnsafeBytes { [UInt8]($0) }
    guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes) else {
      preconditionFailure("any 32 bytes are an X25519 private key")
    }
    self.key = key
  }

  public var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }
}

/// A device's public agreement key with its device key's signature over it and the unit it joins: 96 bytes in an
/// enrolment. Nobody can enrol a device where it has not itself agreed to be.
public struct AgreementCertificate: Hashable, Sendable {
  public let bytes: [UInt8]

  private static let keyByteCount = 32
  public static let byteCount = keyByteCount + Segment.SignedHead.signatureByteCount

  /// nil unless `bytes` is a certificate by `deviceKey` for a device of `unit`.
  public init?(bytes: [UInt8], deviceKey: [UInt8], school: SchoolID, unit: UnitPath) {
    guard bytes.count == Self.byteCount,
      DeviceKey.verify(
        Array(bytes[Self.keyByteCount...]), of: Self.message(Array(bytes[..<Self.keyByteCount]), school, unit),
        by: deviceKey)
    else { return nil }
    self.bytes = bytes
  }

  init(signing key: AgreementKey, by device: DeviceKey, school: SchoolID, unit: UnitPath) throws {
    bytes = key.publicKey + (try device.sign(Self.message(key.publicKey, school, unit)))
  }

  public var publicKey: [UInt8] { Array(bytes[..<Self.keyByteCount]) }

  private static func message(_ key: [UInt8], _ school: SchoolID, _ unit: UnitPath) -> [UInt8] {
    var writer = ByteWriter(capacity: 128)
    writer.raw(Label.agreement.prefix)
    writer.id(school)
    writer.lengthPrefixed(unit.key)
    writer.raw(key)
    return writer.bytes
  }
}
