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
    let ranges = rangeTable()
    if kind == .score, !ranges.isEmpty { lines += [""] + ranges.lines(width: width) }
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
          ScoreText.fraction(rollup.filled, of: rollup.total), ScoreText.conflictMark(rollup.conflicts), counts(rollup),
        ])
      case .unit(let unit):
        table.add([
          indented(unit.unit), ProgressBar(unit.summary.filled, of: unit.summary.total).text(),
          ScoreText.fraction(unit.summary.filled, of: unit.summary.total),
          ScoreText.conflictMark(unit.summary.conflicts),
          remark(unit),
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
          ScoreText.fraction(rollup.filled, of: rollup.total), counts(rollup),
        ])
      case .unit(let unit):
        table.add([
          indented(unit.unit), score(unit) ?? unit.summary.interval,
          unit.scored && unit.showsScores ? unit.summary.attainable : "",
          ScoreText.conflictMark(unit.summary.conflicts),
          ScoreText.fraction(unit.summary.filled, of: unit.summary.total),
          unit.showsScores ? ScoreText.remarks(unit.summary, scored: unit.scored) : "",
        ])
      }
    }
    return table
  }

  /// How far the units below each one lie apart, and what is open, which are two things.
  private func rangeTable() -> TextTable {
    var table = TextTable([
      .init("已填部分的得分", wraps: true), .init(Self.betweenTitle, wraps: true), .init(Self.unsettledTitle, wraps: true),
    ])
    for rollup in report.rollups where rollup.range != nil {
      table.add([indented(rollup.unit) + "（汇总）", between(rollup), unsettled(rollup)])
    }
    return table
  }

  static let betweenTitle = "各单位之间"
  static let unsettledTitle = "待核定"

  /// `26.5–75 分`, counted and ranged, never added up; those alone of which nothing is open.
  func between(_ rollup: CampaignReport.Rollup) -> String {
    guard let between = rollup.between else { return "" }
    return between.low == between.high ? "\(between.low) 分" : "\(between.low)–\(between.high) 分"
  }

  /// `2 个单位，最多差 12 分`.
  func unsettled(_ rollup: CampaignReport.Rollup) -> String {
    if rollup.unsettled == 0 { return "" }
    return "\(rollup.unsettled) 个单位，" + (rollup.widest == .zero ? "一方空白" : "最多差 \(rollup.widest) 分")
  }

  /// Why a unit has no score to be shown; nil where it has one.
  func score(_ line: CampaignReport.UnitLine) -> String? {
    if line.scored, line.showsScores, line.summary.scored > 0 { return nil }
    return state(line) ?? (!line.scored ? "不计分" : line.showsScores ? "未填" : "未开放")
  }

  /// What is said of a unit beside its progress.
  func remark(_ line: CampaignReport.UnitLine) -> String {
    let summary = line.summary
    let state = state(line) ?? (summary.isComplete ? "已填完" : "")
    // Of tables alone 没有记录 is said already.
    let rows = summary.ledgers > 0 && (summary.rows > 0 || summary.total > 0) ? ScoreText.rows(summary) : ""
    return [state, rows].filter { !$0.isEmpty }.joined(separator: "，")
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
        [section.number, section.title, ScoreText.fraction(section.summary.filled, of: section.summary.total)]
          + (showsPoints
            ? [section.summary.scored == 0 ? "未填" : section.summary.interval, section.summary.attainable] : [])
          + [ScoreText.conflictMark(section.summary.conflicts)])
    }
    var lines = [""] + table.lines(width: width)
    if showsPoints, unit.summary.scored > 0 { lines += ["", "合计 " + ScoreText.sentence(unit.summary)] }
    return lines
  }

  /// 未报 or 未填, 没有记录 of tables alone, of a unit that takes part no more 已撤销 or 已并入; nil where something is filled in,
  /// or nothing is to be.
  func state(_ line: CampaignReport.UnitLine) -> String? {
    if line.summary.hasBegun || !line.summary.lacksAnswers { return nil }
    if line.unit.status != .active { return line.unit.status.title }
    if line.silent, line.unit.path != home { return "未报" }
    return line.summary.total > 0 ? "未填" : ScoreText.rows(0)
  }

  /// `2 个党总支，已开始 1，填完 1，已记 12 行`.
  func counts(_ rollup: CampaignReport.Rollup) -> String {
    let kinds = Set(report.units.filter { report.tree.isAbove(rollup.unit.path, $0.unit.path) }.map(\.unit.kind))
    let title = kinds.count == 1 ? kinds.first?.title ?? "党组织" : "党组织"
    var parts = ["\(rollup.targets) 个\(title)", "已开始 \(rollup.started)"]
    if rollup.complete > 0 { parts.append("填完 \(rollup.complete)") }
    if let rows = rollup.rows { parts.append(ScoreText.rows(rows)) }
    return parts.joined(separator: "，")
  }

  private func indented(_ unit: DirectoryUnit) -> String {
    let above = report.rollups.count { report.tree.isAbove($0.unit.path, unit.path) }
    return String(repeating: "  ", count: above) + Self.name(unit)
  }

  /// `教师一支部`, `教师一支部（已撤销）`: nobody asks there any more.
  static func name(_ unit: DirectoryUnit) -> String {
    unit.status == .active ? unit.name : "\(unit.name)（\(unit.status.title)）"
  }
}
