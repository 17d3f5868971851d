import SyncModel
import Testing

@testable import SyncReports

@Suite("papers as .csv and .html")
struct TextPaperTests {
  @Test("a text that spans rows stands in each, a number once; formulas are defused, numbers are not")
  func delimited() throws {
    let table = DocumentTable(
      weights: [1, 1, 1],
      rows: [
        ["项目", DocumentCell("得分", columnSpan: 2)],
        [
          DocumentCell("甲,\"乙\"", rowSpan: 2),
          DocumentCell(.number(Score(hundredths: -150), unit: "分", tone: .plain), rowSpan: 2), "=1+1",
        ],
        ["-2"],
        ["合计", DocumentCell(.sum(Score(hundredths: 850), of: [], unit: "分", tone: .strong))],
      ])
    let document = OfficeDocument(
      title: "表",
      sections: [
        DocumentSection(blocks: [
          .title("表"), .fields([DocumentField("单位", "丙"), DocumentField("@日期：")]), .table(table),
        ])
      ])
    let folder = try PaperFolder()
    let text = String(decoding: try folder.write(document, .csv), as: UTF8.self)
    #expect(
      text
        == "\u{FEFF}表\r\n单位：丙,'@日期：\r\n项目,得分,\r\n\"甲,\"\"乙\"\"\",-1.5,'=1+1\r\n\"甲,\"\"乙\"\"\",,-2\r\n合计,8.5,\r\n\r\n")
  }

  @Test("the page is whole, repeats its header, and holds nothing that runs or comes from outside")
  func page() throws {
    let folder = try PaperFolder()
    let text = String(decoding: try folder.write(PaperFixture.doubleHeader(), .html, name: "double"), as: UTF8.self)
    #expect(text.contains("<thead>\n<tr><th colspan=\"2\" rowspan=\"2\">任务</th><th colspan=\"2\">完成情况</th></tr>"))
    #expect(text.ranges(of: "<thead>").count == 1 && text.ranges(of: "</thead>").count == 1)
    #expect(text.contains("size: A4 portrait") && text.contains("display: table-header-group"))
    for word in ["<script", "http:", "https:", "url(", "@import"] { #expect(!text.contains(word)) }
    let sheet = String(decoding: try folder.write(PaperFixture.scoreSheet(), .html, name: "sheet"), as: UTF8.self)
    #expect(
      sheet.contains("<footer>校验码 7KQ2-M4XD</footer>") && sheet.contains("<span class=\"warning\">⚠ 填写不一致</span>"))
  }

  @Test("what somebody typed is shown as it is", arguments: Hostile.texts)
  func hostile(_ text: Hostile) throws {
    let document = OfficeDocument(
      title: text.typed,
      sections: [
        DocumentSection(blocks: [
          .title(text.typed), .fields([DocumentField(text.typed)]),
          .table(DocumentTable(weights: [1], headerRows: 0, rows: [[DocumentCell(text.typed)]])),
        ])
      ], checkCode: text.typed)
    let folder = try PaperFolder()
    let page = String(decoding: try folder.write(document, .html), as: UTF8.self)
    let escaped = text.shown.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
    #expect(page.ranges(of: escaped).count == 5)
    #expect(!page.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }
}
