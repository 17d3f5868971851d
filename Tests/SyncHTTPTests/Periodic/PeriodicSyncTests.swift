import SyncEngine
import SyncModel
import SyncTesting
import Synchronization
import Testing

@testable import SyncHTTP

/// The loop around the schedule: what it tells, when it wakes, how it ends. Time passes only where it sleeps.
@Suite struct PeriodicSyncTests {
  /// A world in which nothing happens by itself.
  private final class World: Sendable {
    struct State {
      var now: UInt64 = 0
      var addresses: Set<String> = ["192.0.2.1"]
      /// Changes of the network, by the time at which they happen.
      var changes: [(at: UInt64, addresses: Set<String>)] = []
      var slept: [UInt64] = []
      var endsAt: UInt64 = .max
    }

    let state = Mutex(State())

    var surroundings: PeriodicSync.Surroundings {
      PeriodicSync.Surroundings(
        nowMilliseconds: { self.state.withLock { $0.now } },
        sleep: { milliseconds in
          try self.state.withLock { state in
            state.now += milliseconds
            state.slept.append(milliseconds)
            while let change = state.changes.first, change.at <= state.now {
              state.addresses = change.addresses
              state.changes.removeFirst()
            }
            if state.now >= state.endsAt { throw CancellationError() }
          }
        },
        addresses: { self.state.withLock { $0.addresses } })
    }
  }

  private static let offline = TransportError.unreachable(address: "http://hub.invalid", reason: .noRoute)

  private func words(_ event: PeriodicSync.Event<Int>) -> String {
    switch event {
    case .round(let number, _): "round \(number)"
    case .cameBack(let number, _, _): "back \(number)"
    case .wentOffline: "offline"
    case .failed: "failed"
    case .taken: "taken"
    case .stoppedInRound: "stopped"
    }
  }

  /// Runs the rounds of `results` until they are used up or the world ends.
  private func play(
    _ results: [Result<Int, any Error>], in world: World, every: String = "15m",
    endsOn: @escaping (any Error) -> Bool = { _ in false }
  ) async throws -> [String] {
    var told: [String] = []
    var rest = results[...]
    var generator = SeededGenerator(seed: 7)
    let interval = try #require(Interval(text: every))
    try await PeriodicSync(every: interval, surroundings: world.surroundings).run(
      { () throws -> Int in
        guard let next = rest.popFirst() else { throw CancellationError() }
        return try next.get()
      }, endsOn: endsOn, using: &generator, tell: { told.append(words($0)) })
    return told
  }

  @Test("one line a round; an absence is told once however often it is tried, and the return at once")
  func told() async throws {
    let world = World()
    let offline = Array(repeating: Result<Int, any Error>.failure(Self.offline), count: 25)
    let told = try await play([.success(1)] + offline + [.success(2), .failure(TransportError.tooLarge)], in: world)
    #expect(told == ["round 1", "offline", "back 2", "failed", "stopped"])
  }

  @Test("a network that comes back is noticed within moments, not after the wait that was under way")
  func networkReturns() async throws {
    let world = World()
    // Away for an hour: the distances have long grown to their cap.
    world.state.withLock { $0.changes = [(at: 3_600_000, addresses: ["192.0.2.1", "198.51.100.7"])] }
    var tries: [UInt64] = []
    var generator = SeededGenerator(seed: 7)
    let interval = try #require(Interval(text: "15m"))
    try await PeriodicSync(every: interval, surroundings: world.surroundings).run(
      { () throws -> Int in
        tries.append(world.state.withLock { $0.now })
        if tries.count > 1, tries[tries.count - 1] >= 3_600_000 { throw CancellationError() }
        throw Self.offline
      }, using: &generator, tell: { _ in })
    let last = try #require(tries.last)
    #expect(last >= 3_600_000 && last <= 3_600_000 + PeriodicSync.watchMilliseconds)
    #expect(tries.count > 60, "once a minute at least")
  }

  @Test("it ends while it waits without a word, in a round with one, and on what no round can cure with the error")
  func ends() async throws {
    let world = World()
    world.state.withLock { $0.endsAt = 20 * 60_000 }
    #expect(try await play([.success(1), .success(2), .success(3)], in: world) == ["round 1", "round 2"])
    #expect(try await play([.failure(CancellationError())], in: World()) == ["stopped"])
    await #expect(throws: TransportError.noHub) {
      try await play([.success(1), .failure(TransportError.noHub)], in: World(), endsOn: { $0 is TransportError })
    }
  }

  @Test("a line says what was sent and received, how often and how much, what differs and how long it took")
  func line() {
    var outcome = SyncOutcome()
    (outcome.sent, outcome.received, outcome.roundTrips) = (3, 10, 2)
    (outcome.bytesSent, outcome.bytesReceived, outcome.inSync) = (812, 34_567, true)
    #expect(
      RoundReport(outcome, conflicts: 1, milliseconds: 432).line
        == "送出 3 条，收到 10 条；往返 2 次，上行 812 字节，下行 34 KB；填写不一致 1 处；用时 0.4 秒")
    outcome.inSync = false
    #expect(RoundReport(outcome, conflicts: 0, milliseconds: 75_000).line.hasSuffix("用时 75 秒；两边还没有完全一致"))
    #expect(
      [400, 99_000, 100_000, 7_200_000, 200_000_000].map { RoundReport.about(milliseconds: $0) }
        == ["约 1 秒", "约 99 秒", "约 2 分钟", "约 2 小时", "约 2 天"])
  }

  @Test("amounts of bytes are read as people write them, and everything else is refused (promise 8)")
  func byteCounts() {
    for (text, bytes) in [
      ("20MB", 20_000_000), ("20m", 20_000_000), ("1.5 GB", 1_500_000_000), ("500kb", 500_000), ("4096", 4096),
      ("1TB", 1_000_000_000_000),
    ] { #expect(ByteCount(text: text)?.bytes == bytes, "\(text)") }
    for text in ["", "MB", "0", "-1MB", "1e9", "nan", "inf", "9999TB", "9999999999GB", "1.2.3MB", "二十MB", "0.1"] {
      #expect(ByteCount(text: text) == nil, "\(text)")
    }
    #expect(
      [999, 1000, 1250, 9_999, 12_345, 20_000_000, 3_200_000_000].map { ByteCount($0).text }
        == ["999 字节", "1.0 KB", "1.2 KB", "9.9 KB", "12 KB", "20 MB", "3.2 GB"])
  }
}
