import SyncEngine
import SyncModel

/// A campaign's report as a table for the screen or as CSV. Units stand in the directory's order, never by points.
public struct ReportText: Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// 填报进度.
    case progress
    /// 自评得分.
    case score

    public var title: String { self == .progress ? "填报进度" : "自评得分" }
  }

  let report: CampaignReport
  let kind: Kind
  /// The unit whose screen this is: what it has not filled in is 未填, not 未报.
  let home: UnitPath

  public init(_ report: CampaignReport, kind: Kind, home: UnitPath) {
    self.report = report
    self.kind = kind
    self.home = home
  }

  /// The report's lines, units and the units above them, parents first.
  enum Line {
    case unit(CampaignReport.UnitLine)
    case rollup(CampaignReport.Rollup)

    var path: UnitPath {
      switch self {
      case .unit(let line): line.unit.path
      case .rollup(let line): line.unit.path
      }
    }
  }

  var lines: [Line] {
    // A unit that fills in a sheet of its own and heads others has both lines, the rollup first.
    let keyed = report.rollups.map { (0, Line.rollup($0)) } + report.units.map { (1, Line.unit($0)) }
    return keyed.sorted { ($0.1.path, $0.0) < ($1.1.path, $1.0) }.map(\.1)
  }

  /// - Parameter width: the terminal's columns.
  public func table(width: Int) -> [String] {
    var lines = ["\(report.campaign.name)  \(kind.title)", ""]
    if report.units.isEmpty { return lines + ["这里没有要填报的党组织。"] }
    lines += (kind == .progress ? progressTable() : scoreTable()).lines(width: width)
    if report.units.count == 1, let only = report.units.first { lines += sections(of: only, width: width) }
    return lines
  }

  private func progressTable() -> TextTable {
    var table = TextTable([
      .init("党组织", wraps: true), .init("进度"), .init("已填/应填", .right), .init("填写不一致"), .init("说明", wraps: true),
    ])
    for line in lines {
      switch line {
      case .rollup(let rollup):
        table.add([
          indented(rollup.unit) + "（汇总）", ProgressBar(rollup.filled, of: rollup.total).text(),
          "\(rollup.filled)/\(rollup.total)", ScoreText.conflictMark(rollup.conflicts), counts(rollup),
        ])
      case .unit(let unit):
        table.add([
          indented(unit.unit), ProgressBar(unit.summary.filled, of: unit.summary.total).text(),
          "\(unit.summary.filled)/\(unit.summary.total)", ScoreText.conflictMark(unit.summary.conflicts),
          state(unit) ?? (unit.summary.filled == unit.summary.total ? "已填完" : ""),
        ])
      }
    }
    return table
  }

  private func scoreTable() -> TextTable {
    var table = TextTable([
      .init("党组织", wraps: true), .init("自评得分", .right), .init("可得", .right), .init("填写不一致"),
      .init("已填/应填", .right), .init("说明", wraps: true),
    ])
    for line in lines {
      switch line {
      case .rollup(let rollup):
        table.add([
          indented(rollup.unit) + "（汇总）", "", "", ScoreText.conflictMark(rollup.conflicts),
          "\(rollup.filled)/\(rollup.total)", counts(rollup),
        ])
      case .unit(let unit):
        let shown = unit.scored && unit.showsScores && unit.summary.filled > 0
        table.add([
          indented(unit.unit), shown ? unit.summary.interval : state(unit) ?? (unit.scored ? "未开放" : "不计分"),
          unit.scored && unit.showsScores ? unit.summary.attainable : "",
          ScoreText.conflictMark(unit.summary.conflicts), "\(unit.summary.filled)/\(unit.summary.total)",
          unit.showsScores ? ScoreText.remarks(unit.summary, scored: unit.scored) : "",
        ])
      }
    }
    return table
  }

  /// One unit alone is shown section by section, with its sentence at the end.
  private func sections(of unit: CampaignReport.UnitLine, width: Int) -> [String] {
    guard unit.sections.count > 1 else { return [] }
    let showsPoints = kind == .score && unit.scored && unit.showsScores
    var table = TextTable(
      [.init("", .right), .init("内容", wraps: true), .init("已填/应填", .right)]
        + (showsPoints ? [.init("得分", .right), .init("可得", .right)] : []) + [.init("填写不一致")])
    for section in unit.sections {
      table.add(
        [section.number, section.title, "\(section.summary.filled)/\(section.summary.total)"]
          + (showsPoints
            ? [section.summary.filled == 0 ? "未填" : section.summary.interval, section.summary.attainable] : [])
          + [ScoreText.conflictMark(section.summary.conflicts)])
    }
    var lines = [""] + table.lines(width: width)
    if showsPoints, unit.summary.filled > 0 { lines += ["", "合计 " + ScoreText.sentence(unit.summary)] }
    return lines
  }

  /// 未报 or 未填; nil where something is filled in.
  func state(_ line: CampaignReport.UnitLine) -> String? {
    if line.summary.filled > 0 { return nil }
    return line.silent && line.unit.path != home ? "未报" : "未填"
  }

  /// `2 个党总支，已开始 1，已填部分 38–86 分`.
  func counts(_ rollup: CampaignReport.Rollup) -> String {
    let kinds = Set(report.units.filter { report.tree.isAbove(rollup.unit.path, $0.unit.path) }.map(\.unit.kind))
    let title = kinds.count == 1 ? kinds.first?.title ?? "党组织" : "党组织"
    var parts = ["\(rollup.targets) 个\(title)", "已开始 \(rollup.started)"]
    if rollup.complete > 0 { parts.append("填完 \(rollup.complete)") }
    if kind == .score, let range = rollup.range {
      let values = range.low == range.high ? "\(range.low)" : "\(range.low)–\(range.high)"
      // Counted and ranged, never added up; those who have begun only.
      parts.append("已填部分 \(values) 分")
    }
    return parts.joined(separator: "，")
  }

  private func indented(_ unit: DirectoryUnit) -> String {
    let above = report.rollups.count { report.tree.isAbove($0.unit.path, unit.path) }
    return String(repeating: "  ", count: above) + unit.name
  }
}
