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

/// A device's public agreement key with its device key's signature over it: 96 bytes in an enrolment.
public struct AgreementCertificate: Hashable, Sendable {
  public let bytes: [UInt8]

  private static let keyByteCount = 32
  public static let byteCount = keyByteCount + Segment.SignedHead.signatureByteCount

  /// nil unless `bytes` is a certificate by `deviceKey` for a device of `school`.
  public init?(bytes: [UInt8], deviceKey: [UInt8], school: SchoolID) {
    guard bytes.count == Self.byteCount,
      DeviceKey.verify(
        Array(bytes[Self.keyByteCount...]), of: Self.message(Array(bytes[..<Self.keyByteCount]), school: school),
        by: deviceKey)
    else { return nil }
    self.bytes = bytes
  }

  init(signing key: AgreementKey, by device: DeviceKey, school: SchoolID) throws {
    bytes = key.publicKey + (try device.sign(Self.message(key.publicKey, school: school)))
  }

  public var publicKey: [UInt8] { Array(bytes[..<Self.keyByteCount]) }

  private static func message(_ key: [UInt8], school: SchoolID) -> [UInt8] {
    Label.agreement.prefix + school.bytes + key
  }
}
