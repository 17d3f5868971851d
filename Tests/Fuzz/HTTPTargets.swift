import SyncEngine
@testable import SyncHTTP
import SyncModel

/// What a hub and its clients read before they believe anything: signature fields, and a kept exchange.
let httpTargets = [
  // `METHOD PATH`, then fields, an empty line and the body, as a request would come.
  Target("signature", seeds: { try [request(signedExchange()), answer(signedExchange())] }) { bytes in
    let message = Message(bytes)
    if let read = try? RequestSignature(method: message.method, path: message.path, header: { message.fields[$0] }) {
      promise(HubTarget(field: read.target.field) == read.target, "a hub's name changes")
      promise(HTTPLimit.nonceCharacters.contains(read.nonce.utf8.count), "a nonce has any length")
      _ = read.isValid
      _ = read.matches(body: message.body)
    }
    let binding = RequestBinding(header: { message.fields[$0] }) ?? .nonce("0123456789abcdef0123456789abcdef")
    let answer = AnswerSignature(status: 200, headers: message.fields, body: message.body, binding: binding)
    promise(answer?.run.count ?? HubRecord.runByteCount == HubRecord.runByteCount, "a run has any length")
    _ = HubTarget(field: message.path)
  },

  Target("signed-exchange", seeds: { [try signedExchange().bytes] }) { bytes in
    canonical(bytes, { try SignedExchange(bytes: $0) }, { $0.bytes })
    if let read = try? SignedExchange(bytes: bytes), let proof = read.verified() {
      promise(
        proof.deviceKey == Sample.keys[0].publicKey || proof.deviceKey.count == 32, "a proof without a key")
    }
  },
]

private struct Message {
  var method = ""
  var path = ""
  var fields: [HeaderField] = []
  var body: [UInt8] = []

  init(_ bytes: [UInt8]) {
    var rest = bytes[...]
    func line() -> String? {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return String(decoding: rest[..<end], as: UTF8.self)
    }
    let start = line()?.split(separator: " ", maxSplits: 1) ?? []
    method = start.first.map(String.init) ?? ""
    path = start.last.map(String.init) ?? ""
    while let text = line(), !text.isEmpty {
      let parts = text.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields.append(HeaderField(String(parts[0]), String(parts[1]))) }
    }
    body = Array(rest)
  }
}

private func message(_ start: String, _ headers: [HeaderField], _ body: [UInt8]) -> [UInt8] {
  Array((start + "\n" + headers.map { "\($0.name): \($0.value)\n" }.joined() + "\n").utf8) + body
}

private func request(_ exchange: SignedExchange) -> [UInt8] {
  message("\(exchange.method) \(exchange.path)", exchange.requestHeaders, exchange.requestBody)
}

/// The answer's fields behind the nonce that it is bound to.
private func answer(_ exchange: SignedExchange) -> [UInt8] {
  message("GET /", exchange.answerHeaders, exchange.answerBody)
}

private func signedExchange() throws -> SignedExchange {
  let (device, hub) = (Sample.keys[0], Sample.keys[1])
  let target = HubTarget(device: hub.deviceID, run: (0..<16).map { UInt8($0) })
  let (body, reply) = (Array("请求内容".utf8), Array("回答内容".utf8))
  let headers = try RequestSignature.headers(
    method: "POST", path: Endpoint.exchange, contentType: MediaType.exchange, body: body, for: target, key: device,
    created: 1_790_000_000, nonce: "0123456789abcdef0123456789abcdef")
  return SignedExchange(
    method: "POST", path: Endpoint.exchange, requestHeaders: headers, requestBody: body, status: 200,
    answerHeaders: try AnswerSignature.headers(
      status: 200, contentType: MediaType.exchange, body: reply,
      binding: RequestBinding(header: { headers[$0] }), key: hub, created: 1_790_000_001, run: target.run),
    answerBody: reply)
}
