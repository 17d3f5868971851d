import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

@testable import syncd

/// Requests played back, misdirected, or made under a wrong clock, against a hub that listens.
@Suite struct ReplayTests {
  let hub: HubSchool

  init() throws { hub = try HubSchool() }

  /// What the hub says of itself and its time, learned as a client does.
  private func meet(_ url: String) async throws -> AnswerSignature {
    let nonce = "00112233445566778899aabbccddeeff"
    let text = try await RawConnection.talk(
      to: url, bytes: [RawConnection.request("GET", Endpoint.info, headers: [HeaderField(HeaderName.nonce, nonce)])])
    let answer = try #require(RawAnswer(text))
    return try #require(
      AnswerSignature(status: answer.status, headers: answer.headers, body: answer.body, binding: .nonce(nonce)))
  }

  private func hello() -> [UInt8] {
    let store = hub.laptop.workspace.store
    return Exchange(
      hello: .init(
        school: store.identity.school, store: store.identity.firstStore, unit: store.identity.unit, clockMilliseconds: 0
      ),
      summary: .init(digest: FrontierDigest.scope([:]), logs: 0, entries: 0, arrival: 0)
    ).bytes
  }

  /// A signed exchange as raw bytes; changes show what happens to one that is not as it should be.
  private func request(
    for target: HubTarget, created: Int64, nonce: String = "\(BatchSecret.random())", key: DeviceKey? = nil
  ) throws -> [UInt8] {
    let body = hello()
    let headers = try RequestSignature.headers(
      method: "POST", path: Endpoint.exchange, contentType: MediaType.exchange, body: body, for: target,
      key: key ?? hub.laptop.workspace.key, created: created, nonce: nonce)
    return RawConnection.request("POST", Endpoint.exchange, headers: headers, body: body)
  }

  private func code(_ url: String, _ request: [UInt8]) async throws -> String {
    let text = try await RawConnection.talk(to: url, bytes: [request])
    let status = text.split(separator: " ").dropFirst().first.map(String.init) ?? "closed"
    if status == "200" { return "200" }
    return RawAnswer(text)?.code ?? status
  }

  @Test("the same request twice: answered once, refused the second time (promise 4)")
  func replayed() async throws {
    try await LiveHub.serve(hub.root.workspace) { [self] url async throws in
      let met = try await meet(url)
      #expect(met.hubKey == hub.root.workspace.key.publicKey)
      let target = HubTarget(device: DeviceID(key: met.hubKey), run: met.run)
      let bytes = try request(for: target, created: met.created)
      #expect(try await code(url, bytes) == "200")
      #expect(try await code(url, bytes) == "replayed")
      #expect(try await code(url, try request(for: target, created: met.created)) == "200")
    }
  }

  @Test("a request made for an earlier run of the hub is refused after a restart, whatever its time (promise 4)")
  func restarted() async throws {
    let earlier = try await LiveHub.serve(hub.root.workspace) { [self] url async throws in
      let met = try await meet(url)
      let target = HubTarget(device: DeviceID(key: met.hubKey), run: met.run)
      return try [met.created, met.created + 299].map { try request(for: target, created: $0) }
    }
    try await LiveHub.serve(hub.root.workspace, wall: LiveHub.startWall + 5000) { [self] url async throws in
      for bytes in earlier { #expect(try await code(url, bytes) == "signAnew") }
    }
  }

  @Test("a request is taken within the window of the hub's own clock and not outside it")
  func window() async throws {
    let clock = HandClock()
    try await LiveHub.serve(hub.root.workspace, clock: clock) { [self] url async throws in
      let met = try await meet(url)
      let target = HubTarget(device: DeviceID(key: met.hubKey), run: met.run)
      let window = HTTPLimit.standard.createdWindowSeconds
      for (offset, expected) in [
        (-window, "200"), (window, "200"), (-window - 1, "signAnew"), (window + 1, "signAnew"),
        (-99_999_999_999_999, "signAnew"),
      ] {
        #expect(try await code(url, try request(for: target, created: met.created + offset)) == expected)
      }
      // What was good becomes too old.
      let bytes = try request(for: target, created: met.created)
      clock.advance(milliseconds: UInt64(window + 1) * 1000)
      #expect(try await code(url, bytes) == "signAnew")
    }
  }

  @Test("a request for another hub, by a stranger, or unsigned is refused, each by its name (promise 7)")
  func misdirected() async throws {
    try await LiveHub.serve(hub.root.workspace) { [self] url async throws in
      let met = try await meet(url)
      let target = HubTarget(device: DeviceID(key: met.hubKey), run: met.run)
      let other = HubTarget(device: DeviceKey().deviceID, run: met.run)
      #expect(try await code(url, try request(for: other, created: met.created)) == "otherHub")
      #expect(try await code(url, try request(for: target, created: met.created, key: DeviceKey())) == "unknownDevice")
      #expect(try await code(url, RawConnection.request("POST", Endpoint.exchange)) == "badSignature")
      var changed = try request(for: target, created: met.created)
      changed[changed.count - 1] ^= 1
      #expect(try await code(url, changed) == "digestMismatch")
      let query = String(decoding: try request(for: target, created: met.created), as: UTF8.self)
        .replacing("/v1/exchange HTTP", with: "/v1/exchange?x=1 HTTP")
      #expect(try await code(url, Array(query.utf8)) == "badSignature")
    }
  }

  @Test("every answer is signed by the hub's device, refusals and unknown addresses included")
  func refusalsSigned() async throws {
    try await LiveHub.serve(hub.root.workspace) { [self] url async throws in
      let nonce = "00112233445566778899aabbccddeeff"
      for (method, path) in [("GET", "/nowhere"), ("POST", Endpoint.exchange), ("GET", Endpoint.join)] {
        let text = try await RawConnection.talk(
          to: url, bytes: [RawConnection.request(method, path, headers: [HeaderField(HeaderName.nonce, nonce)])])
        let answer = try #require(RawAnswer(text))
        #expect(answer.status >= 400)
        let signature = AnswerSignature(
          status: answer.status, headers: answer.headers, body: answer.body, binding: .nonce(nonce))
        #expect(signature?.hubKey == hub.root.workspace.key.publicKey, "\(method) \(path)")
      }
    }
  }

  @Test(
    "a laptop whose clock is years off synchronises all the same, and the skew is told (promise 10)",
    arguments: [-9, -1, 1, 40])
  func wrongClock(_ years: Int) async throws {
    let laptop = hub.laptop
    let wall = UInt64(Int64(LiveHub.startWall) + Int64(years) * 365 * 86_400_000)
    var options = HubOptions()
    options.wallMilliseconds = { wall }
    let client = try await LiveHub.serve(hub.root.workspace) { [options] url async throws in
      let client = try HubClient(address: url, options: options)
      let outcome = try await client.synchronize(laptop.workspace)
      #expect(outcome.inSync)
      #expect(outcome.clockSkewMilliseconds.magnitude > 300 * 86_400_000)
      let record = try #require(try laptop.workspace.hubRecord(at: url))
      #expect(abs(record.skewSeconds + Int64(years) * 365 * 86_400) <= 1)
      try await client.shutdown()
      return url
    }
    #expect(!client.isEmpty)
  }

  @Test("a hub that restarted, or a laptop whose clock jumped, costs one more request, not an error (promises 9, 10)")
  func learnsAnew() async throws {
    let laptop = hub.laptop
    let port = try await LiveHub.serve(hub.root.workspace) { url async throws in
      let client = try HubClient(address: url)
      _ = try await client.synchronize(laptop.workspace)
      try await client.shutdown()
      return Int(url.split(separator: ":").last ?? "") ?? 0
    }
    try await LiveHub.serve(hub.root.workspace, port: port) { url async throws in
      var options = HubOptions()
      options.wallMilliseconds = { 86_400_000 }
      let client = try HubClient(address: url, options: options)
      let outcome = try await client.synchronize(laptop.workspace)
      #expect(outcome.inSync && outcome.roundTrips == 1)
      let exchange = try #require(client.lastExchange)
      let keyed = try laptop.workspace.hubRecord(at: url)?.key
      #expect(exchange.verified()?.hubKey == keyed)
      try await client.shutdown()
    }
  }

  @Test("a hub that always asks to sign anew is given up after one more try (promise 8)")
  func neverSatisfied() async throws {
    let laptop = hub.laptop
    var limit = HTTPLimit.standard
    // Its clock runs away between any two looks: no request is ever near enough.
    limit.createdWindowSeconds = 1
    try await LiveHub.serve(hub.root.workspace, limit: limit, clock: HandClock(step: 5000)) { url async throws in
      let client = try HubClient(address: url)
      let error = await #expect(throws: Problem.self) { _ = try await client.synchronize(laptop.workspace) }
      #expect(error?.code == Problem.signAnewCode)
      try await client.shutdown()
    }
  }
}
