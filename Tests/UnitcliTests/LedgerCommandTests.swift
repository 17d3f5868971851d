import Foundation
import SyncReports
import Testing

@testable import unitcli

@Suite("ledgers and registers, row by row")
struct LedgerCommandTests {
  let desk: Desk

  init() async throws {
    desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
  }

  private func rows(_ computer: String, _ ledger: String) async throws -> [[String: String]] {
    let rows = try await desk.done(computer, "ledger", "list", ledger, "--json").json["rows"] as? [[String: Any]]
    return (rows ?? []).map { ($0["cells"] as? [String: Any] ?? [:]).mapValues { "\($0)" } }
  }

  @Test("a row goes up and stands with those of other units; its columns are checked in the words of the form")
  func rowsGoUp() async throws {
    try await desk.done(
      "cs", "ledger", "add", "整改台账", "问题来源=自查", "问题=记录不全", "整改措施=补齐", "责任人=张三", "期限=2026-10-31", "进展=整改中")
    let wrong = await desk.run("cs", "ledger", "add", "整改台账", "问题=甲", "期限=下月")
    #expect(wrong.code == 1 && wrong.error.contains("“期限”要填日期"))
    let choice = await desk.run("cs", "ledger", "add", "整改台账", "进展=快好了")
    #expect(choice.code == 1 && choice.error.contains("可选："))
    let unknown = await desk.run("cs", "ledger", "add", "整改台账", "颜色=红")
    #expect(unknown.code == 1 && unknown.error.contains("栏目有："))
    try desk.exchange("cs", "office")
    #expect(try await rows("office", "整改台账").map { $0["问题"] } == ["记录不全"])
    let path = desk.path("台账.xlsx")
    try await desk.done("office", "report", "ledger", "整改台账", "-o", path)
    #expect(try Workbook(path: path).sheets.flatMap(\.rows).contains { $0.cells.values.contains("记录不全") })
  }

  @Test("promise 7: rows of a register stay in the unit; only numbers go up")
  func registersStay() async throws {
    for name in ["甲", "乙"] {
      try await desk.done("cs", "ledger", "add", "人员名册", "姓名=\(name)", "类别=正式党员", "身份=教师")
    }
    let nameless = await desk.run("cs", "ledger", "add", "人员名册", "类别=正式党员", "身份=教师")
    #expect(nameless.code == 1 && nameless.error.contains("缺少“姓名”"))
    try await desk.done("cs", "ledger", "counts", "人员名册", "--send")
    try desk.exchange("cs", "office")
    #expect(try await rows("office", "人员名册").isEmpty)
    let counts = try await desk.done("office", "ledger", "counts", "人员名册", "--json").json["counts"] as? [[String: Any]]
    let members = (counts ?? []).first { $0["count"] as? String == "正式党员人数" }
    #expect(members?["unit"] as? String == "school/cs" && members?["reported"] as? Int == 2)
    #expect(counts?.contains { "\($0)".contains("甲") } == false)
    let above = await desk.run(
      "office", "ledger", "add", "人员名册", "姓名=丙", "类别=正式党员", "身份=教师", "--unit", "school/cs", "--on-behalf")
    #expect(above.code == 1 && above.error.contains("只在各单位自己的设备上"))
  }

  @Test("promise 2: a row taken off by one and changed by another meanwhile stays, as a difference")
  func removedAndChanged() async throws {
    try await desk.done(
      "cs", "ledger", "add", "整改台账", "问题来源=自查", "问题=记录不全", "整改措施=补齐", "责任人=张三", "期限=2026-10-31", "进展=整改中")
    try desk.exchange("cs", "office")
    let list = try await desk.done("cs", "ledger", "list", "整改台账", "--json").json["rows"] as? [[String: Any]]
    let row = try #require(list?.first?["id"] as? String)
    // Seen there, or what was there before would stand beside the change.
    try await desk.done("office", "ledger", "list", "整改台账")
    try await desk.done("cs", "ledger", "remove", "整改台账", row)
    try await desk.done("office", "ledger", "change", "整改台账", row, "整改措施=补齐并复查", "--on-behalf")
    #expect(try await rows("cs", "整改台账").isEmpty)
    try desk.exchange("cs", "office")
    #expect(try await rows("cs", "整改台账").map { $0["整改措施"] } == ["补齐并复查"])
    let conflicts = try await desk.done("cs", "conflicts", "list")
    #expect(conflicts.out.contains("删除这一行") && conflicts.out.contains("保留这一行"))
    let id = try #require(
      try (await desk.done("cs", "conflicts", "list", "--json").json["conflicts"] as? [[String: Any]])?.first?["id"]
        as? String)
    try await desk.done("cs", "conflicts", "resolve", id, "--take", "1")
    #expect(try await desk.done("cs", "conflicts", "list").out.contains("没有填写不一致"))
  }

  @Test("rows out of a spreadsheet: all of them, or none with each fault named by its row")
  func imported() async throws {
    func sheet(_ name: String, _ text: String) throws -> String {
      let path = desk.path(name)
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      return path
    }
    let head = "序号,姓名,类别,身份\n"
    let good = try sheet("good.csv", "人员名册\n" + head + "1,甲,正式党员,教师\n2,乙,预备党员,学生\n,,,\n")
    let bad = try sheet("bad.csv", head + "1,甲,正式党员,教师\n2,,正式党员,教师\n3,丙,党员,教师\n")
    let wide = try sheet("wide.csv", "序号,姓名,类别,身份,电话\n1,甲,正式党员,教师,1\n")
    let refused = await desk.run("cs", "ledger", "import", "人员名册", bad)
    #expect(refused.code == 1 && refused.out.contains("第 3 行：缺少“姓名”") && refused.out.contains("第 4 行：“类别”没有“党员”"))
    let column = await desk.run("cs", "ledger", "import", "人员名册", wide)
    #expect(column.code == 1 && column.error.contains("“电话”不是这份台账的栏目"))
    #expect(try await rows("cs", "人员名册").isEmpty)
    try await desk.done("cs", "ledger", "import", "人员名册", good, "--dry-run")
    #expect(try await rows("cs", "人员名册").isEmpty)
    try await desk.done("cs", "ledger", "import", "人员名册", good)
    #expect(try await rows("cs", "人员名册").map { $0["姓名"] } == ["甲", "乙"])
  }
}
