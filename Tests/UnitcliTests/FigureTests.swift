import Foundation
import SyncReports
import Testing

@testable import unitcli

@Suite("figures that people report on: blanks, tables, ranges")
struct FigureTests {
  private func score(_ desk: Desk, _ computer: String = "office") async throws -> [String: Any] {
    let report = try await desk.done(computer, "report", "score", "--campaign", "自查", "--unit", "school/cs", "--json")
    return try #require((report.json["units"] as? [[String: Any]])?.first)
  }

  /// The cells of a paper's first sheet.
  private func cells(_ path: String) throws -> [String] {
    try Workbook(path: path).sheets.flatMap(\.rows).flatMap { $0.cells.sorted { $0.key < $1.key }.map(\.value) }
  }

  /// 5.1 of school/cs: blank on one computer, 2 on the other.
  private func oneSided() async throws -> Desk {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs-a", unit: "school/cs", person: "张三")
    try await desk.join("cs-b", unit: "school/cs", person: "李四")
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=1")
    try desk.exchange("office", "cs-a")
    try desk.exchange("office", "cs-b")
    try await desk.done("cs-b", "show", "自查")
    try await desk.done("cs-b", "set", "自查", "5.1", "自评分=", now: "2026-09-28T10:00:00+08:00")
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    try desk.exchange("office", "cs-a")
    try desk.exchange("office", "cs-b")
    return desk
  }

