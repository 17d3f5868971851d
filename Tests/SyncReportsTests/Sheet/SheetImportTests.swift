import SyncModel
import SyncReports
import Testing

@Suite("Checklists in worksheets are found like those in documents")
struct SheetImportTests {
  private func templates(_ fixture: XlsxFixture) throws -> [ImportedTemplate] {
    try ChecklistImporter.templates(bytes: fixture.bytes)
  }

  private func template(_ rows: [[String?]], merges: [String] = []) throws -> ImportedTemplate {
    let found = try templates(XlsxFixture(rows, merges: merges))
    #expect(found.count == 1)
    return try #require(found.first)
  }

  @Test("a guide with merged, empty and repeated level-1 cells keeps its tree")
  func guide() throws {
    let found = try template(
      [
        ["食堂指南（后勤处）", nil, nil], ["一级指标", "二级指标", "三级指标"], ["1.卫生", "1.1餐具", "（1）每餐消毒。\n（2）定点存放。"],
        [nil, "1.2后厨", "（1）地面干燥。"], ["2.供应", "2.1早餐", "（1）六点半开餐。"], [nil, "2.2午餐", "（1）菜品不少于八种。"],
        ["一级指标", "二级指标", "三级指标"], ["2.供应", "2.3晚餐", "（1）七点收餐。"],
      ], merges: ["A1:C1", "A3:A4"])
    #expect(found.template.title == "食堂指南（后勤处）")
    #expect(found.template.audience == "后勤处")
    #expect(found.template.kind == .guide)
    #expect(found.template.levels == [2, 5, 6])
  }

  @Test("a score sheet with fields above it, points as numbers, sections merged downwards, a total and a note")
  func scoreSheet() throws {
    let found = try template(
      [
        ["附件1"], ["宿舍检查评分表"], ["楼号：", nil, nil, nil, "日期："], ["序号", "项  目", "检查内容", "分值", "得分"],
        ["一", "卫生（4分）", "1.扫地。", "2", nil], [nil, nil, "2.开窗；3.通风。", "2", nil], ["二", "安全（3分）", "1.用电。", "3", nil],
        ["合计", nil, nil, "7", nil], ["备注：每月一评。", nil, nil, nil, nil],
      ], merges: ["A2:E2", "A5:A6", "B5:B6"])
    #expect(found.template.kind == .scoreSheet)
    #expect(found.template.title == "宿舍检查评分表")
    #expect(found.template.preface == ["楼号：\u{3000}\u{3000}日期："])
    #expect(found.template.levels == [2, 3])
    #expect(found.template.points == Score(text: "7"))
    #expect(found.template.note == "备注：每月一评。")
    #expect(found.flags.isEmpty)
  }

  @Test("a header over two columns makes sections and tasks; empty rows do not end the table")
  func taskList() throws {
    let found = try template(
      [
        ["校园绿化清单", nil, nil], ["重点工作任务", nil, "完成情况"], ["一、春季", "1．补栽草皮。", nil], [nil, "2．修剪灌木。", nil], [], [],
        ["二、秋季", "3．清扫落叶。", nil],
      ], merges: ["A1:C1", "A2:B2", "A3:A4"])
    #expect(found.template.kind == .taskList)
    #expect(found.template.levels == [2, 3])
    #expect(found.template.columns.map(\.span) == [2, 1])
  }

  @Test("several sheets, several tables of one sheet, and blank forms are one template each")
  func several() throws {
    var fixture = XlsxFixture(sheets: [
      .init(
        name: "安排",
        rows: [
          ["推进安排"], ["时间", "内容", "备注"], ["2023年2月", "摸底", "2023年2月底报送《摸底表》"], [], ["附件2"], ["借用登记表"],
          ["序号", "物品名称", "借用人姓名", "借用日期"], ["1"], ["2"], ["备注：用完即还。"],
        ], merges: ["A2:A2"]),
      .init(name: "维修台账", rows: [["序号", "地点", "故障"]]), .init(name: "Sheet3", rows: [["序号", "地点", "经手人"]]),
      .init(name: "藏", rows: [["一级指标", "二级指标"], ["1.甲", "（1）子。"]], state: "hidden"),
    ])
    for strings in [XlsxFixture.Strings.shared, .inline] {
      fixture.strings = strings
      let found = try templates(fixture).map(\.template)
      #expect(found.map(\.title) == ["推进安排", "借用登记表", "维修台账", "台账"])
      #expect(found.map(\.kind) == [.schedule, .ledger, .ledger, .ledger])
      #expect(found[0].sections.flatMap(\.deliverables).map(\.title) == ["《摸底表》"])
      #expect(found[1].columns.map(\.content) == [.sequence, .text, .person, .text])
      #expect(found[1].note == "备注：用完即还。")
    }
  }

