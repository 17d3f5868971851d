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
    #expect(found.template.columns == ["重点工作任务", "完成情况"])
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
      .line("附件4"), .line("维修情况台账"), .line("填表人：                    日期："),
      .table([["序号", "地点", "故障", "备注"], ["1", "", "", ""], ["2", "", "", ""]]),
      .line("备注：故障一栏写清部位。"), .line("1.一事一行。"), .line("附件5")
    ).templates()
    #expect(found.map(\.template.kind) == [.ledger, .ledger])
    #expect(found.map(\.template.title) == ["XX楼借用汇总表", "维修情况台账"])
    #expect(found.map(\.template.columns.count) == [4, 4])
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
      .line("附件1"), .centred("关于《校园"), .centred("绿化》的登记表"), .centred("（试行）"), .line("单位："), form,
      .line("附件2：巡查表"), form,
      .line("说明一下《楼宇"), .line("门禁》登记表"), .line("2023年3月1日"), form,
      .line("下面的表请认真填写，逐项核对，不得遗漏。"), form
    ).templates()
    #expect(
      found.map(\.template.title) == ["关于《校园绿化》的登记表（试行）", "巡查表", "说明一下《楼宇门禁》登记表", "台账"])
    #expect(found.map(\.template.audience) == ["", "", "", ""])
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
}
