import Foundation
import NIOCore
import NIOPosix
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// Hubs that are not there, answer garbage or stop in the middle of a frame: a clear error, and what was there stays.
@Suite struct BadHubTests {
  let school: TestSchool
  let laptop: Office

  init() throws {
    school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    laptop = try school.enrol("school/cs", by: root)
  }

  /// Answers every connection with `bytes` and closes it.
  private func withServer<Result>(
    answering bytes: [UInt8], _ body: (String) async throws -> Result
  ) async throws -> Result {
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { $0.pipeline.addHandler(OneAnswer(bytes: bytes)) }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port ?? 0
    do {
      let result = try await body("http://127.0.0.1:\(port)")
      try await channel.close()
      return result
    } catch {
      try await channel.close()
      throw error
    }
  }

  private func synchronize(with address: String) async throws -> (any ExplainedError)? {
    let client = try HubClient(address: address)
    var failure: (any ExplainedError)?
    do {
      _ = try await client.synchronize(laptop.workspace)
    } catch let error as any ExplainedError {
      failure = error
    }
    try await client.shutdown()
    #expect(try laptop.verify().ok)
    return failure
  }

  @Test("a hub that is not there: unreachable, worth trying again")
  func unreachable() async throws {
    let free = try await withServer(answering: []) { $0 }
    let failure = try #require(try await synchronize(with: free))
    #expect(failure.code == "hubUnreachable")
    #expect(failure.retry)
    #expect(!failure.hint.isEmpty)
  }

  @Test(
    "garbage instead of an answer is named as such",
    arguments: [
      "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
      "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnope",
      "HTTP/1.1 200 OK\r\ncontent-type: \(MediaType.exchange)\r\ncontent-length: 3\r\n\r\n\u{1}\u{9}\u{1}",
    ])
  func garbage(_ answer: String) async throws {
    let failure = try #require(try await withServer(answering: Array(answer.utf8)) { try await synchronize(with: $0) })
    #expect(["garbledAnswer", "notAHub", "hubBrokeOff"].contains(failure.code))
    #expect(!failure.hint.isEmpty)
  }

  @Test("a hub that stops in the middle of a frame: broken off, worth trying again")
  func brokenFrame() async throws {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\nhalf"
    let failure = try #require(try await withServer(answering: Array(answer.utf8)) { try await synchronize(with: $0) })
    #expect(failure.code == "hubBrokeOff" && failure.retry)
  }

  @Test("an answer over the frame's limit is refused without being read to its end (promise 8)")
  func tooLarge() async throws {
    var answer = Array("HTTP/1.1 200 OK\r\ncontent-length: 5000000\r\n\r\n".utf8)
    answer += [UInt8](repeating: 7, count: 5_000_000)
    let failure = try #require(try await withServer(answering: answer) { try await synchronize(with: $0) })
    #expect(failure.code == "answerTooLarge")
  }

  @Test("plain http beyond this machine and things that are no address are refused")
  func addresses() throws {
    for (address, code) in [
      ("http://hub.example.edu.cn", "plainHTTP"), ("hub", "badAddress"), ("ftp://127.0.0.1", "badAddress"),
      ("http://127.0.0.1:1/path", "badAddress"),
    ] {
      do {
        _ = try HubClient.normalized(address)
        Issue.record("\(address) was accepted")
      } catch let error as TransportError {
        #expect(error.code == code)
      }
    }
  }
}

private final class OneAnswer: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes))).whenComplete { _ in
      loopBound.value.close(promise: nil)
    }
  }
}
