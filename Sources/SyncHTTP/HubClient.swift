import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import SyncEngine
import SyncModel

/// Talks to one hub 汇总点 on behalf of a workspace: the thin runner around ``ReplicationSession``.
///
/// Call ``shutdown()`` when done. Safe to use from several tasks, one synchronisation at a time for a workspace.
public final class HubClient: Sendable {
  private let base: String
  private let client: HTTPClient

  /// - Parameter address: `http://host:port` or `https://…`, with or without a closing slash.
  /// - Throws: ``TransportError/badAddress(_:)``; ``TransportError/plainHTTP(_:)`` for http beyond this machine.
  public init(address: String) throws {
    base = try Self.normalized(address)
    var configuration = HTTPClient.Configuration(
      timeout: .init(
        connect: .seconds(HTTPLimit.connectTimeoutSeconds), read: .seconds(HTTPLimit.timeoutSeconds)))
    configuration.redirectConfiguration = .disallow
    // Who waits at a keyboard is told at once; `--every` tries again by itself.
    configuration.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  public func shutdown() async throws {
    try await client.shutdown()
  }

  /// One form for one hub: what its place is remembered under.
  public static func normalized(_ address: String) throws -> String {
    guard let components = URLComponents(string: address), let host = components.host, !host.isEmpty,
      let scheme = components.scheme?.lowercased(), scheme == "http" || scheme == "https",
      components.path.isEmpty || components.path == "/", components.query == nil, components.user == nil
    else { throw TransportError.badAddress(address) }
    if scheme == "http", !["127.0.0.1", "localhost", "::1", "[::1]"].contains(host) {
      throw TransportError.plainHTTP(address)
    }
    return "\(scheme)://\(host)" + (components.port.map { ":\($0)" } ?? "")
  }

  // MARK: Synchronising

  /// Exchanges with the hub until both hold the same, or nothing moves any more. A pending invitation is shown first.
  ///
  /// - Throws: ``TransportError``, ``Problem`` from the hub, ``SessionError``, ``WorkspaceError``. Whatever was received
  ///   before stays; the next call goes on from there (promise 9).
  ///
  /// - Parameters:
  ///   - frameBytes: the size that messages stay below.
  ///   - progress: told after every answer how far the exchange is.
  public func synchronize(
    _ workspace: Workspace, frameBytes: Int = Exchange.frameByteLimit,
    progress: @Sendable (SyncOutcome) -> Void = { _ in }
  ) async throws -> SyncOutcome {
    if try workspace.pendingInvitation() != nil { try await confirm(workspace) }
    do {
      return try await exchange(workspace, frameBytes: frameBytes, progress: progress)
    } catch SessionError.ownPastInDoubt {
      // The hub has seen more under this name: go on under a new one, once.
      return try await exchange(workspace, frameBytes: frameBytes, progress: progress)
    }
  }

  private func exchange(
    _ workspace: Workspace, frameBytes: Int, progress: @Sendable (SyncOutcome) -> Void
  ) async throws -> SyncOutcome {
    try workspace.settlePast()
    var session = ReplicationSession(store: workspace.store, address: base, frameBytes: frameBytes)
    var message = try session.start(wallMilliseconds: Platform.wallMilliseconds)
    while true {
      let body = message.bytes
      let answerBytes = try await post(
        Endpoint.exchange, body: body, contentType: MediaType.exchange, key: workspace.key,
        limit: HTTPLimit.bodyBytes)
      session.count(sent: body.count, received: answerBytes.count)
      let answer: Exchange
      do throws(CodecError) {
        answer = try Exchange(bytes: answerBytes)
      } catch {
        if case .needsNewerVersion(let what, _) = error { throw SessionError.needsNewerVersion(what) }
        throw SessionError.garbled(String(describing: error))
      }
      let step = try session.receive(answer, wallMilliseconds: Platform.wallMilliseconds)
      progress(session.outcome)
      switch step {
      case .finished(let outcome): return outcome
      case .send(let next): message = next
      }
    }
  }

  /// Shows the invitation that this workspace joined with; asking twice does no harm.
  private func confirm(_ workspace: Workspace) async throws {
    guard let url = try workspace.pendingInvitation() else { return }
    let invitation = try Invitation(text: url)
    let request = JoinRequest(
      invitation: invitation.id.description, secret: invitation.secret.description,
      deviceKey: Hex.encode(workspace.key.publicKey),
      agreement: Hex.encode(
        try workspace.key.agreementCertificate(
          school: workspace.identity.school, unit: workspace.identity.unit
        ).bytes),
      deviceName: try workspace.deviceName())
    let answer = try await post(
      Endpoint.join, body: [UInt8](try JSONEncoder().encode(request)), contentType: MediaType.json,
      key: workspace.key, limit: HTTPLimit.joinBytes)
    guard let info = try? JSONDecoder().decode(HubInfo.self, from: Data(answer)) else {
      throw TransportError.notAHub(address: base, status: 200)
    }
    guard info.school == invitation.school.description else { throw OfficeError.wrongSchool }
    try workspace.set(hub: base, invitation: "")
  }

  private func post(
    _ path: String, body: [UInt8], contentType: String, key: DeviceKey, limit: Int
  ) async throws -> [UInt8] {
    var request = HTTPClientRequest(url: base + path)
    request.method = .POST
    request.headers.add(name: "content-type", value: contentType)
    let nonce = "\(BatchSecret.random())"
    for header in try RequestSignature.headers(
      method: "POST", path: path, body: body, key: key, created: Int64(Platform.wallMilliseconds / 1000),
      nonce: nonce)
    {
      request.headers.add(name: header.name, value: header.value)
    }
    request.body = .bytes(ByteBuffer(bytes: body))
    let response: HTTPClientResponse
    do {
      response = try await client.execute(request, timeout: .seconds(HTTPLimit.timeoutSeconds))
    } catch {
      throw Self.explained(error, address: base)
    }
    let answer: [UInt8]
    do {
      let buffer = try await response.body.collect(upTo: limit)
      answer = Array(buffer.readableBytesView)
    } catch is NIOTooManyBytesError {
      throw TransportError.tooLarge
    } catch {
      throw TransportError.brokenOff(address: base)
    }
    if response.status == .ok {
      guard response.headers.first(name: "content-type") == contentType else {
        throw TransportError.notAHub(address: base, status: 200)
      }
      return answer
    }
    if let problem = try? JSONDecoder().decode(Problem.self, from: Data(answer)) { throw problem }
    throw TransportError.notAHub(address: base, status: Int(response.status.code))
  }

  /// The transport's errors in the words of ``TransportError``.
  private static func explained(_ error: any Error, address: String) -> TransportError {
    if let error = error as? HTTPClientError {
      if error == .remoteConnectionClosed || error == .readTimeout || error == .deadlineExceeded {
        return .brokenOff(address: address)
      }
      if error == .connectTimeout { return .unreachable(address: address, detail: "超时") }
    }
    if error is NIOConnectionError { return .unreachable(address: address, detail: "没有程序在那里应答") }
    if let error = error as? IOError, error.errnoCode == ECONNREFUSED {
      return .unreachable(address: address, detail: "没有程序在那里应答")
    }
    if error is ChannelError || error is IOError { return .brokenOff(address: address) }
    if error is HTTPParserError { return .notAHub(address: address, status: 0) }
    return .unreachable(address: address, detail: "网络错误")
  }
}
