import Foundation
import SyncEngine

/// Whether a hub speaks plain http or TLS, from where it listens and what its owner asked for.
///
/// Loopback: plain unless TLS is asked for. Anywhere else: TLS, unless the owner gives encryption up by name.
enum TransportChoice: Hashable {
  case plain
  case ownCertificate
  case given(certificate: String, key: String)

  /// - Throws: ``ListenError/halfCertificate``, ``ListenError/plainAndTLS``.
  init(host: String, tls: Bool, certificate: String?, key: String?, plainWithoutEncryption: Bool) throws {
    if (certificate == nil) != (key == nil) { throw ListenError.halfCertificate }
    if plainWithoutEncryption, tls || certificate != nil { throw ListenError.plainAndTLS }
    if let certificate, let key {
      self = .given(certificate: certificate, key: key)
    } else if plainWithoutEncryption {
      self = .plain
    } else {
      self = tls || !HubAddress.isLoopback(host: host) ? .ownCertificate : .plain
    }
  }

  /// - Parameter names: for a certificate that has to be made.
  func certificate(folder: String, names: [String]) throws -> HubCertificate? {
    switch self {
    case .plain: nil
    case .ownCertificate: try HubCertificate(of: folder, names: names)
    case .given(let certificate, let key): try HubCertificate(certificate: certificate, key: key)
    }
  }

  /// Names that reach this machine from where its owner knows: itself, its host name, and the host of `url`.
  static func names(listening host: String, url: String?) -> [String] {
    var names = ["localhost", "127.0.0.1", "::1", ProcessInfo.processInfo.hostName]
    if let host = url.flatMap({ URLComponents(string: $0)?.host }) {
      names.append(host.trimmingCharacters(in: ["[", "]"]))
    }
    if !["0.0.0.0", "::"].contains(host) { names.append(host) }
    return names.reduce(into: []) { unique, name in
      // What cannot stand in a certificate is left out.
      if !name.isEmpty, name.utf8.allSatisfy({ $0 < 0x80 }), !unique.contains(name) { unique.append(name) }
    }
  }
}
