import Foundation
import SyncModel
import Testing

@testable import unitcli

@Suite("Templates are previewed before they are saved, and edited into new ones")
struct TemplateCommandTests {
  /// A sheet written by hand as comma-free markup: the smallest file that the importer takes.
  private func file(_ desk: Desk) throws -> String {
    let path = desk.path("清单.docx")
    try Data(DocxSample.bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func desk() throws -> Desk {
    let desk = try Desk()
    try desk.found()
    return desk
  }

  @Test("a preview has sections, doubts with a suggestion and what was read in the words; nothing is saved")
  func preview() async throws {
    let desk = try desk()
    let path = try file(desk)
    let run = try await desk.done("office", "template", "import", path, "--dry-run")
    #expect(run.out.contains("宿舍指南（指标指南，各级 2／3 项）"))
    #expect(run.out.contains("太科生"))
    #expect(run.out.contains("频次 第 1.1 项：楼长会：每月至少 1 次"))
    #expect(run.out.contains("没有保存"))
    let json = try await desk.done("office", "template", "import", path, "--dry-run", "--json").json
    let template = try #require((json["templates"] as? [[String: Any]])?.first)
    #expect(template["levels"] as? [Int] == [2, 3])
    #expect((template["tree"] as? [[String: Any]])?.count == 2)
    let flags = try #require(template["flags"] as? [[String: Any]])
    #expect(flags.contains { $0["text"] as? String == "太科生" && $0["suggestion"] as? String == "本科生或专科生" })
    let asked = try #require(template["requirements"] as? [[String: Any]])
    #expect(asked.map { $0["item"] as? String } == ["1.1", "2.1"])
    #expect(asked.map { $0["period"] as? String } == ["month", "year"])
    #expect(asked.map { $0["quote"] as? String } == ["每月召开1次楼长会", "每年不少于32学时"])
    let full = try await desk.done("office", "template", "import", path, "--dry-run", "--full")
    #expect(full.out.contains("不私拉电线"))
    let list = try await desk.done("office", "template", "list", "--json").json
    #expect((list["templates"] as? [Any])?.isEmpty == true)
  }

  @Test("at a terminal a person is asked, and no means nothing is saved; a script is not asked")
  func asked() async throws {
    let desk = try desk()
    let path = try file(desk)
    let no = await desk.run("office", "template", "import", path, "--as", "组织员", input: ["n"], interactive: true)
    #expect(no.code == 1)
    #expect(no.out.contains("保存以上 1 份表样？"))
    var list = try await desk.done("office", "template", "list", "--json").json
    #expect((list["templates"] as? [Any])?.isEmpty == true)
    let yes = await desk.run("office", "template", "import", path, "--as", "组织员", input: ["y"], interactive: true)
    #expect(yes.code == 0)
    try await desk.done("office", "template", "import", path, "--accept-requirements")
    list = try await desk.done("office", "template", "list", "--json").json
    #expect((list["templates"] as? [Any])?.count == 2)
  }

  @Test("an edit makes a new template, says what changed, and leaves published work on the old one")
  func edit() async throws {
    let desk = try await Desk.withCampaign()
    let list = try await desk.done("office", "template", "list", "--json").json
    let old = try #require(((list["templates"] as? [[String: Any]])?.first)?["id"] as? String)
    let run = try await desk.done(
      "office", "template", "edit", old, "--title", "新评分表", "--set", "1.1", "text=改过的一项", "--add-requirement", "1.1",
      "每月至少 1 次 支委会", "--json")
    let made = try run.json
    #expect(made["from"] as? String == old)
    #expect((made["changes"] as? [String])?.count == 3)
    #expect(made["campaigns"] as? [String] == ["自查"])
    let id = try #require(made["id"] as? String)
    let shown = try await desk.done("office", "template", "show", id, "--json").json
    let first = try #require(((shown["sections"] as? [[String: Any]])?.first?["children"] as? [[String: Any]])?.first)
    #expect(first["text"] as? String == "改过的一项")
    let asked = try #require((first["requirements"] as? [[String: Any]])?.last)
    #expect(asked["what"] as? String == "支委会")
    #expect(asked["quote"] as? String == "")
    let kept = try await desk.done("office", "template", "show", old, "--json").json
    #expect(kept["title"] as? String != "新评分表")
    #expect(try await desk.done("office", "show", "自查", "--unit", "school/cs").out.contains("改过的一项") == false)
    let tried = try await desk.done(
      "office", "template", "edit", id, "--remove-requirement", "1.1=\((first["requirements"] as? [Any])?.count ?? 0)",
      "--dry-run")
    #expect(tried.out.contains("删去要求：支委会：每月至少 1 次"))
    #expect(tried.out.contains("没有保存"))
  }

  @Test(
    "edits that make no sense are refused in words",
    arguments: [
      (["--set", "text=甲"], "usage"), (["--set", "1.1"], "usage"), (["--set", "1.1", "颜色=红"], "usage"),
      (["--set", "1.1", "points=很多"], "usage"), (["--set", "99", "text=甲"], "unknownItem"), ([], "usage"),
      (["--set", "1.1", "points=3"], "templatePointsUneven"), (["--set", "1.2", "number=1"], "templateNumberTwice"),
      (["--add-requirement", "1.1", "多开会"], "unreadableRequirement"), (["--add-requirement", "1.1"], "usage"),
      (["--column", "没有这栏=日期"], "usage"), (["--column", "得分=颜色"], "usage"), (["--column", "得分=选择"], "usage"),
      (["--add", "1", "points=2"], "usage"), (["--title", "  "], "templateWithoutTitle"),
      (["--remove-requirement", "1.1=零"], "usage"),
    ])
  func refused(arguments: [String], code: String) async throws {
    let desk = try desk()
    try await desk.done("office", "template", "import", "--bundled", "score-sheet-100", "--as", "组织员")
    let run = await desk.run("office", ["template", "edit", "党建工作责任自查评分表（二级党组织）"] + arguments + ["--json"])
    #expect(run.code != 0)
    #expect(try run.failure["code"] as? String == code)
    let list = try await desk.done("office", "template", "list", "--json").json
    #expect((list["templates"] as? [Any])?.count == 1)
  }

  @Test("columns say what they hold")
  func columns() async throws {
    let desk = try desk()
    try await desk.done("office", "template", "import", "--bundled", "score-sheet-100", "--as", "组织员")
    let made = try await desk.done(
      "office", "template", "edit", "党建工作责任自查评分表（二级党组织）", "--column", "得分=选择:好、较好，必填", "--json"
    ).json
    let shown = try await desk.done("office", "template", "show", try #require(made["id"] as? String), "--json").json
    let details = try #require((shown["page"] as? [String: Any])?["columnDetails"] as? [[String: Any]])
    let column = try #require(details.first { $0["title"] as? String == "得分" })
    #expect(column["content"] as? String == "choice")
    #expect(column["choices"] as? [String] == ["好", "较好"])
    #expect(column["required"] as? Bool == true)
  }
}
