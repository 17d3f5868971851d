import SyncModel
import Testing

/// Trees of units that are moved again and again (promise 8): work and memory follow what was said, not what it multiplies to.
@Suite struct UnitTreeTests {
  private let root: UnitPath

  init() throws {
    root = try Self.path("school")
  }

  private static func path(_ text: String) throws -> UnitPath { try #require(UnitPath(text)) }

  /// Told apart by the log that it names.
  private static func cut(_ number: Int) throws -> FeedCut {
    FeedCut([
      LogID(try path("cut/\(number)"), .notices): [
        FeedPlace(replica: ReplicaID(high: 1, low: 1), seq: 1, hash: Digest256(a: 0, b: 0, c: 0, d: 0))
      ]
    ])
  }

  /// The units go to these places one after another, each move with a cut of its own.
  private func tree(_ steps: [(unit: String, parent: String)]) throws -> UnitTree {
    UnitTree(
      root: root,
      moves: try steps.enumerated().map { index, step in
        .init(
          unit: try Self.path(step.unit), generation: UInt64(index + 1), parent: try Self.path(step.parent),
          cut: try Self.cut(index + 1))
      })
  }

  @Test("a move to where the unit is changes nothing; the next one carries a later number all the same")
  func nowhere() throws {
    let tree = try tree([("school/a/x", "school/a"), ("school/a/x", "school/a")])
    #expect(tree.movedUnits.isEmpty)
    #expect(tree.nextGeneration(of: try Self.path("school/a/x")) == 3)
    #expect(tree.relation(of: root, to: try Self.path("school/a/x")) == .above)
  }

  @Test("five units below each other, each moved a hundred times: what was above them is found in few steps")
  func movedAbout() throws {
    let chain = ["school/a", "school/a/b", "school/a/b/c", "school/a/b/c/d", "school/a/b/c/d/e"]
    var toItself: [(String, String)] = []
    var about: [(String, String)] = []
    for unit in 1..<chain.count {
      for number in 1...100 {
        toItself.append((chain[unit], chain[unit - 1]))
        about.append((chain[unit], "school/f\(number)-\(unit)"))
      }
      about.append((chain[unit], chain[unit - 1]))
    }
    let stranger = try Self.path("school/z")
    let last = try Self.path(chain[4])
    // Each was 100 ways back, and 100⁴ in all.
    for steps in [toItself, about] {
      let tree = try tree(steps)
      #expect(tree.cuts(above: stranger, last) == nil)
      #expect(tree.relation(of: stranger, to: last) == .unrelated)
      #expect(!tree.succeeds(stranger, last))
      #expect(tree.relation(of: try Self.path("school/a"), to: last) == .above)
    }
    let former = try tree(about)
    for number in [1, 2, 99, 100] {
      #expect(former.relation(of: try Self.path("school/f\(number)-4"), to: last) == .formerlyAbove)
    }
  }

  @Test("whoever was above a unit first stays known however often it is moved about afterwards")
  func firstPlace() throws {
    let moves = [("school/a/x", "school/b/1")] + (2...300).map { ("school/a/x", "school/b/\($0 % 40 + 1)") }
    let tree = try tree(moves)
    let unit = try Self.path("school/a/x")
    #expect(tree.cuts(above: try Self.path("school/a"), unit) == [try Self.cut(1)])
    #expect(tree.cuts(above: try Self.path("school/b"), unit) == [])
  }

  @Test("of two times that a unit left a place the later cut holds; moves upon moves hold all their cuts")
  func cuts() throws {
    let twice = try tree([
      ("school/a/x", "school/b"), ("school/a/x", "school/a"), ("school/a/x", "school/c"),
    ])
    let unit = try Self.path("school/a/x")
    #expect(twice.cuts(above: try Self.path("school/a"), unit) == [try Self.cut(3)])
    #expect(twice.cuts(above: try Self.path("school/b"), unit) == [try Self.cut(2)])
    // Under b when b was under a.
    let upon = try tree([("school/a/b", "school/c"), ("school/c/x", "school/a/b"), ("school/c/x", "school/d")])
    let moved = try Self.path("school/c/x")
    #expect(upon.cuts(above: try Self.path("school/c"), moved) == [try Self.cut(3)])
    #expect(upon.cuts(above: try Self.path("school/a"), moved) == [try Self.cut(3), try Self.cut(1)])
    #expect(upon.succeeds(try Self.path("school/d"), try Self.path("school/a")))
    #expect(!upon.succeeds(try Self.path("school/a"), try Self.path("school/d")))
  }

  @Test("every way to the root is short and ends there, however many units are moved below each other")
  func deep() throws {
    let count = 2000
    let downward = (1..<count).map { ("school/u\($0)", "school/u\($0 - 1)") }
    for steps in [downward, downward.reversed()] {
      let tree = try tree(steps)
      for unit in [0, 1, 7, count / 2, count - 1] {
        let line = tree.lineage(of: try Self.path("school/u\(unit)"))
        #expect(line.last == root)
        #expect(line.count <= (UnitTree.movedLimit + 1) * UnitPath.depthLimit)
      }
      #expect(!tree.contains(try Self.path("school/u5"), try Self.path("school/u0")), "nothing is below itself")
    }
  }

  @Test("equal moves are equal trees, whatever was asked of one of them")
  func equality() throws {
    let (left, right) = (try tree([("school/a/x", "school/b")]), try tree([("school/a/x", "school/b")]))
    _ = left.succeeds(root, try Self.path("school/a"))
    #expect(left == right && left.hashValue == right.hashValue)
    #expect(left != (try tree([("school/a/x", "school/c")])))
  }
}