  @Test("widths, a page that lies across, and columns that hold nothing")
  func page() throws {
    var fixture = XlsxFixture([])
    let cell = { (place: String, text: String) in "<c r=\"\(place)\" t=\"inlineStr\"><is><t>\(text)</t></is></c>" }
    let rows = """
      <row r="2">\(cell("B2", "重点工作任务"))\(cell("D2", "完成情况"))</row><row r="3">\(cell("B3", "1．甲"))</row>
      """
    fixture.sheets[0].markup = fixture.root(
      "worksheet",
      "<cols><col min=\"2\" max=\"2\" width=\"40\"/><col min=\"4\" max=\"16384\" width=\"10\"/></cols><sheetData>\(rows)</sheetData>"
        + "<pageSetup orientation=\"landscape\"/>")
    let found = try #require(try templates(fixture).first?.template)
    // 40 characters and a usual column beside them; 10 characters.
    #expect(found.columns.map(\.width) == [285 * 15 + 960, 75 * 15])
    #expect(found.isLandscape)
    #expect(found.columns.map(\.title) == ["重点工作任务", "完成情况"])
  }

  @Test("the Strict form, another prefix and another place of the workbook")
  func otherForms() throws {
    var fixture = XlsxFixture([["清单"], ["重点工作任务", "完成情况"], ["1．甲", nil]])
    fixture.namespace = XlsxFixture.strict
    fixture.prefix = "x:"
    #expect(try templates(fixture).map(\.template.title) == ["清单"])
    let moved = fixture.parts.map {
      (name: $0.0.replacing("xl/workbook.xml", with: "xl/book1.xml"), content: Array($0.1.utf8))
    }
    .map { ($0.name.replacing("workbook.xml.rels", with: "book1.xml.rels"), $0.content) }
    let root = """
      <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" \
      Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="xl/book1.xml"/></Relationships>
      """
    let bytes = ZipFixture.archive(moved + [("_rels/.rels", Array(root.utf8))])
    #expect(try ChecklistImporter.templates(bytes: bytes).map(\.template.title) == ["清单"])
  }

  @Test("data that is no checklist, too wide for one, or marked 密级 is refused")
  func refused() throws {
    func code(_ rows: [[String?]]) -> ImportError.Code? {
      do {
        _ = try templates(XlsxFixture(rows))
        return nil
      } catch { return (error as? ImportError)?.code }
    }
    #expect(code([["姓名", "电话"], ["张三", "1"]]) == .noChecklist)
    #expect(code([]) == .noChecklist)
    #expect(code([(0..<80).map { "栏\($0)" }]) == .noChecklist)
    #expect(code([["机密★1年"], ["重点工作任务", "完成情况"], ["1．甲", nil]]) == .secrecyMark)
    let margin = "<sheetData/><headerFooter><oddHeader>&amp;C机密★1年</oddHeader></headerFooter>"
    var fixture = XlsxFixture([])
    fixture.sheets[0].markup = fixture.root("worksheet", margin)
    #expect(throws: ImportError.self) { try templates(fixture) }
  }

  @Test("merges over the whole sheet, upside down or over each other do no harm")
  func hostileMerges() throws {
    let rows: [[String?]] = [["重点工作任务", "完成情况"], ["1．甲", nil]]
    for merges in [
      ["A1:XFD1048576"], ["B2:A1"], Array(repeating: "A1:B2", count: 1_000), ["A2:A2"], ["A1:"], ["ZZZ9:A1"],
    ] {
      _ = try? templates(XlsxFixture(rows, merges: merges))
    }
    #expect(try templates(XlsxFixture(rows, merges: ["B2:A1", "A1:"])).count == 1)
  }
}
