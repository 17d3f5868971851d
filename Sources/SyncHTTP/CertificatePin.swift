import Crypto
import NIOSSL
import SyncModel

/// What a hub's certificate is recognised by: SHA-256 over its SubjectPublicKeyInfo (DER), so that a certificate may be
/// renewed with the same key.
public enum CertificatePin {
  struct Mismatch: Error {}

  public static func of(_ certificate: NIOSSLCertificate) throws -> Digest256 {
    digest(try certificate.extractPublicKey().toSPKIBytes())
  }

  static func digest(_ publicKeyInfo: [UInt8]) -> Digest256 {
    guard let digest = Digest256(bytes: Array(SHA256.hash(data: publicKeyInfo))) else {
      preconditionFailure("SHA-256 has 32 bytes")
    }
    return digest
  }
}
