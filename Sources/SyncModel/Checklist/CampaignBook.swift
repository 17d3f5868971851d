/// Every campaign known here, and which of several with one id counts for which unit (protocol §9).
///
/// A campaign speaks to units in *reach* of whoever published it, and an id is decided for each unit by itself: so nobody below can take
/// the place of what was published above, and nobody aside can name units that never were theirs. A function of the directory and of the campaigns
/// in view, whatever came first.
public struct CampaignBook: Sendable {
  /// Each with the units that it counts for; in the order in which they were given.
  public let all: [Campaign]
  private let byID: [SubjectID: [Campaign]]
  private let tree: UnitTree

  /// - Parameter campaigns: as their registers say, each publisher and id once.
  public init(_ campaigns: [Campaign], tree: UnitTree) {
    self.tree = tree
    let byID = Dictionary(grouping: campaigns, by: \.id)
    self.byID = byID
    var all: [Campaign] = []
    for campaign in campaigns {
      var judged = campaign
      judged.uncounted = []
      judged.units = campaign.units.filter { unit in
        let counting = Self.counting(byID[campaign.id] ?? [], for: unit, in: tree)
        if counting?.publisher == campaign.publisher { return true }
        let isReached = tree.reaches(campaign.publisher, unit)
        judged.uncounted.append(.init(unit: unit, insteadOf: isReached ? counting?.publisher : nil))
        return false
      }
      judged.deliverables = campaign.deliverables.compactMap { deliverable in
        if deliverable.units.isEmpty { return deliverable }
        var kept = deliverable
        kept.units = deliverable.units.filter(judged.units.contains)
        // None left would mean every unit.
        return kept.units.isEmpty ? nil : kept
      }
      all.append(judged)
    }
    self.all = all
  }

  /// The campaign that an id means for a unit: of those that reach it the one published nearest the root, by the paths; of equally
  /// near ones the one above it now, then the smaller path. nil where none reaches it.
  public func counting(_ id: SubjectID, for unit: UnitPath) -> Campaign? {
    guard let publisher = Self.counting(byID[id] ?? [], for: unit, in: tree)?.publisher else { return nil }
    return all.first { $0.id == id && $0.publisher == publisher }
  }

  /// What an id may mean where somebody at `unit` names it: the campaign that counts for it; from above, where none does, each of them.
  public func meant(_ id: SubjectID, at unit: UnitPath) -> [Campaign] {
    counting(id, for: unit).map { [$0] } ?? all.filter { $0.id == id }
  }

  private static func counting(_ same: [Campaign], for unit: UnitPath, in tree: UnitTree) -> Campaign? {
    func rank(_ campaign: Campaign) -> (Int, Int, UnitPath) {
      (campaign.publisher.segments.count, tree.contains(campaign.publisher, unit) ? 0 : 1, campaign.publisher)
    }
    return same.filter { tree.reaches($0.publisher, unit) }.min { rank($0) < rank($1) }
  }
}

extension UnitTree {
  /// True for the unit itself and everything below it, now or before a move.
  public func reaches(_ publisher: UnitPath, _ unit: UnitPath) -> Bool {
    contains(publisher, unit) || cuts(above: publisher, unit) != nil
  }
}
