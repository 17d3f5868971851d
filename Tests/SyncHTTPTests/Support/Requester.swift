import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import Testing

/// Signs requests by a device for a listening hub and sends them over a bare connection, so that a test can say exactly what
/// stands in them.
struct Requester {
  let url: String
  let key: DeviceKey
  let target: HubTarget
  let created: Int64

  init(_ url: String, _ office: Office) async throws {
    self.url = url
    key = office.workspace.key
    let nonce = "00112233445566778899aabbccddeeff"
    let text = try await RawConnection.talk(
      to: url, bytes: [RawConnection.request("GET", Endpoint.info, headers: [HeaderField(HeaderName.nonce, nonce)])])
    let answer = try #require(RawAnswer(text))
    let met = try #require(
      AnswerSignature(status: answer.status, headers: answer.headers, body: answer.body, binding: .nonce(nonce)))
    target = HubTarget(device: DeviceID(key: met.hubKey), run: met.run)
    created = met.created
  }

  private init(_ url: String, _ key: DeviceKey, _ target: HubTarget, _ created: Int64) {
    (self.url, self.key, self.target, self.created) = (url, key, target, created)
  }

  /// The same for another device, without asking the hub who it is.
  func by(_ office: Office) -> Requester { Requester(url, office.workspace.key, target, created) }

  func headers(
    _ method: String, _ path: String, _ fields: [String: String] = [:], type: String? = nil, body: [UInt8] = []
  ) throws -> [HeaderField] {
    try RequestSignature.headers(
      method: method, path: path, contentType: type,
      fields: fields.sorted { $0.key < $1.key }.map { HeaderField($0.key, $0.value) }, body: body, for: target,
      key: key,
      created: created, nonce: "\(BatchSecret.random())")
  }

  /// - Parameter change: what somebody on the way does to the signed fields.
  func send(
    _ method: String, _ path: String, _ fields: [String: String] = [:], type: String? = nil, body: [UInt8] = [],
    change: ([HeaderField]) -> [HeaderField] = { $0 }
  ) async throws -> RawAnswer {
    let headers = change(try headers(method, path, fields, type: type, body: body))
    let text = try await RawConnection.talk(
      to: url, bytes: [RawConnection.request(method, path, headers: headers, body: body)])
    let answer = try #require(RawAnswer(text), "\(text.prefix(200))")
    let binding = try #require(RequestBinding(header: { headers[$0] }))
    let isLong = answer.headers[HeaderName.contentDigest] == nil
    let signature = AnswerSignature(
      status: answer.status, headers: answer.headers, body: isLong ? nil : answer.body, binding: binding)
    #expect(signature != nil, "\(method) \(path) \(answer.status): every answer is signed for its request")
    return answer
  }

  // MARK: tus

  static let resumable = [Tus.resumable: Tus.version]

  func begin(_ hash: Digest256, byteCount: Int) async throws -> RawAnswer {
    try await send(
      "POST", Endpoint.files,
      Self.resumable.merging([
        Tus.uploadLength: "\(byteCount)",
        Tus.uploadMetadata: "\(Tus.hashKey) \(Data(hash.description.utf8).base64EncodedString())",
      ]) { $1 })
  }

  func append(
    _ piece: [UInt8], at offset: Int, to hash: Digest256, _ more: [String: String] = [:],
    change: ([HeaderField]) -> [HeaderField] = { $0 }
  ) async throws -> RawAnswer {
    try await send(
      "PATCH", Endpoint.file(hash),
      Self.resumable.merging([Tus.uploadOffset: "\(offset)"]) { $1 }.merging(more) { $1 }, type: Tus.piece, body: piece,
      change: change)
  }

  /// nil where there is none.
  func offset(of hash: Digest256) async throws -> Int? {
    let answer = try await send("HEAD", Endpoint.file(hash), Self.resumable)
    return answer.status == 200 ? answer.headers[Tus.uploadOffset].flatMap { Int($0) } : nil
  }
}
