import SyncModel
import SyncTesting
import Testing

/// Kulkarni et al. 2014, with a bound on what a wrong clock elsewhere can do here (promise 10).
@Suite("hybrid clock")
struct HybridClockTests {
  private func ticks(_ clock: inout HybridClock, wallMilliseconds: UInt64, _ expected: HybridTime) {
    let now = clock.tick(wallMilliseconds: wallMilliseconds)
    #expect(now == expected)
  }

  @Test("a tick takes the wall clock where it is ahead, and counts where it stands still or runs back")
  func tick() {
    var clock = HybridClock()
    ticks(&clock, wallMilliseconds: 10, HybridTime(milliseconds: 10, counter: 0))
    ticks(&clock, wallMilliseconds: 10, HybridTime(milliseconds: 10, counter: 1))
    ticks(&clock, wallMilliseconds: 3, HybridTime(milliseconds: 10, counter: 2))
    ticks(&clock, wallMilliseconds: 11, HybridTime(milliseconds: 11, counter: 0))
  }

  @Test("what is absorbed is before every later tick")
  func absorb() {
    var clock = HybridClock()
    let absorbed = clock.absorb(HybridTime(milliseconds: 50, counter: 7), wallMilliseconds: 10)
    #expect(absorbed)
    ticks(&clock, wallMilliseconds: 20, HybridTime(milliseconds: 50, counter: 8))
    clock.absorb(HybridTime(milliseconds: 5, counter: 9), wallMilliseconds: 20)
    #expect(clock.last == HybridTime(milliseconds: 50, counter: 8))
  }

  @Test("a reading over 24 h ahead of the wall clock is not absorbed; one at 24 h is")
  func absorbLimit() {
    let day = HybridClock.absorbLimitMilliseconds
    var clock = HybridClock(last: HybridTime(milliseconds: 3, counter: 0))
    let beyond = clock.absorb(HybridTime(milliseconds: 1_000 + day + 1, counter: 0), wallMilliseconds: 1_000)
    #expect(!beyond)
    #expect(clock.last == HybridTime(milliseconds: 3, counter: 0))
    let within = clock.absorb(HybridTime(milliseconds: 1_000 + day, counter: 0), wallMilliseconds: 1_000)
    #expect(within)
  }

  @Test("a peer's fullest counter does not stop the clock")
  func fullCounter() {
    var clock = HybridClock()
    clock.absorb(HybridTime(milliseconds: 50, counter: .max), wallMilliseconds: 10)
    ticks(&clock, wallMilliseconds: 20, HybridTime(milliseconds: 51, counter: 0))
  }

  @Test("a wall clock beyond the range is not followed", arguments: [HybridTime.millisecondLimit, .max])
  func nonsense(wall: UInt64) {
    var clock = HybridClock(last: HybridTime(milliseconds: 7, counter: 0))
    ticks(&clock, wallMilliseconds: wall, HybridTime(milliseconds: 7, counter: 1))
    let absorbed = clock.absorb(HybridTime(milliseconds: .max, counter: 0), wallMilliseconds: wall)
    #expect(!absorbed)
  }

  @Test("happened-before is ordered on any network of wrong clocks, and drift stays within what was absorbed")
  func causality() {
    for seed in 0..<200 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      var walls = (0..<4).map { _ in 1_000_000 + UInt64(generator.below(200_000)) }
      var clocks = Array(repeating: HybridClock(), count: 4)
      var sent: [HybridTime] = []
      for _ in 0..<100 {
        let site = generator.below(4)
        walls[site] += UInt64(generator.below(50))
        if generator.chance(percent: 40), let message = generator.pick(sent) {
          clocks[site].absorb(message, wallMilliseconds: walls[site])
          #expect(clocks[site].last >= message, "seed \(seed)")
        }
        let before = clocks[site].last
        let now = clocks[site].tick(wallMilliseconds: walls[site])
        #expect(now > before, "seed \(seed)")
        sent.append(now)
      }
      #expect(sent.allSatisfy { $0.milliseconds <= walls.max() ?? 0 }, "seed \(seed)")
    }
  }
}
