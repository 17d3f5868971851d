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
      "cs", "ledger", "add", "问题整改台账", "问题来源=自查", "问题=记录不全", "整改措施=补齐", "责任人=张三", "期限=2026-10-31", "进展=整改中")
    let wrong = await desk.run("cs", "ledger", "add", "问题整改台账", "问题=甲", "期限=下月")
    #expect(wrong.code == 1 && wrong.error.contains("“期限”要填日期"))
    let choice = await desk.run("cs", "ledger", "add", "问题整改台账", "进展=快好了")
    #expect(choice.code == 1 && choice.error.contains("可选："))
    let unknown = await desk.run("cs", "ledger", "add", "问题整改台账", "颜色=红")
    #expect(unknown.code == 1 && unknown.error.contains("栏目有："))
    try desk.exchange("cs", "office")
    #expect(try await rows("office", "问题整改台账").map { $0["问题"] } == ["记录不全"])
    let path = desk.path("台账.xlsx")
    try await desk.done("office", "report", "ledger", "问题整改台账", "-o", path)
    #expect(try Workbook(path: path).sheets.flatMap(\.rows).contains { $0.cells.values.contains("记录不全") })
  }

  @Test("promise 7: rows of a register stay in the unit; only numbers go up")
  func registersStay() async throws {
    let empty = try await desk.done("cs", "ledger", "counts", "人员名册", "--send")
    #expect(empty.out.contains("什么也没有保存") && !empty.out.contains("已存本机"), "\(empty.out)")
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
      "cs", "ledger", "add", "问题整改台账", "问题来源=自查", "问题=记录不全", "整改措施=补齐", "责任人=张三", "期限=2026-10-31", "进展=整改中")
    try desk.exchange("cs", "office")
    let list = try await desk.done("cs", "ledger", "list", "问题整改台账", "--json").json["rows"] as? [[String: Any]]
    let row = try #require(list?.first?["id"] as? String)
    // Seen there, or what was there before would stand beside the change.
    try await desk.done("office", "ledger", "list", "问题整改台账")
    try await desk.done("cs", "ledger", "remove", "问题整改台账", row)
    try await desk.done("office", "ledger", "change", "问题整改台账", row, "整改措施=补齐并复查", "--on-behalf")
    #expect(try await rows("cs", "问题整改台账").isEmpty)
    try desk.exchange("cs", "office")
    #expect(try await rows("cs", "问题整改台账").map { $0["整改措施"] } == ["补齐并复查"])
    let conflicts = try await desk.done("cs", "conflicts", "list")
    #expect(conflicts.out.contains("删除这一行") && conflicts.out.contains("保留这一行"))
    let id = try #require(
      try (await desk.done("cs", "conflicts", "list", "--json").json["conflicts"] as? [[String: Any]])?.first?["id"]
        as? String)
    let shown = try await desk.done("cs", "conflicts", "show", id)
    for text in ["这一行的内容", "记录不全", "补齐并复查", "删除的人没有看到：原为 补齐，"] { #expect(shown.out.contains(text), "\(text)") }
    let cells = try #require(
      try await desk.done("cs", "conflicts", "show", id, "--json").json["cells"] as? [[String: Any]])
    #expect(cells.map { $0["column"] as? String } == ["问题来源", "问题", "整改措施", "责任人", "期限", "进展"])
    #expect(cells.map { $0["value"] as? String } == ["自查", "记录不全", "补齐并复查", "张三", "2026-10-31", "整改中"])
    #expect(cells.map { $0["changed"] as? Bool } == [false, false, true, false, false, false])
    #expect((cells[2]["base"] as? [String: Any])?["value"] as? String == "补齐")
    #expect((cells[2]["base"] as? [String: Any])?["author"] as? String == "张三")
    #expect((cells[2]["siblings"] as? [[String: Any]])?.map { $0["author"] as? String } == ["组织员"])
    // Above the unit it is the same row.
    #expect(try await desk.done("office", "conflicts", "show", id).out.contains("原为 补齐"))
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

  private func duplicateLedger() async throws {
    try await desk.done("office", "template", "import", "--bundled", "meeting-record")
    try await desk.done(
      "office", "campaign", "publish", "三会一课督查", "--template", "会议记录", "--units", "school/cs", "--fill",
      "2026-09-26..2026-09-30", "--covers", "2026-01-01..2026-08-31")
    try desk.exchange("office", "cs")
  }

  private static func meeting(_ topic: String) -> [String] {
    [
      "会议类别=支委会", "时间=2026-09-26", "地点=会议室", "主持人=张三", "出席人员=甲、乙", "记录人=乙", "议题=\(topic)", "内容=讨论了",
    ]
  }

  private func add(_ ledger: String, _ topic: String) -> [String] { ["ledger", "add", ledger] + Self.meeting(topic) }

  @Test("once a campaign holds a ledger of that name, whoever writes says which; whoever reads gets both")
  func oneNameTwoLedgers() async throws {
    #expect(await desk.run("cs", add("会议记录", "一")).code == 0)
    try await duplicateLedger()
    let refused = await desk.run("cs", add("会议记录", "二") + ["--json"])
    #expect(refused.code == 1 && refused.out.isEmpty)
    #expect(try refused.failure["code"] as? String == "ambiguousLedger")
    let hint = try #require(try refused.failure["hint"] as? String)
    #expect(hint.contains("unitcli ledger add meeting-record（会议记录，不属于专项工作）"))
    #expect(hint.contains("unitcli ledger add 三会一课督查：会议记录（专项工作“三会一课督查”的会议记录）"))
    let part = await desk.run("cs", add("会议记", "二"))
    #expect(part.code == 1, "a part of the name chooses no more than the name")
    #expect(try await rows("cs", "会议记录").map { $0["议题"] } == ["一"])

    #expect(await desk.run("cs", add("三会一课督查:会议记录", "三")).code == 0)
    #expect(await desk.run("cs", add("meeting-record", "四")).code == 0)
    let asked = await desk.run("cs", add("会议记录", "五"), input: ["9", "1"], interactive: true)
    #expect(asked.code == 0 && asked.out.contains("专项工作“三会一课督查”的会议记录"))
    #expect(await desk.run("cs", add("会议记录", "六"), input: [""], interactive: true).code == 1)
    #expect(Set(try await rows("cs", "meeting-record").map { $0["议题"] }) == ["一", "四"])
    #expect(Set(try await rows("cs", "三会一课督查：会议记录").map { $0["议题"] }) == ["三", "五"])

    let both = try await desk.done("cs", "ledger", "list", "会议记录", "--json").json
    let all = try #require(both["rows"] as? [[String: Any]])
    #expect(
      Set(all.map { "\($0["ledger"] ?? "")" }) == ["meeting-record", "三会一课督查：会议记录"] && all.count == 4)
    let screen = try await desk.done("cs", "ledger", "list", "会议记录").out
    #expect(["一", "三", "四", "五"].allSatisfy(screen.contains) && !screen.contains("六"))
    try desk.exchange("cs", "office")
    for format in ["xlsx", "docx"] {
      let path = desk.path("会议记录.\(format)")
      try await desk.done("office", "report", "ledger", "会议记录", "-o", path)
      let verified = await desk.run("office", "verify-document", path, "--json")
      #expect(verified.code == 0, "\(verified.out)\(verified.error)")
      if format == "xlsx" {
        let cells = try Workbook(path: path).sheets.flatMap(\.rows).flatMap(\.cells.values)
        #expect(["一", "三", "四", "五"].allSatisfy(cells.contains))
      }
    }
    let first = try #require(all.first { ($0["cells"] as? [String: Any])?["议题"] as? String == "三" }?["id"] as? String)
    try await desk.done("cs", "ledger", "change", "会议记录", first, "议题=三改")
    #expect(Set(try await rows("cs", "三会一课督查：会议记录").map { $0["议题"] }) == ["三改", "五"], "the row says whose it is")
  }

  private func dues(_ name: String, _ month: String, due: String, paid: String, _ state: String) async throws {
    try await desk.done(
      "cs", "ledger", "add", "党费收缴登记簿", "月份=\(month)", "姓名=\(name)", "应交（元）=\(due)", "实交（元）=\(paid)", "情况=\(state)")
  }

  private func reported(_ title: String) async throws -> Double? {
    try desk.exchange("cs", "office")
    let counts =
      try await desk.done("office", "ledger", "counts", "党费收缴登记簿", "--json").json["counts"] as? [[String: Any]]
    return (counts ?? []).first { $0["count"] as? String == title }?["reported"] as? Double
  }

  @Test(
    "promise 12: the same member and month twice, and 交清 with less paid than due, are asked about before they go up")
  func doubtfulDues() async throws {
    try await dues("甲", "2026-09", due: "20", paid: "20", "按月交清")
    try await dues("乙", "2026-09", due: "20", paid: "5", "欠交")
    try await desk.done("cs", "ledger", "counts", "党费收缴登记簿", "--send")
    #expect(try await reported("实交金额（元）") == 25)
    try await dues("甲 ", "2026年9月", due: "20", paid: "20", "按月交清")
    try await dues("丙", "2026-09", due: "20", paid: "10", "按月交清")
    try await dues("丁", "2026-09", due: "20", paid: "", "已补交")
    let refused = await desk.run("cs", "ledger", "counts", "党费收缴登记簿", "--send", "--json")
    #expect(refused.code == 1 && refused.out.isEmpty)
    let line = try #require(refused.error.split(separator: "\n").last)
    #expect(line.contains("doubtfulRows") && line.contains("unitcli ledger counts 党费收缴登记簿 --send --checked"))
    #expect(refused.error.contains("有 3 处要核对") && refused.error.contains("2026-09 甲：同一人同一月写了不止一行"))
    #expect(refused.error.contains("2026-09 丙：写了交清，实交却少于应交") && refused.error.contains("2026-09 丁：写了交清"))
    #expect(try await reported("实交金额（元）") == 25, "nothing went up")
    let declined = await desk.run("cs", "ledger", "counts", "党费收缴登记簿", "--send", input: ["n"], interactive: true)
    #expect(declined.code == 1)
    #expect(try await reported("实交金额（元）") == 25)
    #expect(try await desk.done("cs", "ledger", "counts", "党费收缴登记簿").out.contains("有 3 处要核对"), "whoever looks is told")
    try await desk.done("cs", "ledger", "counts", "党费收缴登记簿", "--send", "--checked")
    #expect(try await reported("实交金额（元）") == 55)
  }

  @Test("promise 2: numbers that two computers of a unit put up apart stand beside each other")
  func twoReports() async throws {
    try await desk.join("cs-b", unit: "school/cs", person: "李四")
    try await dues("甲", "2026-09", due: "20", paid: "20", "按月交清")
    try await desk.done("cs", "ledger", "counts", "党费收缴登记簿", "--send")
    try await desk.done(
      "cs-b", "ledger", "add", "党费收缴登记簿", "月份=2026-09", "姓名=乙", "应交（元）=20", "实交（元）=5", "情况=欠交")
    try await desk.done("cs-b", "ledger", "counts", "党费收缴登记簿", "--send")
    try desk.exchange("cs", "office")
    try desk.exchange("cs-b", "office")
    let counts =
      try await desk.done("office", "ledger", "counts", "党费收缴登记簿", "--json").json["counts"] as? [[String: Any]]
    let paid = try #require((counts ?? []).first { $0["count"] as? String == "实交金额（元）" })
    #expect(Set(paid["reportedDiffer"] as? [Double] ?? []) == [20, 5])
    let table = await desk.run("office", "ledger", "counts", "党费收缴登记簿", columns: 200).out
    #expect(table.contains("两台电脑报的不一样") && (table.contains("⚠ 20／5") || table.contains("⚠ 5／20")))
  }

  @Test("rows of sums are no rows of a ledger")
  func sums() async throws {
    let path = desk.path("sums.csv")
    try "序号,月份,姓名,应交（元）,实交（元）,情况\n1,2026-09,甲,20,20,按月交清\n合计,,,20,20,\n,合 计,1人,20,20,按月交清\n"
      .write(toFile: path, atomically: true, encoding: .utf8)
    let run = try await desk.done("cs", "ledger", "import", "党费收缴登记簿", path)
    #expect(run.out.contains("合计行不是一条记录，没有加：第 3、4 行") && run.out.contains("已加 1 行"))
    #expect(try await rows("cs", "党费收缴登记簿").map { $0["姓名"] } == ["甲"])
  }
}
