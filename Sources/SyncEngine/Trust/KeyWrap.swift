import Crypto
import Foundation
import SyncModel

/// A 32-byte key encrypted to one device's agreement key: HPKE (RFC 9180) in base mode with X25519, HKDF-SHA256 and
/// ChaCha20-Poly1305. 80 bytes: encapsulated key ‖ ciphertext ‖ tag.
///
/// Base mode says nothing about who wrapped: that is told by the log entry or the header that it stands in.
enum KeyWrap {
  static let byteCount = encapsulatedByteCount + SealingKey.byteCount + 16
  private static let encapsulatedByteCount = 32
  private static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly

  /// - Parameter info: what the key is for; ``unwrap(_:with:info:)`` takes the same.
  /// - Returns: nil where `recipient` is no X25519 public key.
  static func wrap(_ key: [UInt8], to recipient: [UInt8], info: [UInt8]) -> [UInt8]? {
    guard let publicKey = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: recipient),
      var sender = try? HPKE.Sender(recipientKey: publicKey, ciphersuite: suite, info: Data(info)),
      let sealed = try? sender.seal(key)
    else { return nil }
    return [UInt8](sender.encapsulatedKey) + [UInt8](sealed)
  }

  /// nil for anything that was not wrapped to this device for this purpose.
  static func unwrap(_ wrapped: [UInt8], with key: AgreementKey, info: [UInt8]) -> [UInt8]? {
    guard wrapped.count == byteCount,
      var recipient = try? HPKE.Recipient(
        privateKey: key.key, ciphersuite: suite, info: Data(info),
        encapsulatedKey: Data(wrapped[..<encapsulatedByteCount])),
      let opened = try? recipient.open(wrapped[encapsulatedByteCount...])
    else { return nil }
    return [UInt8](opened)
  }
}
