import Foundation
import SyncReports
import Testing

@Suite("Hostile and foreign files are no spreadsheet, and never trap (promise 8)")
struct HostileSheetTests {
  private static let list = XlsxFixture([["名称", "上级"], ["甲支部", "乙党总支"], ["丙支部", "乙党总支"]], merges: ["B2:B3"])

  private func code(_ bytes: [UInt8], _ limits: SheetLimits = SheetLimits()) -> ImportError.Code? {
    do {
      _ = try UnitSheet(try Workbook(bytes: bytes, limits: limits))
      return nil
    } catch {
      #expect(!error.hint.contains("docx"), "the next step is about spreadsheets")
      return error.code
    }
  }

  /// The list with one part's content put in its place.
  private func replacing(_ part: String, with content: String) -> [UInt8] {
    ZipFixture.archive(Self.list.parts.map { (name: $0.0, content: Array(($0.0 == part ? content : $0.1).utf8)) })
  }

  private let sheet = "xl/worksheets/sheet1.xml"

  @Test("an archive cut at any 64th byte is damaged; a flipped byte does no harm")
  func damaged() {
    let bytes = Self.list.bytes
    #expect(code(bytes) == nil)
    for length in stride(from: 0, to: bytes.count, by: 64) { #expect(code(Array(bytes[..<length])) == .damagedFile) }
    for index in stride(from: 0, to: bytes.count, by: 7) {
      var changed = bytes
      changed[index] ^= 0x55
      _ = code(changed)
    }
  }

  @Test("what is not an .xlsx is told apart")
  func foreign() {
    let compound: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + [UInt8](repeating: 0, count: 600)
    let encrypted = compound + HostileInputTests.utf16("EncryptedPackage", highFirst: false, mark: false)
    #expect(code(compound) == .oldSheetFormat)
    #expect(code(encrypted) == .passwordProtected)
    #expect(code(DocxFixture(.line("甲")).bytes) == .notSpreadsheet)
    #expect(code(ZipFixture.archive([("content.xml", [0x3C])])) == .notSpreadsheet)
    #expect(code([]) == .damagedFile)
    #expect(code(Array("%PDF-1.7\n名称,上级\n甲,乙".utf8)) == .notSpreadsheet)
    #expect(code(Array("<html><table><tr><td>名称</td></tr></table>".utf8)) == .notSpreadsheet)
    #expect(code([0x00, 0x01] + Array("名称,上级".utf8)) == .notSpreadsheet)
    #expect(code([0xFF, 0xFF, 0xFF, 0xFF]) == .notSpreadsheet)
    #expect(code(Array("名称,上级\n\"甲,乙".utf8)) == .damagedFile)
  }

  @Test(
    "a DOCTYPE is refused in every part that is read",
    arguments: ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"])
  func doctype(part: String) {
    #expect(code(replacing(part, with: "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>")) == .forbiddenMarkup)
    #expect(code(replacing(part, with: "<x>")) == .malformedMarkup)
  }

  @Test("zero bytes in front of strings or cells, where the parser would guess UCS-4, are refused")
  func zeroBytes() {
    for part in ["xl/sharedStrings.xml", sheet] {
      #expect(code(replacing(part, with: "\0\0\0<c r=\"C3\" t=\"s\"><v>5</v></c>")) == .malformedMarkup)
    }
  }

  @Test("a bomb is stopped by what comes out of it")
  func bomb() {
    var limits = SheetLimits()
    limits.inflatedBytes = 1 << 20
    #expect(code(replacing(sheet, with: String(repeating: " ", count: 4 << 20)), limits) == .tooLarge)
  }

  @Test("file, entries, sheets, cells, strings, merges, columns, depth and one cell's text are bounded")
  func bounds() {
    func limited(_ change: (inout SheetLimits) -> Void) -> SheetLimits {
      var limits = SheetLimits()
      change(&limits)
      return limits
    }
    let bytes = Self.list.bytes
    #expect(code(bytes, limited { $0.fileBytes = 100 }) == .tooLarge)
    #expect(code(bytes, limited { $0.entries = 2 }) == .tooLarge)
    #expect(code(bytes, limited { $0.sheets = 0 }) == .tooLarge)
    #expect(code(bytes, limited { $0.cells = 3 }) == .tooLarge)
    #expect(code(bytes, limited { $0.cells = 6 }) == .tooLarge, "a cell filled by merging counts")
    #expect(code(bytes, limited { $0.cells = 7 }) == nil)
    #expect(code(bytes, limited { $0.merges = 0 }) == .tooLarge)
    #expect(code(bytes, limited { $0.columns = 1 }) == .tooLarge)
    #expect(code(bytes, limited { $0.cellBytes = 8 }) == .tooLarge)
    let deep = String(repeating: "<row>", count: 300) + String(repeating: "</row>", count: 300)
    #expect(code(replacing(sheet, with: Self.list.root("worksheet", deep))) == .tooLarge)
    #expect(code(Array("名称,上级\n甲,乙".utf8), limited { $0.cells = 3 }) == .tooLarge)
    #expect(code(Array("名称,上级\n甲,乙".utf8), limited { $0.columns = 1 }) == .tooLarge)
  }

  @Test(
    "positions, references and row numbers out of bounds are malformed",
    arguments: [
      "<row r=\"0\"/>", "<row r=\"-1\"/>", "<row r=\"99999999999999999999\"/>", "<row r=\"2\"/><row r=\"2\"/>",
      "<row r=\"1\"><c r=\"A2\"/></row>", "<row r=\"1\"><c r=\"AAAA1\"/></row>", "<row r=\"1\"><c r=\"1A\"/></row>",
      "<row r=\"1\"><c t=\"s\"><v>99</v></c></row>", "<row r=\"1\"><c t=\"s\"><v>-1</v></c></row>",
      "<c r=\"A1\"><v>1</v></c>",
    ])
  func malformed(rows: String) {
    #expect(
      code(replacing(sheet, with: Self.list.root("worksheet", "<sheetData>\(rows)</sheetData>"))) == .malformedMarkup)
  }

  @Test("merges over the whole sheet, upside down or of nonsense cost nothing")
  func merges() throws {
    for merge in ["A1:XFD1048576", "B9:B2", "nonsense", "A1", "B2:B1048576"] {
      var fixture = Self.list
      fixture.sheets[0].merges = Array(repeating: merge, count: 50)
      #expect(try fixture.units().rows.count == 2, "\(merge)")
    }
  }

  @Test("a missing file is unreadable")
  func unreadable() {
    let error = #expect(throws: ImportError.self) { try Workbook(path: "/nowhere/at/all.xlsx") }
    #expect(error?.code == .unreadableFile)
  }
}
