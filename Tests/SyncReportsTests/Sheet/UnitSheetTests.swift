import Foundation
import SyncModel
import SyncReports
import Testing

@Suite("A school's list of units is read as offices keep it")
struct UnitSheetTests {
  private static let plain: [[String?]] = [
    ["名称", "上级", "类别", "类型"], ["计算机学院党总支", "示例大学", "党总支", nil], ["教师一支部", "计算机学院党总支", "党支部", "教师"],
  ]

  private static let expected = [
    UnitRow(number: 2, name: "计算机学院党总支", upper: "示例大学", kind: "党总支"),
    UnitRow(number: 3, name: "教师一支部", upper: "计算机学院党总支", kind: "党支部", type: "教师"),
  ]

  @Test("shared and inline strings, Transitional and Strict, with and without a prefix, all say the same")
  func forms() throws {
    for strings in [XlsxFixture.Strings.inline, .shared] {
      for namespace in [XlsxFixture.transitional, XlsxFixture.strict] {
        for prefix in ["", "x:"] {
          var fixture = XlsxFixture(Self.plain)
          (fixture.strings, fixture.namespace, fixture.prefix) = (strings, namespace, prefix)
          #expect(try fixture.units().rows == Self.expected)
        }
      }
    }
  }

  @Test("titles above, blank rows, extra columns, merged and missing cells, numbers and footers do no harm")
  func asKept() throws {
    let fixture = XlsxFixture(
      [
        ["示例大学基层党组织一览表"], ["2026年9月"], [],
        ["序号", "所属党总支", "党组织\n名称*（必填）", "人数", "组织类别", "代号"],
        ["1", nil, "计算机学院　党总支", "120", "党总支", "7"], [],
        ["2", "计算机学院党总支", "教师 一支部", "12", "党支部", "001a"], ["3", nil, "学生一支部", nil, "党支部", nil],
        ["序号", "所属党总支", "党组织\n名称*（必填）", "人数", "组织类别", "代号"], ["4", nil, "ABC 支部", nil, nil, nil],
        [nil, nil, nil, "135", nil, nil], [nil, nil, "填表人：甲"],
      ], merges: ["A1:F1", "B7:B11"])
    let units = try fixture.units()
    #expect(units.ignored == ["序号", "人数"])
    #expect(
      units.rows == [
        UnitRow(number: 5, name: "计算机学院党总支", place: "7", kind: "党总支"),
        UnitRow(number: 7, name: "教师一支部", place: "001a", upper: "计算机学院党总支", kind: "党支部"),
        UnitRow(number: 8, name: "学生一支部", upper: "计算机学院党总支", kind: "党支部"),
        UnitRow(number: 10, name: "ABC支部", upper: "计算机学院党总支"),
      ])
  }

  @Test("a row of sums is no unit, wherever it says so; what merely speaks of one is")
  func totals() throws {
    let fixture = XlsxFixture([
      ["序号", "所属党总支", "名称", "类别", "备注"], ["1", "计算机学院党总支", "教师一支部", "党支部", "含合计工作组"],
      ["小计", nil, "1个", "党支部", nil], [nil, "计算机学院党总支小计", "1", "党支部", nil], [nil, nil, "合计：2个", "党支部", nil],
      ["合　计", "1个党总支", "2个支部", nil, nil], ["总计", nil, "2", nil, nil], [nil, nil, "共计 2", nil, nil],
      ["2", "计算机学院党总支", "合计室支部", "党支部", nil], ["小计（个）", nil, "3", nil, nil], ["共3个", nil, nil, nil, nil],
      ["3", "计算机学院党总支", "共青支部", "党支部", nil],
    ])
    let units = try fixture.units()
    #expect(units.rows.map(\.name) == ["教师一支部", "合计室支部", "共青支部"])
    #expect(units.totals == [3, 4, 5, 6, 7, 8, 10, 11])
  }

  @Test("the first visible sheet with a header counts")
  func severalSheets() throws {
    let fixture = XlsxFixture(sheets: [
      .init(name: "说明", rows: [["填表说明"], ["名称要写全"]]), .init(name: "旧", rows: Self.plain, state: "hidden"),
      .init(name: "二〇二六", rows: Self.plain), .init(name: "另", rows: [["名称", "上级"], ["甲", "乙"]]),
    ])
    let units = try fixture.units()
    #expect(units.sheet == "二〇二六")
    #expect(units.rows == Self.expected)
  }

  @Test("rows and cells without positions follow each other; phonetic runs are no text")
  func positionsLeftOut() throws {
    var fixture = XlsxFixture(Self.plain)
    func cell(_ text: String) -> String { "<c t=\"inlineStr\"><is><t>\(text)</t><rPh><t>pinyin</t></rPh></is></c>" }
    fixture.sheets[0].markup = fixture.root(
      "worksheet",
      "<sheetData><row>\(["名称", "上级"].map(cell).joined())</row><row>\(["甲支部", "乙"].map(cell).joined())</row></sheetData>"
    )
    #expect(try fixture.units().rows == [UnitRow(number: 2, name: "甲支部", upper: "乙")])
  }

  @Test("comma-separated text in UTF-8 and GB18030, quoted or tabbed, reads like a spreadsheet")
  func delimited() throws {
    let text = "一览表\r\n名称,上级,类别,类型\r\n计算机学院党总支,示例大学,党总支,\r\n\"教师\n一支部\",计算机学院党总支,党支部,教师\r\n"
    let expected = Self.expected.map { row in
      var row = row
      row.number += 1
      return row
    }
    let gb18030 = String.Encoding(rawValue: 0x8000_0632)
    for bytes in [
      Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8), [UInt8](try #require(text.data(using: gb18030))),
    ] {
      let rows = try UnitSheet(try Workbook(bytes: bytes)).rows
      #expect(rows.map(\.name) == expected.map(\.name))
      #expect(rows.map(\.upper) == expected.map(\.upper))
    }
    let tabbed = Array("名称\t类别\n甲\t党支部\n".utf8)
    #expect(try UnitSheet(try Workbook(bytes: tabbed)).rows == [UnitRow(number: 2, name: "甲", kind: "党支部")])
  }

  @Test("a sheet without the header says which columns are wanted")
  func noHeader() {
    for rows in [[["甲", "乙"]], [["名称"], ["甲支部"]], [["名称", "上级"]]] as [[[String?]]] {
      let error = #expect(throws: ImportError.self) { try XlsxFixture(rows).units() }
      #expect(error?.code == .noUnits)
      #expect(error?.hint.contains("名称") == true)
    }
  }
}
