import SyncModel
import SyncReports
import Testing

@Suite("Task lists, schedules and forms")
struct FormImportTests {
  @Test("a header over two columns makes sections and tasks; empty rows and repeated headers add nothing")
  func taskList() throws {
    let header: [DocxFixture.Cell] = [.wide("重点工作任务", 2), "完成情况"]
    let found = try DocxFixture(
      .line("《校园绿化》具体清单"), .line(""),
      .table([
        header, [.top("一、春季"), "1．补栽草皮。", ""], [.up, "2．修剪灌木。", ""], ["", "", ""], ["", "", ""],
        header, [.top("二、秋季"), "3．清扫落叶。", ""],
      ])
    ).template()
    #expect(found.template.kind == .taskList)
    #expect(found.template.title == "《校园绿化》具体清单")
    #expect(found.template.columns == [.init("重点工作任务", span: 2), "完成情况"])
    #expect(found.template.levels == [2, 3])
    #expect(found.template.leaves.map(\.node.number) == ["1", "2", "3"])
    #expect(found.flags.isEmpty)
  }

  @Test("a schedule's rows keep their cells and say what is due when")
  func schedule() throws {
    let found = try DocxFixture(
      .line("附件1"), .line("推进安排"),
      .table([
        ["时间", "内容", "备注"],
        ["2023年2月", "摸底", "2023年2月底报送“看房、看水、看电”摸底表"],
        ["2023年3月-5月", "整修", "3月16日前报送甲楼、乙楼《整修方案》及照片、预算表；\n2023年5月8日前提交《验收单》（附件1）"],
        ["2023年6月", "总结", "2023年6月9日前报送\n\n总结报告\n经验材料（附照片）"],
        ["2023年7月", "座谈", ""],
      ])
    ).template()
    #expect(found.template.kind == .schedule)
    #expect(found.template.levels == [4])
    #expect(found.template.sections[1].text == "整修")
    #expect(found.template.sections[2].cells == ["2023年6月", "2023年6月9日前报送\n总结报告\n经验材料（附照片）"])
    let due = found.template.sections.flatMap(\.deliverables).map { "\($0.due?.description ?? "-") \($0.title)" }
    #expect(
      due == [
        "2023-02-28 “看房、看水、看电”摸底表", "2023-03-16 甲楼、乙楼《整修方案》", "2023-03-16 照片", "2023-03-16 预算表",
        "2023-05-08 《验收单》（附件1）", "2023-06-09 总结报告", "2023-06-09 经验材料（附照片）",
      ])
  }

  @Test("a date without a year, a day that does not exist and deadlines out of order are flagged")
  func doubtfulDeadlines() throws {
    let found = try DocxFixture(
      .line("安排"),
      .table([
        ["时间", "内容", "备注"], ["2月", "甲", "2月30日前报送表一"], ["2023年9月", "乙", "9月9日前报送表二"],
        ["2023年8月", "丙", "8月8日前报送表三"],
      ])
    ).template()
    #expect(
      found.template.sections.flatMap(\.deliverables).map(\.due?.description) == [nil, "2023-09-09", "2023-08-08"])
    #expect(found.flags.contains { $0.text == "表一" && $0.reason.contains("没有读出") })
    #expect(found.flags.contains { $0.text == "表三" && $0.reason.contains("早于") })
  }

  @Test("forms to be filled keep their columns and their note, and take nothing of the next attachment")
  func forms() throws {
    let found = try DocxFixture(
      .line("附件2"), .line("XX楼借用汇总表"), .table([["时间", "借用内容", "借用方式", "借用人"], ["", "", "", ""]]),
      .line("附件4"), .line("维修情况台账"), .line("填表人：                    日期："), .line(""),
      .table([["序号", "地点", "故障", "备注"], ["1", "", "", ""], ["2", "", "", ""]]),
      .line("备注：故障一栏写清部位。"), .line("1.一事一行。"), .line("附件5")
    ).templates()
    #expect(found.map(\.template.kind) == [.ledger, .ledger])
    #expect(found.map(\.template.title) == ["XX楼借用汇总表", "维修情况台账"])
    #expect(found.map(\.template.columns.count) == [4, 4])
    #expect(found.map(\.template.preface) == [[], ["填表人：                    日期："]])
    #expect(found[1].template.columns.map(\.content) == [.sequence, .text, .text, .text])
    #expect(found.map(\.template.sections.isEmpty) == [true, true])
    #expect(found.map(\.template.note) == ["", "备注：故障一栏写清部位。\n1.一事一行。"])
  }

  @Test("filled tables of other kinds and the notice in front are no templates")
  func otherTables() throws {
    let found = try DocxFixture(
      .centred("后勤处"), .centred("关于开展《校园"), .centred("绿化》检查的"), .centred("通    知"), .line("各科室："),
      .line("现将有关事项通知如下："), .line("一、目标"),
      .table([["姓名", "电话"], ["张三", "1"]]),
      .line("附件1"), .line("检查表"), .table([["序号", "检查内容", "检查结果"], ["1", "路灯完好", ""], ["2", "井盖完好", ""]])
    ).template()
    #expect(found.template.title == "检查表")
    #expect(found.template.kind == .taskList)
    #expect(found.template.levels == [2])
  }

  @Test("a title over several centred lines is joined; one broken inside 《》 too; fields and labels are passed over")
  func titles() throws {
    let form = DocxFixture.Block.table([["序号", "地点"], ["", ""]])
    let found = try DocxFixture(
      .line("附件1"), .centred("关于《校园"), .centred("绿化》的登记表"), .centred("（试行）"), .line("单位："), .line("XX总务处"), form,
      .line("附件2：巡查表"), form,
      .line("说明一下《楼宇"), .line("门禁》登记表"), .line("2023年3月1日"), form,
      .line("下面的表请认真填写，逐项核对，不得遗漏。"), form
    ).templates()
    #expect(
      found.map(\.template.title) == ["关于《校园绿化》的登记表（试行）", "巡查表", "说明一下《楼宇门禁》登记表", "台账"])
    #expect(found.map(\.template.audience) == ["", "", "", ""])
    #expect(found.map(\.template.preface) == [["单位：", "XX总务处"], [], ["2023年3月1日"], []])
    #expect(found[3].flags.contains { $0.reason.contains("没有找到标题") })
  }

  @Test(
    "the audience is the title's last parenthesis where it names people or units",
    arguments: [
      ("指南（后勤处）", "后勤处"), ("指南(院<系>)", "院<系>"), ("指南（院（系）教师）", "院（系）教师"), ("指南（试行）", ""), ("指南（100分）", ""),
      ("（大学）指南", ""), ("指南（2023年版）", ""),
    ])
  func audience(title: String, audience: String) throws {
    let found = try DocxFixture(.line(title), .table([["一级指标", "二级指标"], ["1.甲", "（1）子。"]])).template()
    #expect(found.template.title == title)
    #expect(found.template.audience == audience)
  }

  @Test("columns keep their widths and what their cells hold; fields above the header are kept as they stand")
  func columns() throws {
    let grid =
      "<w:tblGrid>" + [600, 1_000, 1_400, 2_000].map { "<w:gridCol w:w=\"\($0)\"/>" }.joined() + "</w:tblGrid>"
    let rows: [[DocxFixture.Cell]] = [
      [.wide("物业登记表", 4)], [.wide("单位：甲楼", 2), .wide("月份：", 2)], ["序号", .wide("经手人姓名", 2), "备注"],
      ["1", .wide("", 2), ""],
    ]
    let table = DocxFixture.table(rows).replacing("<w:tbl>", with: "<w:tbl>" + grid)
    let page = "<w:sectPr><w:pgSz w:w=\"16838\" w:h=\"11906\" w:orient=\"landscape\"/></w:sectPr>"
    let found = try DocxFixture(.markup(table), .markup(page)).template()
    #expect(found.template.title == "物业登记表")
    #expect(found.template.preface == ["单位：甲楼\u{3000}\u{3000}月份："])
    #expect(found.template.columns.map(\.width) == [600, 2_400, 2_000])
    #expect(found.template.columns.map(\.content) == [.sequence, .person, .text])
    #expect(found.template.isLandscape)
  }

  @Test("a page that lies across is told from the one before it, by its section")
  func sections() throws {
    let table = DocxFixture.table([["重点工作任务", "完成情况"], ["1．甲", ""]])
    func section(_ width: Int, _ height: Int) -> String {
      "<w:sectPr><w:pgSz w:w=\"\(width)\" w:h=\"\(height)\"/></w:sectPr>"
    }
    let found = try DocxFixture(
      .line("清单一"), .markup(table), .markup("<w:p><w:pPr>\(section(16_838, 11_906))</w:pPr></w:p>"), .line("清单二"),
      .markup(table), .markup(section(11_906, 16_838))
    ).templates()
    #expect(found.map(\.template.isLandscape) == [true, false])
  }

  @Test("without a grid, cells say how wide they are, also in the words of the Strict form")
  func cellWidths() throws {
    let markup = DocxFixture.table([["重点工作任务", "完成情况"], ["1．甲", ""]])
      .replacing("<w:tcPr>", with: "<w:tcPr><w:tcW w:w=\"72pt\"/>")
    #expect(try DocxFixture(.markup(markup)).template().template.columns.map(\.width) == [1_440, 1_440])
    let auto = markup.replacing("w:w=\"72pt\"", with: "w:w=\"2500\" w:type=\"pct\"")
    #expect(try DocxFixture(.markup(auto)).template().template.columns.map(\.width) == [0, 0])
  }

  @Test("items that run on in one paragraph are cut where the numbers really go on")
  func runOnItems() throws {
    func texts(_ cell: String) throws -> [String] {
      let table: [[DocxFixture.Cell]] = [["一级指标", "二级指标"], ["1.甲", .init(cell)]]
      return try DocxFixture(.line("指南"), .table(table)).template().template.leaves.map {
        $0.node.number + "|" + $0.node.text
      }
    }
    #expect(try texts("1.开窗；2.扫地。 3.锁门") == ["1|开窗；", "2|扫地。", "3|锁门"])
    #expect(try texts("（1）开窗。（2）扫地。") == ["1|开窗。", "2|扫地。"])
    #expect(try texts("①开窗；②扫地") == ["①|开窗；", "②|扫地"])
    // A list of another hand, a number that does not go on, one inside a sentence: one item.
    #expect(try texts("（1）三件事：1.开窗；2.扫地。") == ["1|三件事：1.开窗；2.扫地。"])
    #expect(try texts("1.开窗；3.锁门") == ["1|开窗；3.锁门"])
    #expect(try texts("1.按第2.条开窗") == ["1|按第2.条开窗"])
    #expect(try texts("1.用水；2.5倍用电。") == ["1|用水；2.5倍用电。"])
  }

  @Test("a row of one score stays one item, however many numbers run on in it")
  func scoredRow() throws {
    let found = try DocxFixture(
      .line("评分表"),
      .table([["序号", "项目", "检查内容", "分值"], ["一", "卫生（4分）", "1.开窗；2.扫地。", "2分"], ["", "", "3.锁门。", "2分"]])
    ).template()
    #expect(found.template.leaves.map(\.node.text) == ["开窗；2.扫地。", "锁门。"])
    #expect(found.template.points == Score(text: "4"))
  }

  @Test("a checklist inside a cell of a table that only lays out the page is found")
  func layoutTable() throws {
    let inner = DocxFixture.paragraph("框内清单") + DocxFixture.table([["重点工作任务", "完成情况"], ["1．甲", ""]])
    let cell = { (content: String) in "<w:tc>\(content)<w:p/></w:tc>" }
    let markup = "<w:tbl><w:tr>\(cell(DocxFixture.paragraph("左栏")))\(cell(inner))</w:tr></w:tbl>"
    #expect(try DocxFixture(.markup(markup)).template().template.title == "框内清单")
  }
}
