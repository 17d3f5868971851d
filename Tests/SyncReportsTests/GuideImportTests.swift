import SyncModel
import SyncReports
import Testing

@Suite("Indicator guides keep their tree")
struct GuideImportTests {
  private typealias Row = [DocxFixture.Cell]
  private static let header: Row = ["一级指标", "二级指标", "三级指标"]

  private func numbers(_ nodes: [Template.Node]) -> [String] { nodes.map(\.number) }

  @Test("a merged, an empty and a repeated level-1 cell continue their section")
  func continuedSections() throws {
    let found = try DocxFixture(
      .line("食堂指南"),
      .table([
        Self.header,
        [.top("1. 卫生"), "1.1餐具", "（1）每餐消毒。\n（2）定点存放。"],
        [.up, "1.2后厨", "（1）地面干燥。"],
        ["2.供 应", "2.1早餐", "（1）六点半开餐。"],
        ["", "2.2午餐", "（1）菜品不少于八种。"],
        ["2.供应", "2.3晚餐", "（1）七点收餐。"],
      ])
    ).template()
    #expect(found.template.levels == [2, 5, 6])
    #expect(found.template.title == "食堂指南")
    #expect(numbers(found.template.sections) == ["1", "2"])
    #expect(found.template.sections[1].text == "供 应")
    #expect(numbers(found.template.sections[0].children[0].children) == ["1", "2"])
    #expect(found.template.sections[0].children[0].children[1].text == "定点存放。")
    #expect(found.flags.contains { $0.reason.contains("空格与前面不同") })
  }

  @Test("a number used for two different titles makes two sections and a doubt, and loses no text")
  func numberUsedTwice() throws {
    let found = try DocxFixture(
      .table([["一级指标", "二级指标"], ["1.车辆调度", "（1）登记。"], ["1.花木养护", "（1）浇水。"]])
    ).template()
    #expect(found.template.sections.map(\.text) == ["车辆调度", "花木养护"])
    #expect(found.flags.contains { $0.reason.contains("不连续") })
  }

  @Test("tables of one header with only blank lines between are one guide, with or without the header repeated")
  func severalTables() throws {
    let found = try DocxFixture(
      .centred("宿舍指南（学生宿舍楼）"),
      .table([Self.header, [.top("1.安全"), "1.1用电", "(1)不私拉电线。"]]),
      .line(""), .line("（续表）"),
      .table([Self.header, ["1.安全", "1.2消防", "(1)通道畅通。"], Self.header, ["2.卫生", "每周打扫", "(1)有值日表。"]]),
      .line(""),
      .table([["", "2.2垃圾", "(1)分类投放。"]])
    ).template()
    #expect(found.template.levels == [2, 4, 4])
    #expect(found.template.sections[1].children.map(\.number) == ["", "2.2"])
    #expect(found.template.columns == ["一级指标", "二级指标", "三级指标"])
  }

  @Test("one guide over tables of different grids stays one")
  func differentGrids() throws {
    let found = try DocxFixture(
      .line("指南"),
      .table([["一级指标", "二级指标"], ["1.甲", "（1）子。"]]),
      .line(""),
      .table([[.wide("一级指标", 2), .wide("二级指标", 3)], [.wide("2.乙", 2), .wide("（1）丑。", 3)]])
    ).template()
    #expect(found.template.levels == [2, 2])
  }

  @Test("a title between two tables begins a second guide that counts from 1 again")
  func twoGuides() throws {
    let table = DocxFixture.Block.table([["一级指标", "二级指标"], ["1.甲", "（1）子。"], ["2.乙", "（1）丑。\n（2）寅。"]])
    let found = try DocxFixture(.line("附件3"), .line("车队指南"), table, .line(""), .line("花圃指南"), table).templates()
    #expect(found.map(\.template.title) == ["车队指南", "花圃指南"])
    #expect(found.map(\.template.levels) == [[2, 3], [2, 3]])
    #expect(found.allSatisfy { $0.template.sections.map(\.number) == ["1", "2"] })
  }

  @Test("a table drawn inside a frame is found, its title too")
  func framed() throws {
    let inner = DocxFixture.table([["一级指标", "二级指标"], ["1.甲", "（1）子。"]])
    let frame = "<w:tbl><w:tr><w:tc>\(DocxFixture.paragraph("框内指南"))\(inner)<w:p/></w:tc></w:tr></w:tbl>"
    #expect(try DocxFixture(.markup(frame)).template().template.title == "框内指南")
  }

  @Test("automatic numbers serve as numbers, and a style's blank does not hide them")
  func automaticNumbers() throws {
    let numbering = """
      <w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="（%1）"/></w:lvl>\
      </w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
      """
    let item = "<w:numPr><w:numId w:val=\"1\"/></w:numPr>"
    let items =
      DocxFixture.paragraph("值班到岗。", properties: item) + DocxFixture.paragraph("交接清楚。", properties: item)
    let row = "<w:tr><w:tc>\(DocxFixture.paragraph("1.值班"))</w:tc><w:tc>\(items)</w:tc></w:tr>"
    let table = DocxFixture.table([["一级指标", "二级指标"]]).replacing("</w:tbl>", with: row + "</w:tbl>")
    let found = try DocxFixture(.line("门卫指南"), .markup(table), numbering: numbering).template()
    #expect(found.template.sections[0].children.map(\.number) == ["1", "2"])
    #expect(found.template.sections[0].children.map(\.text) == ["值班到岗。", "交接清楚。"])
  }

  @Test("what is imported survives the canonical bytes")
  func canonical() throws {
    let found = try DocxFixture(.table([Self.header, ["1.甲", "1.1乙", "（1）丙"]])).template()
    #expect(try Template(bytes: found.template.bytes) == found.template)
  }

  @Test(
    "a number comes off in any hand; a quantity or a year is text",
    arguments: [
      ("（3）丙", "3", "丙"), ("(3)丙", "3", "丙"), ("3.丙", "3", "丙"), ("３．丙", "3", "丙"), ("3、 丙", "3", "丙"),
      ("4.2丙", "4.2", "丙"), ("4.2. 丙", "4.2", "丙"), ("五、丙", "五", "丙"), ("（十二）丙", "十二", "丙"), ("③丙", "③", "丙"),
      ("五.1丙", "五.1", "丙"), ("3.2021年丙", "3", "2021年丙"), ("1.5倍丙", "", "1.5倍丙"), ("3.20条丙", "3", "20条丙"),
      ("3年内丙", "", "3年内丙"),
      ("20条丙", "", "20条丙"), ("一岗双责丙", "", "一岗双责丙"), ("（大楼）丙", "", "（大楼）丙"), ("2021丙", "", "2021丙"),
    ])
  func numbers(written: String, number: String, text: String) throws {
    let cell = DocxFixture.Cell(written)
    let node = try DocxFixture(.table([["一级指标", "二级指标"], ["1.甲", cell]])).template().template.sections[0].children[0]
    #expect(node.number == number)
    #expect(node.text == text)
  }

  @Test("an item that lost its number stands for itself; a list within an item stays in it")
  func cellsOfItems() throws {
    let cell: DocxFixture.Cell = "（1）甲项：\n1.其一；\n2.其二。\n（2）乙项。\n丙项。\n（4）丁项，\n续行。"
    let children = try DocxFixture(.table([["一级指标", "二级指标"], ["1.甲", cell]])).template().template.sections[0].children
    #expect(children.map(\.number) == ["1", "2", "", "4"])
    #expect(children.map(\.text) == ["甲项：\n1.其一；\n2.其二。", "乙项。", "丙项。", "丁项，\n续行。"])
  }
}
