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
    /// Targets with every item filled.
    public let complete: Int
    /// Targets with at least one item filled.
    public let started: Int
    public let filled: Int
    public let total: Int
    public let conflicts: Int
    /// Least low and greatest high among its targets that filled anything in; nil where none did or scores are hidden.
    public let range: (low: Score, high: Score)?
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
      let items = part.template.items
      for (section, node) in zip(items.filter { $0.path.count == 1 }, part.template.sections) {
        var summary = ScoreSummary()
        for item in items where item.isLeaf && item.path.first == section.path.first {
          part.add(item, to: &summary)
          part.add(item, to: &total)
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
      let scored = below.filter { $0.scored && $0.showsScores && $0.summary.filled > 0 }.map(\.summary)
      let low = scored.map(\.low).min()
      let high = scored.map(\.high).max()
      return CampaignReport.Rollup(
        unit: directory.units[path] ?? DirectoryUnit(path: path, name: path.description, kind: .committee),
        targets: below.count, complete: below.count { $0.summary.filled == $0.summary.total },
        started: below.count { $0.summary.filled > 0 }, filled: below.reduce(0) { $0 + $1.summary.filled },
        total: below.reduce(0) { $0 + $1.summary.total }, conflicts: below.reduce(0) { $0 + $1.summary.conflicts },
        range: low.flatMap { low in high.map { (low, $0) } })
    }
  }
}
