import SyncEngine
import SyncModel
import Testing

@testable import SyncReports

@Suite("What a paper says of itself")
struct PaperMarkTests {
  private func mark() throws -> PaperMark {
    let unit = try #require(UnitPath("school/cs"))
    var mark = PaperMark(
      .form, school: SchoolID(high: 1, low: 2), subject: SubjectID(high: 3, low: 4), unit: unit,
      templates: [Digest256(hashing: [1]), Digest256(hashing: [2])],
      cut: try #require(try? Self.cut()), date: try #require(CalendarDate(text: "2026-09-28")))
    mark.shown[1] = Array(repeating: 7, count: 600)
    mark.rows[2] = [1, 2, 3]
    return mark
  }

  private static func cut() throws -> PaperCut {
    // Out of bytes, as a form brings it: one tip.
    var writer = ByteWriter()
    writer.varint(1)
    writer.id(ReplicaID(high: 5, low: 6))
    writer.varint(UInt64(9))
    writer.tag(ChainTag(rawValue: 11))
    return PaperCut(tips: try PaperCut.tips(bytes: writer.bytes), digest: Digest256(hashing: [3]))
  }

  @Test("a mark comes back from its properties as it was, with the same code")
  func roundTrip() throws {
    let mark = try mark()
    let again = try PaperMark(properties: mark.properties)
    #expect(again == mark && again.code == mark.code)
    #expect(mark.code.wholeMatch(of: #/[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}/#) != nil)
    var other = mark
    other.content = Digest256(hashing: [4])
    #expect(other.code != mark.code)
  }

  @Test("promise 5: a mark with a property missing, cut short or of another kind is refused")
  func damaged() throws {
    let properties = try mark().properties
    #expect(throws: PaperError.noMark) { try PaperMark(properties: [:]) }
    #expect(throws: PaperError.needsNewerVersion) {
      try PaperMark(properties: properties.merging(["unitsync.version": "2"]) { $1 })
    }
    for name in properties.keys.sorted()
    where !["unitsync.version", "unitsync.shown.1", "unitsync.rows.2", "unitsync.unit"].contains(name) {
      for value in ["", "?", (properties[name] ?? "") + "!"] where !(name == "unitsync.templates" && value.isEmpty) {
        #expect(throws: PaperError.self, "\(name) = \(value)") {
          try PaperMark(properties: properties.merging([name: value]) { $1 })
        }
      }
    }
  }

  @Test(
    "lines above a table are filled in as far as they can be",
    arguments: [
      ("党总支名称：　　　　　　　　年　　月　　日", ["党总支名称：教师一支部", "2026年9月28日"]),
      ("填报单位：                截止时间：", ["填报单位：教师一支部", "截止时间："]),
      ("填报日期：　　年　　月　　日", ["填报日期：2026年9月28日"]),
      ("党组织名称：　　　　　　　　年度：", ["党组织名称：教师一支部", "年度：2026"]),
      ("联系人：　　　　　　电话：", ["联系人：", "电话："]), ("XX党委", ["教师一支部"]),
    ])
  func preface(line: String, fields: [String]) throws {
    let date = try #require(CalendarDate(text: "2026-09-28"))
    let blocks = PrefaceLine.blocks([line], unitName: "教师一支部", date: date)
    #expect(blocks.count == 1)
    guard case .fields(let found) = blocks[0] else {
      Issue.record("no fields")
      return
    }
    #expect(found.map(\.text) == fields)
  }

  @Test("what is printed does not depend on blanks; a digit does")
  func lines() {
    func lines(_ cell: String) -> PaperLines {
      var table = DocumentTable(weights: [1, 1], headerRows: 0)
      table.rows = [[DocumentCell(cell), "2"]]
      return PaperLines(OfficeDocument(title: "t", sections: [DocumentSection(blocks: [.table(table)])]), format: .docx)
    }
    #expect(lines("甲 乙") == lines("甲\n乙") && lines("甲乙").digest == lines(" 甲　乙 ").digest)
    #expect(lines("甲1") != lines("甲2"))
    let differences = lines("甲1").differences(from: lines("甲2"))
    #expect(differences.count == 1 && differences[0].here == "甲1｜2" && differences[0].there == "甲2｜2")
  }
}
