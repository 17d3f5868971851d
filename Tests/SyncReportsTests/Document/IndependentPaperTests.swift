import Foundation
import SyncTesting
import Testing

@testable import SyncReports

/// Our papers opened by PyPI's python-docx and openpyxl, which `scripts/setup` installs.
@Suite("papers as other programs read them")
struct IndependentPaperTests {
  /// What Independent/papers.py found.
  private struct Found: Decodable {
    struct Word: Decodable {
      var title: String
      var rows: Int
      /// Cells of the second row and the third as python-docx sees them: a merged one is the same twice.
      var merged: Bool
      var headerRows: Int
      var keptTogether: Int
      var widths: [Int]
      var texts: [String]
      var landscape: [Bool]
      var footer: String
      var fonts: [String: String]
    }
    struct Book: Decodable {
      var sheets: [String]
      var merged: [String]
      var formulas: [String]
      var cached: [Double]
      var types: [String]
      var frozen: String?
      var titleRows: String?
      var area: String?
      var properties: [String: String]
      var formats: [String]
      var landscape: [String]
    }
    var word: Word
    var book: Book
  }

  private func read(_ word: String, _ book: String) throws -> Found {
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    var root = here
    for _ in 0..<3 { root.deleteLastPathComponent() }
    let python = root.appendingPathComponent(".build/python/bin/python")
    try #require(
      FileManager.default.isExecutableFile(atPath: python.path), "scripts/setup installs what is missing here")
    let run = try ChildProcess.run(
      python.path, [here.appendingPathComponent("Independent/papers.py").path, word, book])
    try #require(run.code == 0, "\(run.error)")
    return try JSONDecoder().decode(Found.self, from: run.output)
  }

  @Test("merged cells, header rows, formulas, fonts and properties are what we meant")
  func papers() throws {
    let folder = try PaperFolder(keptAs: "all")
    var document = PaperFixture.scoreSheet()
    document.sections += PaperFixture.ledger((1...30).map(PaperFixture.ledgerRow)).sections
    _ = try folder.write(document, .docx, name: "all")
    _ = try folder.write(document, .xlsx, name: "all")
    _ = try folder.write(document, .html, name: "all")
    _ = try folder.write(document, .csv, name: "all")
    _ = try folder.write(PaperFixture.report(), .docx, name: "report")
    _ = try folder.write(PaperFixture.report(), .xlsx, name: "report")
    let found = try read(folder.path + "/all.docx", folder.path + "/all.xlsx")

    #expect(found.word.title == "专项督查评分表")
    #expect(found.word.rows == 46 && found.word.merged && found.word.headerRows == 1 && found.word.keptTogether == 46)
    // Twips that share 166 mm.
    #expect(found.word.widths.reduce(0, +) == 9411 && found.word.widths[2] == 4399)
    #expect(found.word.texts.contains("1.5（张三）\n2（李四）\n⚠ 填写不一致") && found.word.texts.contains("100分"))
    #expect(found.word.landscape == [false, true])
    #expect(found.word.footer.hasPrefix("校验码 7KQ2-M4XD"))
    #expect(found.word.fonts["SectionTitle"] == "方正小标宋简体" && found.word.fonts["TableHead"] == "黑体")
    #expect(found.word.fonts["BodyText"] == "仿宋_GB2312")

    #expect(found.book.sheets == ["评分表", "工作台账"])
    #expect(found.book.merged.contains("A5:A9") && found.book.merged.contains("A49:C49"))
    #expect(found.book.formulas == ["=SUM(D5:D48)", "=SUM(E5:E48)"] && found.book.cached == [100, 90.5])
    #expect(found.book.types == ["s", "s", "s", "n", "n"])
    #expect(found.book.formats == ["General\"分\"", "General"])
    #expect(found.book.frozen == "A5" && found.book.titleRows == "$4:$4" && found.book.area == "'评分表'!$A$1:$E$50")
    #expect(found.book.landscape == ["portrait", "landscape"])
    #expect(found.book.properties == document.properties)
  }
}
