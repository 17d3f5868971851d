import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Synchronization
import Testing

@testable import syncd

/// What reaches a server that is not the one pinned (promise 7).
@Suite struct WrongPinTests {
  /// A server with a certificate that completes every handshake, counts what arrives inside it, and hangs up on the first
  /// byte.
  private final class Listener {
    private let counter = ByteCounter.Total()
    private let closed: EventLoopPromise<Void>
    private let channel: any NIOCore.Channel
    var url: String { "https://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    init(_ certificate: HubCertificate) async throws {
      let context = try NIOSSLContext(configuration: certificate.configuration)
      let group = MultiThreadedEventLoopGroup.singleton
      let closed = group.next().makePromise(of: Void.self)
      self.closed = closed
      channel = try await ServerBootstrap(group: group)
        .childChannelInitializer { [counter] child in
          child.closeFuture.cascade(to: closed)
          return child.eventLoop.makeCompletedFuture {
            try child.pipeline.syncOperations.addHandlers([
              NIOSSLServerHandler(context: context), ByteCounter(total: counter),
            ])
          }
        }
        .bind(host: "127.0.0.1", port: 0).get()
    }

    /// Of the first connection, once it is gone: nothing more can arrive.
    func received() async throws -> (handshakes: Int, bytes: Int) {
      try await closed.futureResult.get()
      try await channel.close()
      return counter.value.withLock { $0 }
    }
  }

  private final class ByteCounter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    final class Total: Sendable {
      let value = Mutex((handshakes: 0, bytes: 0))
    }

    let total: Total

    init(total: Total) {
      self.total = total
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent {
        total.value.withLock { $0.handshakes += 1 }
      }
      context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      total.value.withLock { $0.bytes += unwrapInboundIn(data).readableBytes }
      context.close(promise: nil)
    }
  }

  @Test("a server with another key than the one pinned gets its handshake and not one byte more (promise 7)")
  func nothingSent() async throws {
    let hub = try HubSchool()
    let folder = hub.school.folder + "/certificate"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let certificate = try HubCertificate(of: folder, names: ["127.0.0.1"])

    func attempt(_ pin: Digest256?) async throws -> (code: String?, received: (handshakes: Int, bytes: Int)) {
      let listener = try await Listener(certificate)
      var options = HubOptions()
      options.certificatePin = pin
      let client = try HubClient(address: listener.url, options: options)
      var code: String?
      do { _ = try await client.synchronize(hub.laptop.workspace) } catch let error as any ExplainedError {
        code = error.code
      }
      try await client.shutdown()
      return (code, try await listener.received())
    }

    let wrong = try await attempt(Digest256(a: 1, b: 2, c: 3, d: 4))
    #expect(wrong.code == "certificatePin")
    #expect(wrong.received == (handshakes: 1, bytes: 0))
    // The listener does see what is sent to it.
    let right = try await attempt(certificate.pin)
    #expect(right.code == "hubBrokeOff", "\(right)")
    #expect(right.received.handshakes == 1 && right.received.bytes > 0)
  }
}
