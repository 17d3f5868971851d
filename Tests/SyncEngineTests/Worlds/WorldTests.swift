import Foundation
import SyncTesting
import Testing

/// Whole schools in which everything goes wrong at once. `scripts/simulate` plays thousands.
@Suite struct WorldTests {
  @Test(
    "worlds of restores, clones, wrong clocks, revocations and moves keep promises 1–7, 10 and 11", arguments: 1...16)
  func worlds(seed: UInt64) throws {
    let world = try World(seed: seed, plan: World.Plan(actions: 40))
    try world.run()
    #expect(world.tally.writes > 0)
  }

  @Test(
    "after a fork, whoever wrote the first entry of a new incarnation is still told (promise 11)", arguments: [14, 26])
  func authorsAfterForks(seed: UInt64) throws {
    let world = try World(seed: seed, plan: World.Plan(actions: 60))
    try world.run()
    #expect(world.tally.forks > 0)
  }

  @Test(
    "worlds in which some promise once did not hold hold them",
    arguments: [100_535, 100_862, 101_331, 101_910, 102_151, 102_999])
  func onceBroken(seed: UInt64) throws {
    try World(seed: seed, plan: World.Plan(actions: 60)).run()
  }

  @Test("what stands in the end is the same whatever the clocks said (promise 10)", arguments: 101...104)
  func clocks(seed: UInt64) throws {
    let (wrong, right) = (try played(seed), try played(seed, wrongClocks: false))
    #expect(wrong.tally.clockJumps == right.tally.clockJumps)
    #expect(try wrong.outcome() == right.outcome())
  }

  @Test("a seed replays a world step for step")
  func replay() throws {
    let (first, second) = (try played(7), try played(7))
    #expect(first.trace == second.trace)
  }

  private func played(_ seed: UInt64, wrongClocks: Bool = true) throws -> World {
    let world = try World(seed: seed, plan: World.Plan(actions: 40, wrongClocks: wrongClocks))
    try world.run()
    return world
  }
}
