import Foundation
import NIOHTTP1
import SyncEngine
import SyncModel

/// One workspace talking to one hub: signs requests for it, believes only answers that its device signed, and keeps what
/// was learned of its key, clock and run.
///
/// The laptop's own clock is never trusted: `created` is that clock plus the skew learned from the hub's signed answers.
struct HubConversation {
  let address: HubAddress
  let workspace: Workspace
  var record: HubRecord
  let transport: HubTransport
  let options: HubOptions
  let keep: (SignedExchange) -> Void

  /// The unit that a new hub in the place of a known one must stand for, or be above.
  private var replaces: UnitPath?
  private var remembered: HubRecord?

  init(
    address: HubAddress, workspace: Workspace, record: HubRecord, transport: HubTransport, options: HubOptions,
    keep: @escaping (SignedExchange) -> Void
  ) {
    self.address = address
    self.workspace = workspace
    self.record = record
    self.transport = transport
    self.options = options
    self.keep = keep
  }

  // MARK: Meeting

  /// Learns the hub's key, clock and run where they are not known; costs nothing where they are.
  ///
  /// - Throws: ``TransportError/hubChanged(address:)`` where another device answers than the one known or invited to.
  mutating func meet() async throws {
    remembered = record.key == nil ? nil : record
    if record.key != nil, !options.trustNewHub { return }
    let nonce = Self.nonce()
    let reply = try await transport.send(
      .GET, Endpoint.info, headers: [HeaderField(HeaderName.nonce, nonce)], body: [],
      answerLimit: options.limit.joinBytes)
    guard
      let answer = AnswerSignature(
        status: reply.status, headers: reply.headers, body: reply.body, binding: .nonce(nonce))
    else { throw unsigned(reply) }
    if reply.status != 200 { throw problem(reply) }
    guard let info = try? JSONDecoder().decode(HubInfo.self, from: Data(reply.body)) else {
      throw TransportError.notAHub(address: address.text, status: reply.status)
    }
    guard info.school == workspace.identity.school.description else { throw SessionError.wrongSchool }
    if let known = record.key, known != answer.hubKey {
      // Asked for by the user; the directory must agree before it is believed.
      replaces = record.unit
      record.unit = nil
      record.device = nil
    }
    if let device = record.device, device != DeviceID(key: answer.hubKey) {
      throw TransportError.hubChanged(address: address.text)
    }
    record.key = answer.hubKey
    learn(answer, reply)
  }

