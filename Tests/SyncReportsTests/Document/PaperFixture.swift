import Foundation
import SyncModel

@testable import SyncReports

/// Papers in invented wording, of the shapes that offices use.
enum PaperFixture {
  private static let numerals = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
  /// Points of each section's items, as in a real sheet of 100.
  private static let points: [[Int64]] = [
    [2, 2, 2, 2, 4], [2, 2, 2, 4], [2, 4], [2, 2, 2, 2], [4, 2, 2, 2, 2], [2, 2, 2, 2], [2, 4, 4, 2, 2], [2, 2, 2, 2],
    [2, 2, 2, 2], [2, 2], [2, 2, 2], [2, 2],
  ]

  /// Five columns, 44 items, the section's number and name merged downwards, a row with the sums.
  static func scoreSheet(_ check: String? = "7KQ2-M4XD") -> OfficeDocument {
    var table = DocumentTable(weights: [800, 2300, 4300, 900, 900])
    table.rows.append(["序号", "项  目", "督查内容及方式", "分值", "得分"])
    var serial = 0
    for (section, items) in points.enumerated() {
      for (index, points) in items.enumerated() {
        serial += 1
        let name = DocumentCell(
          "事项\(numerals[section])落实情况\n（\(items.reduce(0, +))分）", rowSpan: items.count)
        let text = DocumentCell(
          "\(index + 1).围绕本事项建立清单，明确责任人和完成时限，每季度至少研究 1 次，查看会议记录和台账。"
            + (serial % 5 == 0 ? "没有落实的，说明原因和整改措施，限期完成后再核对一次。" : ""))
        let value = DocumentCell.points(Score(hundredths: points * 100))
        let given: DocumentCell =
          switch serial {
          case 3: DocumentCell("1.5（张三）\n2（李四）\n⚠ 填写不一致", tone: .warning)
          case 7: DocumentCell("未填", tone: .faint, alignment: .centre)
          default: .number(Score(hundredths: points * 100 - (serial % 4 == 0 ? 50 : 0)))
          }
        let head = [DocumentCell(numerals[section], rowSpan: items.count, alignment: .centre), name]
        table.rows.append(DocumentRow((index == 0 ? head : []) + [text, value, given]))
      }
    }
    let rows = 1...table.rows.count - 1
    table.rows.append([
      DocumentCell("合  计", tone: .strong, columnSpan: 3, alignment: .centre),
      DocumentCell(
        .sum(Score(hundredths: 10_000), of: [CellRange(column: 3, rows: rows)], unit: "分", tone: .strong)),
      DocumentCell(.sum(Score(hundredths: 9_050), of: [CellRange(column: 4, rows: rows)], unit: "", tone: .strong)),
    ])
    return OfficeDocument(
      title: "专项督查评分表",
      sections: [
        DocumentSection(
          name: "评分表",
          blocks: [
            .attachment("附件1"), .title("示例大学全面从严治党主体责任落实情况专项督查评分表"),
            .fields([DocumentField("党总支名称", "计算机学院党总支"), DocumentField("2026年9月28日", at: 0.72).bare]),
            .table(table), .note("注：得分由党总支自评填写，有不同填法的待核定后计入。"),
          ])
      ], checkCode: check, properties: ["unitsync.unit": "school/computing", "unitsync.template": "sheet100"])
  }

  /// A ledger's frame in landscape, without rows.
  static func ledger(_ rows: [DocumentRow] = []) -> OfficeDocument {
    var table = DocumentTable(weights: [1, 3, 4, 4, 4, 2])
    table.rows = [["序号", "党组织名称", "成功经验", "典型案例", "存在问题", "备注"]] + rows
    return OfficeDocument(
      title: "诊断情况工作台账",
      sections: [
        DocumentSection(
          name: "工作台账", page: .landscape,
          blocks: [
            .attachment("附件4"), .title("诊断情况工作台账"),
            .fields([DocumentField("填报单位", "计算机学院党总支"), DocumentField("截止时间", "2026年9月30日", at: 0.7)]),
            .table(table), .note("备注：存在的问题一栏对照诊断指南查摆。"),
          ])
      ], checkCode: "7KQ2-M4XD")
  }

