import NIOCore
import NIOPosix
import SyncEngine
import SyncModel
import SyncTesting
import Synchronization
import Testing

@testable import SyncHTTP

/// Rounds of one workspace: never two at once, ended in their middle, and named by why nobody answers.
@Suite struct RoundTests {
  let hub: HubSchool

  init() throws { hub = try HubSchool() }

  @Test("while another process is at it a round is left to it, or waits for its turn as long as it was told to")
  func oneAtATime() async throws {
    let laptop = hub.laptop
    try await LiveHub.serve(hub.root.workspace) { url async throws in
      var hasty = HubOptions()
      hasty.turnMilliseconds = 0
      let first = try HubClient(address: url, options: hasty)
      let other = try #require(try laptop.workspace.lockForRound())
      await #expect(throws: TransportError.alreadySyncing) { _ = try await first.synchronize(laptop.workspace) }
      let waited = Mutex(0)
      var patient = HubOptions()
      patient.sleep = { _ in
        // The other one is done the third time that it is looked at.
        waited.withLock { $0 += 1 }
        if waited.withLock({ $0 }) == 3 { other.release() }
      }
      let second = try HubClient(address: url, options: patient)
      #expect(try await second.synchronize(laptop.workspace).inSync)
      #expect(waited.withLock { $0 } == 3)
      // It gave its turn back.
      #expect(try await first.synchronize(laptop.workspace).inSync)
      try await first.shutdown()
      try await second.shutdown()
    }
  }

  @Test("a round that is cancelled while the hub is silent ends at once and gives its turn back (promise 9)")
  func cancelled() async throws {
    let (taken, continuation) = AsyncStream.makeStream(of: Void.self)
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        continuation.yield()
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let client = try HubClient(address: "http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
    let workspace = hub.laptop.workspace
    let round = Task { try await client.synchronize(workspace) }
    var iterator = taken.makeAsyncIterator()
    await iterator.next()
    round.cancel()
    await #expect(throws: CancellationError.self) { _ = try await round.value }
    let lock = try #require(try workspace.lockForRound())
    lock.release()
    try await client.shutdown()
    try await channel.close()
  }

  @Test("why nobody answers is said in plain words: refused, or a name that nobody knows")
  func reasons() async throws {
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0).get()
    let free = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    try await channel.close()
    let refused = try HubClient(address: free)
    await #expect(throws: TransportError.unreachable(address: free, reason: .refused)) {
      _ = try await refused.synchronize(hub.laptop.workspace)
    }
    try await refused.shutdown()
    // RFC 6761: no resolver answers for it.
    let unknown = try HubClient(address: "https://hub.invalid")
    await #expect(throws: TransportError.unreachable(address: "https://hub.invalid", reason: .unknownName)) {
      _ = try await unknown.synchronize(hub.laptop.workspace)
    }
    try await unknown.shutdown()
  }

  @Test("a hub that is too busy for longer than a round waits says when to come back, and the schedule hears it")
  func retryAfter() async throws {
    var limit = HTTPLimit.standard
    limit.deviceRequests = .init(burst: 1, perSecond: 0.001)
    let laptop = hub.laptop
    try await LiveHub.serve(hub.root.workspace, limit: limit) { url async throws in
      let client = try HubClient(address: url)
      let problem = await #expect(throws: Problem.self) {
        _ = try await client.synchronize(laptop.workspace)
        _ = try await client.synchronize(laptop.workspace)
      }
      let refused = try #require(problem)
      let seconds = try #require(refused.retryAfterSeconds)
      #expect(seconds > HTTPLimit.standard.retryAfterSeconds)
      #expect(SyncSchedule.Ending(refused) == .failed(retryAfterSeconds: seconds))
      try await client.shutdown()
    }
  }
}
