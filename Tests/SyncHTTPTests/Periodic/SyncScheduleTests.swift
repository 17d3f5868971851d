import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// When rounds begin, on a clock that is moved by hand and with seeded jitter.
@Suite struct SyncScheduleTests {
  private static let quarter: UInt64 = 15 * 60_000

  private func schedule(_ every: String = "15m") throws -> SyncSchedule {
    SyncSchedule(every: try #require(Interval(text: every)))
  }

  /// Plays `endings` one after the other, each round taking a second, and gives what was decided after each.
  private func play(
    _ endings: [SyncSchedule.Ending], every: String = "15m", seed: UInt64 = 1
  ) throws -> [SyncSchedule.Next] {
    var schedule = try schedule(every)
    var generator = SeededGenerator(seed: seed)
    var now: UInt64 = 1_000_000
    return endings.map { ending in
      schedule.begin(at: now)
      now += 1000
      let next = schedule.end(ending, at: now, using: &generator)
      now += next.waitMilliseconds
      return next
    }
  }

  @Test("rounds begin one interval apart, give or take a tenth, whatever a round takes; seeds differ, one seed repeats")
  func interval() throws {
    let waits = try play(Array(repeating: .done, count: 200)).map(\.waitMilliseconds)
    let periods = waits.map { $0 + 1000 }
    #expect(periods.allSatisfy { $0 >= Self.quarter * 9 / 10 && $0 <= Self.quarter * 11 / 10 })
    #expect((periods.max() ?? 0) - (periods.min() ?? 0) > Self.quarter / 10, "they spread")
    #expect(try play([.done, .done, .done]) == play([.done, .done, .done]))
    #expect(try play([.done], seed: 1) != play([.done], seed: 2))
    var slow = try schedule()
    var generator = SeededGenerator(seed: 1)
    slow.begin(at: 0)
    let next = slow.end(.done, at: 10 * Self.quarter, using: &generator)
    #expect(next.waitMilliseconds == SyncSchedule.restMilliseconds && next.word == .round)
  }

  @Test(
    "a hub that fails is asked at doubling distances up to the cap, in the upper half of each; then all is as before")
  func backOff() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let failures = try play(Array(repeating: .failed(retryAfterSeconds: nil), count: 40), seed: seed)
      for (index, next) in failures.enumerated() {
        let whole = min(
          SyncSchedule.firstBackOffMilliseconds << UInt64(min(index, 20)), SyncSchedule.capMilliseconds.lowerBound)
        #expect(next.waitMilliseconds >= whole / 2 && next.waitMilliseconds <= whole, "seed \(seed), failure \(index)")
        #expect(next.word == .failed && !next.watchesNetwork)
      }
    }
    let healed = try play([
      .failed(retryAfterSeconds: nil), .failed(retryAfterSeconds: nil), .done, .failed(retryAfterSeconds: nil),
    ])
    #expect(healed[2].word == .round && healed[2].waitMilliseconds > 10 * 60_000)
    #expect(healed[3].waitMilliseconds <= SyncSchedule.firstBackOffMilliseconds)
  }

  @Test("the cap follows the interval within its bounds; short intervals are never waited out longer at first")
  func cap() throws {
    for (every, cap) in [("1s", 900_000), ("15m", 900_000), ("30m", 1_800_000), ("7d", 3_600_000)] as [(String, UInt64)]
    {
      let last = try play(Array(repeating: .failed(retryAfterSeconds: nil), count: 60), every: every).last
      let wait = try #require(last?.waitMilliseconds)
      #expect(wait >= cap / 2 && wait <= cap, "\(every)")
    }
    #expect(try play([.failed(retryAfterSeconds: nil)], every: "1s")[0].waitMilliseconds <= 1000)
    #expect(try play([.offline], every: "1s")[0].waitMilliseconds <= 1000)
  }

  @Test("nobody answers: said once, tried at least once a minute, and the return tells how long it was")
  func offline() throws {
    let story = try play([.done] + Array(repeating: .offline, count: 30) + [.done, .done, .offline])
    #expect(story[1].word == .wentOffline)
    #expect(story[2...30].allSatisfy { $0.word == .nothing })
    #expect(
      story[1...30].allSatisfy { $0.watchesNetwork && $0.waitMilliseconds <= SyncSchedule.offlineCapMilliseconds })
    let away = story[1...30].reduce(0) { $0 + $1.waitMilliseconds } + 30 * 1000
    #expect(story[31].word == .cameBack(afterMilliseconds: away))
    #expect(story[31].waitMilliseconds > 10 * 60_000 && story[32].word == .round)
    #expect(story[33].word == .wentOffline, "the next time is said again")
  }

  @Test("a changed network begins waiting anew; a hub that answers and fails is not offline any more")
  func changes() throws {
    var schedule = try schedule()
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<10 { _ = schedule.end(.offline, at: 0, using: &generator) }
    schedule.networkChanged()
    let soon = schedule.end(.offline, at: 0, using: &generator)
    #expect(soon.waitMilliseconds <= SyncSchedule.firstBackOffMilliseconds && soon.word == .nothing)
    #expect(schedule.isOffline)
    let failed = schedule.end(.failed(retryAfterSeconds: nil), at: 0, using: &generator)
    #expect(failed.word == .failed && failed.waitMilliseconds <= SyncSchedule.firstBackOffMilliseconds)
    #expect(!schedule.isOffline)
    #expect(schedule.end(.offline, at: 0, using: &generator).word == .wentOffline)
  }

  @Test("Retry-After is never undercut, exceeded by a tenth at most, and believed for a day at most")
  func retryAfter() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let next = try play([.failed(retryAfterSeconds: 600)], seed: seed)[0]
      #expect(next.waitMilliseconds >= 600_000 && next.waitMilliseconds <= 660_000)
    }
    let short = try play(Array(repeating: .failed(retryAfterSeconds: 1), count: 30))
    let last = try #require(short.last)
    #expect(last.waitMilliseconds >= SyncSchedule.capMilliseconds.lowerBound / 2)
    let endless = try play([.failed(retryAfterSeconds: .max)])[0]
    #expect(endless.waitMilliseconds <= UInt64(SyncSchedule.retryAfterLimitSeconds) * 1100)
    #expect(try play([.failed(retryAfterSeconds: -5)])[0].waitMilliseconds <= SyncSchedule.firstBackOffMilliseconds)
  }

  @Test("a round left to another process counts as one, and says so")
  func taken() throws {
    let next = try play([.failed(retryAfterSeconds: nil), .taken, .failed(retryAfterSeconds: nil)])
    #expect(next[1].word == .taken && next[1].waitMilliseconds > 10 * 60_000)
    #expect(next[2].waitMilliseconds <= SyncSchedule.firstBackOffMilliseconds)
  }

  @Test("errors come to what they mean: nobody there, somebody at it, or a failure with what the hub asked for")
  func errors() {
    let unreachable = TransportError.unreachable(address: "http://127.0.0.1:1", reason: .refused)
    #expect(SyncSchedule.Ending(unreachable) == .offline)
    #expect(SyncSchedule.Ending(TransportError.alreadySyncing) == .taken)
    let busy = Problem(status: 503, code: "busy", detail: "", hint: "", retry: true, retryAfterSeconds: 90)
    #expect(SyncSchedule.Ending(busy) == .failed(retryAfterSeconds: 90))
    #expect(SyncSchedule.Ending(TransportError.tooLarge) == .failed(retryAfterSeconds: nil))
  }
}
