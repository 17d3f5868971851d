import SyncTesting
import Testing

@testable import SyncModel

/// A scope in pieces is the scope log by log (promise 7).
@Suite struct SharedScopeTests {
  private struct School {
    let directory: Directory
    let units: [UnitPath]
  }

  /// Up to eight deep, names that sort before and behind each other's children, and moves upon moves.
  private func school(_ generator: inout SeededGenerator, moves: Int) throws -> School {
    let root = try #require(UnitPath("school"))
    let names = ["a", "a!", "ab", "b", "~", "~~", "党总支", "z"]
    var units = [root]
    while units.count < 60 {
      let parent = units[generator.below(units.count)]
      let name = names[generator.below(names.count)]
      if let unit = UnitPath("\(parent)/\(name)"), !units.contains(unit) { units.append(unit) }
    }
    // Not every unit that is spoken of was ever described.
    let places = units + [try #require(UnitPath("elsewhere/a")), try #require(UnitPath("school/zz/zz"))]
    let tree = UnitTree(
      root: root,
      moves: (0..<moves).map { number in
        .init(
          unit: places[generator.below(places.count)], generation: UInt64(number + 1),
          parent: places[generator.below(places.count)], cut: FeedCut([:]))
      })
    let outcome = AuthorityResolver.Outcome(tree: tree, counting: [], aside: [])
    return School(
      directory: Directory(root: root, rootDevice: DeviceID(high: 1, low: 1), authority: outcome),
      units: places + units.compactMap { UnitPath("\($0)/new") } + [try #require(UnitPath("other/x"))])
  }

  @Test(
    "the pieces hold exactly the logs that are shared, whatever was moved where", arguments: [0, 1, 3, 12, 40], 1...6)
  func exact(moves: Int, seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed * 1000 + moves))
    let school = try school(&generator, moves: moves)
    for _ in 0..<12 {
      let left = school.units[generator.below(school.units.count)]
      let right = generator.chance(percent: 30) ? left : school.units[generator.below(school.units.count)]
      let scope = school.directory.sharedScope(between: left, and: right)
      for unit in school.units {
        for log in Channel.allCases.map({ LogID(unit, $0) }) {
          #expect(
            scope.contains(log) == school.directory.isShared(log, between: left, and: right),
            "\(log) between \(left) and \(right)")
        }
      }
      for (one, next) in zip(scope.pieces, scope.pieces.dropFirst()) {
        #expect(!next.range.low.lexicographicallyPrecedes(one.range.high) && !one.range.high.isEmpty)
      }
      #expect(scope.pieces.allSatisfy { !$0.channels.isEmpty })
    }
  }

  @Test("what is taken away by how a unit stands to the peer is taken away piece by piece", arguments: [0, 12])
  func narrowed(moves: Int) throws {
    var generator = SeededGenerator(seed: 77)
    let school = try school(&generator, moves: moves)
    let peer = school.units[generator.below(60)]
    func isMeant(_ log: LogID) -> Bool {
      let relation = school.directory.tree.relation(of: log.unit, to: peer)
      return log.channel == .notices && (relation == .own || relation == .above || relation == .formerlyAbove)
    }
    let scope = school.directory.sharedScope(between: school.directory.root, and: peer, alone: isMeant)
    for unit in school.units {
      for log in Channel.allCases.map({ LogID(unit, $0) }) {
        let isShared = school.directory.isShared(log, between: school.directory.root, and: peer)
        #expect(scope.contains(log) == (isShared && isMeant(log)))
      }
    }
  }

  @Test("a scope cut to a range holds what both hold, and where nothing was moved it is a few pieces")
  func cut() throws {
    var generator = SeededGenerator(seed: 5)
    let school = try school(&generator, moves: 0)
    let keys = school.units.flatMap { unit in Channel.allCases.map { LogID(unit, $0).key } }.sorted {
      $0.lexicographicallyPrecedes($1)
    }
    for _ in 0..<40 {
      let unit = school.units[generator.below(60)]
      let scope = school.directory.sharedScope(between: school.directory.root, and: unit)
      #expect(scope.pieces.count <= unit.depth + 2)
      let (low, high) = (generator.below(keys.count), generator.below(keys.count))
      let range = Exchange.KeyRange(
        low: keys[min(low, high)], high: generator.chance(percent: 20) ? [] : keys[max(low, high)])
      let pieces = scope.pieces(in: range)
      for key in keys {
        let log = try LogID(key: key)
        let isIn = pieces.contains { $0.range.contains(key) && $0.channels.contains(log.channel) }
        #expect(isIn == (scope.contains(log) && range.contains(key)))
      }
    }
  }
}
