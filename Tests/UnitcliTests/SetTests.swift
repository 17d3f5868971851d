import Foundation
import SyncEngine
import SyncModel
import Testing

@testable import unitcli

@Suite("set: one item filled in")
struct SetTests {
  @Test("every save ends with what is safe and what is not yet sent")
  func savedAndUnsent() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let run = try await desk.done("cs", "set", "自查", "5.1", "自评分=2")
    #expect(run.out == "第 5.1 项 自评分：2\n所涉党组织：计算机学院党总支（school/cs）\n已存本机，未送出 1 条\n")
  }

  @Test(
    "items, fields and numbers are taken as people write them",
    arguments: [
      (["5.1", "selfScore=2"], "5.1"), (["五.1", "得分＝２"], "5.1"), (["5．1", "自评分=2分"], "5.1"),
      (["五、1", "自评 = 2"], "5.1"), (["十二（2）", "score=2.00"], "12.2"),
    ])
  func looseForms(arguments: [String], item: String) async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let run = await desk.run("cs", ["set", "自查"] + arguments)
    #expect(run.code == 0, "\(run.error)")
    #expect(run.out.hasPrefix("第 \(item) 项 自评分：2\n"))
  }

  @Test("with --json the entry stands alone on standard output and words beside it")
  func json() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let run = try await desk.done("cs", "set", "自查", "5.1", "自评分=2", "备注=已开展", "--json")
    let entry = try #require(try run.json["entry"] as? String)
    #expect(entry.wholeMatch(of: #/[0-9a-f]{32}:1/#) != nil)
    #expect(run.error.contains("已存本机，未送出 1 条"))
  }

  @Test("a value of one's own is changed without a question and without a difference")
  func ownChange() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=2")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=1")
    let list = try await desk.done("cs", "conflicts", "list", "--json")
    #expect(try (list.json["conflicts"] as? [Any])?.isEmpty == true)
  }

  @Test("replacing what another person's screen showed says whose value it was")
  func replacesShown() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=2")
    try await desk.done("cs", "show", "自查", "--as", "李四")
    let run = try await desk.done("cs", "set", "自查", "5.1", "自评分=1.5", "--as", "李四")
    #expect(run.out.hasPrefix("第 5.1 项 自评分：1.5（替换了 张三 9月28日填的 2）\n"))
  }

  @Test("without a terminal an unseen value stays beside the new one, and that is said")
  func keepsUnseen() async throws {
    let desk = try await Desk.withTwoAnswers()
    let run = try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    #expect(run.out.contains("李四（cs-b）填的 1.5 您还没看过，两种填法都保留，待核定：unitcli conflicts list"))
    let item = try #require(try await desk.item("cs-a", "5.1"))
    let score = try #require((item["fields"] as? [String: Any])?["selfScore"] as? [String: Any])
    #expect(score["conflict"] as? Bool == true)
    #expect((score["siblings"] as? [Any])?.count == 2)
  }

  @Test("at a terminal an unseen value is shown first: yes replaces it")
  func asksAndReplaces() async throws {
    let desk = try await Desk.withTwoAnswers()
    let run = await desk.run("cs-a", "set", "自查", "5.1", "自评分=2", input: ["y"], interactive: true)
    #expect(run.code == 0)
    #expect(run.out.hasPrefix("李四 9月28日填的 1.5，改为2？[y/N] "))
    let conflicts = try await desk.done("cs-a", "conflicts", "list", "--json").json["conflicts"] as? [Any]
    #expect(conflicts?.isEmpty == true)
  }

  @Test("at a terminal anything but yes saves nothing")
  func asksAndLeaves() async throws {
    let desk = try await Desk.withTwoAnswers()
    let run = await desk.run("cs-a", "set", "自查", "5.1", "自评分=2", input: [""], interactive: true)
    #expect(run.code == 1)
    #expect(run.error == "未完成：没有保存\n下一步：原来的填写未动\n")
    let item = try #require(try await desk.item("cs-a", "5.1"))
    let score = try #require((item["fields"] as? [String: Any])?["selfScore"] as? [String: Any])
    #expect(score["value"] as? Double == 1.5)
    #expect(score["conflict"] as? Bool == false)
  }

  @Test("what arrives while a command is still running does not count as shown by it")
  func arrivesMeanwhile() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs-a", unit: "school/cs", person: "张三")
    try await desk.join("cs-b", unit: "school/cs", person: "李四")
    try await desk.done("cs-b", "set", "自查", "5.1", "自评分=1.5")
    try desk.exchange("office", "cs-b")
    let running = try desk.office("cs-a").workspace
    try running.beginCommand()
    try desk.exchange("office", "cs-a")
    try running.endCommand(of: "张三")
    let run = try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    #expect(run.out.contains("两种填法都保留"))
  }

  @Test("a copied folder is noticed at its first save, which says so and continues under a new name")
  func copiedFolder() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=2")
    try FileManager.default.copyItem(atPath: desk.path("cs"), toPath: desk.path("copy"))
    let first = try await desk.done("copy", "set", "自查", "5.2", "自评分=1")
    #expect(first.out.contains("本机资料曾被还原或复制，两份均已保留，请核定"))
    let second = try await desk.done("copy", "set", "自查", "5.3", "自评分=1", "--json")
    #expect(try second.json["newIncarnation"] as? Bool == false)
    let original = try desk.office("cs").replica().description
    #expect(try (second.json["entry"] as? String)?.hasPrefix(original) == false)
  }

  @Test("a unit above fills in only where it says so, and has the role for it")
  func onBehalf() async throws {
    let desk = try await Desk.withCampaign()
    let without = await desk.run("office", "set", "自查", "5.1", "自评分=2", "--unit", "school/cs", "--json")
    #expect(without.code == 1)
    #expect(try without.failure["code"] as? String == "needsOnBehalf")
    let with = await desk.run("office", "set", "自查", "5.1", "自评分=2", "--unit", "计算机学院党总支\u{3000}", "--on-behalf")
    #expect(with.code == 0)
    #expect(with.out.hasPrefix("第 5.1 项 自评分：2（代填）\n所涉党组织：计算机学院党总支（school/cs）\n"))
  }

  @Test("of several sheets every line says which one is meant")
  func severalSheets() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("office", "template", "import", "--bundled", "task-list-20")
    try await desk.done(
      "office", "campaign", "publish", "双查", "--template", "党建工作责任自查评分表（二级党组织）",
      "高校党建20项任务清单", "--units", "school/cs", "--fill",
      "2026-09-26..2026-09-30", "--covers", "2026-01-01..2026-08-31")
    try desk.exchange("office", "cs")
    let list = try await desk.done("cs", "show", "双查", "--json").json["items"] as? [[String: Any]]
    let task = try #require((list ?? []).compactMap { $0["id"] as? String }.first { $0.hasPrefix("2:") })
    let run = try await desk.done("cs", "set", "双查", task, "状态=已完成")
    let titles = try await desk.done("cs", "template", "list", "--json").json["templates"] as? [[String: Any]]
    let title = try #require((titles ?? []).first { $0["kind"] as? String == "taskList" }?["title"] as? String)
    let named = title.contains("《") ? title : "《\(title)》"
    #expect(run.out.hasPrefix("\(named)第 \(task) 项 状态：已完成"))
    #expect(try await desk.done("cs", "show", "双查", task).out.contains("\(named)第 \(task) 项"))
    #expect(await desk.run("cs", "log", columns: 200).out.contains("第 \(task) 项状态：已完成"))
    let entries = try await desk.done("cs", "log", "--json").json["entries"] as? [[String: Any]]
    let changes = (entries ?? []).flatMap { $0["changes"] as? [[String: Any]] ?? [] }
    #expect(changes.contains { $0["item"] as? String == task })
    let filled = await desk.run("cs", "fill", "双查", input: ["1", "q"])
    #expect(filled.code == 0 && filled.out.contains("》第 1:"))
    #expect(
      try await desk.done("cs", "set", "自查", "5.1", "自评分=2").out.hasPrefix("第 5.1 项 自评分：2"),
      "of one it need not be said")
  }
}

extension Desk {
  /// Two computers of one unit; 李四 on the second has filled in 1.5, which the first has received and 张三 not seen.
  static func withTwoAnswers() async throws -> Desk {
    let desk = try await withCampaign()
    try await desk.join("cs-a", unit: "school/cs", person: "张三")
    try await desk.join("cs-b", unit: "school/cs", person: "李四")
    try await desk.done("cs-a", "status", "--as", "张三")
    try await desk.done("cs-b", "set", "自查", "5.1", "自评分=1.5")
    try desk.exchange("office", "cs-b")
    try desk.exchange("office", "cs-a")
    return desk
  }

  /// One item as `show --json` has it.
  func item(_ computer: String, _ id: String) async throws -> [String: Any]? {
    let shown = try await done(computer, "show", "自查", id, "--json").json["items"] as? [[String: Any]]
    return shown?.first
  }
}
