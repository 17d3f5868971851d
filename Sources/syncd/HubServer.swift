import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SyncEngine
import SyncHTTP
import SyncModel

/// The HTTP side of a hub: routes, authentication, limits. Every answer comes from ``ReplicationServer`` or ``Office``.
struct HubServer: Sendable {
  let workspace: Workspace
  let host: String
  let port: Int
  let logger: Logger

  /// Prints `syncd: listening on URL` on standard output when ready.
  func service() -> some Service {
    Application(
      router: router(),
      configuration: .init(address: .hostname(host, port: port), serverName: "syncd/\(Syncd.version)"),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? self.port
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        FileHandle.standardOutput.write(Data("syncd: listening on http://\(host):\(port)\n".utf8))
      },
      logger: logger)
  }

  func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.add(middleware: ProblemMiddleware(logger: logger))
    let server = ReplicationServer(store: workspace.store)

    router.get(RouterPath(Endpoint.info)) { _, _ in try json(info()) }

    router.post(RouterPath(Endpoint.exchange)) { request, _ in
      let (body, key) = try await signedBody(request, limit: HTTPLimit.bodyBytes)
      let message: Exchange
      do throws(CodecError) {
        message = try Exchange(bytes: body)
      } catch {
        if case .needsNewerVersion(let what, _) = error { throw SessionError.needsNewerVersion(what) }
        throw Problem(
          status: 400, code: "malformedExchange", detail: "同步请求的格式不对", hint: "请升级本机软件后再试", retry: false)
      }
      let answer = try await Blocking.run {
        guard let device = try workspace.store.read({ try $0.directory().devices[DeviceID(key: key)] }),
          !device.roles.isEmpty
        else {
          throw Problem(
            status: 403, code: "unknownDevice", detail: "这台设备还没有在汇总点登记",
            hint: "请用上级发来的邀请加入（unitcli join），或等上级汇总点同步后再试", retry: true)
        }
        return try server.answer(
          message, peer: device.unit, device: device.id, wallMilliseconds: Platform.wallMilliseconds
        ).bytes
      }
      return Response(
        status: .ok, headers: [.contentType: MediaType.exchange],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer)))
    }

    router.post(RouterPath(Endpoint.join)) { request, _ in
      let (body, key) = try await signedBody(request, limit: HTTPLimit.joinBytes)
      guard let join = try? JSONDecoder().decode(JoinRequest.self, from: Data(body)),
        let id = SubjectID(hex: join.invitation), let secret = BatchSecret(hex: join.secret),
        Hex.decode(join.deviceKey) == key, join.deviceName.count <= JoinRequest.deviceNameLimit,
        let agreement = Hex.decode(join.agreement)
      else {
        throw Problem(
          status: 400, code: "malformedJoin", detail: "加入请求的格式不对", hint: "请升级本机软件后再试", retry: false)
      }
      try await Blocking.run {
        let office = Office(workspace, person: "汇总点", claimedMilliseconds: Platform.wallMilliseconds)
        try office.confirm(
          invitation: id, secret: secret, deviceKey: key, agreement: agreement, deviceName: join.deviceName)
      }
      return try json(info())
    }
    return router
  }

  private func info() -> HubInfo {
    HubInfo(
      school: workspace.identity.school.description, unit: workspace.identity.unit.description,
      rehearsal: workspace.identity.rehearsal, version: Syncd.version)
  }

  private func json(_ value: some Encodable) throws -> Response {
    Response(
      status: .ok, headers: [.contentType: MediaType.json],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(value))))
  }

  /// The body with the key that signed it.
  private func signedBody(_ request: Request, limit: Int) async throws -> (body: [UInt8], key: [UInt8]) {
    let buffer: ByteBuffer
    do {
      buffer = try await request.body.collect(upTo: limit)
    } catch is NIOTooManyBytesError {
      throw Problem(
        status: 413, code: "tooLarge", detail: "一次送来的内容超出上限", hint: "请升级本机软件后再试", retry: false)
    }
    let body = Array(buffer.readableBytesView)
    do throws(RequestSignature.Failure) {
      let signature = try RequestSignature(
        method: request.method.rawValue, path: request.uri.path, body: body,
        header: { name in HTTPField.Name(name).flatMap { request.headers[$0] } })
      return (body, signature.deviceKey)
    } catch {
      throw Problem(
        status: 401, code: "badSignature", detail: "请求没有可信的设备签名", hint: "请用 unitcli sync 同步", retry: false)
    }
  }
}

/// Work that blocks on the database, off the threads that serve connections. One at a time: the database takes one
/// writer anyway, and a crowd of clients must not become a crowd of threads.
enum Blocking {
  private static let queue = DispatchQueue(label: "unitsync.store")

  static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(with: Swift.Result { try body() })
      }
    }
  }
}
