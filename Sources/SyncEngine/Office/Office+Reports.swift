import SyncModel

/// Progress and scores of the units of a campaign, and of every unit above them.
public struct CampaignReport: Sendable {
  public let campaign: Campaign
  /// One a target unit, in path order.
  public let units: [UnitLine]
  /// One a unit above target units within the reported subtree, parents first; scores are counted and ranged, never
  /// added up.
  public let rollups: [Rollup]
  /// Who is below whom now.
  public let tree: UnitTree

  public struct UnitLine: Sendable {
    public let unit: DirectoryUnit
    /// Over all checklists of the campaign.
    public let summary: ScoreSummary
    public let sections: [SectionLine]
    /// True where the campaign has points at all.
    public let scored: Bool
    /// False where values stay hidden until they are handed in: only filled or not is known above the unit.
    public let showsScores: Bool
    /// True where nothing of this unit has arrived: 未报.
    public let silent: Bool
  }

  public struct SectionLine: Sendable {
    public let number: String
    public let title: String
    public let summary: ScoreSummary
    public let points: Score?
  }

  public struct Rollup: Sendable {
    public let unit: DirectoryUnit
    /// Frozen at publication.
    public let targets: Int
    /// Targets with every item filled; none where the campaign has no items.
    public let complete: Int
    /// Targets with at least one item filled, or a row in a table.
    public let started: Int
    public let filled: Int
    public let total: Int
    public let conflicts: Int
    /// Rows in the campaign's tables; nil where it has none.
    public let rows: Int?
    /// Least low and greatest high among its targets in which a score stands; nil where none has any or scores are
    /// hidden. How far units lie apart and what is open are both in it: ``between`` and ``unsettled`` tell them apart.
    public let range: (low: Score, high: Score)?
    /// 各单位之间: least and greatest among those of them whose score is settled; nil where there is none.
    public let between: (low: Score, high: Score)?
    /// 待核定: how many of them have an open score.
    public let unsettled: Int
    /// The most that an open score may still move; zero where a blank beside a score is all that is open.
    public let widest: Score
  }
}

extension Office {
  /// True where a checklist of the campaign has points; false also while none has arrived.
  public func isScored(_ campaign: Campaign) throws -> Bool {
    try read { snapshot in try templates(of: campaign, snapshot).values.contains { $0.points != nil } }
  }

  /// - Parameter unit: the subtree to report on; nil for this workspace's own.
  public func report(_ campaign: Campaign, under unit: UnitPath? = nil) throws -> CampaignReport {
    let top = unit ?? identity.unit
    return try read { snapshot in
      let directory = try snapshot.directory()
      let held = Set(try snapshot.logs().filter { $0.entries > 0 }.map(\.log))
      let targets = campaign.units.filter {
        directory.tree.contains(top, $0) && directory.tree.contains(identity.unit, $0)
      }
      let templates = try completeTemplates(of: campaign, snapshot)
      let lines = try targets.map { path in
        let unit = directory.units[path] ?? DirectoryUnit(path: path, name: path.description, kind: .branch)
        let sheet = try self.sheet(campaign, unit: unit, templates: templates, snapshot)
        return Self.line(sheet, silent: !held.contains(LogID(path, .answers)))
      }
      return CampaignReport(
        campaign: campaign, units: lines, rollups: Self.rollups(lines, top: top, directory),
        tree: directory.tree)
    }
  }

  private static func line(_ sheet: AnswerSheet, silent: Bool) -> CampaignReport.UnitLine {
    var total = ScoreSummary()
    var sections: [CampaignReport.SectionLine] = []
    for part in sheet.parts {
      part.add(to: &total)
      let items = part.template.items
      for (section, node) in zip(items.filter { $0.path.count == 1 }, part.template.sections) {
        var summary = ScoreSummary()
        for item in items where item.isLeaf && item.path.first == section.path.first {
          part.add(item, to: &summary)
        }
        sections.append(
          CampaignReport.SectionLine(
            number: node.number, title: node.text, summary: summary,
            points: summary.attainableHigh == .zero && node.points == nil ? nil : node.points ?? summary.attainableHigh)
        )
      }
    }
    return CampaignReport.UnitLine(
      unit: sheet.unit, summary: total, sections: sections,
      scored: sheet.parts.contains { $0.template.points != nil }, showsScores: sheet.showsValues, silent: silent)
  }

  private static func rollups(
    _ lines: [CampaignReport.UnitLine], top: UnitPath, _ directory: Directory
  ) -> [CampaignReport.Rollup] {
    let above = Set(
      lines.flatMap { line in
        directory.tree.lineage(of: line.unit.path).dropFirst().filter { directory.tree.contains(top, $0) }
      })
    return above.sorted().map { path in
      let below = lines.filter { directory.tree.isAbove(path, $0.unit.path) }
      let scored = below.filter { $0.showsScores && $0.summary.scored > 0 }.map(\.summary)
      let settled = scored.filter(\.isSettled).map(\.low)
      let open = scored.filter { !$0.isSettled }
      func range(_ lows: [Score], _ highs: [Score]) -> (low: Score, high: Score)? {
        lows.min().flatMap { low in highs.max().map { (low, $0) } }
      }
      return CampaignReport.Rollup(
        unit: directory.units[path] ?? DirectoryUnit(path: path, name: path.description, kind: .committee),
        targets: below.count, complete: below.count(where: \.summary.isComplete),
        started: below.count(where: \.summary.hasBegun), filled: below.reduce(0) { $0 + $1.summary.filled },
        total: below.reduce(0) { $0 + $1.summary.total }, conflicts: below.reduce(0) { $0 + $1.summary.conflicts },
        rows: below.contains { $0.summary.ledgers > 0 } ? below.reduce(0) { $0 + $1.summary.rows } : nil,
        range: range(scored.map(\.low), scored.map(\.high)), between: range(settled, settled),
        unsettled: open.count, widest: open.map { $0.high - $0.low }.max() ?? .zero)
    }
  }
}
