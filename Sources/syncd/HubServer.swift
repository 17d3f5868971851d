import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import SyncEngine
import SyncHTTP
import SyncModel

/// The HTTP side of a hub: routes, authentication, limits. Every answer comes from ``ReplicationServer`` or ``Office``, and
/// is signed by the hub's device.
struct HubServer: Sendable {
  /// Where and how it listens.
  struct Listening: Sendable {
    var host: String
    var port: Int
    /// nil: plain http.
    var tls: TLSConfiguration?
  }

  /// In whose name the hub itself writes.
  static let person = "汇总点"

  let workspace: Workspace
  let listening: Listening
  let logger: Logger
  let gate: Gate
  let signer: AnswerSigner
  let fileServer: FileServer
  private let devices: EnrolledDevices
  private let freeDiskBytes: @Sendable () -> UInt64?
  private let started: @Sendable (_ url: String) -> Void
  /// Called after an exchange that brought something.
  private let arrived: @Sendable () -> Void

  /// - Parameters:
  ///   - quota: how much of files is stored.
  ///   - freeDiskBytes: room left where the workspace lies; nil where the system does not say.
  ///   - arrived: called after an exchange that brought something.
  ///   - started: called with the address once it listens.
  init(
    workspace: Workspace, listening: Listening, logger: Logger, limit: HTTPLimit = .standard,
    clock: HubClock = .system, quota: FileQuota = .standard, freeDiskBytes: (@Sendable () -> UInt64?)? = nil,
    arrived: @escaping @Sendable () -> Void = {}, started: @escaping @Sendable (_ url: String) -> Void
  ) {
    self.workspace = workspace
    self.listening = listening
    self.logger = logger
    self.started = started
    self.arrived = arrived
    let freeDiskBytes = freeDiskBytes ?? { Platform.freeDiskBytes(workspace.folder) }
    self.freeDiskBytes = freeDiskBytes
    fileServer = FileServer(
      workspace, quota: quota, reserveBytes: limit.freeDiskBytes, freeDiskBytes: freeDiskBytes)
    gate = Gate(device: workspace.identity.device, limit: limit, clock: clock)
    signer = AnswerSigner(key: workspace.key, gate: gate)
    devices = EnrolledDevices(workspace: workspace, clock: clock)
  }

  var limit: HTTPLimit { gate.limit }

