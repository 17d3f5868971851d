import SyncTesting
import Testing

@Test(
  "two replicas and three writes agree with the oracle in every interleaving (promises 1, 2)",
  arguments: [(sends: 2, blind: true, runs: 746), (sends: 3, blind: false, runs: 3196)])
func everyInterleaving(sends: Int, blind: Bool, runs: Int) throws {
  // The number of runs is part of the test: fewer would mean that something is no longer tried.
  let found = try Rig.everyInterleaving(writes: 3, sends: sends, blind: blind)
  #expect(found == runs)
}
