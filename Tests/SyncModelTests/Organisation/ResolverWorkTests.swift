import SyncModel
import SyncTesting
import Testing

/// What deciding costs, and that it comes to what the rules say (promises 1, 7 and 8; decision 0038).
@Suite struct ResolverWorkTests {
  @Test(
    "twice the statements are at most 2.3 times the steps, whoever stops whom",
    arguments: HostileStatements.Family.allCases)
  func doubled(_ family: HostileStatements.Family) {
    var before: Int?
    for count in [400, 800, 1600] {
      let made = HostileStatements(family, count: count)
      let outcome = made.outcome()
      let said = made.statements.count
      #expect(outcome.counting.count + outcome.aside.count == said, "all have authority, or might")
      let logarithm = Int.bitWidth - said.leadingZeroBitCount
      #expect(outcome.steps <= 20 * said * logarithm, "\(count): \(outcome.steps) steps")
      if let before {
        let growth = Double(outcome.steps) / Double(before)
        #expect(growth <= 2.3, "\(count): \(growth) times the steps")
      }
      before = outcome.steps
    }
  }

  @Test("every family comes to what the oracle comes to", arguments: HostileStatements.Family.allCases)
  func families(_ family: HostileStatements.Family) {
    for count in [12, 40] { expectSame(HostileStatements(family, count: count), "\(family) \(count)") }
  }

  @Test("random sets with forks, moves, stops of oneself and the last number come to what the oracle comes to")
  func sameAsOracle() {
    var (counting, aside, moved, contested) = (0, 0, 0, 0)
    for seed in 1...600 as ClosedRange<UInt64> {
      let outcome = expectSame(HostileStatements(seed: seed, count: 40), "seed \(seed)")
      counting += outcome.counting.count
      aside += outcome.aside.count
      moved += outcome.tree.movedUnits.count
      contested += outcome.counting.count { $0.content.generation == AuthorityStatement.generationLimit }
    }
    #expect(counting > 1000 && aside > 1000 && moved > 50 && contested > 200, "\((counting, aside, moved, contested))")
  }

  @discardableResult
  private func expectSame(_ made: HostileStatements, _ what: String) -> AuthorityResolver.Outcome {
    let (outcome, expected) = (made.outcome(), made.oracle())
    #expect(outcome.counting == expected.counting, "\(what)")
    #expect(outcome.aside == expected.aside, "\(what)")
    #expect(outcome.tree == expected.tree, "\(what)")
    return outcome
  }

  @Test("a directory is read back as it was kept, and broken bytes are refused")
  func kept() throws {
    for seed in 1...40 as ClosedRange<UInt64> {
      let made = HostileStatements(seed: seed, count: 40)
      var directory = Directory(
        root: HostileStatements.root, rootDevice: HostileStatements.rootDevice, authority: made.outcome(),
        schoolName: "学校")
      for (number, unit) in [HostileStatements.root, UnitPath("school/a")].compactMap({ $0 }).enumerated() {
        directory.add(
          DirectoryUnit(
            path: unit, name: "单位\(number)", kind: number == 0 ? .school : .branch, type: number == 0 ? nil : .teachers,
            origin: number == 0 ? nil : HostileStatements.root, givenName: number == 0 ? "单位0" : "别名",
            describedBy: HostileStatements.root))
      }
      for device in directory.devices.keys { directory.name(device, "设备") }
      let bytes = directory.bytes
      #expect(try Directory(bytes: bytes) == directory, "seed \(seed)")
      for length in stride(from: 0, to: bytes.count, by: 7) {
        #expect(throws: CodecError.self) { try Directory(bytes: Array(bytes[..<length])) }
      }
      // Numbers that promise more than there is make no room for it.
      for position in stride(from: 0, to: bytes.count, by: 3) {
        var changed = bytes
        for index in position..<min(position + 4, bytes.count) { changed[index] = 0xff }
        _ = try? Directory(bytes: changed)
      }
    }
  }
}
