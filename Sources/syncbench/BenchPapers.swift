import SyncModel
import SyncReports
import SyncTemplates

/// What papers are made of: the bundled score sheet of 44 items, one of any length, and a ledger of the school's branches.
enum BenchPapers {
  static let ledgerColumns = ["序号", "党组织名称", "成功经验", "典型案例", "存在问题", "备注"]

  static func sheet() throws -> Template {
    guard let sheet = BundledTemplate.named("score-sheet-100")?.template else {
      throw Wrong("the score sheet of 100 points is not among the bundled templates")
    }
    return sheet
  }

  /// A score sheet of `items` items, twenty in a section, in the words of the bundled one.
  static func longSheet(items: Int) throws -> Template {
    let words = try sheet().leaves.map(\.node.text)
    let points = Score(hundredths: 200)
    let sections = stride(from: 0, to: items, by: 20).map { start in
      let children = (start..<min(start + 20, items)).map { index in
        Template.Node(
          number: "\(index - start + 1)", text: "\(words[index % words.count])（材料第\(index + 1)卷）", points: points)
      }
      return Template.Node(
        number: Numerals.chinese(start / 20 + 1), text: "第\(start / 20 + 1)方面责任",
        points: Score(hundredths: points.hundredths * Int64(children.count)), children: children)
    }
    return Template(title: "全面从严治党专项督查评分表", kind: .scoreSheet, sections: sections)
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
