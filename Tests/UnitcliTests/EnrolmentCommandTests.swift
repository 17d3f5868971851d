import Foundation
import SyncEngine
import SyncModel
import Testing

@testable import unitcli

@Suite("unit import, invite, device: getting a school to work")
struct EnrolmentCommandTests {
  private static let list = """
    示例大学党组织一览表
    序号,党组织名称,上级党组织,类别,类型
    1,计算机学院党总支,示例大学,党总支,
    2,物理学院党总支,,党总支,
    3,教师一支部,物理学院党总支,党支部,教师
    4,教师一支部,计算机学院党总支,党支部,教师
    5,校医院直属党支部,,直属党支部,机关

    """

  private func write(_ text: String, _ name: String, _ desk: Desk) throws -> String {
    let path = desk.path(name)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test("a dry run shows the tree as it would become and saves nothing; the import repeats without harm")
  func importUnits() async throws {
    let desk = try await Desk.withCampaign()
    let file = try write(Self.list, "名册.csv", desk)
    let before = try desk.office("office").status().entries
    let dry = try await desk.done("office", "unit", "import", file, "--dry-run")
    #expect(try desk.office("office").status().entries == before)
    let tree = dry.out.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(
      Array(tree[2..<8]) == [
        "示例大学 school 学校党委 已登记", "物理学院党总支 school/c01 党总支 新增", "教师一支部 school/c01/b01 党支部 教师 新增",
        "计算机学院党总支 school/cs 党总支 已登记", "教师一支部 school/cs/b01 党支部 教师 新增",
        "校医院直属党支部 school/d01 直属党支部 机关 新增",
      ])
    #expect(dry.out.contains("将登记 4 个（党总支 1、党支部 2、直属党支部 1），原已登记 1 个，未改动"))
    #expect(dry.out.contains("没有用到的栏：序号"))
    let json = try await desk.done("office", "unit", "import", file, "--json").json
    #expect(json["new"] as? Int == 4)
    #expect(json["ignoredColumns"] as? [String] == ["序号"])
    let again = try await desk.done("office", "unit", "import", file, "--json").json
    #expect(again["new"] as? Int == 0)
    #expect(again["known"] as? Int == 5)
  }

  @Test("bad rows are named row by row and nothing is saved (promise 8)")
  func badRows() async throws {
    let desk = try await Desk.withCampaign()
    let file = try write(Self.list + "6,乙支部,化学学院,党支部,\n7,丙支部,物理学院党总支,党支部,老干部\n", "名册.csv", desk)
    let before = try desk.office("office").status().entries
    let run = await desk.run("office", "unit", "import", file)
    #expect(run.code == 1)
    #expect(run.out.contains("行 8：上级“化学学院”不在表里，也没有登记过\n行 9：类型“老干部”不认得"))
    #expect(run.error.contains("名册有 2 行不能登记，全部没有保存"))
    #expect(try desk.office("office").status().entries == before)
    let other = await desk.run("office", "unit", "import", "/nowhere.xlsx", "--json")
    #expect(try other.failure["code"] as? String == "importUnreadableFile")
  }

  @Test("units and campaigns choose by kind")
  func kinds() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.done("office", "unit", "import", try write(Self.list, "名册.csv", desk))
    let direct = try await desk.done("office", "unit", "list", "--kind", "直属党支部", "--json").json
    #expect((direct["units"] as? [[String: Any]])?.map { $0["path"] as? String } == ["school/d01"])
    func published(_ name: String, _ extra: [String]) async throws -> [String]? {
      let run = await desk.run(
        "office",
        ["campaign", "publish", name, "--template", "党建工作责任自查评分表（二级党组织）", "--fill", "2026-09-26..2026-09-30"] + extra)
      #expect(run.code == 0, "\(run.error)")
      let all = try await desk.done("office", "campaign", "list", "--json").json["campaigns"] as? [[String: Any]]
      return all?.first { $0["name"] as? String == name }?["units"] as? [String]
    }
    let committees = ["school/c01", "school/cs", "school/maths"]
    #expect(try await published("甲", ["--units", "school/*", "--kind", "committee"]) == committees)
    #expect(
      try await published("乙", ["--units", "school/*", "school/d01", "--kind", "committee"])
        == (committees + ["school/d01"]).sorted())
    let wrong = await desk.run("office", "unit", "list", "--kind", "团支部", "--json")
    #expect(wrong.code == 64)
  }

  @Test("a whole subtree is invited at once: a private file a unit, a list without secrets, and each file joins")
  func inviteUnder() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.done("office", "unit", "import", try write(Self.list, "名册.csv", desk))
    let folder = desk.path("邀请")
    let json = try await desk.done(
      "office", "invite", "--under", "school", "--out", folder, "--kind", "branch,direct", "--json"
    ).json
    let made = try #require(json["invitations"] as? [[String: Any]])
    let files = made.compactMap { $0["file"] as? String }
    #expect(files == ["物理学院党总支-教师一支部.txt", "计算机学院党总支-教师一支部.txt", "校医院直属党支部.txt"])
    let list = try String(contentsOfFile: folder + "/邀请清单.html", encoding: .utf8)
    #expect(!list.contains("unitsync://"))
    #expect(list.contains("领取人"))
    for file in files + ["邀请清单.html"] {
      let mode = try FileManager.default.attributesOfItem(atPath: folder + "/" + file)[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
    try await desk.done("new", "join", folder + "/校医院直属党支部.txt", "--as", "丙")
    #expect(try desk.office("new").identity.unit.description == "school/d01")

    let again = await desk.run("office", "invite", "--under", "school", "--out", folder, "--json")
    #expect(try again.failure["code"] as? String == "fileExists")
    let rest =
      try await desk.done(
        "office", "invite", "--under", "school", "--out", desk.path("其余"), "--missing", "--json"
      ).json["invitations"] as? [[String: Any]]
    #expect(rest?.compactMap { $0["unit"] as? String } == ["school/c01", "school/cs", "school/maths"])
  }

  @Test("where the folder cannot be written no invitation is recorded")
  func unwritable() async throws {
    let desk = try await Desk.withCampaign()
    let blocked = try write("不是文件夹", "blocked", desk)
    let before = try desk.office("office").status().entries
    let run = await desk.run("office", "invite", "--under", "school", "--out", blocked + "/邀请", "--json")
    #expect(try run.failure["code"] as? String == "cannotWrite")
    #expect(try desk.office("office").status().entries == before)
  }

  @Test("list tells what became of each; revoke takes ids and units; renew replaces the text")
  func listRevokeRenew() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let open = try await desk.done("office", "invite", "school/maths", "--role", "reporter", "--json").json
    let id = try #require(open["id"] as? String)
    func states(_ arguments: String...) async throws -> [String] {
      let json = try await desk.done("office", "invite", "list", "--json", now: arguments.first ?? Desk.start).json
      return (json["invitations"] as? [[String: Any]] ?? []).compactMap { $0["state"] as? String }
    }
    #expect(try await states() == ["used", "open"])
    #expect(try await states("2026-11-01T09:00:00+08:00") == ["used", "expired"])
    let table = await desk.run("office", "invite", "list", columns: 120).out
    #expect(table.contains("计算机学院党总支  填报人  已使用  cs"))
    #expect(table.contains("组织员（组织部电脑）"))
    #expect(table.contains("未使用 1，已使用 1"))

    let renewed = try await desk.done("office", "invite", "renew", String(id.prefix(8)), "--expires", "30d", "--json")
      .json
    #expect(renewed["id"] as? String == id)
    #expect(renewed["invitation"] as? String != open["invitation"] as? String)
    let twice = await desk.run("office", "invite", "revoke", "数学学院党总支", id, "--json")
    #expect(try twice.json["revoked"] as? [String] == [id])
    #expect(try await states() == ["used", "revoked"])
    for (target, code) in [
      (id, "invitationRevoked"), ("school/maths", "noOpenInvitation"), ("school/cs", "noOpenInvitation"),
      ("没有的", "unknownInvitation"),
    ] {
      let run = await desk.run("office", "invite", "revoke", target, "--json")
      #expect(try run.failure["code"] as? String == code, "\(target)")
    }
    let gone = await desk.run("office", "invite", "renew", id, "--json")
    #expect(try gone.failure["code"] as? String == "invitationRevoked")
  }

  @Test("a QR code goes to the terminal and into image files; a wrong name is said before anything is saved")
  func codes() async throws {
    let desk = try await Desk.withCampaign()
    let image = desk.path("码.png")
    let run = await desk.run(
      "office", "invite", "school/cs", "--role", "reporter", "--qr", "--qr-file", image, columns: 120)
    #expect(run.code == 0)
    #expect(run.out.contains("████ ▄▄▄▄▄ █"))
    #expect(!run.out.contains("unitsync://"), "the picture is handed over instead of the line")
    #expect(FileManager.default.contents(atPath: image)?.starts(with: [0x89, 0x50]) == true)
    let drawing = desk.path("码.svg")
    try await desk.done("office", "invite", "school/cs", "--role", "reporter", "--qr-file", drawing)
    #expect(try String(contentsOfFile: drawing, encoding: .utf8).hasPrefix("<svg"))
    let narrow = await desk.run("office", "invite", "school/cs", "--role", "reporter", "--qr", columns: 40)
    #expect(narrow.out.contains("窗口太窄"))
    #expect(narrow.out.contains("unitsync://"))
    let before = try desk.office("office").status().entries
    let wrong = await desk.run("office", "invite", "school/cs", "--role", "reporter", "--qr-file", "码.gif", "--json")
    #expect(wrong.code == 64)
    #expect(try desk.office("office").status().entries == before)
  }

  @Test("devices show unit, roles, since when and who; roles are a list everywhere")
  func devices() async throws {
    let desk = try await Desk.withCampaign()
    let url = try await desk.done("office", "invite", "school/cs", "--role", "填报人、审签人", "--json").json["invitation"]
    let joined = try await desk.done("new", "join", try #require(url as? String), "--as", "丙", "--json").json
    #expect(joined["roles"] as? [String] == ["reporter", "signer"])
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=2")
    try await desk.done("cs", "set", "自查", "5.2", "自评分=2", "--as", "李四")
    try desk.exchange("office", "cs")
    let devices = try await desk.done("office", "device", "list", "--json").json["devices"] as? [[String: Any]]
    let laptop = try #require(devices?.first { $0["name"] as? String == "cs" })
    #expect(laptop["people"] as? [String] == ["张三", "李四"].sorted())
    #expect(laptop["since"] as? String != nil)
    #expect(laptop["roles"] as? [String] == ["reporter"])
    let shown = try await desk.done("office", "device", "list").out
    #expect(shown.contains("加入日期"))
    #expect(shown.contains("用过的人"))
  }
}
