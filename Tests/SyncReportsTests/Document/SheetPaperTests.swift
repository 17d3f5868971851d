import Foundation
import SyncModel
import Testing

@testable import SyncReports

@Suite("papers as .xlsx")
struct SheetPaperTests {
  private static let sheetPart = "xl/worksheets/sheet1.xml"

  @Test("texts, numbers and merged cells are read back; a merged text stands in every row it covers")
  func roundTrip() throws {
    let folder = try PaperFolder()
    let bytes = try folder.write(PaperFixture.scoreSheet(), .xlsx)
    let workbook = try Workbook(bytes: bytes)
    #expect(workbook.sheets.map(\.name) == ["评分表"])
    let rows = workbook.sheets[0].rows
    let header = try #require(rows.firstIndex { $0.cells[0] == "序号" })
    #expect(rows[header].cells == [0: "序号", 1: "项  目", 2: "督查内容及方式", 3: "分值", 4: "得分"])
    #expect(rows[header + 1].cells[0] == "一" && rows[header + 5].cells[0] == "一" && rows[header + 6].cells[0] == "二")
    #expect(rows[header + 1].cells[1] == "事项一落实情况\n（12分）")
    #expect(rows[header + 1].cells[3] == "2" && rows[header + 4].cells[4] == "1.5")
    #expect(rows[header + 45].cells == [0: "合  计", 3: "100", 4: "90.5"])
    let markup = try PaperFolder.part(Self.sheetPart, of: bytes)
    // The header stands in the fourth row: 附件, title, fields.
    #expect(markup.contains("<f>SUM(D5:D48)</f><v>100</v>") && markup.contains("<f>SUM(E5:E48)</f><v>90.5</v>"))
    #expect(markup.contains("<mergeCell ref=\"A5:A9\"/>") && markup.contains("<mergeCell ref=\"A49:C49\"/>"))
    #expect(markup.contains("<mergeCell ref=\"A2:E2\"/>"))
    #expect(markup.contains("state=\"frozen\"") && markup.contains("topLeftCell=\"A5\""))
    #expect(markup.contains("fitToHeight=\"0\"") && markup.contains("paperSize=\"9\""))
    let frame = try PaperFolder.part("xl/workbook.xml", of: bytes)
    #expect(frame.contains("$4:$4") && frame.contains("_xlnm.Print_Area"))
  }

  @Test("spans end with the header and with the table")
  func spans() throws {
    let folder = try PaperFolder()
    let markup = try PaperFolder.part(Self.sheetPart, of: try folder.write(PaperFixture.doubleHeader(), .xlsx))
    for range in ["A1:B2", "C1:D1", "A3:A4", "A5:B6"] { #expect(markup.contains("<mergeCell ref=\"\(range)\"/>")) }
    #expect(markup.contains("<mergeCells count=\"4\">"))
  }

  @Test("what somebody typed stays text and is never a formula (promise 8)", arguments: Hostile.texts)
  func hostile(_ text: Hostile) throws {
    let document = OfficeDocument(
      title: text.typed,
      sections: [
        DocumentSection(
          name: text.typed,
          blocks: [
            .table(
              DocumentTable(
                weights: [1, 1], headerRows: 0, rows: [["甲", DocumentCell(.text([TextLine(text.typed)]))]]))
          ])
      ], checkCode: String(text.typed.prefix(50)), properties: ["unitsync.text": text.typed])
    let folder = try PaperFolder()
    let bytes = try folder.write(document, .xlsx)
    #expect(try PackageProperties.read(bytes: bytes) == ["unitsync.text": text.shown])
    #expect(!(try PaperFolder.part(Self.sheetPart, of: bytes)).contains("<f>"))
    // In the file an underscore that would begin an escape is one itself, as Excel reads it.
    if text.typed.contains("_x0041_") {
      #expect(try PaperFolder.part(Self.sheetPart, of: bytes).contains("甲_x005F_x0041_乙"))
    }
    let read = try Workbook(bytes: bytes).sheets[0].rows[0].cells[1]
    #expect(read == text.shown)
  }

  @Test(
    "a cell of 32,767 characters is written whole; of more, its beginning with a mark, in every format (promise 8)",
    arguments: ["长", "_x0041_", "e\u{301}\u{302}\u{303}", "𠮷", "甲\n"])
  func longCell(_ piece: String) throws {
    let folder = try PaperFolder()
    func cell(_ text: String, _ format: DocumentFormat) throws -> String {
      let bytes = try folder.write(PaperFixture.ledger([["1", "甲", "乙", DocumentCell(text)]]), format)
      switch format {
      case .xlsx: return try #require(try Workbook(bytes: bytes).sheets[0].rows.last { $0.cells[3] != nil }?.cells[3])
      case .csv: return try #require(try Workbook(bytes: bytes).sheets[0].rows.last { $0.cells[3] != nil }?.cells[3])
      case .docx, .html: return ""
      }
    }
    let whole = String(repeating: "长", count: CellText.limit)
    #expect(try cell(whole, .xlsx) == whole)
    // 200 kB.
    let long = String(repeating: piece, count: 200_000 / piece.utf8.count)
    let mark = CellText.mark(VisibleText.lines(of: long).reduce(0) { $0 + $1.count })
    for format in [DocumentFormat.xlsx, .csv] {
      let read = try cell(long, format)
      #expect(read.hasSuffix(mark) && read.utf16.count <= CellText.limit, "\(format): \(read.suffix(20))")
      #expect(long.hasPrefix(read.dropLast(mark.count)), "\(format)")
      #expect(CellText.isCut(read))
    }
    #expect(
      PaperLines(PaperFixture.ledger([["1", "甲", "乙", DocumentCell(long)]]), format: .docx).lines.contains {
        $0.text.hasSuffix(mark)
      })
  }

  @Test("a title that is too long for a cell is cut as well")
  func longTitle() throws {
    let long = String(repeating: "长", count: 40_000)
    let folder = try PaperFolder()
    let bytes = try folder.write(
      OfficeDocument(title: "表", sections: [DocumentSection(blocks: [.title(long), .text(long)])]), .xlsx)
    let cells = try Workbook(bytes: bytes).sheets[0].rows.compactMap { $0.cells[0] }
    #expect(cells.count == 2 && cells.allSatisfy(CellText.isCut))
  }

  @Test("rows handed over one by one give the same file as rows held")
  func streamed() throws {
    let folder = try PaperFolder()
    let rows = (1...500).map(PaperFixture.ledgerRow)
    for format in DocumentFormat.allCases {
      let held = try folder.write(PaperFixture.ledger(rows), format, name: "held")
      let streamed = try folder.write(PaperFixture.ledger(), format, name: "streamed") { add in
        for row in rows { try add(row) }
      }
      #expect(held == streamed, "\(format)")
    }
  }

  @Test("names of worksheets are what Excel takes, and no two alike")
  func names() throws {
    var names = SheetNames()
    #expect(names.name("a/b[1]:*?\\") == "a_b_1_____")
    #expect(names.name("") == "表" && names.name("History") == "表History")
    #expect(names.name("'甲'") == "甲" && names.name("甲") == "甲（2）")
    #expect(names.name("ABC") == "ABC" && names.name("abc") == "abc（2）")
    let long = String(repeating: "长", count: 40)
    #expect(names.name(long).utf16.count == 31)
    #expect(names.name(long).hasSuffix("（2）") && !names.name(long).hasSuffix("（2）"))
    #expect(names.name(String(repeating: "𠮷", count: 20)).utf16.count == 30)
  }
}
