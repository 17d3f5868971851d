import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SyncEngine
import SyncHTTP
import SyncModel

/// What a hub answers, before it is signed.
struct HubAnswer: Sendable {
  var status: Int
  var contentType: String
  var body: [UInt8]
  var retryAfterSeconds: Int?
  /// Others that say what the answer is.
  var fields: [HeaderField] = []

  static func json(_ value: some Encodable) throws -> HubAnswer {
    HubAnswer(status: 200, contentType: MediaType.json, body: [UInt8](try JSONEncoder().encode(value)))
  }

  static func problem(_ problem: Problem) throws -> HubAnswer {
    HubAnswer(
      status: problem.status, contentType: MediaType.problem, body: [UInt8](try JSONEncoder().encode(problem)),
      retryAfterSeconds: problem.retryAfterSeconds)
  }
}

/// Signs answers with the hub's device key, each for the request that it answers.
struct AnswerSigner: Sendable {
  let key: DeviceKey
  let gate: Gate

  /// Bytes handed to the connection at a time: what a slow reader leaves unread stays in one place.
  private static let pieceBytes = 64 << 10

  /// - Parameter place: given up from here on; the answer counts until it is taken, or dropped.
  func response(_ answer: HubAnswer, to request: Request, holding place: Gate.Place? = nil) throws -> Response {
    // What answers HEAD has no body, also where it refuses.
    let body = request.method == .head ? [] : answer.body
    let buffer = ByteBuffer(bytes: body)
    place?.answer(holding: buffer.readableBytes, of: buffer.readableBytes)
    return Response(
      status: .init(code: answer.status), headers: try headers(answer, body: body, to: request),
      body: ResponseBody(contentLength: buffer.readableBytes) { writer in
        defer { withExtendedLifetime(place) {} }
        var rest = buffer
        while let piece = rest.readSlice(length: min(Self.pieceBytes, rest.readableBytes)), piece.readableBytes > 0 {
          try await writer.write(piece)
          place?.taken(piece.readableBytes)
        }
        try await writer.finish(nil)
      })
  }

  /// An answer longer than a frame: its fields name the digest of the whole file that it is part of.
  /// - Parameters:
  ///   - pieceBytes: what is in memory of it at a time.
  ///   - next: gives it piece by piece, from an offset within it.
  func longResponse(
    _ answer: HubAnswer, byteCount: Int, pieceBytes: Int, to request: Request, holding place: Gate.Place,
    next: @escaping @Sendable (_ offset: Int) async throws -> [UInt8]
  ) throws -> Response {
    place.answer(holding: pieceBytes, of: byteCount)
    return Response(
      status: .init(code: answer.status), headers: try headers(answer, body: nil, to: request),
      body: ResponseBody(contentLength: byteCount) { writer in
        defer { withExtendedLifetime(place) {} }
        var offset = 0
        while offset < byteCount {
          let piece = try await next(offset)
          if piece.isEmpty { throw WorkspaceError.storage("") }
          try await writer.write(ByteBuffer(bytes: piece))
          place.taken(piece.count)
          offset += piece.count
        }
        try await writer.finish(nil)
      })
  }

  private func headers(_ answer: HubAnswer, body: [UInt8]?, to request: Request) throws -> HTTPFields {
    var more = answer.fields
    if request.uri.path.hasPrefix(Endpoint.files) { more.append(HeaderField(Tus.resumable, Tus.version)) }
    let fields = try AnswerSignature.headers(
      status: answer.status, contentType: answer.contentType, fields: more, body: body,
      binding: RequestBinding(header: request.field), key: key, created: gate.clock.wallSeconds, run: gate.target.run)
    var headers = HTTPFields()
    for field in fields {
      if let name = HTTPField.Name(field.name) { headers[name] = field.value }
    }
    if let name = HTTPField.Name(HeaderName.coding) { headers[name] = BodyCoding.name }
    if let seconds = answer.retryAfterSeconds { headers[.retryAfter] = "\(seconds)" }
    return headers
  }
}

extension Request {
  /// A header field's value, several joined.
  func field(_ name: String) -> String? {
    HTTPField.Name(name).flatMap { headers[$0] }
  }
}

/// Adds the connection and its address to what Hummingbird knows of a request.
struct HubRequestContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let address: ClientAddress
  let connection: ConnectionID

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    connection = ConnectionID(source.channel)
    address = ClientAddress(source.channel.remoteAddress)
  }
}