  /// Shows the invitation that this workspace joined with; asking twice does no harm.
  mutating func confirmInvitation() async throws {
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
      Endpoint.join, body: [UInt8](try JSONEncoder().encode(request)), contentType: MediaType.json)
    guard let info = try? JSONDecoder().decode(HubInfo.self, from: Data(answer)) else {
      throw TransportError.notAHub(address: address.text, status: 200)
    }
    guard info.school == invitation.school.description else { throw OfficeError.wrongSchool }
    // The record first: it holds what the invitation said of the hub.
    if record.device != nil { try remember() }
    try workspace.set(hub: address.text, invitation: "")
  }

  // MARK: Whose hub it is

  private enum Standing {
    case unknown
    case enrolled(DirectoryDevice)
    case notEnrolled
  }

  private func standing() throws -> Standing {
    guard let key = record.key else { return .unknown }
    let directory = try workspace.store.read { try $0.directory() }
    guard let device = directory.devices[DeviceID(key: key)] else { return .unknown }
    return device.roles.isEmpty ? .notEnrolled : .enrolled(device)
  }

  /// The directory, not the hub, says which unit's hub it is. Before the directory is here nothing is known against it.
  ///
  /// - Throws: ``TransportError/hubUnit(address:)``, ``TransportError/hubNotEnrolled(address:)``.
  func check(_ hello: Exchange.Hello) throws {
    switch try standing() {
    case .unknown: return
    case .notEnrolled: throw TransportError.hubNotEnrolled(address: address.text)
    case .enrolled(let device):
      guard device.unit == hello.unit || device.grants[hello.unit]?.isEmpty == false else {
        throw TransportError.hubUnit(address: address.text)
      }
      if let replaces, !hello.unit.contains(replaces) { throw TransportError.hubUnit(address: address.text) }
    }
  }

  /// True where nothing but questions may be sent: to a hub that the directory does not know yet, which must give the
  /// directory first.
  ///
  /// - Throws: ``TransportError/hubNotEnrolled(address:)`` where the directory does not come.
  func isHeldBack(received: Int, rounds: Int) throws -> Bool {
    guard case .unknown = try standing() else { return false }
    if rounds > Self.roundsForDirectory, received == 0 { throw TransportError.hubNotEnrolled(address: address.text) }
    if rounds > Self.roundsUnknown { throw TransportError.hubNotEnrolled(address: address.text) }
    return true
  }

  /// A first message says hello, a second asks for everything.
  private static let roundsForDirectory = 2
  /// Frames in which a directory must have come.
  private static let roundsUnknown = 64

  /// Both hold the same now: what is known of the hub is kept.
  mutating func finish() throws {
    guard case .enrolled(let device) = try standing() else {
      throw TransportError.hubNotEnrolled(address: address.text)
    }
    record.unit = device.unit
    record.device = record.key.map { DeviceID(key: $0) }
    try remember()
  }

  /// - Throws: ``TransportError/hubNotEnrolled(address:)`` unless the directory says whose hub it is: files go to no other.
  func requireEnrolled() throws {
    guard case .enrolled = try standing() else { throw TransportError.hubNotEnrolled(address: address.text) }
  }

  /// The hub's run and clock, where they turned out to be other ones: the next conversation starts with them.
  mutating func leave() { try? remember() }

  /// A clock that differs by this much less is not worth a write.
  private static let skewToleranceSeconds: UInt64 = 5

  private mutating func remember() throws {
    if var known = remembered, known.skewSeconds.distance(to: record.skewSeconds).magnitude <= Self.skewToleranceSeconds
    {
      known.skewSeconds = record.skewSeconds
      if known == record { return }
    }
    try workspace.remember(record, at: address.text)
    remembered = record
  }

  // MARK: Requests

  /// The body of a signed answer, and what both bodies were on the wire.
  struct Answered {
    var body: [UInt8]
    var bytesSent: Int
    var bytesReceived: Int
  }

  /// Sends one signed exchange, compressed to a hub that takes it; what does not read that after all gets it as it is.
  /// - Throws: as ``post(_:body:contentType:)``; ``CodecError`` for an answer that does not inflate.
  mutating func exchange(_ body: [UInt8]) async throws -> Answered {
    let (type, bytes) = BodyCoding.encoded(body, accepted: record.takesCoding)
    do {
      return try await exchange(bytes, contentType: type)
    } catch let problem as Problem where type != MediaType.exchange && Self.codingRefusals.contains(problem.status) {
      refusedCoding = true
      record.takesCoding = false
      return try await exchange(body, contentType: MediaType.exchange)
    }
  }

  /// It said that it takes compressed bodies and did not read one.
  private var refusedCoding = false
  /// How a hub answers a body that it cannot read.
  private static let codingRefusals = [400, 415]

  private mutating func exchange(_ bytes: [UInt8], contentType: String) async throws -> Answered {
    let reply = try await post(
      Endpoint.exchange, body: bytes, contentType: contentType, answers: [MediaType.exchange, MediaType.codedExchange])
    return Answered(
      body: try BodyCoding.decoded(
        reply.body, contentType: reply.headers[HeaderName.contentType], limit: options.limit.bodyBytes),
      bytesSent: bytes.count, bytesReceived: reply.body.count)
  }

  /// Sends one signed message and returns the body of its signed answer, of the same type.
  mutating func post(_ path: String, body: [UInt8], contentType: String) async throws -> [UInt8] {
    try await post(path, body: body, contentType: contentType, answers: [contentType]).body
  }

  private mutating func post(
    _ path: String, body: [UInt8], contentType: String, answers: [String]
  ) async throws -> HubTransport.Reply {
    let reply = try await request(.POST, path, body: body, contentType: contentType)
    guard reply.status == 200, let type = reply.headers[HeaderName.contentType], answers.contains(type) else {
      throw TransportError.notAHub(address: address.text, status: reply.status)
    }
    return reply
  }

  /// Sends one signed request and returns its signed answer, whatever success that is.
  ///
  /// Signed anew once where the hub's clock or run turned out to be another; sent again where the hub was too busy, within
  /// bounds.
  /// - Throws: ``TransportError``; the hub's ``Problem``.
  mutating func request(
    _ method: HTTPMethod, _ path: String, fields: [HeaderField] = [], body: [UInt8] = [], contentType: String? = nil
  ) async throws -> HubTransport.Reply {
    var signedAnew = false
    var retries = 0
    while true {
      guard let hubKey = record.key else { throw TransportError.notAHub(address: address.text, status: 0) }
      let headers =
        try RequestSignature.headers(
          method: method.rawValue, path: path, contentType: contentType, fields: fields, body: body,
          for: HubTarget(device: DeviceID(key: hubKey), run: record.run), key: workspace.key, created: hubSeconds,
          nonce: Self.nonce()) + [HeaderField(HeaderName.coding, BodyCoding.name)]
      let reply = try await transport.send(
        method, path, headers: headers, body: body, answerLimit: options.limit.bodyBytes)
      guard let binding = RequestBinding(header: { headers[$0] }),
        let answer = AnswerSignature(
          status: reply.status, headers: reply.headers, body: reply.body, binding: binding)
      else { throw unsigned(reply) }
      guard answer.hubKey == hubKey else { throw TransportError.hubChanged(address: address.text) }
      learn(answer, reply)
      // Files speak for themselves, by their hashes.
      if !path.hasPrefix(Endpoint.files) {
        keep(
          SignedExchange(
            method: method.rawValue, path: path, requestHeaders: headers, requestBody: body, status: reply.status,
            answerHeaders: reply.headers, answerBody: reply.body))
      }
      if (200..<300).contains(reply.status) { return reply }
      let problem = problem(reply)
      if (problem as? Problem)?.code == Problem.signAnewCode, !signedAnew {
        signedAnew = true
        continue
      }
      guard let wait = retryAfter(reply), retries < options.limit.retries else { throw problem }
      retries += 1
      try await options.sleep(.seconds(wait))
    }
  }

  /// Seconds; nil where the hub asked for nothing, or for more patience than anybody at a keyboard has.
  private func retryAfter(_ reply: HubTransport.Reply) -> Int? {
    guard reply.status == 429 || reply.status == 503,
      let seconds = reply.headers[HeaderName.retryAfter].flatMap({ Int($0) }), seconds >= 0,
      seconds <= options.limit.retryAfterSeconds
    else { return nil }
    return seconds
  }

  private func problem(_ reply: HubTransport.Reply) -> any Error {
    if var problem = try? JSONDecoder().decode(Problem.self, from: Data(reply.body)) {
      problem.code = Problem.code(problem.code)
      problem.retryAfterSeconds = problem.retryAfterSeconds ?? reply.headers[HeaderName.retryAfter].flatMap { Int($0) }
      return problem
    }
    return TransportError.notAHub(address: address.text, status: reply.status)
  }

  /// What nobody signed is not believed, whatever it says.
  private func unsigned(_ reply: HubTransport.Reply) -> TransportError {
    switch reply.status {
    case 502, 503, 504: .unreachable(address: address.text, reason: .gateway(status: reply.status))
    default: .notAHub(address: address.text, status: reply.status)
    }
  }

  // MARK: The hub's clock

  private var ownSeconds: Int64 { Int64(clamping: options.wallMilliseconds() / 1000) }
  private var hubSeconds: Int64 { max(0, ownSeconds.addingReportingOverflow(record.skewSeconds).partialValue) }

  private mutating func learn(_ answer: AnswerSignature, _ reply: HubTransport.Reply) {
    record.takesCoding = !refusedCoding && reply.headers[HeaderName.coding] == BodyCoding.name
    record.skewSeconds = answer.created.subtractingReportingOverflow(ownSeconds).partialValue
    record.run = answer.run
  }

  private static func nonce() -> String { "\(BatchSecret.random())" }
}
