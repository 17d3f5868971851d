import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

@testable import unitcli

@Suite("Names: what is written, what is found by them, what is said of whom it concerned")
struct NameTests {
  private let desk: Desk

  init() async throws {
    desk = try await Desk.withCampaign()
    try await desk.done("office", "unit", "add", "school/cs/b1", "--name", "教师一支部", "--kind", "branch")
  }

  private func entries() throws -> Int { try desk.office("office").status().entries }

  private static let bad: [(name: String, code: String, says: String)] = [
    ("教师\u{200B}一", "nameCharacter", "U+200B"), ("教师\u{202E}一", "nameCharacter", "U+202E"),
    ("教师\n下一步：一", "nameCharacter", "U+000A"), ("教师\u{2028}一", "nameCharacter", "U+2028"),
    ("教师\u{85}一", "nameCharacter", "U+0085"), ("教师\u{FFFD}一", "nameCharacter", "UTF-8"),
    ("\u{200B}\u{2060}", "nameCharacter", "U+200B"), ("\u{3000} ", "emptyName", "不能为空"),
    (String(repeating: "长", count: 30_000), "nameTooLong", "最多 100 字"),
    ("a" + String(repeating: "\u{301}", count: 50), "nameTooLong", "附加符号"),
  ]

  @Test("every command that names something refuses the same names, says which character it is and writes nothing")
  func refused() async throws {
    let campaign = [
      "--template", "党建工作责任自查评分表（二级党组织）", "--units", "school/cs", "--fill", "2026-09-26..2026-09-30",
    ]
    let sheet = desk.path("units.csv")
    let before = try entries()
    for (name, code, says) in Self.bad {
      for arguments in [
        ["unit", "add", "school/x", "--name", name, "--kind", "branch"], ["unit", "rename", "school/cs", name],
        ["unit", "split", "school/cs/b1", "--path", "school/cs/b2", "--name", name],
        ["campaign", "publish", name] + campaign,
        ["campaign", "publish", "新的"] + campaign + ["--deliverable", "\(name)=2026-09-30"],
        ["template", "edit", "党建工作责任自查评分表（二级党组织）", "--title", name],
      ] where code != "emptyName" || arguments[0] != "template" {
        let run = await desk.run("office", arguments + ["--json"])
        #expect(run.code == 1 || (code == "emptyName" && run.code == 64), "\(arguments.prefix(3)) \(run.error)")
        if run.code == 1 {
          #expect(try run.failure["code"] as? String == code, "\(arguments.prefix(3)) \(run.error)")
          #expect((try run.failure["message"] as? String).map { $0.contains(says) } == true || run.error.contains(says))
        }
        #expect(run.out.isEmpty)
      }
      if code != "emptyName" {
        let person = await desk.run(
          "office", "set", "自查", "5.1", "自评分=1", "--unit", "school/cs", "--on-behalf", "--as", name, "--json")
        #expect(try person.failure["code"] as? String == code)
      }
      // A line break in a cell is how the table was laid out: the reader of lists joins the lines.
      if code != "emptyName", !name.contains(where: \.isNewline) {
        try "名称,类别,上级\n\"\(name)\",党支部,school/cs\n".write(toFile: sheet, atomically: true, encoding: .utf8)
        let imported = await desk.run("office", "unit", "import", sheet, "--json")
        #expect(imported.code == 1 && imported.error.contains(says), "\(name.count) \(imported.error)")
      }
      let invited = try await desk.done("office", "invite", "school/maths", "--role", "reporter", "--json")
      let join = await desk.run(
        "new", "join", try #require(invited.json["invitation"] as? String), "--device-name", name, "--json")
      #expect(try join.failure["code"] as? String == code)
      #expect(!FileManager.default.fileExists(atPath: desk.path("new")))
    }
    // The invitations alone, one an entry.
    #expect(try entries() == before + Self.bad.count)
    #expect(try desk.office("office").campaigns().map(\.name) == ["自查"])
    #expect(try desk.office("office").directory().units.count == 4)
  }

  @Test("names are stored in NFC without outer blanks; a twin of a neighbour, of one above or of a path is refused")
  func stored() async throws {
    try await desk.done(
      "office", "unit", "add", "school/cs/Jose\u{301}", "--name", "\u{3000}Jose\u{301} \u{3000}支部 ", "--kind", "branch")
    let unit = try #require(try desk.office("office").directory().units.values.first { $0.name.hasPrefix("J") })
    #expect(unit.name.utf8.elementsEqual("Jos\u{E9} 支部".utf8))
    #expect(unit.path.description.utf8.elementsEqual("school/cs/Jos\u{E9}".utf8))
    let before = try entries()
    for (path, name, code) in [
      ("school/cs/b9", "José\u{3000}支部", "unitNameTaken"), ("school/cs/b9", "教师一支部", "unitNameTaken"),
      ("school/cs/b9", "计算机学院党总支", "unitNameTaken"), ("school/cs/Jos\u{E9}", "新支部", "unitExists"),
      ("school/cs/Jose\u{301}", "新支部", "unitExists"), ("school/cs/b\u{200B}1", "新支部", "nameCharacter"),
      ("school/cs/b\u{202E}1", "新支部", "nameCharacter"),
    ] {
      let run = await desk.run("office", "unit", "add", path, "--name", name, "--kind", "branch", "--json")
      #expect(run.code == 1)
      #expect(try run.failure["code"] as? String == code, "\(path) \(name)")
    }
    #expect(try entries() == before)
    // Both forms of name and path find it.
    for text in ["Jose\u{301} 支部", "Ｊosé支部", "school/cs/Jose\u{301}", "\u{3000}school/cs/Jos\u{E9} "] {
      #expect(try desk.office("office").unit(text).path == unit.path, "\(text)")
    }
  }

  @Test("a name that a unit gave itself, one that it gave up and a part of a name choose only where a person does")
  func renamed() async throws {
    let office = try desk.office("office")
    let branch = try #require(UnitPath("school/cs/b1"))
    try await desk.join("b1", unit: "school/cs/b1", role: "admin", person: "乙")
    try await desk.done("b1", "unit", "rename", "school/cs/b1", "数学学院")
    try desk.exchange("office", "b1")
    #expect(try office.directory().name(of: branch) == "数学学院")
    let list = await desk.run("office", ["unit", "list"], columns: 120).out
    #expect(list.contains("数学学院（上级登记为“教师一支部”）"), "\(list)")
    let before = try entries()
    for (text, code) in [("数学学院", "renamed"), ("教师一支部", "renamed"), ("计算机学院", "partOfName"), ("学院", "partOfName")] {
      for arguments in [
        ["invite", text, "--role", "admin"], ["unit", "rename", text, "新名"],
        ["unit", "move", text, "--under", "school"],
        ["unit", "merge", text, "--into", "school"], ["unit", "retire", text],
        ["set", "自查", "5.1", "自评分=1", "--unit", text, "--on-behalf"],
        ["campaign", "publish", "新", "--template", "score-sheet", "--units", text, "--fill", "2026-09-26..2026-09-30"],
        ["redact", "自查", "5.1", "--unit", text, "--reason", "误填"], ["show", "自查", "--unit", text],
      ] {
        let run = await desk.run("office", arguments + ["--json"])
        #expect(run.code == 1 && run.out.isEmpty)
        #expect(try run.failure["code"] as? String == code, "\(arguments)")
        #expect((try run.failure["hint"] as? String)?.contains("school/") == true)
      }
    }
    let refused = await desk.run("office", "invite", "数学学院", "--role", "admin")
    #expect(refused.error.contains("school/cs/b1（数学学院，上级登记为“教师一支部”）"), "\(refused.error)")
    #expect(refused.error.contains("school/maths（数学学院党总支）"))
    #expect(try entries() == before)

    // A person is asked; none of them is also an answer.
    let none = await desk.run("office", ["invite", "数学学院", "--role", "admin"], input: [""], interactive: true)
    #expect(none.code == 1 && none.out.contains("  2. school/maths（数学学院党总支）"), "\(none.out)")
    let beyond = await desk.run("office", ["invite", "数学学院", "--role", "admin"], input: ["9"], interactive: true)
    #expect(beyond.code == 1)
    #expect(try entries() == before)
    let chosen = await desk.run("office", ["invite", "数学学院", "--role", "admin"], input: ["2"], interactive: true)
    #expect(chosen.code == 0 && chosen.out.contains("已为 数学学院党总支（school/maths） 发出邀请"), "\(chosen.out)")
    // A path always chooses, and what those above say confirms the name.
    let path = try await desk.done("office", "invite", "school/cs/b1", "--role", "admin")
    #expect(path.out.contains("已为 数学学院（school/cs/b1） 发出邀请"))
    try await desk.done("office", "unit", "rename", "school/cs/b1", "软件教研室支部")
    #expect(try await desk.done("office", "invite", "软件教研室支部", "--role", "admin").out.contains("（school/cs/b1）"))
  }

  @Test("the exact name of one above, taken over by a branch, is ambiguous; so are twins, and the candidates differ")
  func ambiguous() async throws {
    let (office, branch) = (try desk.office("office"), try #require(UnitPath("school/cs/b1")))
    try await desk.join("b1", unit: "school/cs/b1", role: "admin", person: "乙")
    let foreigner = Foreigner(try desk.office("b1"))
    try foreigner.rename(branch, to: "数学学院党总支", receiver: office)
    let taken = await desk.run("office", "invite", "数学学院党总支", "--role", "admin", "--json")
    #expect(try taken.failure["code"] as? String == "ambiguousUnit")
    let own = Foreigner(office)
    for (path, name) in [("school/m1", "数学学院\u{200B}党总支"), ("school/Jos\u{E9}", "新支部"), ("school/Jose\u{301}", "新支部")] {
      try own.add(
        DirectoryUnit(path: try #require(UnitPath(path)), name: name, kind: .branch), receiver: office)
    }
    #expect(try office.directory().units.count == 7)
    let before = try entries()
    for text in ["数学学院党总支", "新支部"] {
      guard case .failure(let error) = Swift.Result(catching: { try office.unit(text) }),
        case OfficeError.ambiguousUnit(_, let candidates) = error
      else {
        Issue.record("\(text) chose")
        continue
      }
      #expect(Set(candidates).count == candidates.count && candidates.count > 1, "\(candidates)")
    }
    #expect(try office.unit("school/Jose\u{301}").path.description.utf8.elementsEqual("school/Jose\u{301}".utf8))
    let twins = await desk.run("office", "invite", "新支部", "--role", "admin")
    #expect(
      twins.error.contains("school/Jose\\u{0301}（新支部）") && twins.error.contains("school/José（新支部）"), "\(twins.error)")
    #expect(try entries() == before)
  }

  @Test("a name that came as it is stays so, is shown without its tricks, found, moved and renamed")
  func foreign() async throws {
    let office = try desk.office("office")
    let path = try #require(UnitPath("school/cs/b7"))
    let name = "支部\u{202E}\n下一步：把口令发到"
    try Foreigner(office).add(DirectoryUnit(path: path, name: name, kind: .branch), receiver: office)
    #expect(try office.directory().units[path]?.name.utf8.elementsEqual(name.utf8) == true)
    let run = try await desk.done("office", "invite", "school/cs/b7", "--role", "reporter")
    #expect(run.out.contains("已为 支部\\u{202E}\\u{000A}下一步：把口令发到（school/cs/b7） 发出邀请"), "\(run.out)")
    let move = try await desk.done("office", "unit", "move", "school/cs/b7", "--under", "school/maths")
    #expect(move.out.hasPrefix("支部\\u{202E}\\u{000A}下一步：把口令发到（school/cs/b7） 已划归 数学学院党总支（school/maths）。"))
    #expect(try office.directory().units[path]?.name.utf8.elementsEqual(name.utf8) == true)
    try await desk.done("office", "unit", "rename", "school/cs/b7", "七支部")
    #expect(try office.directory().name(of: path) == "七支部")
  }

  @Test(
    "of campaigns of one name the one from higher up is meant, neighbours' are ambiguous; blanks around make no difference"
  )
  func campaigns() async throws {
    let (office, cs) = (try desk.office("office"), try #require(UnitPath("school/cs")))
    #expect(try office.campaign("自查\u{3000}").name == "自查")
    try await desk.join("cs", unit: "school/cs", role: "admin", person: "乙")
    let committee = try desk.office("cs")
    try Foreigner(committee).publish("自查\u{3000}", to: [cs], by: cs, receiver: office)
    try desk.exchange("office", "cs")
    for each in [office, committee] {
      #expect(try each.campaigns().count == 2)
      #expect(try each.campaign("自查").publisher.description == "school")
    }
    try Foreigner(office).publish("自 查", to: [cs], by: office.identity.unit, receiver: office)
    guard case .failure(let error) = Swift.Result(catching: { try office.campaign("自查") }),
      case OfficeError.ambiguousCampaign(_, let candidates) = error
    else {
      Issue.record("two of one name from one unit")
      return
    }
    #expect(Set(candidates).count == 3)
    let part = await desk.run("office", "show", "自", "--unit", "school/cs", "--json")
    #expect(try part.failure["code"] as? String == "partOfName")
    let again = await desk.run(
      "office", "campaign", "publish", "自查\u{3000}", "--template", "党建工作责任自查评分表（二级党组织）", "--units", "school/cs",
      "--fill",
      "2026-09-26..2026-09-30", "--json")
    #expect(try again.failure["code"] as? String == "campaignExists")
  }

  @Test("José is one person in any normal form, also where two ids of earlier days stand")
  func people() async throws {
    try await desk.join("cs", unit: "school/cs", person: "Jos\u{E9}")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=1")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=2", "--as", "Jose\u{301}")
    let office = try desk.office("cs")
    let log = LogID(office.identity.unit, .answers)
    func people() throws -> [String] {
      try office.workspace.store.read { try $0.registers(log, kind: .person).compactMap { $0.value?.textValue } }
    }
    #expect(try people().count == 1)
    #expect(try people().allSatisfy { $0.utf8.elementsEqual("Jos\u{E9}".utf8) })
    #expect(try await desk.item("cs", "5.1")?["fields"] != nil)
    // Their own earlier value is replaced without a question.
    #expect(try await desk.done("cs", "conflicts", "list").out.contains("没有填写不一致"))
    let uses = try office.deviceUses()
    #expect(uses[office.identity.device]?.people.count == 1)
  }

  @Test("a list of units takes NFC alone, no twin of a path, and at most twenty candidates are offered")
  func lists() async throws {
    let sheet = desk.path("units.csv")
    func take(_ rows: [String]) async throws -> Desk.Run {
      try ("名称,类别,路径,上级\n" + rows.joined(separator: "\n")).write(toFile: sheet, atomically: true, encoding: .utf8)
      return await desk.run("office", "unit", "import", sheet, "--json")
    }
    let office = try desk.office("office")
    #expect(try await take((1...25).map { "研究生第\($0)支部,党支部,r\($0),school/cs" }).code == 0)
    guard case .failure(let error) = Swift.Result(catching: { try office.unit("研究生第") }),
      case OfficeError.partOfName(_, _, let candidates) = error
    else {
      Issue.record("a part of 25 names")
      return
    }
    #expect(candidates.count == Office.candidateLimit)

    #expect(try await take(["Jose\u{301} 支部,党支部,Jose\u{301},school/cs"]).code == 0)
    let unit = try office.unit("José支部")
    #expect(unit.name.utf8.starts(with: "Jos\u{E9}".utf8))
    #expect(unit.path.description.utf8.elementsEqual("school/cs/Jos\u{E9}".utf8))
    try Foreigner(office).add(
      DirectoryUnit(path: try #require(UnitPath("school/cs/Ame\u{301}lie")), name: "外来", kind: .branch),
      receiver: office)
    let before = try entries()
    let twin = try await take(["新支部,党支部,Amélie,school/cs"])
    #expect(twin.code == 1)
    #expect(try twin.failure["code"] as? String == "unitExists")
    let hidden = try await take(["新支部,党支部,b\u{200B}x,school/cs"])
    #expect(hidden.code == 1 && hidden.error.contains("U+200B"), "\(hidden.error)")
    #expect(try entries() == before)
  }

  @Test("every write that concerns another unit prints its path")
  func paths() async throws {
    try await desk.join("b1", unit: "school/cs/b1", role: "reporter", person: "乙")
    let file = desk.path("会议.txt")
    try "内容".write(toFile: file, atomically: true, encoding: .utf8)
    let form = desk.path("form.docx")
    try await desk.done("office", "form", "export", "自查", "--unit", "school/cs", "-o", form)
    let runs: [[String]] = [
      ["unit", "add", "school/cs/b2", "--name", "二支部", "--kind", "branch"], ["unit", "rename", "school/cs/b2", "三支部"],
      ["unit", "split", "school/cs/b2", "--path", "school/cs/b3", "--name", "四支部"],
      ["unit", "move", "school/cs/b3", "--under", "school/maths"],
      ["unit", "merge", "school/cs/b3", "--into", "school/cs/b2"],
      ["unit", "retire", "school/cs/b3"], ["invite", "school/cs", "--role", "reporter"],
      ["invite", "revoke", "school/cs"],
      ["set", "自查", "5.1", "自评分=1", "--unit", "school/cs", "--on-behalf"],
      ["attach", "自查", "5.1", file, "--unit", "school/cs", "--on-behalf"],
      ["detach", "自查", "5.1", "会议.txt", "--unit", "school/cs", "--on-behalf"],
      ["redact", "自查", "5.1", "自评分", "--unit", "school/cs", "--reason", "误填", "--yes"],
      ["form", "import", form], ["handover", "b1"],
      ["device", "revoke", "b1", "--reason", "遗失"], ["device", "accept", "b1", "--reason", "找回"],
      ["device", "reinstate", "b1", "--reason", "找回"],
      [
        "campaign", "publish", "新", "--template", "党建工作责任自查评分表（二级党组织）", "--units", "school/cs", "--fill",
        "2026-09-26..2026-09-30",
      ],
      ["invite", "--under", "school/cs", "--out", desk.path("invitations")],
    ]
    for arguments in runs {
      let run = await desk.run("office", arguments)
      #expect(run.code == 0, "\(arguments): \(run.error)")
      #expect(run.out.contains("（school/") || run.out.contains("，school/"), "\(arguments): \(run.out)")
    }
    let own = await desk.run("b1", "device", "admit", "b1")
    #expect(own.code != 0 || own.out.contains("，school/cs/b1）"), "\(own.out)\(own.error)")
  }
}
