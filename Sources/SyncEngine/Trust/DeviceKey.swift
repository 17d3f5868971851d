import Crypto
import SyncModel

/// A device's Ed25519 key pair. The private half never leaves the machine and never stands in a message or a log.
public struct DeviceKey: Sendable {
  private let key: Curve25519.Signing.PrivateKey

  /// Freshly drawn.
  public init() {
    let simulated = SimulatedSurroundings.current.flatMap {
      try? Curve25519.Signing.PrivateKey(rawRepresentation: $0.bytes(FeedGenesis.deviceKeyByteCount))
    }
    key = simulated ?? Curve25519.Signing.PrivateKey()
  }

  /// From the 32 bytes of ``seed``; nil for anything else.
  public init?(seed: [UInt8]) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
    self.key = key
  }

  public var seed: [UInt8] { Array(key.rawRepresentation) }
  public var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }
  public var deviceID: DeviceID { DeviceID(key: publicKey) }

  /// What others encrypt to this device with.
  public var agreement: AgreementKey { AgreementKey(seed: seed) }

  /// The public half of ``agreement`` and the unit that this device agrees to belong to, signed for the directory.
  public func agreementCertificate(school: SchoolID, unit: UnitPath) throws -> AgreementCertificate {
    try AgreementCertificate(signing: agreement, by: self, school: school, unit: unit)
  }

  /// 64 bytes.
  public func sign(_ message: [UInt8]) throws -> [UInt8] {
    Array(try key.signature(for: message))
  }

  /// False for a bad signature and for bytes that are no key.
  public static func verify(_ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
    return key.isValidSignature(signature, for: message)
  }
}
