import SyncEngine
import SyncModel

/// Progress or scores of a campaign's units on paper, units above them first; nobody is ranked and nothing added up that
/// different units were given.
public struct OverviewPaper: Sendable {
  private let text: ReportText
  private let date: CalendarDate?

  public init(_ text: ReportText, date: CalendarDate?) {
    self.text = text
    self.date = date
  }

  public var section: DocumentSection {
    let report = text.report
    let isScore = text.kind == .score
    let ranges = isScore ? [ReportText.betweenTitle, ReportText.unsettledTitle] : []
    let titles = ["党组织", "已填", "应填"] + (isScore ? ["自评得分", "可得"] : []) + ["填写不一致"] + ranges + ["说明"]
    var rows = [DocumentRow(titles.map { DocumentCell($0) })]
    for line in text.lines {
      switch line {
      case .rollup(let rollup):
        rows.append(
          DocumentRow(
            [
              DocumentCell(indented(rollup.unit) + "（汇总）", tone: .strong), .number(rollup.filled, tone: .strong),
              .number(rollup.total, tone: .strong),
            ] + (isScore ? [.empty, .empty] : [])
              + [conflicts(rollup.conflicts)]
              + (isScore
                ? [
                  DocumentCell(text.between(rollup), alignment: .centre),
                  DocumentCell(text.unsettled(rollup), tone: .warning, alignment: .centre),
                ] : []) + [DocumentCell(text.counts(rollup))]))
      case .unit(let unit):
        let summary = unit.summary
        let score: [DocumentCell] =
          if !isScore {
            []
          } else if let state = text.score(unit) {
            [DocumentCell(state, tone: .faint, alignment: .centre), .empty]
          } else {
            [
              summary.isSettled
                ? .number(summary.low) : DocumentCell("⚠ \(summary.interval)", tone: .warning, alignment: .centre),
              DocumentCell(summary.attainable, alignment: .centre),
            ]
          }
        let remarks =
          isScore && unit.showsScores
          ? ScoreText.remarks(summary, scored: unit.scored)
          : text.remark(unit)
        rows.append(
          DocumentRow(
            [DocumentCell(indented(unit.unit)), .number(summary.filled), .number(summary.total)] + score
              + [conflicts(summary.conflicts)] + ranges.map { _ in .empty } + [DocumentCell(remarks)]))
      }
    }
    let title = "\(report.campaign.name)\(text.kind.title)汇总表"
    return DocumentSection(
      name: text.kind.title, page: isScore ? .landscape : .portrait,
      blocks: [
        .title(title),
        .fields([DocumentField("", ""), DocumentField("制表日期", date.map(PrefaceLine.text) ?? "", at: 0.62)]),
        .table(
          DocumentTable(
            weights: isScore ? [4, 1, 1, 1.4, 1.2, 1.8, 1.6, 2, 4] : [4, 1, 1, 1.8, 4], headerRows: 1, rows: rows)),
        .note("注：填写不一致的得分以区间列出，核定后为准；各单位之间只列没有待核定的；不同党组织的得分不相加、不排名。"),
      ])
  }

  private func indented(_ unit: DirectoryUnit) -> String {
    let above = text.report.rollups.count { text.report.tree.isAbove($0.unit.path, unit.path) }
    return String(repeating: "　", count: above) + ReportText.name(unit)
  }

  private func conflicts(_ count: Int) -> DocumentCell {
    count == 0 ? .empty : DocumentCell(ScoreText.conflictMark(count), tone: .warning, alignment: .centre)
  }
}
