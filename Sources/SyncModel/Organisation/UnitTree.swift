import Synchronization

/// Which unit is under which: by the paths at birth, changed by moves.
///
/// Paths, and with them the keys of logs, never change; the tree says who is above them now and who was before.
public struct UnitTree: Sendable {
  public let root: UnitPath
  /// By unit that was ever moved.
  var places: [UnitPath: Place] = [:]
  /// The highest number of a move of each unit, also of one that changed nothing.
  var generations: [UnitPath: UInt64] = [:]
  private var memo = Memo()

  /// Moved units on one way to the root that are where they were moved to; further up, units are where their paths say. So
  /// every way is short and ends at the root, however moves build on each other.
  public static let movedLimit = 16
  /// Former places of one unit that are remembered: the first half and the last half of them.
  public static let formerLimit = 8
  /// Moves upon moves that are followed back, and places that are looked at in doing so, the nearest first.
  private static let formerHopLimit = 4
  private static let formerPlaceLimit = 64

  struct Place: Hashable, Sendable {
    var parent: UnitPath
    /// Different units that it was directly under, in the order in which it last left them.
    var former: [Former] = []
  }

  struct Former: Hashable, Sendable {
    var parent: UnitPath
    var cut: FeedCut
  }

  /// - Parameter moves: at most one for a unit and generation. One to the place that the unit already has changes nothing;
  ///   one that would put it below itself does not count.
  public init(root: UnitPath, moves: [AuthorityStatement.Move] = []) {
    self.root = root
    for move in moves.sorted(by: { ($0.generation, $0.unit) < ($1.generation, $1.unit) }) { add(move) }
  }

  /// A move later than those of its unit so far; an earlier one changes nothing any more.
  public mutating func add(_ move: AuthorityStatement.Move) {
    if move.generation < generations[move.unit] ?? 0 { return }
    generations[move.unit] = move.generation
    guard move.unit != root, let before = parent(of: move.unit), before != move.parent,
      !lineage(of: move.parent).contains(move.unit)
    else { return }
    var place = places[move.unit] ?? Place(parent: before)
    place.parent = move.parent
    place.former.removeAll { $0.parent == before }
    place.former.append(Former(parent: before, cut: move.cut))
    // From the middle: whoever moves it about within their own subtree drives out nobody who was above it before.
    if place.former.count > Self.formerLimit { place.former.remove(at: Self.formerLimit / 2) }
    places[move.unit] = place
    memo = Memo()
  }

  /// Units that are not where their paths say, or once were not.
  public var movedUnits: Set<UnitPath> { Set(places.keys) }

  /// The number that the next move of a unit carries.
  public func nextGeneration(of unit: UnitPath) -> UInt64 {
    AuthorityStatement.generation(after: generations[unit] ?? 0)
  }

  // MARK: Now

  /// nil for the root.
  public func parent(of unit: UnitPath) -> UnitPath? {
    places[unit]?.parent ?? unit.parent
  }

  /// The unit itself first, the root last.
  public func lineage(of unit: UnitPath) -> [UnitPath] {
    if places.isEmpty { return unit.lineage.reversed() }
    var line = [unit]
    var moved = 0
    while let last = line.last, let next = moved < Self.movedLimit ? parent(of: last) : last.parent {
      if places[last] != nil { moved += 1 }
      line.append(next)
    }
    return line
  }

  /// True for the unit itself and everything below it now.
  public func contains(_ upper: UnitPath, _ lower: UnitPath) -> Bool {
    places.isEmpty ? upper.contains(lower) : lineage(of: lower).contains(upper)
  }

  public func isAbove(_ upper: UnitPath, _ lower: UnitPath) -> Bool {
    upper != lower && contains(upper, lower)
  }

  // MARK: Before

  /// The cuts up to which `upper` counts as being above `lower`: none where it is above it now, nil where it never was.
  public func cuts(above upper: UnitPath, _ lower: UnitPath) -> [FeedCut]? {
    if isAbove(upper, lower) { return [] }
    if places.isEmpty { return nil }
    // What lies below the moved unit shares its past.
    guard let moved = lineage(of: lower).first(where: { places[$0] != nil }) else { return nil }
    return formers(of: moved)[upper]
  }

