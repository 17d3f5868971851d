import SyncModel
import SyncReports
import Testing

@Suite("Doubts are flagged and the text is never changed")
struct ReviewTests {
  private func flags(_ text: String) throws -> [ImportedTemplate.Flag] {
    let cell = DocxFixture.Cell("（1）" + text)
    let found = try DocxFixture(.line("指南"), .table([["一级指标", "二级指标"], ["1.甲", cell]])).template()
    #expect(found.template.leaves.map(\.node.text) == [text])
    return found.flags
  }

  @Test(
    "confused and variant forms are named with what was probably meant",
    arguments: [
      ("反对宫僚作风。", "官僚"), ("领导于部带头。", "干部"), ("每日登陆系统。", "登录系统"), ("建好台帐。", "台账"), ("督査到位。", "查"),
      ("深入硏究。", "研"), ("⼤楼整洁。", "常用字"),
    ])
  func confusedForms(text: String, probably: String) throws {
    let found = try flags(text)
    #expect(found.count == 1)
    #expect(found.first?.reason.contains("疑为「\(probably)") == true || found.first?.reason.contains(probably) == true)
    #expect(found.first?.reason.hasPrefix("第 1.1 项：") == true)
  }

  @Test(
    "forms that are right where they stand are left alone", arguments: ["关于部分楼栋。", "属于部门职责。", "A 级与 B 级。", "用 20 天完成。"])
  func rightForms(text: String) throws {
    #expect(try flags(text).isEmpty)
  }

  @Test("blanks within a phrase, half-width marks and unpaired brackets are flagged where they stand")
  func typesetting() throws {
    #expect(try flags("楼道要 整洁，窗台  无灰。").map(\.text) == ["楼道要 整洁，窗", "洁，窗台  无灰。"])
    #expect(try flags("做到“两清”,再验收。").map(\.reason).contains { $0.contains("半角标点") })
    #expect(try flags("按《条例执行。").map(\.reason).contains { $0.contains("不成对") })
    #expect(try flags("按（甲)执行。").isEmpty)
  }

  @Test("a forgotten number, a gap and an item in the wrong section are flagged")
  func numbers() throws {
    let found = try DocxFixture(
      .line("指南"),
      .table([
        ["一级指标", "二级指标", "三级指标"], ["1.甲", "1.1子", "（1）一。\n（2）二。\n（4）四。"], ["", "2.2丑", "一。"], ["2.乙", "2.1寅", "（1）一。"],
      ])
    ).template()
    let reasons = found.flags.map(\.reason)
    #expect(reasons.contains { $0.contains("编号 4 不连续（应为 3）") })
    #expect(reasons.contains { $0.contains("编号 2.2 与所在的第 1 项不符") })
    #expect(reasons.count == 2)
  }

  @Test("items without a full stop are one doubt, where most items have one")
  func fullStops() throws {
    let cell: DocxFixture.Cell = "（1）一。\n（2）二。\n（3）三"
    let found = try DocxFixture(.line("指南"), .table([["一级指标", "二级指标"], ["1.甲", cell]])).template()
    #expect(found.flags.map(\.reason).contains { $0.contains("共 1 项末尾没有句号（1.3）") })
  }

  @Test("an attachment cited under another number and a name written in two ways are flagged")
  func references() throws {
    let found = try DocxFixture(
      .line("请填写《校园楼宇绿化》各表。"), .line("附件1"), .line("安排"),
      .table([["时间", "内容", "备注"], ["2023年2月", "甲", "2023年2月3日前报送《楼宇台账》（附件3）"]]),
      .line("附件2"), .line("《楼宇校园绿化》清单"), .table([["重点工作任务", "完成情况"], ["1．甲", ""]]),
      .line("附件4"), .line("楼宇台账"), .table([["序号", "地点"], ["", ""]])
    ).templates()
    #expect(found[0].flags.map(\.text) == ["《楼宇台账》（附件3）"])
    #expect(found[0].flags.first?.reason.contains("附件4，不是附件3") == true)
    #expect(found[1].flags.map(\.text).contains("《楼宇校园绿化》"))
  }
}
