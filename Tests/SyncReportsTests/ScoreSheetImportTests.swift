import SyncModel
import SyncReports
import Testing

@Suite("Score sheets keep their points")
struct ScoreSheetImportTests {
  private typealias Row = [DocxFixture.Cell]
  private static let header: Row = ["序号", "项  目", "检查内容及方式", "分值", "得分"]

  @Test("points in the title, on a line of its own or behind it, and 2分 in cells are read")
  func points() throws {
    let found = try DocxFixture(
      .centred("仓库检查评分表"), .line(""), .line("仓库名称：          年    月    日"),
      .table([
        Self.header,
        [.top("一"), .top("货架\n整理情况\n（6分）"), "1.标签齐全。", "2分", ""],
        [.up, .up, "2.分区摆放。", "4分", ""],
        [.top("二"), .top("消防情况（3.5分）"), "灭火器在有效期内。", "2", ""],
        [.up, .up, "2.通道不堆物。", "1.5分", ""],
      ])
    ).template()
    #expect(found.template.kind == .scoreSheet)
    #expect(found.template.title == "仓库检查评分表")
    #expect(found.template.columns == ["序号", "项  目", "检查内容及方式", "分值", "得分"])
    #expect(found.template.sections.map(\.number) == ["一", "二"])
    #expect(found.template.sections.map(\.text) == ["货架整理情况", "消防情况"])
    #expect(found.template.sections.map(\.points?.description) == ["6", "3.5"])
    #expect(found.template.points?.description == "9.5")
    #expect(found.template.leaves.map(\.node.number) == ["1", "2", "", "2"])
    #expect(found.flags.map(\.reason).contains { $0.contains("没有") && $0.contains("二") })
    #expect(!found.flags.contains { $0.reason.contains("合计") })
  }

  @Test("points that do not add up are flagged for the section, the total row and the title")
  func sums() throws {
    let found = try DocxFixture(
      .line("评分表（10分）"),
      .table([
        Self.header, ["一", "甲（5分）", "1.子。", "2分", ""], ["", "", "2.丑。", "2分", ""],
        [.wide("合计", 3), "6分", ""],
      ])
    ).template()
    #expect(found.template.levels == [1, 2])
    let sums = found.flags.map(\.reason).filter { $0.contains("合计") }
    #expect(sums.count == 3)
    #expect(sums.contains { $0.contains("标题写明 5 分，各项合计 4 分") })
  }

  @Test("points that are no number, negative, or shared by several items are flagged, not guessed")
  func doubtfulPoints() throws {
    let found = try DocxFixture(
      .table([
        Self.header, ["一", "甲", "1.子。", "2至4分", ""], ["", "", "2.丑。\n3.寅。", "6分", ""], ["", "", "4.卯。", "-1分", ""],
      ])
    ).template()
    #expect(found.template.leaves.map(\.node.points) == [nil, nil, nil, nil])
    #expect(found.template.sections[0].points == Score(text: "6"))
    #expect(found.flags.count { $0.reason.contains("分值不是一个数") } == 2)
    #expect(found.flags.contains { $0.reason.contains("一个分值对应多项") })
    #expect(try Template(bytes: found.template.bytes) == found.template)
  }

  @Test("sections may be rows across the table, items may be numbered in the 序号 column")
  func banners() throws {
    let found = try DocxFixture(
      .table([
        [.wide("食堂评分表", 4)],
        ["序号", "考核内容", "分值", "得分"],
        [.wide("一、前厅", 4)], ["1", "桌面清洁", "3", ""], ["2", "地面干燥", "3", ""],
        [.wide("二、后厨", 4)], ["3", "生熟分开", "4", ""],
        [.wide("备注：扣完为止。", 4)],
      ])
    ).template()
    #expect(found.template.title == "食堂评分表")
    #expect(found.template.levels == [2, 3])
    #expect(found.template.leaves.map(\.node.number) == ["1", "2", "3"])
    #expect(found.template.points?.description == "10")
    #expect(found.template.note == "备注：扣完为止。")
  }

  @Test("a header over two rows is read by its lower cells, also when both are repeated")
  func tallHeader() throws {
    let upper: Row = [.top("序号"), .wide("指标", 2), .top("分值")]
    let lower: Row = [.up, "一级指标", "二级指标", .up]
    let found = try DocxFixture(
      .table([upper, lower, ["1", "甲", "（1）子。", "2"], upper, lower, ["2", "乙", "（1）丑。", "3"]])
    ).template()
    #expect(found.template.kind == .scoreSheet)
    #expect(found.template.levels == [2, 2])
    #expect(found.template.columns == ["序号", "一级指标", "二级指标", "分值"])
    #expect(found.template.points?.description == "5")
  }

  @Test("further columns are kept with their item")
  func furtherColumns() throws {
    let found = try DocxFixture(
      .table([["项目", "内容", "评分标准", "分值"], [.top("甲"), "子", .top("缺一项扣一分"), "2"], [.up, "丑", .up, "3"]])
    ).template()
    #expect(found.template.levels == [1, 2])
    #expect(found.template.leaves.map(\.node.cells) == [["缺一项扣一分"], ["缺一项扣一分"]])
  }
}
