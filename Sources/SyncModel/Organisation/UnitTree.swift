/// Which unit is under which: by the paths at birth, changed by moves.
///
/// Paths, and with them the keys of logs, never change; the tree says who is above them now and who was before.
public struct UnitTree: Hashable, Sendable {
  public let root: UnitPath
  /// By unit, ascending by generation.
  public private(set) var moves: [UnitPath: [AuthorityStatement.Move]]

  /// - Parameter moves: at most one for a unit and generation. One that would put a unit below itself does not count.
  public init(root: UnitPath, moves: [AuthorityStatement.Move] = []) {
    self.root = root
    self.moves = [:]
    for move in moves.sorted(by: { ($0.generation, $0.unit) < ($1.generation, $1.unit) })
    where move.unit != root && !lineage(of: move.parent).contains(move.unit) {
      self.moves[move.unit, default: []].append(move)
    }
  }

  /// nil for the root.
  public func parent(of unit: UnitPath) -> UnitPath? {
    moves[unit]?.last?.parent ?? unit.parent
  }

  /// The unit itself first, the root last.
  public func lineage(of unit: UnitPath) -> [UnitPath] {
    if moves.isEmpty { return unit.lineage.reversed() }
    var line = [unit]
    while let last = line.last, let next = parent(of: last) { line.append(next) }
    return line
  }

  /// True for the unit itself and everything below it now.
  public func contains(_ upper: UnitPath, _ lower: UnitPath) -> Bool {
    moves.isEmpty ? upper.contains(lower) : lineage(of: lower).contains(upper)
  }

  public func isAbove(_ upper: UnitPath, _ lower: UnitPath) -> Bool {
    upper != lower && contains(upper, lower)
  }

  /// The cuts up to which `upper` counts as being above `lower`: none where it is above it now, nil where it never was.
  public func cuts(above upper: UnitPath, _ lower: UnitPath) -> [FeedCut]? {
    cuts(above: upper, lower, hops: Self.formerHopLimit)
  }

  /// Moves upon moves that are followed back.
  private static let formerHopLimit = 4

  private func cuts(above upper: UnitPath, _ lower: UnitPath, hops: Int) -> [FeedCut]? {
    if isAbove(upper, lower) { return [] }
    if hops == 0 { return nil }
    for unit in moves.isEmpty ? [] : lineage(of: lower) {
      guard let history = moves[unit] else { continue }
      for index in history.indices.reversed() {
        // Where the unit was before this move.
        guard let before = index == 0 ? unit.parent : history[index - 1].parent else { continue }
        if contains(upper, before) { return [history[index].cut] }
        if let earlier = cuts(above: upper, before, hops: hops - 1) { return earlier + [history[index].cut] }
      }
    }
    return nil
  }

  /// True where a unit that was below `former` before a move is below `unit` now: what stands in its logs was written by
  /// devices that `former` enrolled.
  public func succeeds(_ unit: UnitPath, _ former: UnitPath) -> Bool {
    moves.keys.contains { isAbove(unit, $0) && cuts(above: former, $0) != nil }
  }

  /// How `unit` stands to the unit `other` of a log.
  public func relation(of unit: UnitPath, to other: UnitPath) -> UnitRelation {
    if unit == other { return .own }
    if contains(unit, other) { return .above }
    if contains(other, unit) || cuts(above: other, unit) != nil { return .below }
    return cuts(above: unit, other) == nil ? .unrelated : .formerlyAbove
  }
}
