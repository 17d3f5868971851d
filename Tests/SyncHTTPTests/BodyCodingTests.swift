import CZstd
import SyncEngine
import SyncModel
import SyncTesting
import Synchronization
import Testing

@testable import SyncHTTP

/// Compressed bodies: smaller, the same, and nothing that does harm (promises 5 and 8).
@Suite struct BodyCodingTests {
  private static let limit = 4 << 20

  private func text(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    let words = ["三会一课", "主题党日", "已开展", "支部", "2026", "，"]
    var bytes: [UInt8] = []
    while bytes.count < count {
      bytes += Array(words[generator.below(words.count)].utf8) + [UInt8(generator.below(200))]
    }
    return bytes
  }

  private func decoded(_ bytes: [UInt8], limit: Int = limit) throws -> [UInt8] {
    try BodyCoding.decoded(bytes, contentType: MediaType.codedExchange, limit: limit)
  }

  /// - Parameter tellsSize: as this project's own frames do.
  private func frame(_ body: [UInt8], tellsSize: Bool = true) throws -> [UInt8] {
    let context = try #require(ZSTD_createCCtx())
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, tellsSize ? 1 : 0)
    var bytes = [UInt8](repeating: 0, count: ZSTD_compressBound(body.count))
    let count = ZSTD_compress2(context, &bytes, bytes.count, body, body.count)
    return Array(bytes.prefix(count))
  }

  @Test("what is compressed comes back as it was, and is smaller")
  func roundTrip() throws {
    for count in [BodyCoding.leastBytes, 5000, 300_000] {
      let body = text(count)
      let (type, bytes) = BodyCoding.encoded(body, accepted: true)
      #expect(type == MediaType.codedExchange && bytes.count < body.count * 3 / 4)
      #expect(try decoded(bytes) == body)
    }
  }

  @Test(
    "short bodies, those that do not shrink, those that shrink too much and those for who does not ask stay as they are"
  )
  func plain() throws {
    var generator = SeededGenerator(seed: 2)
    let bodies = [
      text(BodyCoding.leastBytes - 20), generator.bytes(5000), Array(repeating: UInt8(0), count: 1 << 20), [],
    ]
    for body in bodies.map({ Array($0.prefix($0.count < 1100 ? 1000 : .max)) }) {
      let (type, bytes) = BodyCoding.encoded(body, accepted: true)
      #expect(type == MediaType.exchange && bytes == body)
    }
    #expect(BodyCoding.encoded(text(5000), accepted: false).bytes == text(5000))
    #expect(try BodyCoding.decoded([1, 2], contentType: MediaType.exchange, limit: 10) == [1, 2])
  }

  @Test(
    "frames that tell no size, tell too much, swell too much or are not one whole frame are refused unopened (promise 8)"
  )
  func hostile() throws {
    let body = text(60_000)
    let good = try frame(body)
    #expect(try decoded(good) == body)
    let zeros = try frame(Array(repeating: 0, count: 1 << 20))
    // Says 2⁶⁰ bytes: magic, descriptor with an 8-byte size, window.
    let vast: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x58, 0, 0, 0, 0, 0, 0, 0, 0x10, 1, 0, 0]
    let skippable: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]
    let others = [
      try frame(body, tellsSize: false), zeros, vast, skippable, good + good, good + [0], skippable + good, [], [0x28],
      Array(good.dropLast()), Array(good.prefix(12)), body,
    ]
    for bytes in others { #expect(throws: CodecError.self) { try decoded(bytes) } }
    #expect(throws: CodecError.self) { try decoded(good, limit: body.count - 1) }
  }

  @Test("no changed byte of a frame traps or makes it longer than it says", arguments: 1...3)
  func flipped(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let body = text(4000, seed: seed)
    let good = try frame(body)
    for _ in 0..<2000 {
      var bytes = good
      for _ in 0...generator.below(3) {
        bytes[generator.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.next())
      }
      if let read = try? decoded(bytes, limit: 1 << 20) { #expect(read.count <= bytes.count * BodyCoding.ratioLimit) }
    }
  }

  @Test(
    "laptop and hub compress what is long both ways, sign what travels, and evidence of it still proves (promise 5)")
  func overTheNetwork() async throws {
    let scene = try HubSchool()
    let campaign = try scene.school.publishSheet(by: scene.root)
    let remark = String(decoding: text(20_000), as: UTF8.self)
    try await LiveHub.serve(scene.root.workspace) { url in
      let client = try HubClient(address: url)
      let first = try await client.synchronize(scene.laptop.workspace)
      #expect(first.inSync && first.bytesReceived > 0)
      #expect(try scene.laptop.workspace.hubRecord(at: url)?.takesCoding == true)
      let kept = try #require(client.lastExchange)
      #expect(kept.answerHeaders[HeaderName.contentType] == MediaType.codedExchange)
      #expect(kept.verified() != nil && kept.answer?.segments.isEmpty == false)
      #expect(first.bytesReceived < (kept.answer?.bytes.count ?? 0))
      _ = try scene.laptop.at(scene.school.now()).set(
        campaign, try scene.laptop.item("1.1", of: campaign),
        fields: [
          .remark: .text(String(remark.unicodeScalars.filter { $0.value > 0x2000 }.prefix(5000).map(Character.init)))
        ],
        unit: try scene.laptop.unit("school/cs"), onBehalf: false)
      let second = try await client.synchronize(scene.laptop.workspace)
      #expect(second.inSync && second.sent == 1)
      let sent = try #require(client.lastExchange)
      #expect(sent.requestHeaders[HeaderName.contentType] == MediaType.codedExchange)
      #expect(sent.requestBody.count < (sent.request?.bytes.count ?? 0))
      try await client.shutdown()
    }
  }

  @Test("a hub that says it takes compressed bodies and then does not read one gets the body as it is")
  func fallsBack() async throws {
    let scene = try HubSchool()
    try await LiveHub.serve(scene.root.workspace) { url in
      let client = try HubClient(address: url)
      #expect(try await client.synchronize(scene.laptop.workspace).inSync)
      var conversation = try client.conversation(for: scene.laptop.workspace)
      try await conversation.meet()
      var session = ReplicationSession(store: scene.laptop.workspace.store, address: url)
      var message = try session.start(wallMilliseconds: LiveHub.startWall)
      // Long, and ends behind a part that this hub cannot read where it is compressed.
      message.refusals = (0..<200).map {
        .init(
          log: LogID(scene.root.identity.unit, .notices), replica: ReplicaID(high: 1, low: UInt64($0)), seq: 1,
          reason: .room)
      }
      let answered = try await conversation.exchange(message.bytes)
      #expect(answered.bytesSent < message.bytes.count && (try? Exchange(bytes: answered.body)) != nil)
      await #expect(throws: Problem.self) {
        // Of this version, with an empty hello.
        _ = try await conversation.exchange([1, 1, 0] + text(3000))
      }
      #expect(!conversation.record.takesCoding, "tried again as it is before it was given up")
      try await client.shutdown()
    }
  }
}