  /// The units that were above `lower` before a move, each with the cuts up to which it still counts as being so.
  func formers(below lower: UnitPath) -> [UnitPath: [FeedCut]] {
    if places.isEmpty { return [:] }
    return lineage(of: lower).first { places[$0] != nil }.map(formers(of:)) ?? [:]
  }

  /// True where a unit that was below `former` before a move is below `unit` now: what stands in its logs was written by
  /// devices that `former` enrolled.
  public func succeeds(_ unit: UnitPath, _ former: UnitPath) -> Bool {
    succession(of: unit).contains(former)
  }

  private func succession(of unit: UnitPath) -> Set<UnitPath> {
    if places.isEmpty { return [] }
    return memo.succession(of: unit) {
      places.keys.filter { isAbove(unit, $0) }.reduce(into: []) { $0.formUnion(formers(of: $1).keys) }
    }
  }

  /// Every unit that stands to `unit` in a way of its own: those above it, now or before, those that it succeeds, and all that
  /// were ever moved. Any other stands to it as the nearest of these above it by the path does, or as one below that.
  func landmarks(of unit: UnitPath) -> Set<UnitPath> {
    let line = lineage(of: unit)
    var found = Set(line).union(places.keys).union(succession(of: unit))
    if let moved = line.first(where: { places[$0] != nil }) { found.formUnion(formers(of: moved).keys) }
    return found
  }

  private func formers(of moved: UnitPath) -> [UnitPath: [FeedCut]] {
    memo.formers(of: moved) { findFormers(of: moved) }
  }

  /// Breadth first along former places: of several ways back the one over the fewest moves, then the latest.
  private func findFormers(of moved: UnitPath) -> [UnitPath: [FeedCut]] {
    var found: [UnitPath: [FeedCut]] = [:]
    var seen: Set<UnitPath> = []
    var line: [(unit: UnitPath, cuts: [FeedCut])] = [(moved, [])]
    var next = 0
    while next < line.count, line[next].cuts.count < Self.formerHopLimit {
      let (start, cuts) = line[next]
      next += 1
      for unit in lineage(of: start) {
        for former in (places[unit]?.former ?? []).reversed() where seen.count < Self.formerPlaceLimit {
          guard seen.insert(former.parent).inserted else { continue }
          let cuts = cuts + [former.cut]
          for upper in lineage(of: former.parent) where found[upper] == nil { found[upper] = cuts }
          line.append((former.parent, cuts))
        }
      }
    }
    return found
  }

  /// How `unit` stands to the unit `other` of a log.
  public func relation(of unit: UnitPath, to other: UnitPath) -> UnitRelation {
    if unit == other { return .own }
    if contains(unit, other) { return .above }
    if cuts(above: other, unit) != nil { return .below }
    return cuts(above: unit, other) == nil ? .unrelated : .formerlyAbove
  }
}

extension UnitTree: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    left.root == right.root && left.places == right.places && left.generations == right.generations
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(root)
    hasher.combine(places)
  }
}

/// What was above whom, worked out once a tree, when it is first asked for: it follows from the tree and is no part of it.
private final class Memo: Sendable {
  private struct Known {
    var formers: [UnitPath: [UnitPath: [FeedCut]]] = [:]
    var successions: [UnitPath: Set<UnitPath>] = [:]
  }

  private let known = Mutex(Known())

  func formers(of unit: UnitPath, _ find: () -> [UnitPath: [FeedCut]]) -> [UnitPath: [FeedCut]] {
    if let found = known.withLock({ $0.formers[unit] }) { return found }
    let found = find()
    known.withLock { $0.formers[unit] = found }
    return found
  }

  func succession(of unit: UnitPath, _ find: () -> Set<UnitPath>) -> Set<UnitPath> {
    if let found = known.withLock({ $0.successions[unit] }) { return found }
    let found = find()
    known.withLock { $0.successions[unit] = found }
    return found
  }
}
