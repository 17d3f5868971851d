import Foundation
import SyncTesting
import Testing

/// Whole schools in which everything goes wrong at once. `scripts/simulate` plays thousands.
@Suite struct WorldTests {
  @Test(
    "worlds of restores, clones, wrong clocks, revocations and moves keep promises 1–7, 10 and 11", arguments: 1...24)
  func worlds(seed: UInt64) throws {
    let world = try World(seed: seed, plan: World.Plan(actions: 40))
    try world.run()
    #expect(world.tally.writes > 0)
  }
}
