import SyncEngine
import SyncModel

extension ReportText {
  /// For Excel and WPS: one row a unit or a unit above; least and greatest in columns of their own, so that nobody has to
  /// take an interval apart.
  public var csv: String {
    var writer = CSVWriter()
    switch kind {
    case .progress:
      writer.add(["路径", "党组织", "类别", "应填", "已填", "进度（%）", "待核定", "说明"])
    case .score:
      writer.add([
        "路径", "党组织", "类别", "最低得分", "最高得分", "可得（最低）", "可得（最高）", "待核定", "应填", "已填", "说明",
        "\(Self.betweenTitle)（最低）", "\(Self.betweenTitle)（最高）", "\(Self.unsettledTitle)（单位数）",
        "\(Self.unsettledTitle)（最多差）",
      ])
    }
    for line in lines {
      switch line {
      case .unit(let unit): writer.add(row(unit).map(VisibleText.line))
      case .rollup(let rollup): writer.add(row(rollup).map(VisibleText.line))
      }
    }
    return writer.text
  }

  private func row(_ line: CampaignReport.UnitLine) -> [String] {
    let name = [line.unit.path.description, Self.name(line.unit), line.unit.kind.title]
    let summary = line.summary
    let remarks = [
      state(line) ?? "", summary.rows > 0 ? ScoreText.rows(summary) : "",
      line.showsScores ? ScoreText.remarks(summary, scored: line.scored) : "未开放",
    ]
    .filter { !$0.isEmpty }.joined(separator: "，")
    let counts = ["\(summary.total)", "\(summary.filled)"]
    switch kind {
    case .progress:
      let percent = ProgressBar(summary.filled, of: summary.total).percent.map(String.init) ?? ""
      return name + counts + [percent, "\(summary.conflicts)", remarks]
    case .score:
      let shows = line.scored && line.showsScores
      let scores = shows && summary.scored > 0 ? [summary.low, summary.high].map(\.description) : ["", ""]
      let attainable = shows ? [summary.attainableLow, summary.attainableHigh].map(\.description) : ["", ""]
      return name + scores + attainable + ["\(summary.conflicts)"] + counts + [remarks, "", "", "", ""]
    }
  }

  /// A unit above others: counted, never added up.
  private func row(_ rollup: CampaignReport.Rollup) -> [String] {
    let name = [rollup.unit.path.description, rollup.unit.name + "（汇总）", rollup.unit.kind.title]
    let counts = ["\(rollup.total)", "\(rollup.filled)"]
    switch kind {
    case .progress:
      let percent = ProgressBar(rollup.filled, of: rollup.total).percent.map(String.init) ?? ""
      return name + counts + [percent, "\(rollup.conflicts)", self.counts(rollup)]
    case .score:
      let between = rollup.between.map { [$0.low, $0.high].map(\.description) } ?? ["", ""]
      let unsettled = rollup.unsettled == 0 ? ["", ""] : ["\(rollup.unsettled)", rollup.widest.description]
      return name + ["", "", "", "", "\(rollup.conflicts)"] + counts + [self.counts(rollup)] + between + unsettled
    }
  }
}
