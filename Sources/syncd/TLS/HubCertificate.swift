import Crypto
import Foundation
import NIOCore
import NIOSSL
import SwiftASN1
import SyncEngine
import SyncHTTP
import SyncModel
import X509

/// The certificate that a hub shows: one that it made itself, or one given.
struct HubCertificate: Sendable {
  let configuration: TLSConfiguration
  /// What invitations carry; nil where an authority vouches for the certificate, which may then change its key.
  let pin: Digest256?

  private enum File {
    static let certificate = "tls.crt"
    static let key = "tls.key"
  }

  /// The workspace's own, made where there is none yet.
  /// - Parameter names: host names and addresses that it is for; clients go by the pin.
  init(of folder: String, names: [String]) throws {
    let certificate = folder + "/" + File.certificate
    let key = folder + "/" + File.key
    if !FileManager.default.fileExists(atPath: certificate) || !FileManager.default.fileExists(atPath: key) {
      let made = try Self.make(names: names)
      do {
        try Platform.writePrivate(Array(made.key.utf8), to: key)
        try Platform.writePrivate(Array(made.certificate.utf8), to: certificate)
      } catch {
        throw WorkspaceError(error, at: folder)
      }
    }
    try self.init(certificate: certificate, key: key)
  }

  /// PEM files: the certificate with what leads to its authority, and its key.
  /// - Throws: ``ListenError/badCertificate(_:)``.
  init(certificate: String, key: String) throws {
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(certificate)
      let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
      guard let leaf = chain.first else { throw ListenError.badCertificate(certificate) }
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
      configuration.minimumTLSVersion = .tlsv12
      // Whoever was told to go, and does not answer, counts as a connection for so long.
      configuration.shutdownTimeout = .seconds(1)
      // Fails here rather than at the first connection where key and certificate do not belong together.
      _ = try NIOSSLContext(configuration: configuration)
      let parsed = try Certificate(derEncoded: try leaf.toDERBytes())
      self.configuration = configuration
      pin = parsed.issuer == parsed.subject ? try CertificatePin.of(leaf) : nil
    } catch {
      throw ListenError.badCertificate(certificate)
    }
  }

  /// Pinned certificates are not asked for their dates, so that no clock, however wrong, locks anybody out.
  private static let validYears = 30.0
  private static let secondsPerYear = 365.25 * 86_400

  private static func make(names: [String]) throws -> (certificate: String, key: String) {
    let key = P256.Signing.PrivateKey()
    let name = try DistinguishedName { CommonName("unitsync hub") }
    let now = Date()
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
      notValidBefore: now.addingTimeInterval(-86_400),
      notValidAfter: now.addingTimeInterval(validYears * secondsPerYear), issuer: name, subject: name,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames(names.map(Self.generalName))
      }, issuerPrivateKey: .init(key))
    return (try certificate.serializeAsPEM().pemString, key.pemRepresentation + "\n")
  }

  private static func generalName(_ name: String) -> GeneralName {
    if let address = try? SocketAddress(ipAddress: name, port: 0) {
      return .ipAddress(ASN1OctetString(contentBytes: address.addressBytes[...]))
    }
    return .dnsName(name)
  }
}
