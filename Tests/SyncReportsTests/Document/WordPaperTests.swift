import Foundation
import SyncModel
import Testing

@testable import SyncReports

@Suite("papers as .docx")
struct WordPaperTests {
  private func table(_ document: OfficeDocument) throws -> WordTable {
    let folder = try PaperFolder()
    let read = try WordDocument(bytes: try folder.write(document, .docx))
    let tables = read.blocks.compactMap { if case .table(let table) = $0 { table } else { nil } }
    try #require(tables.count == 1)
    return tables[0]
  }

  @Test("the texts and merged cells of a sheet are read back as they were")
  func roundTrip() throws {
    let document = PaperFixture.scoreSheet()
    let read = try table(document)
    guard case .table(let written) = document.sections[0].blocks[3] else { return }
    #expect(read.rows.count == 46)
    var layout = TableLayout(written)
    for (row, source) in zip(read.rows, written.rows) {
      let placed = try layout.place(source)
      #expect(row.cells.map(\.columns) == placed.cells.map { $0.column..<$0.column + $0.columnSpan })
      #expect(row.cells.map(\.continuesAbove) == placed.cells.map(\.continuesAbove))
      for (cell, place) in zip(row.cells, placed.cells) where !place.continuesAbove {
        #expect(cell.paragraphs.map(\.text).joined(separator: "\n") == place.cell.text)
      }
    }
  }

  @Test("a header's merged cells end with the header, the body's with the table; tabs stay")
  func spans() throws {
    let read = try table(PaperFixture.doubleHeader())
    #expect(read.rows[1].cells.map(\.continuesAbove) == [true, false, false])
    #expect(read.rows[2].cells.map(\.continuesAbove) == [false, false, false, false])
    #expect(read.rows[3].cells.map(\.continuesAbove) == [true, false, false, false])
    #expect(read.rows[5].cells.map(\.continuesAbove) == [true, false, false])
    #expect(read.rows[5].cells[1].paragraphs[0].text == "甲\t乙")
    let folder = try PaperFolder()
    let markup = try PaperFolder.part(
      "word/document.xml", of: try folder.write(PaperFixture.doubleHeader(), .docx))
    #expect(markup.ranges(of: "<w:tblHeader/>").count == 2)
  }

  @Test("an exported score sheet is imported again as the same checklist")
  func importedAgain() throws {
    let folder = try PaperFolder()
    let templates = try ChecklistImporter.templates(bytes: try folder.write(PaperFixture.scoreSheet(), .docx))
    try #require(templates.count == 1)
    #expect(templates[0].template.kind == .scoreSheet)
    #expect(templates[0].template.sections.count == 12)
    #expect(templates[0].template.items.count { $0.isLeaf } == 44)
  }

  @Test("what somebody typed stays text, whatever it is (promise 8)", arguments: Hostile.texts)
  func hostile(_ text: Hostile) throws {
    let document = OfficeDocument(
      title: text.typed,
      sections: [
        DocumentSection(
          name: text.typed,
          blocks: [
            .title(text.typed), .fields([DocumentField("填报单位", text.typed)]),
            .table(DocumentTable(weights: [1], headerRows: 0, rows: [[DocumentCell(.text([TextLine(text.typed)]))]])),
          ])
      ], checkCode: text.typed, properties: ["unitsync.text": text.typed])
    let folder = try PaperFolder()
    let bytes = try folder.write(document, .docx)
    let read = try WordDocument(bytes: bytes)
    var cells: [String] = []
    for case .table(let table) in read.blocks { cells += table.rows.flatMap(\.cells).flatMap(\.paragraphs).map(\.text) }
    #expect(cells.joined(separator: "\n") == text.shown)
    #expect(try PackageProperties.read(bytes: bytes) == ["unitsync.text": text.shown])
  }

  @Test("sections have pages of their own, upright and across")
  func pages() throws {
    var document = PaperFixture.scoreSheet()
    document.sections += PaperFixture.ledger().sections + PaperFixture.report().sections
    let folder = try PaperFolder()
    let bytes = try folder.write(document, .docx, name: "sections")
    let markup = try PaperFolder.part("word/document.xml", of: bytes)
    #expect(markup.ranges(of: "<w:sectPr>").count == 3)
    #expect(markup.ranges(of: "w:orient=\"landscape\"").count == 1)
    #expect(markup.contains("w:val=\"ReportTitle\"") && markup.contains("w:val=\"SectionTitle\""))
    let footer = try PaperFolder.part("word/footer1.xml", of: bytes)
    #expect(footer.contains("校验码 7KQ2-M4XD") && footer.contains(" NUMPAGES "))
  }

  @Test("more columns than Word has are refused, and nothing is written (promise 8)")
  func columns() throws {
    func document(_ columns: Int) -> OfficeDocument {
      OfficeDocument(
        title: "宽表",
        sections: [
          DocumentSection(blocks: [.table(DocumentTable(weights: Array(repeating: 1, count: columns), rows: [["甲"]]))])
        ])
    }
    let folder = try PaperFolder()
    _ = try folder.write(document(WordWriter.columnLimit), .docx, name: "widest")
    #expect(throws: DocumentError.tooManyColumns(64, limit: 63)) {
      try folder.write(document(64), .docx, name: "wider")
    }
    #expect(!folder.names.contains { $0.hasPrefix("wider") })
  }
}

/// Texts that break what is careless, with what must be read in their place.
struct Hostile: Sendable, CustomTestStringConvertible {
  let name: String
  let typed: String
  let shown: String

  init(_ name: String, _ typed: String, shown: String? = nil) {
    self.name = name
    self.typed = typed
    self.shown = shown ?? typed
  }

  var testDescription: String { name }

  static let texts = [
    Hostile("markup", "<w:t>&amp;\"'</w:t>&#65;"), Hostile("the end of CDATA", "甲]]>乙<![CDATA[丙"),
    Hostile("a formula", "=cmd|' /C calc'!A0"), Hostile("another formula", "+1-1@SUM(A1)"),
    Hostile(
      "control characters", "甲\u{0}\u{1}\u{8}\u{1F}乙\u{FFFE}\u{FFFF}",
      shown: #"甲\u{0}\u{1}\u{8}\u{1F}乙\u{FFFE}\u{FFFF}"#),
    Hostile("an order of reading turned around", "甲\u{202E}乙\u{2066}丙\u{200F}", shown: #"甲\u{202E}乙\u{2066}丙\u{200F}"#),
    Hostile("emoji and rare characters", "👩‍👩‍👧‍👦𠮷㐂\u{10FFFF}"), Hostile("right to left", "مرحبا עולם 甲"),
    Hostile("10,000 characters", String(repeating: "长", count: 10_000)), Hostile("an escape of Excel's", "甲_x0041_乙"),
    Hostile("what looks like a field", "{{name}} ${x} &[页码] %@ %n"),
  ]
}
