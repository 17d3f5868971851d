import SyncModel
import SyncReports
import SyncTemplates

/// Papers as the project's users have them: the bundled score sheet of 44 items, filled, and a ledger of the school's branches.
enum BenchPapers {
  static let ledgerColumns = ["序号", "党组织名称", "成功经验", "典型案例", "存在问题", "备注"]

  /// A unit's score sheet with the sums below.
  static func scoreSheet(unit: Int) -> OfficeDocument {
    guard let template = BundledTemplate.named("score-sheet-100")?.template else {
      preconditionFailure("the score sheet comes with the product")
    }
    var table = DocumentTable(weights: [800, 2300, 4300, 900, 900, 1800])
    table.rows.append(["序号", "项目", "督查内容及方式", "分值", "得分", "备注"])
    var total = Score.zero
    var given = Score.zero
    for section in template.sections {
      for (index, item) in section.children.enumerated() {
        let points = item.points ?? .zero
        let score = Score(hundredths: max(points.hundredths - Int64((unit + index) % 4) * 50, 0))
        total += points
        given += score
        let head = [
          DocumentCell(section.number, rowSpan: section.children.count, alignment: .centre),
          DocumentCell(section.text, rowSpan: section.children.count),
        ]
        table.rows.append(
          DocumentRow(
            (index == 0 ? head : []) + [
              DocumentCell("\(item.number).\(item.text)"), .points(points), .number(score),
              DocumentCell((unit + index) % 3 == 0 ? "已建立清单，按季度研究并记录，材料齐全。" : ""),
            ]))
      }
    }
    let rows = 1...max(table.rows.count - 1, 1)
    table.rows.append([
      DocumentCell("合计", tone: .strong, columnSpan: 3, alignment: .centre),
      DocumentCell(.sum(total, of: [CellRange(column: 3, rows: rows)], unit: "分", tone: .strong)),
      DocumentCell(.sum(given, of: [CellRange(column: 4, rows: rows)], unit: "", tone: .strong)), "",
    ])
    return OfficeDocument(
      title: template.title,
      sections: [
        DocumentSection(blocks: [
          .title(template.title),
          .fields([DocumentField("党总支名称", "第\(unit + 1)党支部"), DocumentField("日期", "2026年9月28日", at: 0.7)]),
          .table(table),
        ])
      ], checkCode: "7KQ2-M4XD", properties: ["unitsync.unit": "school/\(unit)"])
  }

  /// A ledger in landscape, its rows still to come.
  static var ledger: OfficeDocument {
    OfficeDocument(
      title: "诊断情况工作台账",
      sections: [
        DocumentSection(
          page: .landscape,
          blocks: [
            .title("诊断情况工作台账"),
            .table(
              DocumentTable(
                weights: [1, 3, 4, 4, 4, 2], rows: [DocumentRow(ledgerColumns.map { DocumentCell($0) })])),
          ])
      ])
  }

  static func ledgerRow(_ serial: Int) -> DocumentRow {
    [
      .number(serial), DocumentCell("第\(serial % 600)党支部"),
      DocumentCell("主题党日固定在每月第一周，第 \(serial) 次活动有签到和记录，到会率 96%。"),
      DocumentCell("师生结对共学，党员承诺践诺 \(serial % 9) 次"), DocumentCell("记录不够及时，整改期限 \(serial % 28 + 1) 日"),
      DocumentCell(serial % 5 == 0 ? "已销号" : ""),
    ]
  }
}
