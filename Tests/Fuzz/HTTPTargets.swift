import Foundation
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

  // A whole file; or, after a byte 1, what the hub answered, was asked later and answered then, signed anew.
  Target("set-back", seeds: { [try setBack(histories()).bytes, [1] + bodies(try histories())] }) { bytes in
    guard bytes.first == 1 else {
      canonical(bytes, { try SetBackEvidence(bytes: $0) }, { $0.bytes })
      _ = (try? SetBackEvidence(bytes: bytes))?.hub
      return
    }
    var reader = ByteReader(Array(bytes.dropFirst()))
    var read: [[UInt8]] = []
    while read.count < 3, let body = try? reader.lengthPrefixed("body", limit: reader.remaining) { read.append(body) }
    guard read.count == 3 else { return }
    let evidence = try setBack(read)
    promise(try SetBackEvidence(bytes: evidence.bytes) == evidence, "evidence changes")
    guard let hub = evidence.hub else { return }
    promise(hub == Sample.keys[1].deviceID, "evidence speaks against another hub")
    promise(
      SetBackEvidence(earlier: evidence.earlier, later: evidence.earlier).hub == nil,
      "one exchange speaks against itself")
  },

  // A compressed body of an exchange.
  Target(
    "coding",
    seeds: {
      [
        BodyCoding.encoded(Array(repeating: Array("支部三会一课".utf8), count: 90).flatMap { $0 } + (0...255), accepted: true)
          .bytes
      ]
    }
  ) { bytes in
    let limit = 1 << 20
    guard let body = try? BodyCoding.decoded(bytes, contentType: MediaType.codedExchange, limit: limit) else { return }
    promise(body.count <= min(limit, bytes.count * BodyCoding.ratioLimit), "a body swells beyond its bounds")
    let (type, again) = BodyCoding.encoded(body, accepted: true)
    promise(
      (try? BodyCoding.decoded(again, contentType: type, limit: limit)) == body, "a body changes where it is compressed"
    )
  },

  // JSON from anybody: a request to join, what a hub says of itself, a problem.
  Target("messages", seeds: { try messages() }) { bytes in
    let (decoder, data) = (JSONDecoder(), Data(bytes))
    if let join = try? decoder.decode(JoinRequest.self, from: data) {
      if let id = SubjectID(hex: join.invitation) { promise(SubjectID(bytes: id.bytes) == id, "an id changes") }
      if let key = Hex.decode(join.deviceKey) {
        promise(Hex.encode(key) == join.deviceKey.lowercased(), "hexadecimal digits change")
      }
      if let agreement = Hex.decode(join.agreement) {
        _ = AgreementCertificate(
          bytes: agreement, deviceKey: Sample.keys[0].publicKey, school: Sample.school, unit: Sample.unit)
      }
    }
    _ = try? decoder.decode(HubInfo.self, from: data)
    _ = try? decoder.decode(Problem.self, from: data)
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

private func signedExchange(
  _ body: [UInt8] = Array("请求内容".utf8), _ reply: [UInt8] = Array("回答内容".utf8)
) throws -> SignedExchange {
  let (device, hub) = (Sample.keys[0], Sample.keys[1])
  let target = HubTarget(device: hub.deviceID, run: (0..<16).map { UInt8($0) })
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

// MARK: - Evidence

/// The hub first shows a mark, and then knows of none.
private func histories() throws -> [[UInt8]] {
  let hub = StoreID(high: 2, low: 2)
  let mark = Exchange.Mark(arrival: 9, digest: Digest256(a: 1, b: 2, c: 3, d: 4))
  func exchange(_ store: StoreID, _ history: Exchange.History) -> [UInt8] {
    var exchange = Exchange(
      hello: .init(school: Sample.school, store: store, unit: Sample.unit, clockMilliseconds: 1_790_000_000_000),
      summary: .init(digest: mark.digest, logs: 1, entries: 5, arrival: 9))
    exchange.history = history
    return exchange.bytes
  }
  return [
    exchange(hub, .init(own: [mark], remembered: nil)),
    exchange(StoreID(high: 1, low: 1), .init(own: [], remembered: .init(store: hub, mark: mark))),
    exchange(hub, .init(own: [], remembered: nil)),
  ]
}

private func setBack(_ bodies: [[UInt8]]) throws -> SetBackEvidence {
  SetBackEvidence(earlier: try signedExchange([], bodies[0]), later: try signedExchange(bodies[1], bodies[2]))
}

private func bodies(_ parts: [[UInt8]]) -> [UInt8] {
  var writer = ByteWriter()
  for part in parts { writer.lengthPrefixed(part) }
  return writer.bytes
}

// MARK: - JSON

private func messages() throws -> [[UInt8]] {
  let key = Sample.keys[0]
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  let join = JoinRequest(
    invitation: SubjectID(high: 1, low: 2).description, secret: "\(BatchSecret(high: 3, low: 4))",
    deviceKey: Hex.encode(key.publicKey),
    agreement: Hex.encode(try key.agreementCertificate(school: Sample.school, unit: Sample.unit).bytes),
    deviceName: "笔记本")
  let info = HubInfo(school: Sample.school.description, unit: Sample.unit.description, rehearsal: true, version: "1")
  let problem = Problem(
    status: 429, code: "busy", detail: "请求太多", hint: "请稍后再试", retry: true, retryAfterSeconds: 30)
  return [
    try Array(encoder.encode(join)), try Array(encoder.encode(info)), try Array(encoder.encode(problem)),
  ]
}
