import Foundation
import GRDB
import SyncEngine
import SyncModel
import Testing

@testable import unitcli

@Suite("What is refused says the next step and changes nothing")
struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let exit: Int32
    let code: String
    /// Stands in the message or the hint.
    let says: String

    init(_ arguments: String..., exit: Int32 = 1, code: String, says: String) {
      (self.arguments, self.exit, self.code, self.says) = (arguments, exit, code, says)
    }

    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let cases = [
    Case("set", "自查", "5.1", "自评分=4.5", code: "scoreOutOfRange", says: "0 到 4 之间"),
    Case("set", "自查", "5.1", "自评分=-1", code: "scoreOutOfRange", says: "不能填 -1"),
    Case("set", "自查", "5.1", "自评分=很好", code: "notANumber", says: "“很好”不是分数"),
    Case("set", "自查", "5.1", "自评分=1.005", code: "notANumber", says: "最多两位小数"),
    Case("set", "自查", "5.1", "状态=差不多", code: "unknownStatus", says: "已完成"),
    Case("set", "自查", "5.1", "成绩=2", code: "unknownField", says: "自评分（selfScore）"),
    Case("set", "自查", "5.1", "自评分", exit: 64, code: "usage", says: "栏目=内容"),
    Case("set", "自查", "5.1", "自评分=1", "得分=2", exit: 64, code: "usage", says: "写了两次"),
    Case("set", "自查", "5.9", "自评分=2", code: "unknownItem", says: "5.5"),
    Case("set", "自查", "第五", "自评分=2", code: "unknownItem", says: "unitcli show"),
    Case("set", "自查", "5", "自评分=2", code: "notALeaf", says: "分项"),
    Case("set", "互查", "5.1", "自评分=2", code: "unknownCampaign", says: "自查"),
    Case("set", "自查", "5.1", "自评分=2", "--unit", "school/css", "--on-behalf", code: "unknownUnit", says: "school/cs"),
    Case("set", "自查", "5.1", "自评分=2", "--on-behalf", exit: 64, code: "usage", says: "不用代填"),
    Case("show", "自查", "--unit", "学院", code: "partOfName", says: "school/maths（数学学院党总支）"),
    Case("ledger", "list", "整改台账", code: "partOfName", says: "rectification-ledger（问题整改台账）"),
    Case("template", "show", "评分表", code: "partOfName", says: "（党建工作责任自查评分表（二级党组织））"),
    Case("conflicts", "resolve", "00000000", "--take", "1", code: "unknownConflict", says: "conflicts list"),
    Case("conflicts", "resolve", "00000000", exit: 64, code: "usage", says: "--take N"),
    Case("unit", "add", "school/cs/b1", "--name", "一支部", "--kind", "支部委员会", exit: 64, code: "usage", says: "branch"),
    Case(
      "campaign", "publish", "甲", "--template", "党建工作责任自查评分表（二级党组织）", "--units", "school/cs", "--fill", "明天",
      code: "badRange",
      says: "2026-09-26..2026-09-30"),
    Case(
      "campaign", "publish", "甲", "--template", "年报", "--units", "school/cs", "--fill", "2026-09-26..2026-09-30",
      code: "unknownTemplate", says: "党建工作责任自查评分表"),
    Case("invite", "school/cs", "--role", "书记", exit: 64, code: "usage", says: "审签人（signer）"),
    Case("invite", "school/cs", "--role", "reporter", "--expires", "很久", exit: 64, code: "usage", says: "7d"),
    Case("invite", "school/cs", "--role", "reporter", "--expires", "31d", exit: 64, code: "usage", says: "最长 30 天"),
    Case("invite", "school/cs", "--role", "admin", "--expires", "300d", exit: 64, code: "usage", says: "最长 30 天"),
    Case("template", "import", "/nowhere.docx", code: "importUnreadableFile", says: "无法读取"),
    Case("report", "score", "--format", "pdf", exit: 64, code: "usage", says: "csv"),
    Case("report", "ranking", exit: 64, code: "usage", says: "不认得“ranking”"),
    Case("frobnicate", exit: 64, code: "usage", says: "没有“frobnicate”这个命令"),
    Case("status", "--jsno", exit: 64, code: "usage", says: "--json"),
    Case("set", "自查", exit: 64, code: "usage", says: "还缺少 <条目>"),
    Case("log", "--item", exit: 64, code: "usage", says: "后面缺少"),
    Case("status", "--now", "昨天", exit: 64, code: "usage", says: "2026-09-28T09:00:00+08:00"),
  ]

  @Test("bad input", arguments: cases)
  func refused(_ example: Case) async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    for computer in ["office", "cs"] {
      let before = try desk.office(computer).status().entries
      let now = example.arguments.contains("--now") ? nil : Desk.start
      let isOffice = !["set", "conflicts", "log"].contains(example.arguments[0])
      guard isOffice == (computer == "office") else { continue }
      let run = await desk.run(computer, example.arguments + ["--json"], now: now)
      #expect(run.code == example.exit, "\(run.out)\(run.error)")
      #expect(run.out.isEmpty)
      let failure = try run.failure
      #expect(failure["code"] as? String == example.code)
      let words = "\(failure["message"] ?? "")\(failure["hint"] ?? "")"
      #expect(words.contains(example.says), "\(words)")
      #expect(try desk.office(computer).status().entries == before)
      let spoken = await desk.run(computer, example.arguments, now: now)
      #expect(spoken.error.hasPrefix("未完成："))
      #expect(!spoken.error.contains("Error"))
    }
  }

  @Test(
    "whoever types an option that there is not is told where to read on",
    arguments: [
      ("bundle export", "bundle export"), ("bundle", "bundle"), ("sync", "sync"), ("invite list", "invite list"),
    ])
  func whereToRead(command: String, help: String) async throws {
    let desk = try Desk()
    let run = await desk.run("office", command.split(separator: " ").map(String.init) + ["--nothing", "--json"])
    #expect(run.code == 64)
    #expect(try (run.failure["hint"] as? String)?.hasSuffix("看用法：unitcli \(help) --help") == true)
  }

  @Test("nobody writes without a name")
  func unknownPerson() async throws {
    let desk = try await Desk.withCampaign()
    let invitation = try await desk.done("office", "invite", "school/cs", "--role", "reporter", "--json").json[
      "invitation"]
    try await desk.done("cs", "join", try #require(invitation as? String))
    let run = await desk.run("cs", "fill", "自查", "--json")
    #expect(run.code == 1)
    #expect(try run.failure["code"] as? String == "unknownPerson")
    #expect(try run.failure["hint"] as? String == "请加上 --as 姓名（以后会记住）")
  }

  @Test("a time of one's own choosing is for rehearsals only")
  func nowInEarnest() async throws {
    let desk = try Desk()
    try desk.found(rehearsal: false)
    let run = await desk.run("office", "status", "--json")
    #expect(run.code == 1)
    #expect(try run.failure["code"] as? String == "notRehearsal")
    #expect(await desk.run("office", "status", now: nil).code == 0)
  }

  @Test("an invitation that is cut off, changed, foreign, expired or no file makes no workspace")
  func brokenInvitations() async throws {
    let desk = try await Desk.withCampaign()
    let made = try await desk.done("office", "invite", "school/cs", "--role", "reporter", "--expires", "1d", "--json")
    let url = try #require(try made.json["invitation"] as? String)
    let changed = url.replacing("join/A", with: "join/B")
    #expect(changed != url)
    for (text, code, says) in [
      (String(url.dropLast(9)), "badInvitation", "校验不符"), (changed, "badInvitation", "邀请"),
      ("unitsync://join/", "badInvitation", "不完整"), (desk.path("nothing"), "invitationNotFound", "没有找到邀请文件"),
    ] {
      let run = await desk.run("new", "join", text, "--json")
      #expect(run.code == 1)
      #expect(try run.failure["code"] as? String == code)
      #expect((try run.failure["message"] as? String)?.contains(says) == true, "\(run.error)")
    }
    let late = await desk.run("new", "join", url, "--json", now: "2026-09-30T09:00:00+08:00")
    #expect(try late.failure["code"] as? String == "invitationExpired")
    #expect(!FileManager.default.fileExists(atPath: desk.path("new")))
  }

  @Test("a second join leaves the workspace that is there alone")
  func joinTwice() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let before = try desk.office("cs").replica()
    let url = try await desk.done("office", "invite", "school/maths", "--role", "reporter", "--json").json["invitation"]
    let run = await desk.run("cs", "join", try #require(url as? String), "--json")
    #expect(try run.failure["code"] as? String == "workspaceExists")
    #expect(try desk.office("cs").replica() == before)
  }

  @Test("a workspace written by a newer version is not touched")
  func newerVersion() async throws {
    let desk = try await Desk.withCampaign()
    let database = try DatabaseQueue(path: desk.path("office/workspace.db"))
    try await database.write { try $0.execute(sql: "PRAGMA user_version = 99") }
    try database.close()
    let run = await desk.run("office", "unit", "add", "school/new", "--name", "新支部", "--kind", "direct", "--json")
    #expect(run.code == 1)
    #expect(try run.failure["code"] as? String == "newerVersion")
    #expect(try run.failure["hint"] as? String == "请升级本机软件后再打开")
  }

  @Test("a workspace of a build before the first release is not touched, and what to do is said")
  func trialVersion() async throws {
    let desk = try await Desk.withCampaign()
    let database = try DatabaseQueue(path: desk.path("office/workspace.db"))
    try await database.write { try $0.execute(sql: "DROP TABLE register_history") }
    try database.close()
    let run = await desk.run("office", "status", "--json")
    #expect(run.code == 1)
    #expect(try run.failure["code"] as? String == "trialVersion")
    #expect(try (run.failure["hint"] as? String)?.contains("报送包") == true)
  }

  @Test("a folder without a workspace says how to get one")
  func noWorkspace() async throws {
    let desk = try Desk()
    let run = await desk.run("nowhere", "status", now: nil)
    #expect(run.code == 1)
    #expect(run.error.contains("unitcli join 邀请文件"))
    let menu = await desk.run("nowhere", now: nil)
    #expect(menu.code == 0)
    #expect(menu.out.contains("unitcli join 邀请文件"))
  }
}