  static func ledgerRow(_ serial: Int) -> DocumentRow {
    [
      .number(serial), DocumentCell("第\(serial % 300)党支部"),
      DocumentCell("主题党日固定在每月第一周，\(serial) 次活动都有签到和记录。"), DocumentCell("师生结对共学\n党员承诺践诺"),
      DocumentCell(serial % 7 == 0 ? "" : "记录不够及时，整改期限 \(serial % 28 + 1) 日。"), "",
    ]
  }

  static func report() -> OfficeDocument {
    OfficeDocument(
      title: "自查报告",
      sections: [
        DocumentSection(
          blocks: [
            .title("计算机学院党总支关于主体责任落实情况的自查报告"),
            .paragraph(DocumentParagraph("（草稿）", as: .subtitle)),
            .text("按照通知要求，党总支对照评分表逐项自查，现将有关情况报告如下。"), .heading("一、自查情况", level: 1),
            .heading("（一）组织生活", level: 2),
            .text("本年度召开支部党员大会 4 次、支部委员会会议 12 次，讲党课 5 次，主题党日 9 次，到会率 96%。"),
            .heading("1.谈心谈话", level: 3), .text("支部书记与党员谈心谈话 38 人次，均按规定记录。"),
            .heading("二、存在问题", level: 1),
            .paragraph(
              DocumentParagraph(
                lines: [TextLine("第 3 项有不同填法，待核定。", .warning), "个别支部学习记录不够完整。"], as: .body)),
            .heading("三、下一步措施", level: 1), .text("明确责任人和期限，十月底前整改到位并复查。"),
            .paragraph(DocumentParagraph("计算机学院党总支\n2026年9月28日", as: .signature)),
          ])
      ], checkCode: "7KQ2-M4XD")
  }

  /// Two header rows, cells merged across both and across rows of the body.
  static func doubleHeader() -> OfficeDocument {
    OfficeDocument(
      title: "重点任务清单",
      sections: [
        DocumentSection(blocks: [
          .table(
            DocumentTable(
              weights: [2, 3, 1, 1], headerRows: 2,
              rows: [
                // Reaches too far: a header's cell ends with the header.
                [DocumentCell("任务", columnSpan: 2, rowSpan: 9), DocumentCell("完成情况", columnSpan: 2)],
                ["上半年", "下半年"], [DocumentCell("一、政治建设", rowSpan: 2), "1．学习", "已完成", "未填"], ["2．报告", "已完成"],
                // Ends with the table.
                [DocumentCell("二、队伍建设", columnSpan: 2, rowSpan: 5), "", "已完成"], ["甲\t乙", "丙"],
              ]))
        ])
      ])
  }
}

extension DocumentField {
  /// Without label: the text alone.
  fileprivate var bare: DocumentField { DocumentField("", label, at: position) }
}

/// A folder for one test, gone afterwards.
struct PaperFolder: ~Copyable {
  let path: String
  private let keeps: Bool

  /// - Parameter name: `UNITSYNC_KEEP_PAPERS` names a folder where papers stay under this name, to be looked at.
  init(keptAs name: String? = nil) throws {
    let kept = name.flatMap { name in
      ProcessInfo.processInfo.environment["UNITSYNC_KEEP_PAPERS"].map { "\($0)/\(name)" }
    }
    keeps = kept != nil
    path = kept ?? NSTemporaryDirectory() + "unitsync-papers-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    if !keeps { try? FileManager.default.removeItem(atPath: path) }
  }

  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  /// What is in the folder, sorted.
  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  /// Writes and gives back the file's bytes.
  func write(
    _ document: OfficeDocument, _ format: DocumentFormat, name: String = "paper", adding more: DocumentRows? = nil
  ) throws -> [UInt8] {
    let file = "\(name).\(format.fileExtension)"
    try DocumentFile.write(document, format: format, to: path + "/" + file, adding: more)
    return try bytes(file)
  }

  /// A part of an office document as text.
  static func part(_ name: String, of bytes: [UInt8]) throws -> String {
    let package = try OfficePackage(bytes: bytes, parts: [name], limits: SheetLimits())
    return String(decoding: package.parts[name] ?? [], as: UTF8.self)
  }
}
