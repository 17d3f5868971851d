import SyncEngine
import SyncModel
import SyncReports

/// A campaign's report for scripts. A unit's scores are an interval; those above are counted and ranged.
struct ReportJSON {
  let report: CampaignReport
  let kind: ReportText.Kind
  let home: UnitPath

  init(_ report: CampaignReport, kind: ReportText.Kind, home: UnitPath) {
    self.report = report
    self.kind = kind
    self.home = home
  }

  var json: JSON {
    [
      "report": .text(kind.rawValue), "campaign": .text(report.campaign.id.description),
      "name": .text(report.campaign.name), "units": .array(report.units.map(unit)),
      "rollups": .array(report.rollups.map(rollup)),
    ]
  }

  private func unit(_ line: CampaignReport.UnitLine) -> JSON {
    let isSilent = line.silent && line.unit.path != home
    let head: JSON = [
      "unit": .text(line.unit.path.description), "name": .text(line.unit.name), "kind": .text(line.unit.kind.name),
      "unitStatus": .text(line.unit.status.name),
      "state": isSilent ? "silent" : line.summary.hasBegun ? "filled" : "empty",
    ]
    switch kind {
    case .progress: return head.adding(counts(line.summary)).adding(["conflicts": .integer(line.summary.conflicts)])
    case .score:
      let shows = line.scored && line.showsScores
      return head.adding(scores(line.summary, shows: shows)).adding(counts(line.summary)).adding([
        "shown": .bool(shows), "zeros": shows ? .integer(line.summary.zeros) : nil,
        "notApplicable": line.showsScores ? .integer(line.summary.notApplicable) : nil,
        "owed": .integer(line.summary.owed), "redacted": .integer(line.summary.redacted),
        "sections": .array(
          line.sections.map { section in
            let head: JSON = ["number": .text(section.number), "title": .text(section.title)]
            return head.adding(scores(section.summary, shows: shows)).adding(counts(section.summary))
          }),
      ])
    }
  }

  private func counts(_ summary: ScoreSummary) -> JSON {
    [
      "filled": .integer(summary.filled), "total": .integer(summary.total),
      "rows": summary.ledgers > 0 ? .integer(summary.rows) : nil,
    ]
  }

  private func scores(_ summary: ScoreSummary, shows: Bool) -> JSON {
    [
      "low": shows ? .score(summary.low) : nil, "high": shows ? .score(summary.high) : nil,
      "attainable": shows ? .score(summary.attainableHigh) : nil,
      "attainableLow": shows ? .score(summary.attainableLow) : nil, "conflicts": .integer(summary.conflicts),
      "oneSided": shows ? .integer(summary.oneSided) : nil,
    ]
  }

  private func rollup(_ line: CampaignReport.Rollup) -> JSON {
    let head: JSON = [
      "unit": .text(line.unit.path.description), "name": .text(line.unit.name), "targets": .integer(line.targets),
      "started": .integer(line.started), "complete": .integer(line.complete), "filled": .integer(line.filled),
      "total": .integer(line.total), "conflicts": .integer(line.conflicts), "rows": .optional(line.rows, JSON.integer),
    ]
    if kind == .progress { return head }
    return head.adding([
      "range": line.range.map { ["low": .score($0.low), "high": .score($0.high)] } ?? nil,
      "between": line.between.map { ["low": .score($0.low), "high": .score($0.high)] } ?? nil,
      "unsettled": ["units": .integer(line.unsettled), "widest": .score(line.widest)],
    ])
  }
}
