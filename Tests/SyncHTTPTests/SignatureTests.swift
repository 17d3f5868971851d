import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// Requests and answers as they are signed; nothing travels.
@Suite struct SignatureTests {
  @Test("a signed request is read as it was written, and so is its answer")
  func roundTrip() throws {
    let signed = try Signed()
    let request = try RequestSignature(
      method: "POST", path: Endpoint.exchange, header: { signed.exchange.requestHeaders[$0] })
    #expect(request.isValid && request.matches(body: signed.exchange.requestBody))
    #expect(request.device == signed.device.deviceID && request.target == signed.target)
    #expect(request.created == Signed.created && request.nonce == "0123456789abcdef0123456789abcdef")
    let proof = try #require(signed.exchange.verified())
    #expect(proof.deviceKey == signed.device.publicKey && proof.hubKey == signed.hub.publicKey)
    #expect(proof.answered == Signed.created + 1)
  }

  @Test("any changed part of a request is noticed (promise 5)", arguments: Signed.requestChanges.map(\.what))
  func changedRequest(_ what: String) throws {
    var exchange = try Signed().exchange
    try #require(Signed.requestChanges.first { $0.what == what }).change(&exchange)
    #expect(try exchange != Signed().exchange)
    #expect(!exchange.requestHolds && exchange.verified() == nil)
  }

  @Test("any changed part of an answer is noticed (promise 5)", arguments: Signed.answerChanges.map(\.what))
  func changedAnswer(_ what: String) throws {
    var exchange = try Signed().exchange
    try #require(Signed.answerChanges.first { $0.what == what }).change(&exchange)
    #expect(try exchange != Signed().exchange)
    #expect(!exchange.answerHolds && exchange.verified() == nil)
  }

  @Test("an answer belongs to one request: under another of the same device it does not hold (promise 5)")
  func otherRequest() throws {
    let signed = try Signed()
    var other = signed.exchange
    other.requestHeaders = try RequestSignature.headers(
      method: "POST", path: Endpoint.exchange, contentType: MediaType.exchange, body: other.requestBody,
      for: signed.target, key: signed.device, created: Signed.created, nonce: "ffffffffffffffffffffffffffffffff")
    #expect(other.requestHolds && !other.answerHolds)
  }

  @Test("a request made for one hub is no proof against another, whoever signed the answer (promise 7)")
  func otherHub() throws {
    let signed = try Signed()
    var exchange = signed.exchange
    exchange.answerHeaders = try AnswerSignature.headers(
      status: 200, contentType: MediaType.exchange, body: exchange.answerBody,
      binding: try #require(RequestBinding(header: { exchange.requestHeaders[$0] })), key: DeviceKey(),
      created: Signed.created, run: signed.target.run)
    #expect(exchange.answerHolds && exchange.verified() == nil)
  }

  @Test("an unsigned request's answer is bound to its nonce")
  func nonce() throws {
    let hub = DeviceKey()
    let binding = try #require(RequestBinding(header: { $0 == HeaderName.nonce ? "0123456789abcdef" : nil }))
    let headers = try AnswerSignature.headers(
      status: 200, contentType: MediaType.json, body: [1], binding: binding, key: hub, created: 5,
      run: [UInt8](repeating: 7, count: 16))
    let answer = AnswerSignature(status: 200, headers: headers, body: [1], binding: .nonce("0123456789abcdef"))
    #expect(answer?.hubKey == hub.publicKey && answer?.created == 5)
    #expect(AnswerSignature(status: 200, headers: headers, body: [1], binding: .nonce("0123456789abcdee")) == nil)
    #expect(RequestBinding(header: { $0 == HeaderName.nonce ? "短" : nil }) == nil)
  }

  @Test("an exchange kept in a file proves the same later, and any changed byte of it is noticed (promise 5)")
  func file() throws {
    let exchange = try Signed().exchange
    let bytes = exchange.bytes
    let read = try SignedExchange(bytes: bytes)
    #expect(read == exchange && read.verified() == exchange.verified() && read.verified() != nil)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      let proof = (try? SignedExchange(bytes: changed)).flatMap { $0.verified() }
      #expect(proof == nil, "byte \(index)")
    }
  }

  @Test("hostile signature fields are refused, never trapped on (promise 8)")
  func hostile() throws {
    let exchange = try Signed().exchange
    var generator = SeededGenerator(seed: 421)
    for _ in 0..<4000 {
      var headers = exchange.requestHeaders
      let field = Int.random(in: 0..<headers.count, using: &generator)
      var bytes = Array(headers[field].value.utf8)
      for _ in 0...Int.random(in: 0..<4, using: &generator) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        default: bytes.insert(contentsOf: bytes[place...].prefix(9), at: place)
        }
      }
      headers[field].value = String(decoding: bytes, as: UTF8.self)
      var changed = exchange
      changed.requestHeaders = headers
      // Only what says the same in other words may still hold.
      if changed.requestHolds {
        let read = try RequestSignature(method: "POST", path: Endpoint.exchange, header: { headers[$0] })
        #expect(read.created == Signed.created && read.device == DeviceKey(seed: (0..<32).map { UInt8($0) })?.deviceID)
      }
    }
    for value in ["", "device=()", "device=", "a=1, b=2", String(repeating: "device=:AA:,", count: 500)] {
      #expect(
        throws: RequestSignature.Failure.self,
        performing: {
          try RequestSignature(method: "POST", path: "/", header: { $0 == HeaderName.hub ? "\"\"" : value })
        })
    }
  }
}
