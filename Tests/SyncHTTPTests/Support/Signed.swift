import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// A signed request and its signed answer with fixed keys and times, and every way to change one covered part of them.
struct Signed {
  static let created: Int64 = 1_790_000_000
  let device: DeviceKey
  let hub: DeviceKey
  let target: HubTarget
  var exchange: SignedExchange

  init() throws {
    device = try #require(DeviceKey(seed: (0..<32).map { UInt8($0) }))
    hub = try #require(DeviceKey(seed: (0..<32).map { UInt8(200 - $0) }))
    target = HubTarget(device: hub.deviceID, run: (0..<16).map { UInt8($0) })
    let body = Array("请求内容".utf8)
    let headers = try RequestSignature.headers(
      method: "POST", path: Endpoint.exchange, contentType: MediaType.exchange, body: body, for: target, key: device,
      created: Self.created, nonce: "0123456789abcdef0123456789abcdef")
    let answer = Array("回答内容".utf8)
    exchange = SignedExchange(
      method: "POST", path: Endpoint.exchange, requestHeaders: headers, requestBody: body, status: 200,
      answerHeaders: try AnswerSignature.headers(
        status: 200, contentType: MediaType.exchange, body: answer,
        binding: try #require(RequestBinding(header: { headers[$0] })), key: hub, created: Self.created + 1,
        run: target.run),
      answerBody: answer)
  }

  typealias Change = @Sendable (inout SignedExchange) -> Void

  private static func replace(
    _ path: any WritableKeyPath<SignedExchange, [HeaderField]> & Sendable, _ name: String, _ old: String, _ new: String
  ) -> Change {
    { exchange in
      exchange[keyPath: path] = exchange[keyPath: path].map { field in
        field.name == name ? HeaderField(name, field.value.replacing(old, with: new)) : field
      }
    }
  }

  private static func inRequest(_ name: String, _ old: String, _ new: String) -> Change {
    replace(\.requestHeaders, name, old, new)
  }

  private static func inAnswer(_ name: String, _ old: String, _ new: String) -> Change {
    replace(\.answerHeaders, name, old, new)
  }

  /// Changes of the request; the body's come last, and only its digest can show them.
  static let requestChanges: [(what: String, change: Change)] = [
    ("method", { $0.method = "PUT" }), ("path", { $0.path = Endpoint.join }),
    ("content type", inRequest(HeaderName.contentType, "exchange", "exchangf")),
    ("receiver", inRequest(HeaderName.hub, "\";run", "0\";run")),
    ("run", inRequest(HeaderName.hub, "00010203", "00010204")),
    ("digest", inRequest(HeaderName.contentDigest, "sha-256", "sha-512")),
    ("created", inRequest(HeaderName.signatureInput, "\(created)", "\(created + 1)")),
    ("nonce", inRequest(HeaderName.signatureInput, "0123456789abcdef", "0123456789abcdee")),
    ("key", inRequest(HeaderName.signatureInput, "keyid=\"", "keyid=\"00")),
    ("algorithm", inRequest(HeaderName.signatureInput, "ed25519", "rsa-v1_5-sha256")),
    ("tag", inRequest(HeaderName.signatureInput, RequestSignature.tag, AnswerSignature.tag)),
    ("coverage", inRequest(HeaderName.signatureInput, "\"@path\" ", "")),
    ("signature", inRequest(HeaderName.signature, "device=:", "device=:AA")),
    ("body", { $0.requestBody[0] ^= 1 }), ("body's length", { $0.requestBody.append(0) }),
  ]

  static let answerChanges: [(what: String, change: Change)] = [
    ("status", { $0.status = 403 }), ("content type", inAnswer(HeaderName.contentType, "exchange", "exchangf")),
    ("digest", inAnswer(HeaderName.contentDigest, "sha-256", "sha-512")),
    ("run", inAnswer(HeaderName.run, "00010203", "00010204")),
    ("created", inAnswer(HeaderName.signatureInput, "\(created + 1)", "\(created + 2)")),
    ("key", inAnswer(HeaderName.signatureInput, "keyid=\"", "keyid=\"00")),
    ("tag", inAnswer(HeaderName.signatureInput, AnswerSignature.tag, RequestSignature.tag)),
    ("coverage", inAnswer(HeaderName.signatureInput, "\"@status\" ", "")),
    ("signature", inAnswer(HeaderName.signature, "hub=:", "hub=:AA")),
    ("the request it answers", inRequest(HeaderName.signature, "device=:", "device=:AA")),
    ("body", { $0.answerBody[0] ^= 1 }),
  ]
}

extension SignedExchange {
  /// Whether our own code takes the request for what the device signed.
  var requestHolds: Bool {
    guard let signature = try? RequestSignature(method: method, path: path, header: { requestHeaders[$0] }) else {
      return false
    }
    return signature.isValid && signature.matches(body: requestBody)
  }

  var answerHolds: Bool {
    guard let binding = RequestBinding(header: { requestHeaders[$0] }) else { return false }
    return AnswerSignature(status: status, headers: answerHeaders, body: answerBody, binding: binding) != nil
  }
}