  @Test("promise 12: a cleared score is 未填, not 零分")
  func cleared() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    for (item, text) in [("5.1", "2"), ("5.1", ""), ("5.2", "0")] {
      try await desk.done("cs", "set", "自查", item, "自评分=\(text)")
    }
    try desk.exchange("office", "cs")
    let unit = try await score(desk)
    #expect(unit["zeros"] as? Int == 1 && unit["filled"] as? Int == 1)
    #expect(unit["low"] as? Double == 0 && unit["high"] as? Double == 0 && unit["conflicts"] as? Int == 0)
    try await desk.done("cs", "set", "自查", "5.2", "自评分=")
    try desk.exchange("office", "cs")
    let empty = try await score(desk)
    #expect(empty["zeros"] as? Int == 0 && empty["filled"] as? Int == 0 && empty["state"] as? String == "empty")
    let table = try await desk.done("office", "report", "score", "--campaign", "自查", "--unit", "school/cs").out
    #expect(table.contains("未填") && !table.contains("零分"))
  }

  @Test("promise 12: a blank against 2 is one difference, 2–2, and is called 一方空白")
  func blankAgainstTwo() async throws {
    let desk = try await oneSided()
    let unit = try await score(desk)
    #expect(unit["low"] as? Double == 2 && unit["high"] as? Double == 2 && unit["zeros"] as? Int == 0)
    #expect(unit["conflicts"] as? Int == 1 && unit["oneSided"] as? Int == 1 && unit["filled"] as? Int == 1)
    let table = try await desk.done("office", "report", "score", "--campaign", "自查", "--unit", "school/cs").out
    #expect(table.contains("2–2") && table.contains("一方空白 1 项") && !table.contains("零分"))
    #expect(try await desk.done("office", "show", "自查", "--unit", "school/cs").out.contains("1 项待核定（其中 1 项一方空白）"))
    let csv = try await desk.done("office", "report", "score", "--campaign", "自查", "--format", "csv").out
    #expect(csv.contains("school/cs,计算机学院党总支,党总支,2,2,100,100,1,44,1,一方空白 1 项"))
    let paper = desk.path("评分表.xlsx")
    try await desk.done("office", "report", "sheet", "--campaign", "自查", "--unit", "school/cs", "-o", paper)
    let cells = try cells(paper)
    #expect(cells.contains { ["⚠ （空） 或 2", "⚠ 2 或 （空）"].contains($0) }, "both sides stand in the cell")
    #expect(cells.contains("⚠ 2–2"), "no formula where a score is open")
    let draft = desk.path("自查报告.xlsx")
    try await desk.done("office", "report", "self", "--campaign", "自查", "--unit", "school/cs", "-o", draft)
    let text = try self.cells(draft).joined(separator: "\n")
    #expect(text.contains("自评得分 2–2 分") && text.contains("1 处一方空白"))
  }

  @Test("how far units lie apart and what is still open are two columns with two words")
  func ranges() async throws {
    let desk = try await oneSided()
    try await desk.done("office", "unit", "add", "school/law", "--name", "法学院党总支", "--kind", "committee")
    try await desk.done(
      "office", "campaign", "publish", "再查", "--template", "党建工作责任自查评分表（二级党组织）", "--units", "school/cs", "school/maths",
      "school/law",
      "--fill", "2026-09-26..2026-09-30", "--covers", "2026-01-01..2026-08-31")
    for (unit, score) in [("school/maths", "1"), ("school/law", "1.5"), ("school/cs", "0.5")] {
      try await desk.done("office", "set", "再查", "5.1", "自评分=\(score)", "--unit", unit, "--on-behalf")
    }
    try desk.exchange("office", "cs-a")
    try desk.exchange("office", "cs-b")
    try await desk.done("cs-b", "set", "再查", "5.2", "自评分=2")
    try await desk.done("cs-a", "set", "再查", "5.2", "自评分=1")
    try desk.exchange("office", "cs-a")
    try desk.exchange("office", "cs-b")
    let json = try await desk.done("office", "report", "score", "--campaign", "再查", "--json").json
    let rollup = try #require((json["rollups"] as? [[String: Any]])?.first)
    let between = try #require(rollup["between"] as? [String: Any])
    let unsettled = try #require(rollup["unsettled"] as? [String: Any])
    #expect(between["low"] as? Double == 1 && between["high"] as? Double == 1.5)
    #expect(unsettled["units"] as? Int == 1 && unsettled["widest"] as? Double == 1)
    let table = try await desk.done("office", "report", "score", "--campaign", "再查").out
    #expect(table.contains("各单位之间") && table.contains("1–1.5 分") && table.contains("1 个单位，最多差 1 分"))
    #expect(!table.contains("已填部分 1"))
    let csv = try await desk.done("office", "report", "score", "--campaign", "再查", "--format", "csv").out
    #expect(csv.contains("各单位之间（最低）,各单位之间（最高）,待核定（单位数）,待核定（最多差）"))
    #expect(csv.split(separator: "\r\n").contains { $0.contains("（汇总）") && $0.hasSuffix(",1,1.5,1,1") })
    let paper = desk.path("得分.xlsx")
    try await desk.done("office", "report", "score", "--campaign", "再查", "-o", paper)
    let cells = try cells(paper)
    #expect(["各单位之间", "待核定", "1–1.5 分", "1 个单位，最多差 1 分"].allSatisfy(cells.contains))
  }

  @Test("a campaign of tables alone is not 填完 before anything is recorded, and never said to be")
  func tablesAlone() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("office", "template", "import", "--bundled", "rectification-ledger")
    try await desk.done(
      "office", "campaign", "publish", "台账报送", "--template", "问题整改台账", "--units", "school/cs", "school/maths", "--fill",
      "2026-09-26..2026-09-30", "--covers", "2026-01-01..2026-08-31")
    try desk.exchange("office", "cs")

    func report(_ kind: String = "progress") async throws -> (units: [[String: Any]], rollup: [String: Any]) {
      let json = try await desk.done("office", "report", kind, "--campaign", "台账报送", "--json").json
      return (
        try #require(json["units"] as? [[String: Any]]), try #require((json["rollups"] as? [[String: Any]])?.first)
      )
    }
    let before = try await report()
    #expect(before.rollup["complete"] as? Int == 0 && before.rollup["started"] as? Int == 0)
    let table = try await desk.done("office", "report", "progress", "--campaign", "台账报送").out
    #expect(!table.contains("填完") && table.contains("未报"))
    let missing = try await desk.done("office", "report", "missing", "--campaign", "台账报送", "--json").json
    #expect((missing["units"] as? [[String: Any]])?.count == 2)
    let own = try await desk.done("cs", "status", "--json").json
    #expect((own["deadlines"] as? [[String: Any]])?.contains { $0["title"] as? String == "填报" } == true)
    #expect(try await desk.done("cs", "report", "progress", "--campaign", "台账报送").out.contains("没有记录"))
    #expect(try await desk.done("cs", "fill", "台账报送").out.contains("逐行填写，没有记录"))
    #expect(try await desk.done("cs", "show", "台账报送").out.contains("没有记录"))

    try await desk.done(
      "cs", "ledger", "add", "台账报送", "问题来源=自查", "问题=记录不全", "整改措施=补齐", "责任人=张三", "期限=2026-10-31", "进展=整改中")
    try desk.exchange("office", "cs")
    let after = try await report()
    #expect(after.rollup["complete"] as? Int == 0 && after.rollup["started"] as? Int == 1)
    #expect(after.rollup["rows"] as? Int == 1 && after.units.map { $0["rows"] as? Int } == [1, 0])
    #expect(after.units.map { $0["state"] as? String } == ["filled", "silent"])
    let later = try await desk.done("office", "report", "progress", "--campaign", "台账报送").out
    #expect(later.contains("已记 1 行") && later.contains("未报") && !later.contains("填完"))
    let left = try await desk.done("office", "report", "missing", "--campaign", "台账报送", "--json").json
    #expect((left["units"] as? [[String: Any]])?.map { $0["unit"] as? String } == ["school/maths"])
    let done = try await desk.done(
      "office", "report", "missing", "--campaign", "台账报送", "--unit", "school/cs")
    #expect(done.out == "台账报送：都有记录。\n")
  }
}
