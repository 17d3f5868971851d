import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SyncEngine
import SyncModel

/// Moves the bytes of one request to a hub and of its answer back, over plain http or TLS; believes nothing.
final class HubTransport: Sendable {
  struct Reply: Sendable {
    var status: Int
    var headers: [HeaderField]
    var body: [UInt8]
  }

  private let address: HubAddress
  private let limit: HTTPLimit
  private let client: HTTPClient

  /// - Parameter pin: SHA-256 of the public key that the hub's certificate must carry. It says more than a name or an
  ///   authority could, so neither is asked then; without it, the system's roots and the host name decide.
  init(address: HubAddress, pin: Digest256?, limit: HTTPLimit) {
    self.address = address
    self.limit = limit
    var configuration = HTTPClient.Configuration(
      timeout: .init(
        connect: .milliseconds(limit.connectMilliseconds), read: .milliseconds(limit.silenceMilliseconds)))
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    // Who waits at a keyboard is told at once; `--every` tries again by itself.
    configuration.connectionPool.retryConnectionEstablishment = false
    if let pin, address.isEncrypted {
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.minimumTLSVersion = .tlsv12
      // Not left unchecked: the pin is compared before the connection is handed to any request.
      tls.certificateVerification = .none
      configuration.tlsConfiguration = tls
      configuration.http1_1ConnectionDebugInitializer = { channel in
        channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
          guard let certificate, try CertificatePin.of(certificate) == pin else {
            channel.close(promise: nil)
            throw CertificatePin.Mismatch()
          }
        }
      }
    }
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  func shutdown() async throws {
    try await client.shutdown()
  }

  // Whoever forgot to: shutting down twice does no harm, and an error on the way must not end the process.
  deinit {
    client.shutdown { _ in }
  }

  /// - Throws: ``TransportError``; `CancellationError`.
  func send(
    _ method: HTTPMethod, _ path: String, headers: [HeaderField], body: [UInt8], answerLimit: Int
  ) async throws -> Reply {
    var request = HTTPClientRequest(url: address.text + path)
    request.method = method
    for header in headers { request.headers.add(name: header.name, value: header.value) }
    if method == .POST || method == .PATCH { request.body = .bytes(ByteBuffer(bytes: body)) }
    let response: HTTPClientResponse
    do {
      response = try await client.execute(request, timeout: .milliseconds(limit.clientMilliseconds))
    } catch {
      try Task.checkCancellation()
      throw explained(error)
    }
    do {
      let buffer = try await response.body.collect(upTo: answerLimit)
      return Reply(
        status: Int(response.status.code),
        headers: response.headers.map { HeaderField($0.name.lowercased(), $0.value) },
        body: Array(buffer.readableBytesView))
    } catch is NIOTooManyBytesError {
      throw TransportError.tooLarge
    } catch {
      try Task.checkCancellation()
      throw TransportError.brokenOff(address: address.text)
    }
  }

  /// The transport's errors in the words of ``TransportError``.
  private func explained(_ error: any Error) -> TransportError {
    let address = address.text
    if let error = error as? HTTPClientError {
      if error == .remoteConnectionClosed || error == .readTimeout || error == .deadlineExceeded {
        return .brokenOff(address: address)
      }
      if error == .connectTimeout { return .unreachable(address: address, reason: .timedOut) }
    }
    if error is CertificatePin.Mismatch { return .certificatePin(address: address) }
    if error is NIOSSLError || error is NIOSSLExtraError { return .certificate(address: address) }
    if let reason = Unreachable(error) { return .unreachable(address: address, reason: reason) }
    if error is ChannelError || error is IOError { return .brokenOff(address: address) }
    if error is HTTPParserError { return .notAHub(address: address, status: 0) }
    return .unreachable(address: address, reason: .other)
  }
}

extension Unreachable {
  /// nil for an error that a connection ends with once it stands.
  fileprivate init?(_ error: any Error) {
    switch error {
    case let error as NIOConnectionError:
      // Some address was tried: what came of that says more than a name that has addresses of one kind only.
      if let reason = error.connectionErrors.lazy.compactMap({ Unreachable($0.error) }).first {
        self = reason
      } else {
        self = error.dnsAError != nil || error.dnsAAAAError != nil ? .unknownName : .other
      }
    case is SocketAddressError, is SocketAddressError.UnknownHost: self = .unknownName
    case ChannelError.connectTimeout: self = .timedOut
    case let error as IOError:
      switch error.errnoCode {
      case ECONNREFUSED: self = .refused
      case ENETUNREACH, ENETDOWN, EHOSTUNREACH, EHOSTDOWN, EADDRNOTAVAIL: self = .noRoute
      case ETIMEDOUT: self = .timedOut
      default: return nil
      }
    default: return nil
    }
  }
}
