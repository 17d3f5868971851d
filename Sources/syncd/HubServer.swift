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
  private let server: ReplicationServer
  /// Exchanges that have to be written.
  private let group: CommitGroup<ReplicationServer.Step, ReplicationServer.Done>
  private let freeDiskBytes: @Sendable () -> UInt64?
  private let started: @Sendable (_ url: String) -> Void

  /// - Parameters:
  ///   - quota: how much of files is stored.
  ///   - freeDiskBytes: room left where the workspace lies; nil where the system does not say.
  ///   - arrived: called after exchanges that brought something, before they are answered.
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
    let freeDiskBytes = freeDiskBytes ?? { Platform.freeDiskBytes(workspace.folder) }
    self.freeDiskBytes = freeDiskBytes
    fileServer = FileServer(
      workspace, quota: quota, reserveBytes: limit.freeDiskBytes, freeDiskBytes: freeDiskBytes)
    gate = Gate(device: workspace.identity.device, limit: limit, clock: clock)
    signer = AnswerSigner(key: workspace.key, gate: gate)
    devices = EnrolledDevices(workspace: workspace, clock: clock)
    let server = ReplicationServer(store: workspace.store)
    self.server = server
    group = CommitGroup("unitsync.exchanges", calls: limit.groupExchanges, bytes: limit.groupBytes) { steps in
      let done = server.perform(steps, wallMilliseconds: clock.wallMilliseconds)
      if steps.contains(where: { !$0.call.request.segments.isEmpty }) {
        arrived()
        // What was redacted is read by nobody from here on; a file that cannot go now goes with the next round.
        _ = try? workspace.removeRedactedFiles()
      }
      return done
    }
  }

  var limit: HTTPLimit { gate.limit }

  /// - Parameter router: what the routes are added to; middleware that stands on it already comes before them.
  func service(on router: Router<HubRequestContext> = Router(context: HubRequestContext.self)) throws -> some Service {
    let http = HTTPServerBuilder.http1(
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [ConnectionGuard(limit: limit, connections: gate.connections)],
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limit.headerBytes, maxHeaderListSize: limit.headerBytes,
          maxHeaderFieldCount: limit.headerFields)))
    return Application(
      router: addRoutes(to: router),
      server: try listening.tls.map { try .tls(http, tlsConfiguration: $0) } ?? http,
      configuration: .init(
        address: .hostname(listening.host, port: listening.port), serverName: "syncd/\(Syncd.version)",
        // A newcomer comes in before another one has gone.
        availableConnectionsDelegate: .maximum(limit.connections + limit.connectionsClosing, logger: logger)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? listening.port
        let host = listening.host.contains(":") ? "[\(listening.host)]" : listening.host
        started("\(listening.tls == nil ? "http" : "https")://\(host):\(port)")
      },
      logger: logger)
  }

  private func addRoutes(to router: Router<HubRequestContext>) -> Router<HubRequestContext> {
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
    let caller = try await enrolled(request, context)
    let signed = caller.signed
    let length = try Self.length(of: request, limit: limit.bodyBytes)
    // It may only ask.
    if caller.reach == .notices, length > limit.stoppedBodyBytes { throw Problem.deviceStopped }
    try gate.checkTarget(signed)
    let place = try gate.begin(.exchange, of: caller.owner, over: context.connection)
    try gate.admit(signed, bodyBytes: length)
    met(caller, context)
    let contentType = request.field(HeaderName.contentType)
    let body = try await body(of: request, signed, length: length, place: place, contentType: contentType)
    let message = try message(body, contentType)
    place.hold(body.count + message.byteCount)
    let answer = try await self.answer(to: message.exchange, byteCount: message.byteCount, by: signed.device)
    let coded = BodyCoding.encoded(answer, accepted: request.field(HeaderName.coding) == BodyCoding.name)
    return try signer.response(
      HubAnswer(status: 200, contentType: coded.contentType, body: coded.bytes), to: request, holding: place)
  }

  private func message(_ body: [UInt8], _ contentType: String?) throws -> (exchange: Exchange, byteCount: Int) {
    do throws(CodecError) {
      let bytes = try BodyCoding.decoded(body, contentType: contentType, limit: limit.bodyBytes)
      return (try Exchange(bytes: bytes), bytes.count)
    } catch {
      if case .needsNewerVersion(let what, _) = error { throw SessionError.needsNewerVersion(what) }
      throw Problem(
        status: 400, code: "malformedExchange", detail: "同步请求的格式不对", hint: "请升级本机软件后再试", retry: false)
    }
  }

  /// What only asks is answered beside those who write. What brings something waits for the writer, and for the disk, together with
  /// others, and is answered once it is safe: again beside those who write.
  private func answer(to message: Exchange, byteCount: Int, by device: DeviceID) async throws -> [UInt8] {
    let brings = !message.segments.isEmpty
    if brings, let free = freeDiskBytes(), free < limit.freeDiskBytes { throw WorkspaceError.diskFull }
    let call = ReplicationServer.Call(message) { directory in
      guard let device = directory.devices[device], let reach = device.reach else { throw Problem.unknownDevice }
      // Questions are answered: how else should it learn that it was stopped, or that it no longer is.
      if reach == .notices, brings { throw Problem.deviceStopped }
      return ReplicationServer.Caller(unit: device.unit, device: device.id, reach: reach)
    }
    if !brings, let answer = try await reading(call, after: nil) { return answer }
    let taken = try await group.answer(.take(call), byteCount: byteCount).taken
    if let answer = try await reading(call, after: taken) { return answer }
    guard let answer = try await group.answer(.answer(call, taken), byteCount: 0).answer else {
      preconditionFailure("what is to be answered is")
    }
    return answer.bytes
  }

  /// nil where something must be written.
  private func reading(
    _ call: ReplicationServer.Call, after taken: ReplicationServer.Taken?
  ) async throws -> [UInt8]? {
    let wall = gate.clock.wallMilliseconds
    return try await Blocking.read { [server] in
      try server.answerReading(call, after: taken, wallMilliseconds: wall)?.bytes
    }
  }

  /// Whoever signed a request, as far as the directory knows the device.
  struct Caller: Sendable {
    let signed: RequestSignature
    let reach: ExchangeReach
    /// What it counts for: a stopped device for where it comes from.
    let owner: Owner
  }

  /// The signed header fields of an enrolled device's request. Anybody else counts as a stranger, and so does a device that
  /// was stopped, though it is answered.
  func enrolled(_ request: Request, _ context: HubRequestContext) async throws -> Caller {
    let signed = try signature(request, context)
    var isCounted = false
    let device = try await devices.device(signed.device) {
      try gate.admitStranger(context.address)
      isCounted = true
    }
    let isValid = signed.isValid
    if let device, device.reach == .whole, isValid {
      return Caller(signed: signed, reach: .whole, owner: Owner(device.id, of: device.unit))
    }
    if !isCounted { try gate.admitStranger(context.address) }
    if let device, device.reach == .notices, isValid {
      return Caller(signed: signed, reach: .notices, owner: Owner(device.id, at: context.address))
    }
    throw isValid ? Problem.unknownDevice : Problem.badSignature
  }

  /// A request of theirs passed all checks: the connection counts for an enrolled device from here on.
  func met(_ caller: Caller, _ context: HubRequestContext) {
    if caller.reach == .whole { gate.connections.identify(context.connection, as: caller.owner) }
  }

  // MARK: Join

  private func join(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    try gate.admitStranger(context.address)
    try gate.admitGuess(context.address)
    let signed = try signature(request, context)
    guard signed.isValid else { throw Problem.badSignature }
    let length = try Self.length(of: request, limit: limit.joinBytes)
    try gate.checkTarget(signed)
    let place = try gate.begin(.join, of: Owner(signed.device, at: context.address), over: context.connection)
    try gate.admitJoin(signed)
    let body = try await body(of: request, signed, length: length, place: place)
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
      try await Blocking.write {
        let office = Office(workspace, person: Self.person, claimedMilliseconds: wall)
        try office.confirm(
          invitation: id, secret: secret, deviceKey: signed.deviceKey, agreement: agreement, deviceName: join.deviceName
        )
      }
    } catch OfficeError.invitationUnknown {
      gate.countGuess(context.address)
      throw OfficeError.invitationUnknown
    }
    return try signer.response(.json(info()), to: request, holding: place)
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

  /// The body, and a place to work on it. A small one is read first; a large one waits for its turn first, and has its place
  /// the moment its last piece is there.
  ///
  /// - Throws: 503 where there is no place or no room, 408 where it comes too slowly.
  func body(
    of request: Request, _ signed: RequestSignature, length: Int, place: Gate.Place, contentType: String? = nil
  ) async throws -> [UInt8] {
    let isLarge = length > limit.smallBodyBytes
    if isLarge {
      try await place.awaitBody(
        bytes: BodyCoding.byteLimit(length, contentType: contentType, limit: limit.bodyBytes))
    }
    var body: [UInt8] = []
    body.reserveCapacity(length)
    for try await piece in request.body {
      let count = piece.readableBytes
      if body.count + count > length { throw Problem.tooLarge }
      if isLarge {
        if body.count + count < length {
          try place.take(count)
        } else {
          let start = body.isEmpty ? Array(piece.readableBytesView.prefix(BodyCoding.headerBytes)) : body
          try place.complete(
            count,
            inflated: BodyCoding.inflatedBytes(start, of: length, contentType: contentType, limit: limit.bodyBytes))
        }
      }
      body += piece.readableBytesView
    }
    if let problem = place.refused { throw problem }
    guard body.count == length, signed.matches(body: body) else { throw Problem.digestMismatch }
    if !isLarge {
      try await place.enter(
        bytes: length
          + BodyCoding.inflatedBytes(body, of: length, contentType: contentType, limit: limit.bodyBytes))
    }
    return body
  }

  private func info() -> HubInfo {
    HubInfo(
      school: workspace.identity.school.description, unit: workspace.identity.unit.description,
      rehearsal: workspace.identity.rehearsal, version: Syncd.version)
  }
}
