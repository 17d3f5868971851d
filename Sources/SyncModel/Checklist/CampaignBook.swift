/// Every campaign known here, and which of several with one id counts for which unit (protocol §9).
///
/// A campaign speaks to units in *reach* of whoever published it, and an id is decided for each unit by itself: so nobody below can take
/// the place of what was published above, and nobody aside can name units that never were theirs. A function of the directory and of the campaigns
/// in view, whatever came first.
public struct CampaignBook: Sendable {
  /// Each with the units that it counts for; in the order in which they were given.
  public let all: [Campaign]
  private let places: [Campaign.Key: Int]
  private let claims: [SubjectID: Claims]
  private let tree: UnitTree

  /// - Parameter campaigns: as their registers say, each publisher and id once.
  public init(_ campaigns: [Campaign], tree: UnitTree) {
    self.tree = tree
    let claims = Dictionary(grouping: campaigns, by: \.id).mapValues { Claims(Set($0.map(\.publisher))) }
    self.claims = claims
    var all: [Campaign] = []
    for campaign in campaigns {
      var judged = campaign
      judged.uncounted = []
      judged.units = campaign.units.filter { unit in
        let counting = claims[campaign.id]?.counting(for: unit, in: tree)
        if counting == campaign.publisher { return true }
        let isReached = tree.reaches(campaign.publisher, unit)
        judged.uncounted.append(.init(unit: unit, insteadOf: isReached ? counting : nil))
        return false
      }
      let units = Set(judged.units)
      judged.deliverables = campaign.deliverables.compactMap { deliverable in
        if deliverable.units.isEmpty { return deliverable }
        var kept = deliverable
        kept.units = deliverable.units.filter(units.contains)
        // None left would mean every unit.
        return kept.units.isEmpty ? nil : kept
      }
      all.append(judged)
    }
    self.all = all
    places = Dictionary(all.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The campaign that an id means for a unit: of those that reach it one of a unit above it now before others, of these the one
  /// published nearest the root, by the paths; then that of the smaller path. nil where none reaches it.
  public func counting(_ id: SubjectID, for unit: UnitPath) -> Campaign? {
    claims[id]?.counting(for: unit, in: tree).flatMap { campaign(Campaign.Key(id: id, publisher: $0)) }
  }

  /// What an id may mean where somebody at `unit` names it: the campaign that counts for it; from above, where none does, each of them.
  public func meant(_ id: SubjectID, at unit: UnitPath) -> [Campaign] {
    if let counting = counting(id, for: unit) { return [counting] }
    return claims[id]?.publishers.sorted().compactMap { campaign(Campaign.Key(id: id, publisher: $0)) } ?? []
  }

  private func campaign(_ key: Campaign.Key) -> Campaign? { places[key].map { all[$0] } }

  /// Whoever published something under one id. Looked up from the unit: its way to the root is short, however many they are.
  private struct Claims {
    let publishers: Set<UnitPath>

    init(_ publishers: Set<UnitPath>) {
      self.publishers = publishers
    }

    func counting(for unit: UnitPath, in tree: UnitTree) -> UnitPath? {
      let line = tree.lineage(of: unit)
      if let now = nearestRoot(line.filter(publishers.contains)) { return now }
      // Only what was moved, and what is below it, was ever under others.
      if tree.movedUnits.isDisjoint(with: line) { return nil }
      return nearestRoot(publishers.filter { tree.cuts(above: $0, unit) != nil })
    }

    private func nearestRoot(_ publishers: some Sequence<UnitPath>) -> UnitPath? {
      publishers.min { ($0.segments.count, $0) < ($1.segments.count, $1) }
    }
  }
}

extension UnitTree {
  /// True for the unit itself and everything below it, now or before a move.
  public func reaches(_ publisher: UnitPath, _ unit: UnitPath) -> Bool {
    contains(publisher, unit) || cuts(above: publisher, unit) != nil
  }
}
