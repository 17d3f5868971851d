import Foundation
import NIOCore
import SyncEngine
import SyncModel
import SyncTesting
import Synchronization
import Testing

@testable import SyncHTTP
@testable import syncd

/// What a hub bears (promise 8): a daemon that listens, limits made small, raw sockets that misbehave.
@Suite struct LimitTests {
  let hub: HubSchool

  init() throws { hub = try HubSchool() }

  private func status(_ url: String, _ request: [UInt8]) async throws -> Int {
    let text = try await RawConnection.talk(to: url, bytes: [request])
    return RawAnswer(text)?.status ?? 0
  }

  private func infoRequest(_ headers: [HeaderField] = []) -> [UInt8] {
    RawConnection.request("GET", Endpoint.info, headers: headers)
  }

  /// The header fields of a request by the laptop for the hub at `url`, which must know its time and run already.
  private func signed(_ url: String, path: String, contentType: String, body: [UInt8], key: DeviceKey) async throws
    -> [HeaderField]
  {
    let nonce = "00112233445566778899aabbccddeeff"
    let text = try await RawConnection.talk(
      to: url, bytes: [infoRequest([HeaderField(HeaderName.nonce, nonce)])])
    let answer = try #require(RawAnswer(text))
    let met = try #require(
      AnswerSignature(status: answer.status, headers: answer.headers, body: answer.body, binding: .nonce(nonce)))
    return try RequestSignature.headers(
      method: "POST", path: path, contentType: contentType, body: body,
      for: HubTarget(device: DeviceID(key: met.hubKey), run: met.run), key: key, created: met.created,
      nonce: "\(BatchSecret.random())")
  }

  // MARK: Slow clients

  @Test(
    "a client that is slow with its header fields or its body is cut off, however often it sends a byte",
    arguments: ["", "GET /v1/info HTT", "POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc"])
  func slow(_ start: String) async throws {
    var limit = HTTPLimit.standard
    limit.headerMilliseconds = 100
    limit.bodyMilliseconds = 100
    limit.lingerMilliseconds = 100
    try await LiveHub.serve(hub.root.workspace, limit: limit) { url async throws in
      // Ends only because the hub closes: there is no limit on this side.
      let text = try await RawConnection.talk(to: url, [start])
      #expect(!text.contains(" 200 "))
    }
  }

  @Test("a client that drips bytes of its body never gets past the deadline")
  func dripping() async throws {
    var limit = HTTPLimit.standard
    limit.bodyMilliseconds = 150
    let key = hub.laptop.workspace.key
    try await LiveHub.serve(hub.root.workspace, limit: limit) { url async throws in
      let body = [UInt8](repeating: 7, count: 1000)
      let headers = try await signed(
        url, path: Endpoint.exchange, contentType: MediaType.exchange, body: body, key: key)
      let channel = try await RawConnection.connect(to: url)
      try await channel.executeThenClose { inbound, outbound in
        try await outbound.write(
          ByteBuffer(
            bytes: RawConnection.request("POST", Endpoint.exchange, headers: headers, body: [], length: 4 << 20)))
        do {
          // Ends only because the hub closes: it would take days to bring everything that was announced.
          while true {
            try await outbound.write(ByteBuffer(bytes: [7]))
            try await Task.sleep(for: .milliseconds(2))
          }
        } catch {
          // Closed under the writer's hands.
        }
        var text = ""
        do { for try await buffer in inbound { text += String(buffer: buffer) } } catch {}
        #expect(!text.contains(" 200 "))
      }
    }
  }

  @Test("a kept connection that says nothing more is closed")
  func idle() async throws {
    var limit = HTTPLimit.standard
    limit.headerMilliseconds = 100
    try await LiveHub.serve(hub.root.workspace, limit: limit) { url async throws in
      // Every turn ends because the hub closes; on a busy machine it may do so before it was asked.
      var text = ""
      while !text.hasPrefix("HTTP/1.1 200") {
        text = try await RawConnection.talk(to: url, ["GET /v1/info HTTP/1.1\r\nhost: x\r\n\r\n"])
      }
    }
  }

  @Test(
    "of too many connections from an address the one that keeps the hub waiting longest is closed, the newcomer is served"
  )
  func connections() async throws {
    var limit = HTTPLimit.standard
    limit.connectionsPerAddress = 2
    try await LiveHub.serve(hub.root.workspace, limit: limit) { url async throws in
      let kept = "GET /v1/info HTTP/1.1\r\nhost: x\r\n\r\n"
      let first = try await RawConnection.connect(to: url)
      try await first.executeThenClose { inbound, outbound in
        // Answered, so it is counted, and waits for its next request.
        try await outbound.write(ByteBuffer(string: kept))
        var iterator = inbound.makeAsyncIterator()
        _ = try await iterator.next()
        let second = try await RawConnection.connect(to: url)
        try await second.executeThenClose { inbound, outbound in
          try await outbound.write(ByteBuffer(string: kept))
          var iterator = inbound.makeAsyncIterator()
          _ = try await iterator.next()
          #expect(try await status(url, infoRequest()) == 200)
          // The second one is there still.
          try await outbound.write(ByteBuffer(string: kept))
          #expect(try await iterator.next() != nil)
        }
        // Ends because the hub closed it.
        do { while try await iterator.next() != nil {} } catch {}
      }
    }
  }

  @Test("a connection on which an enrolled device has signed is kept, whatever strangers open at its address")
  func enrolledConnection() async throws {
    var limit = HTTPLimit.standard
    limit.connectionsPerAddress = 1
    let laptop = hub.laptop
    let small = limit
    try await LiveHub.serve(hub.root.workspace, limit: small) { url async throws in
      let requester = try await Requester(url, laptop)
      func request() throws -> ByteBuffer {
        let headers = try requester.headers("POST", Endpoint.exchange, type: MediaType.exchange, body: [1, 2])
        let bytes = RawConnection.request("POST", Endpoint.exchange, headers: headers, body: [1, 2])
        return ByteBuffer(
          string: String(decoding: bytes, as: UTF8.self).replacing("connection: close", with: "x-kept: yes"))
      }
      let channel = try await RawConnection.connect(to: url)
      try await channel.executeThenClose { inbound, outbound in
        var iterator = inbound.makeAsyncIterator()
        for _ in 0..<3 {
          try await outbound.write(request())
          var text = ""
          while !text.contains("malformedExchange"), let more = try await iterator.next() {
            text += String(buffer: more)
          }
          #expect(text.contains("malformedExchange"), "closed")
          for _ in 0..<3 { #expect(try await status(url, infoRequest()) == 200) }
        }
      }
    }
  }

  // MARK: Sizes

  @Test("header fields, signature fields and bodies over their limits are refused before they are read")
  func sizes() async throws {
    var limit = HTTPLimit.standard
    limit.headerBytes = 4096
    limit.lingerMilliseconds = 100
    let key = hub.laptop.workspace.key
    try await LiveHub.serve(hub.root.workspace, limit: limit) { url async throws in
      let long = String(repeating: "a", count: 5000)
      let refused = try await RawConnection.talk(
        to: url, bytes: [infoRequest([HeaderField("x-long", long)])], endOfInput: true)
      #expect(!refused.contains(" 200 "))
      let many = (0..<100).map { HeaderField("x-\($0)", "1") }
      #expect(
        try await RawConnection.talk(to: url, bytes: [infoRequest(many)], endOfInput: true).contains(" 200 ") == false)

      let headers = try await signed(
        url, path: Endpoint.exchange, contentType: MediaType.exchange, body: [], key: key)
      // Announced, never sent: the answer comes all the same.
      let huge = RawConnection.request("POST", Endpoint.exchange, headers: headers, length: 5 << 20)
      #expect(try await status(url, huge) == 413)
      let chunked = String(decoding: RawConnection.request("POST", Endpoint.exchange, headers: headers), as: UTF8.self)
        .replacing("content-length: 0", with: "transfer-encoding: chunked")
      #expect(try await status(url, Array(chunked.utf8)) == 411)
    }
  }

  // MARK: Rates

  @Test("strangers are slowed down by address; an enrolled device at the same address is not")
  func strangers() async throws {
    var limit = HTTPLimit.standard
    limit.addressRequests = .init(burst: 6, perSecond: 0.5)
    let laptop = hub.laptop
    let clock = HandClock()
    try await LiveHub.serve(hub.root.workspace, limit: limit, clock: clock) { url async throws in
      let client = try HubClient(address: url)
      #expect(try await client.synchronize(laptop.workspace).inSync)
      var statuses: [Int] = []
      for _ in 0..<8 { statuses.append(try await status(url, infoRequest())) }
      #expect(statuses.last == 429 && statuses.first == 200)
      #expect(try await status(url, RawConnection.request("POST", Endpoint.exchange)) == 429)
      #expect(try await status(url, RawConnection.request("GET", "/nowhere")) == 429)
      let text = try await RawConnection.talk(to: url, bytes: [infoRequest()])
      #expect(RawAnswer(text)?.headers[HeaderName.retryAfter] == "2")
      #expect(try await client.synchronize(laptop.workspace).inSync)
      clock.advance(milliseconds: 2000)
      #expect(try await status(url, infoRequest()) == 200)
      try await client.shutdown()
    }
  }

  @Test("a hub that has just started knows its devices: what their address has used up does not concern them")
  func coldStart() async throws {
    var limit = HTTPLimit.standard
    limit.addressRequests = .init(burst: 1, perSecond: 0.001)
    let offices = try [hub.laptop] + (0..<2).map { _ in try hub.school.enrol("school/cs", by: hub.root) }
    let slow = limit
    try await LiveHub.serve(hub.root.workspace, limit: slow) { url async throws in
      let first = try await Requester(url, offices[0])
      #expect(try await status(url, infoRequest()) == 429)
      for office in offices {
        let answer = try await first.by(office).send("POST", Endpoint.exchange, type: MediaType.exchange, body: [1, 2])
        #expect(answer.code == "malformedExchange", "\(answer.status)")
      }
      #expect(try await status(url, infoRequest()) == 429)
    }
  }

  @Test("a stopped device has its address's share, and what is large is not read of it")
  func stopped() async throws {
    var limit = HTTPLimit.standard
    limit.addressRequests = .init(burst: 4, perSecond: 0.001)
    let (root, laptop, school) = (hub.root, hub.laptop, hub.school)
    let other = try school.enrol("school/cs", by: root)
    let device = try #require(
      try root.workspace.store.read { try $0.directory().devices[laptop.identity.device] })
    _ = try root.at(school.now()).revoke(device, reason: "遗失")
    let slow = limit
    try await LiveHub.serve(root.workspace, limit: slow) { url async throws in
      let requester = try await Requester(url, laptop)
      let headers = try requester.headers("POST", Endpoint.exchange, type: MediaType.exchange, body: [])
      let large = RawConnection.request("POST", Endpoint.exchange, headers: headers, length: slow.stoppedBodyBytes + 1)
      let text = try await RawConnection.talk(to: url, bytes: [large])
      #expect(RawAnswer(text)?.status == 403 && RawAnswer(text)?.code == "deviceStopped")
      // It is answered as long as its address may ask.
      let codes = try await [0, 1, 2].asyncMap { _ in
        try await requester.send("POST", Endpoint.exchange, type: MediaType.exchange, body: [1, 2]).code
      }
      #expect(codes == ["malformedExchange", "malformedExchange", "tooManyRequests"])
      let hash = try #require(Digest256(bytes: [UInt8](repeating: 1, count: Digest256.byteCount)))
      let file = try await requester.by(other).send("HEAD", Endpoint.file(hash), Requester.resumable)
      #expect(file.status == 403, "an enrolled one at the same address is heard")
    }
  }

  @Test("a device over its rate is told when to come back; the client waits as long as that, and goes on (promise 9)")
  func deviceRate() async throws {
    var limit = HTTPLimit.standard
    limit.deviceRequests = .init(burst: 1, perSecond: 0.1)
    let laptop = hub.laptop
    let clock = HandClock()
    let waits = Mutex<[Duration]>([])
    try await LiveHub.serve(hub.root.workspace, limit: limit, clock: clock) { url async throws in
      var options = HubOptions()
      options.sleep = { duration in
        waits.withLock { $0.append(duration) }
        clock.advance(milliseconds: UInt64(duration.components.seconds) * 1000)
      }
      let client = try HubClient(address: url, options: options)
      // A first contact takes several requests.
      #expect(try await client.synchronize(laptop.workspace).inSync)
      #expect(try await client.synchronize(laptop.workspace).inSync)
      #expect(waits.withLock { $0 }.allSatisfy { $0 > .seconds(0) && $0 <= .seconds(11) })
      #expect(waits.withLock { $0.count } >= 1)
      try await client.shutdown()
    }
  }

  @Test("a wait that nobody at a keyboard has patience for is not waited out, and waiting ends")
  func impatient() async throws {
    let laptop = hub.laptop
    for (perSecond, most) in [(0.001, 0), (0.5, HTTPLimit.standard.retries)] {
      var limit = HTTPLimit.standard
      limit.deviceRequests = .init(burst: 1, perSecond: perSecond)
      limit.exchangesPerDevice = 0
      if most == 0 { limit.exchangesPerDevice = 2 }
      let waits = Mutex(0)
      let slow = limit
      try await LiveHub.serve(hub.root.workspace, limit: slow) { url async throws in
        var options = HubOptions()
        options.sleep = { _ in waits.withLock { $0 += 1 } }
        let client = try HubClient(address: url, options: options)
        let error = await #expect(throws: Problem.self) {
          _ = try await client.synchronize(laptop.workspace)
          _ = try await client.synchronize(laptop.workspace)
        }
        #expect(error?.retry == true && (error?.status == 429 || error?.status == 503))
        #expect(waits.withLock { $0 } == most)
        try await client.shutdown()
      }
    }
  }

  @Test("a device that brings more than its share of bytes is slowed down")
  func deviceBytes() async throws {
    var limit = HTTPLimit.standard
    limit.deviceBytes = .init(burst: 100, perSecond: 0.001)
    let laptop = hub.laptop
    try await LiveHub.serve(hub.root.workspace, limit: limit) { url async throws in
      let client = try HubClient(address: url)
      let error = await #expect(throws: Problem.self) {
        for _ in 0..<4 { _ = try await client.synchronize(laptop.workspace) }
      }
      #expect(error?.code == "tooManyRequests" && error?.retryAfterSeconds != nil)
      try await client.shutdown()
    }
  }

  @Test("guessing invitations ends soon, and does not keep enrolled devices out")
  func guesses() async throws {
    var limit = HTTPLimit.standard
    limit.addressGuesses = .init(burst: 3, perSecond: 1 / 30)
    let (root, laptop, school) = (hub.root, hub.laptop, hub.school)
    let clock = HandClock()
    try await LiveHub.serve(root.workspace, limit: limit, clock: clock) { url async throws in
      func join(_ secret: BatchSecret, _ invitation: Invitation) async throws -> String {
        let key = DeviceKey()
        let body = [UInt8](
          try JSONEncoder().encode(
            JoinRequest(
              invitation: invitation.id.description, secret: secret.description, deviceKey: Hex.encode(key.publicKey),
              agreement: Hex.encode(
                try key.agreementCertificate(school: root.identity.school, unit: invitation.unit).bytes),
              deviceName: "猜")))
        let headers = try await signed(url, path: Endpoint.join, contentType: MediaType.json, body: body, key: key)
        let text = try await RawConnection.talk(
          to: url, bytes: [RawConnection.request("POST", Endpoint.join, headers: headers, body: body)])
        let answer = try #require(RawAnswer(text))
        return answer.code ?? "\(answer.status)"
      }
      let invitation = try root.at(LiveHub.startWall).invite(
        try root.unit("school/cs"), roles: .reporter, hub: "", validMilliseconds: 86_400_000)
      for _ in 0..<3 { #expect(try await join(.random(), invitation) == "invitationUnknown") }
      #expect(try await join(.random(), invitation) == "tooManyGuesses")
      #expect(try await join(invitation.secret, invitation) == "tooManyGuesses")
      let client = try HubClient(address: url)
      #expect(try await client.synchronize(laptop.workspace).inSync)
      try await client.shutdown()
      clock.advance(milliseconds: 31_000)
      #expect(try await join(invitation.secret, invitation) == "200")
      _ = school
    }
  }

  // MARK: At one time

  @Test("a device has no more exchanges under way than it may; the place is free again when its connection is gone")
  func underWay() async throws {
    var limit = HTTPLimit.standard
    limit.exchangesPerDevice = 1
    // The first stays under way however busy the machine is.
    limit.bodyMilliseconds = 600_000
    let laptop = hub.laptop
    let stopped = limit
    try await LiveHub.serve(hub.root.workspace, limit: stopped) { url async throws in
      let body = [UInt8](repeating: 7, count: 1000)
      let key = laptop.workspace.key
      let headers = try await signed(
        url, path: Endpoint.exchange, contentType: MediaType.exchange, body: body, key: key)
      let channel = try await RawConnection.connect(to: url)
      try await channel.executeThenClose { _, outbound in
        try await outbound.write(
          ByteBuffer(
            bytes: RawConnection.request("POST", Endpoint.exchange, headers: headers, body: [], length: body.count)))
        // The first is there once the second is refused for it; one that came before it is used up.
        var refused = false
        for _ in 0..<50 where !refused {
          let other = try await signed(
            url, path: Endpoint.exchange, contentType: MediaType.exchange, body: [], key: key)
          refused = try await status(url, RawConnection.request("POST", Endpoint.exchange, headers: other)) == 503
        }
        #expect(refused)
      }
      let client = try HubClient(address: url)
      #expect(try await client.synchronize(laptop.workspace).inSync)
      try await client.shutdown()
    }
  }

  @Test("who falls behind with a large body is refused as soon as another waits for the room, and reads why")
  func slowestRefused() async throws {
    var limit = HTTPLimit.standard
    limit.smallBodyBytes = 1000
    limit.exchangeBytes = 300_000
    limit.largeBytes = 200_000
    limit.rateCheckMilliseconds = 5
    limit.bodyMilliseconds = 600_000
    // Not for its rate alone, however long the other one takes to come.
    limit.leastRateMilliseconds = 1 << 40
    let (laptop, other) = (hub.laptop, try hub.school.enrol("school/cs", by: hub.root))
    let small = limit
    // Time passes as the hub looks at it.
    try await LiveHub.serve(hub.root.workspace, limit: small, clock: HandClock(step: 10)) { url async throws in
      let slow = try await Requester(url, laptop)
      let body = [UInt8](repeating: 7, count: 200_000)
      let headers = try slow.headers("POST", Endpoint.exchange, type: MediaType.exchange, body: body)
      let channel = try await RawConnection.connect(to: url)
      try await channel.executeThenClose { inbound, outbound in
        try await outbound.write(
          ByteBuffer(
            bytes: RawConnection.request(
              "POST", Endpoint.exchange, headers: headers, body: Array(body[..<100_000]), length: body.count)))
        let isOver = Mutex(false)
        async let answer = {
          var text = ""
          do { for try await buffer in inbound { text += String(buffer: buffer) } } catch {}
          isOver.withLock { $0 = true }
          return text
        }()
        // The first may come before the slow one; whoever comes after it waits for its room.
        for _ in 0..<10_000 where !isOver.withLock({ $0 }) {
          _ = try await slow.by(other).send(
            "POST", Endpoint.exchange, type: MediaType.exchange, body: [UInt8](repeating: 9, count: 150_000))
        }
        let text = await answer
        let refused = try #require(RawAnswer(text))
        #expect(refused.status == 503 && refused.code == "hubBusy" && refused.headers[HeaderName.retryAfter] == "1")
      }
      // Nothing is left of it: all of another is read, and of no version that is known.
      let again = try await slow.send("POST", Endpoint.exchange, type: MediaType.exchange, body: body)
      #expect(again.code == "needsNewerVersion")
    }
  }

  @Test("a large body below the least rate is refused, though nobody waits, and its sender reads why")
  func leastRate() async throws {
    var limit = HTTPLimit.standard
    limit.rateCheckMilliseconds = 5
    limit.bodyMilliseconds = 600_000
    let laptop = hub.laptop
    let small = limit
    try await LiveHub.serve(hub.root.workspace, limit: small, clock: HandClock(step: 50)) { url async throws in
      let slow = try await Requester(url, laptop)
      let headers = try slow.headers("POST", Endpoint.exchange, type: MediaType.exchange, body: [])
      let text = try await RawConnection.talk(
        to: url,
        bytes: [
          RawConnection.request(
            "POST", Endpoint.exchange, headers: headers, body: [UInt8](repeating: 7, count: 70_000), length: 1 << 20)
        ])
      let refused = try #require(RawAnswer(text))
      #expect(refused.status == 408 && refused.code == "tooSlow")
      let client = try HubClient(address: url)
      #expect(try await client.synchronize(laptop.workspace).inSync)
      try await client.shutdown()
    }
  }

  @Test("where answers fill their room and somebody waits, who does not take one is cut off")
  func slowTakers() async throws {
    var limit = HTTPLimit.standard
    limit.answerBytes = 300_000
    limit.rateCheckMilliseconds = 5
    // The one that waits does so for the turn that it gets, however busy the machine is.
    limit.waitingMilliseconds = 600_000
    limit.answerMilliseconds = 600_000
    limit.leastRateMilliseconds = 1 << 40
    let it = try FileSchool()
    // More than the system takes off a hub's hands.
    let file = try it.attach(it.first, byteCount: 24 << 20)
    let small = limit
    try await LiveHub.serve(it.root.workspace, limit: small, clock: HandClock(step: 10)) { url async throws in
      let client = try HubClient(address: url)
      _ = try await client.synchronize(it.first.workspace)
      #expect(try await client.transferFiles(it.first.workspace).sent == 1)
      try await client.shutdown()
      let requester = try await Requester(url, it.first)
      let get = RawConnection.request(
        "GET", Endpoint.file(file.hash), headers: try requester.headers("GET", Endpoint.file(file.hash)))
      let first = try await RawConnection.connect(to: url)
      try await first.executeThenClose { inbound, outbound in
        var iterator = inbound.makeAsyncIterator()
        var total = 0
        try await outbound.write(ByteBuffer(bytes: get))
        total += try await iterator.next()?.readableBytes ?? 0
        let again = RawConnection.request(
          "GET", Endpoint.file(file.hash), headers: try requester.headers("GET", Endpoint.file(file.hash)))
        let second = try await RawConnection.connect(to: url)
        try await second.executeThenClose { others, outbound in
          var other = others.makeAsyncIterator()
          try await outbound.write(ByteBuffer(bytes: again))
          total += try await other.next()?.readableBytes ?? 0
          // Two of them fill the room: a third has its turn once one has been cut off.
          #expect(try await requester.by(it.second).offset(of: file.hash) == file.byteCount)
          do {
            while let more = try await iterator.next() { total += more.readableBytes }
            while let more = try await other.next() { total += more.readableBytes }
          } catch {}
        }
        #expect(total > 0 && total < 2 * file.byteCount)
      }
    }
  }

  @Test("with the disk nearly full, what brings something is refused and what only asks is answered (promise 3)")
  func disk() async throws {
    let (root, laptop, school) = (hub.root, hub.laptop, hub.school)
    let campaign = try school.publishSheet(by: root)
    try school.synchronize(laptop, with: root)
    let free = Mutex<UInt64>(1000)
    try await LiveHub.serve(root.workspace, freeDiskBytes: { free.withLock { $0 } }) { url async throws in
      let client = try HubClient(address: url)
      #expect(try await client.synchronize(laptop.workspace).inSync)
      _ = try laptop.at(school.now()).set(
        campaign, try laptop.item("1.1", of: campaign), fields: [.remark: .text("等磁盘有空")],
        unit: try laptop.unit("school/cs"), onBehalf: false)
      let error = await #expect(throws: Problem.self) { _ = try await client.synchronize(laptop.workspace) }
      #expect(error?.code == "diskFull" && error?.retry == true)
      // Not this machine's disk, and nothing of this machine is lost.
      #expect(error?.detail.contains("汇总点的磁盘已满，这次没有收下") == true)
      free.withLock { $0 = 1 << 40 }
      #expect(try await client.synchronize(laptop.workspace).inSync)
      try await client.shutdown()
    }
  }
}

extension Sequence {
  fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await body(element)) }
    return results
  }
}