  func service() throws -> some Service {
    let counts = ConnectionCounts()
    let http = HTTPServerBuilder.http1(
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [ConnectionGuard(limit: limit, counts: counts)],
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limit.headerBytes, maxHeaderListSize: limit.headerBytes,
          maxHeaderFieldCount: limit.headerFields)))
    return Application(
      router: router(),
      server: try listening.tls.map { try .tls(http, tlsConfiguration: $0) } ?? http,
      configuration: .init(
        address: .hostname(listening.host, port: listening.port), serverName: "syncd/\(Syncd.version)",
        availableConnectionsDelegate: .maximum(limit.connections, logger: logger)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? listening.port
        let host = listening.host.contains(":") ? "[\(listening.host)]" : listening.host
        started("\(listening.tls == nil ? "http" : "https")://\(host):\(port)")
      },
      logger: logger)
  }

  func router() -> Router<HubRequestContext> {
    let router = Router(context: HubRequestContext.self)
    router.add(middleware: ProblemMiddleware(gate: gate, signer: signer, logger: logger))

    router.get(RouterPath(Endpoint.info)) { request, context in
      try gate.admitStranger(context.address)
      return try signer.response(.json(info()), to: request)
    }
    router.post(RouterPath(Endpoint.exchange)) { request, context in
      try await exchange(request, context)
    }
    router.post(RouterPath(Endpoint.join)) { request, context in
      try await join(request, context)
    }
    addFileRoutes(to: router)
    return router
  }

  // MARK: Exchange

  private func exchange(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    let signed = try await enrolled(request, context)
    let length = try Self.length(of: request, limit: limit.bodyBytes)
    try gate.checkTarget(signed)
    let place = try gate.beginExchange(of: signed.device)
    try gate.admit(signed, bodyBytes: length)
    let body = try await body(of: request, signed, limit: limit.bodyBytes)
    var answer = try await answerExchange(body, request.field(HeaderName.contentType), by: signed.device)
    (answer.contentType, answer.body) = BodyCoding.encoded(
      answer.body, accepted: request.field(HeaderName.coding) == BodyCoding.name)
    return try signer.response(answer, to: request, holding: place)
  }

  private func answerExchange(
    _ body: [UInt8], _ contentType: String?, by device: DeviceID
  ) async throws -> HubAnswer {
    let message: Exchange
    do throws(CodecError) {
      message = try Exchange(
        bytes: try BodyCoding.decoded(body, contentType: contentType, limit: limit.bodyBytes))
    } catch {
      if case .needsNewerVersion(let what, _) = error { throw SessionError.needsNewerVersion(what) }
      throw Problem(
        status: 400, code: "malformedExchange", detail: "同步请求的格式不对", hint: "请升级本机软件后再试", retry: false)
    }
    if !message.segments.isEmpty, let free = freeDiskBytes(), free < limit.freeDiskBytes {
      throw WorkspaceError.diskFull
    }
    let wall = gate.clock.wallMilliseconds
    return try await Blocking.run {
      guard let device = try workspace.store.read({ try $0.directory().devices[device] }), let reach = device.reach
      else { throw Problem.unknownDevice }
      // Questions are answered: how else should it learn that it was stopped, or that it no longer is.
      if reach == .notices, !message.segments.isEmpty { throw Problem.deviceStopped }
      let answer = try ReplicationServer(store: workspace.store).answer(
        message, peer: device.unit, device: device.id, reach: reach, wallMilliseconds: wall)
      if !message.segments.isEmpty {
        arrived()
        // What it redacted is read by nobody from here on; a file that cannot go now goes with the next round.
        _ = try? workspace.removeRedactedFiles()
      }
      return HubAnswer(status: 200, contentType: MediaType.exchange, body: answer.bytes)
    }
  }

  /// The signed header fields of an enrolled device's request. Anybody else counts as a stranger, and so does a device that
  /// was stopped, though it is answered.
  func enrolled(_ request: Request, _ context: HubRequestContext) async throws -> RequestSignature {
    let signed = try signature(request, context)
    // Whoever was not known a moment ago is counted before the directory is asked again for them.
    let wasKnown = devices.wasKnown(signed.device)
    if !wasKnown { try gate.admitStranger(context.address) }
    let reach = try await devices.reach(of: signed.device)
    if reach == .whole, signed.isValid { return signed }
    if wasKnown { try gate.admitStranger(context.address) }
    if reach == .notices, signed.isValid { return signed }
    throw signed.isValid ? Problem.unknownDevice : Problem.badSignature
  }

  // MARK: Join

  private func join(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    try gate.admitStranger(context.address)
    try gate.admitGuess(context.address)
    let signed = try signature(request, context)
    guard signed.isValid else { throw Problem.badSignature }
    _ = try Self.length(of: request, limit: limit.joinBytes)
    try gate.checkTarget(signed)
    try gate.admitJoin(signed)
    let place = try gate.beginJoin()
    defer { withExtendedLifetime(place) {} }
    let body = try await body(of: request, signed, limit: limit.joinBytes)
    guard let join = try? JSONDecoder().decode(JoinRequest.self, from: Data(body)),
      let id = SubjectID(hex: join.invitation), let secret = BatchSecret(hex: join.secret),
      Hex.decode(join.deviceKey) == signed.deviceKey, join.deviceName.count <= JoinRequest.deviceNameLimit,
      let agreement = Hex.decode(join.agreement)
    else {
      throw Problem(
        status: 400, code: "malformedJoin", detail: "加入请求的格式不对", hint: "请升级本机软件后再试", retry: false)
    }
    let wall = gate.clock.wallMilliseconds
    do {
      try await Blocking.run {
        let office = Office(workspace, person: Self.person, claimedMilliseconds: wall)
        try office.confirm(
          invitation: id, secret: secret, deviceKey: signed.deviceKey, agreement: agreement, deviceName: join.deviceName
        )
      }
    } catch OfficeError.invitationUnknown {
      gate.countGuess(context.address)
      throw OfficeError.invitationUnknown
    }
    return try signer.response(.json(info()), to: request)
  }

  // MARK: Requests

  /// The request's signature fields, read but not yet believed.
  private func signature(_ request: Request, _ context: HubRequestContext) throws -> RequestSignature {
    // No address here has a query, and none is covered by the signature.
    guard request.uri.query == nil,
      let signed = try? RequestSignature(
        method: request.method.rawValue, path: request.uri.path, header: { request.field($0) })
    else {
      try gate.admitStranger(context.address)
      throw Problem.badSignature
    }
    return signed
  }

  /// What `Content-Length` announces. A body of unknown length cannot be counted beforehand, so it is refused.
  static func length(of request: Request, limit: Int) throws(Problem) -> Int {
    guard let length = request.headers[.contentLength].flatMap({ Int($0) }), length >= 0 else {
      throw Problem.lengthRequired
    }
    if length > limit { throw Problem.tooLarge }
    return length
  }

  func body(of request: Request, _ signed: RequestSignature, limit: Int) async throws -> [UInt8] {
    let buffer: ByteBuffer
    do {
      buffer = try await request.body.collect(upTo: limit)
    } catch is NIOTooManyBytesError {
      throw Problem.tooLarge
    }
    let body = Array(buffer.readableBytesView)
    guard signed.matches(body: body) else { throw Problem.digestMismatch }
    return body
  }

  private func info() -> HubInfo {
    HubInfo(
      school: workspace.identity.school.description, unit: workspace.identity.unit.description,
      rehearsal: workspace.identity.rehearsal, version: Syncd.version)
  }
}

/// Work that blocks on the database, off the threads that serve connections. One at a time: the database takes one
/// writer anyway, and a crowd of clients must not become a crowd of threads.
enum Blocking {
  private static let queue = DispatchQueue(label: "unitsync.store")
  private static let fileQueue = DispatchQueue(label: "unitsync.files", attributes: .concurrent)

  static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await run(on: queue, body)
  }

  /// Work on files, which may take as long as a disk takes for gigabytes and must hold nobody else up. As many at a time as
  /// ``HTTPLimit/fileTransfers``.
  static func runOnFiles<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await run(on: fileQueue, body)
  }

  private static func run<Result: Sendable>(
    on queue: DispatchQueue, _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(with: Swift.Result { try body() })
      }
    }
  }
}
