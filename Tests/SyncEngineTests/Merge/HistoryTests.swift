import SyncModel
import SyncTesting
import Testing

/// Random histories over a faulty network, each held against the naive oracle after every event.
@Suite("random histories agree with the oracle")
struct HistoryTests {
  /// Histories per shard; shards run side by side.
  static let histories: UInt64 = 180

  @Test(
    "replicas of any network show what the oracle shows, at every step and in the end (promises 1, 2, 4, 10)",
    arguments: 0..<4)
  func plainHistories(shard: UInt64) throws {
    let seen = try run(shard) { Rig.Plan(seed: $0) }
    #expect(seen.keptDots > 50 && seen.conflicts > 50, "the histories are too tame to prove anything")
  }

  @Test(
    "authority that comes and goes changes only what is shown, whatever the order (promises 1, 7)", arguments: 4..<8)
  func authorityHistories(shard: UInt64) throws {
    let seen = try run(shard) { Rig.Plan(seed: $0, authorityChanges: true) }
    #expect(seen.recomputations > 50, "the histories are too tame to prove anything")
  }

  @Test("clones and restored disks lose nothing, noticed or not (promise 6)", arguments: 8..<12)
  func disasterHistories(shard: UInt64) throws {
    let seen = try run(shard) { Rig.Plan(seed: $0, disasters: true, authorityChanges: $0 % 2 == 0) }
    #expect(seen.forks > 10, "the histories are too tame to prove anything")
  }

  private func run(_ shard: UInt64, _ plan: (UInt64) -> Rig.Plan) throws -> Rig.Statistics {
    var total = Rig.Statistics()
    for seed in shard * 1_000_000..<shard * 1_000_000 + Self.histories {
      var rig = try Rig(seed: seed, plan: plan(seed))
      try rig.run()
      total += rig.statistics
    }
    return total
  }
}
