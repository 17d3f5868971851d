import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import unitcli

/// Forms 填报表 out, filled in by PyPI's python-docx and openpyxl as WPS would, and back.
@Suite("forms that come back")
struct FormCommandTests {
  let desk: Desk
  /// Items of the bundled sheet by which the filler finds their rows.
  private static let first = "班子和成员各有一份成文的责任清单"
  private static let second = "党建与业务一起安排，班子每月至少专门议一次"
  private static let third = "以述职和督促检查向下逐层交责任"

  init() async throws {
    desk = try await Desk.withCampaign()
  }

  private func fill(_ name: String, _ changes: [[String]], to target: String? = nil) throws -> String {
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let python = here.deletingLastPathComponent().deletingLastPathComponent().appending(
      path: ".build/python/bin/python")
    try #require(
      FileManager.default.isExecutableFile(atPath: python.path), "scripts/setup installs what is missing here")
    let out = desk.path(target ?? "back-" + name)
    let run = try ChildProcess.run(
      python.path,
      [here.appending(path: "Independent/fill.py").path, desk.path(name), out]
        + changes.map { $0.joined(separator: "\t") })
    try #require(run.code == 0, "\(run.error)")
    return out
  }

  @Test(
    "promise 2: a form that comes back stands beside what the unit's laptop wrote meanwhile",
    arguments: ["docx", "xlsx"])
  func besideWhatWasWritten(format: String) async throws {
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "1.1", "自评分=2", "--as", "张三")
    try desk.exchange("cs", "office")
    try await desk.done("office", "form", "export", "自查", "--unit", "school/cs", "-o", desk.path("form.\(format)"))
    // Meanwhile the laptop changes two of the same items, and both meet.
    try await desk.done("cs", "set", "自查", "1.1", "自评分=1", "--as", "张三")
    try await desk.done("cs", "set", "自查", "1.2", "自评分=2", "--as", "张三")
    try desk.exchange("cs", "office")
    let back = try fill(
      "form.\(format)",
      [
        [Self.first, "得分", "1.5"], [Self.second, "得分", "0.5"], [Self.third, "得分", "不适用"],
        [Self.third, "备注", "没有下级"],
      ])
    let taken = try await desk.done("office", "form", "import", back, "--as", "李四", "--json")
    #expect(try taken.json["answers"] as? Int == 4 && taken.json["conflicts"] as? Int == 2)
    try desk.exchange("cs", "office")
    let list = try await desk.done("cs", "conflicts", "list", "--json").json["conflicts"] as? [[String: Any]]
    let values = try #require(list).map { conflict in
      (conflict["item"] as? String ?? "")
        + ((conflict["siblings"] as? [[String: Any]] ?? []).compactMap { $0["value"] as? Double }.sorted().description)
    }
    #expect(values.sorted() == ["1.1[1.0, 1.5]", "1.2[0.5, 2.0]"])
    let log = try await desk.done("cs", "log", "--item", "1.3").out
    #expect(log.contains("代填") && log.contains("李四"))
    #expect(try await desk.done("cs", "show", "自查", "1.3").out.contains("不适用"))
  }

  @Test(
    "a text that is too long for a cell is printed as its beginning, and what was printed is no new value",
    arguments: ["docx", "xlsx"])
  func cutText(format: String) async throws {
    try await desk.join("cs", unit: "school/cs", person: "张三")
    // 10,000 characters, 190 kB.
    let long = String(repeating: "e" + String(repeating: "\u{301}", count: 9), count: 10_000)
    try await desk.done("cs", "set", "自查", "1.1", "备注=" + long, "--as", "张三")
    let form = desk.path("form.\(format)")
    try await desk.done("cs", "form", "export", "自查", "-o", form)
    let nothing = try await desk.done("cs", "form", "import", form, "--json")
    #expect(try nothing.json["entry"] is NSNull && nothing.error.contains("没有填新内容"), "\(nothing.error)")
    func remark() async throws -> String {
      let items = try await desk.done("cs", "show", "自查", "1.1", "--json").json["items"] as? [[String: Any]]
      let fields = items?.first?["fields"] as? [String: [String: Any]]
      return try #require(fields?["remark"]?["value"] as? String)
    }
    // Beside it something else is filled in: one field comes back, not two.
    let scored = try fill("form.\(format)", [[Self.first, "得分", "1.5"]])
    #expect(try await desk.done("cs", "form", "import", scored, "--json").json["answers"] as? Int == 1)
    #expect(try await remark().unicodeScalars.count == long.unicodeScalars.count)
    // Written into, it would put the beginning in the place of the whole.
    let changed = try fill("form.\(format)", [[Self.first, "备注", "<改"]])
    let refused = await desk.run("cs", "form", "import", changed)
    #expect(refused.code == 1 && refused.out.contains("第 1.1 项 备注：这一格太长"), "\(refused.out)\(refused.error)")
    #expect(try await remark().unicodeScalars.count == long.unicodeScalars.count)
    // Written anew, it is what somebody filled in.
    let fresh = try fill("form.\(format)", [[Self.first, "备注", "已补齐"]])
    #expect(try await desk.done("cs", "form", "import", fresh, "--json").json["answers"] as? Int == 1)
    #expect(try await remark() == "已补齐")
  }

  @Test(
    "an apostrophe before what looks like a formula, and codes for what nobody sees, are no new value",
    arguments: ["docx", "xlsx"])
  func printedOtherwise(format: String) async throws {
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "1.1", "备注==1+1\u{202E}", "--as", "张三")
    try await desk.done("cs", "form", "export", "自查", "-o", desk.path("form.\(format)"))
    // openpyxl takes for a formula what is written without the apostrophe.
    for value in format == "docx" ? ["<", "<'"] : ["<'"] {
      let back = try fill("form.\(format)", [[Self.first, "备注", value]])
      let taken = try await desk.done("cs", "form", "import", back, "--json")
      #expect(try taken.json["entry"] is NSNull && taken.error.contains("没有填新内容"), "\(taken.error)")
    }
    let beside = try fill("form.\(format)", [[Self.first, "得分", "1.5"]])
    #expect(try await desk.done("cs", "form", "import", beside, "--json").json["answers"] as? Int == 1)
  }

  @Test("promise 4: the same form is taken once, and one that nobody filled in changes nothing")
  func once() async throws {
    try await desk.done("office", "form", "export", "自查", "--unit", "school/cs", "-o", desk.path("form.docx"))
    let nothing = try await desk.done("office", "form", "import", desk.path("form.docx"), "--json")
    #expect(try nothing.json["entry"] is NSNull && nothing.error.contains("没有填新内容"))
    let back = try fill("form.docx", [[Self.first, "得分", "2"]])
    try await desk.done("office", "form", "import", back)
    try await desk.done("office", "set", "自查", "1.1", "自评分=1", "--unit", "school/cs", "--on-behalf")
    let again = await desk.run("office", "form", "import", back)
    #expect(again.code == 1 && again.error.contains("已经收过"))
    #expect(try await desk.done("office", "conflicts", "list").out.contains("没有填写不一致"))
  }

  @Test("promise 8: what cannot be taken is named place by place, and nothing of the form is kept")
  func refusedWhole() async throws {
    try await desk.done("office", "form", "export", "自查", "--unit", "school/cs", "-o", desk.path("form.docx"))
    let cases: [(changes: [[String]], says: [String])] = [
      ([[Self.first, "得分", "3"], [Self.second, "得分", "2"]], ["第 1.1 项 自评分", "请填 0 到 2 之间的数"]),
      ([[Self.first, "得分", "很好"]], ["第 1.1 项 自评分", "很好"]),
      ([[Self.first, "自查内容", "责任清单人手一份"], [Self.second, "得分", "2"]], ["第 1.1 项", "条目文字被改成"]),
      ([[Self.first, "得分", "2"], ["合计", "得分", "3"]], ["合计", "填的是 3，各项相加是 2"]),
      ([["+column", "加分"]], ["多了一栏“加分”"]),
      ([[Self.first, "分值", "5分"]], ["第 1.1 项：分值被改成了“5分”", "请改回 2 分"]),
      ([["-row", Self.second]], ["第 1.2 项：这一行不见了", "有 1 处不能收"]),
    ]
    for (index, test) in cases.enumerated() {
      let run = await desk.run(
        "office", "form", "import", try fill("form.docx", test.changes, to: "back-\(index).docx"))
      #expect(run.code == 1)
      for words in test.says { #expect((run.out + run.error).contains(words), "\(run.out)\(run.error)") }
    }
    let shown = try await desk.done("office", "show", "自查", "--unit", "school/cs", "--json").json["items"]
    #expect((shown as? [[String: Any]] ?? []).allSatisfy { $0["filled"] as? Bool == false })
  }

  @Test("a form of another unit, another campaign or another school is refused, and so is any other paper")
  func strangers() async throws {
    try await desk.done("office", "form", "export", "自查", "--unit", "school/cs", "-o", desk.path("form.docx"))
    let form = desk.path("form.docx")
    let unit = await desk.run("office", "form", "import", form, "--unit", "school/maths")
    #expect(unit.code == 1 && unit.error.contains("计算机学院党总支（school/cs） 的，没有收"))
    try await desk.done(
      "office", "campaign", "publish", "另一项", "--template", "党建工作责任自查评分表（二级党组织）", "--units", "school/cs", "--fill",
      "2026-09-26..2026-09-30", "--covers", "2026-01-01..2026-08-31")
    let campaign = await desk.run("office", "form", "import", form, "--campaign", "另一项")
    #expect(campaign.code == 1 && campaign.error.contains("这份表属于“自查”"))
    let other = try await Desk.withCampaign()
    let school = await other.run("office", "form", "import", form)
    #expect(school.code == 1 && school.error.contains("另一所学校"))
    try await desk.done(
      "office", "report", "sheet", "--campaign", "自查", "--unit", "school/cs", "-o", desk.path("sheet.docx"))
    let sheet = await desk.run("office", "form", "import", desk.path("sheet.docx"))
    #expect(sheet.code == 1 && sheet.error.contains("不是填报表"))
    try Data("no office file".utf8).write(to: URL(fileURLWithPath: desk.path("a.docx")))
    #expect(await desk.run("office", "form", "import", desk.path("a.docx")).code == 1)
  }

  @Test("of several sheets what is told of an item names its own")
  func severalSheets() async throws {
    try await desk.done("office", "template", "import", "--bundled", "task-list-20")
    try await desk.done(
      "office", "campaign", "publish", "双查", "--template", "党建工作责任自查评分表（二级党组织）",
      "高校党建20项任务清单", "--units", "school/cs", "--fill",
      "2026-09-26..2026-09-30", "--covers", "2026-01-01..2026-08-31")
    try await desk.done("office", "form", "export", "双查", "--unit", "school/cs", "-o", desk.path("form.docx"))
    let wrong = await desk.run("office", "form", "import", try fill("form.docx", [[Self.first, "得分", "3"]]))
    #expect(wrong.code == 1 && wrong.out.contains("《党建工作责任自查评分表（二级党组织）》第 1.1 项 自评分："))
    let right = try await desk.done(
      "office", "form", "import", try fill("form.docx", [[Self.first, "得分", "2"]], to: "right.docx"))
    #expect(right.out.contains("《党建工作责任自查评分表（二级党组织）》第 1:1.1 项 自评分：2"))
  }

  @Test("a cell that is empty now is not taken for cleared")
  func emptied() async throws {
    try await desk.done("office", "set", "自查", "1.1", "备注=已建立", "--unit", "school/cs", "--on-behalf")
    try await desk.done("office", "form", "export", "自查", "--unit", "school/cs", "-o", desk.path("form.docx"))
    let back = try fill("form.docx", [[Self.first, "备注", ""], [Self.first, "得分", "2"]])
    let run = try await desk.done("office", "form", "import", back)
    #expect(run.out.contains("第 1.1 项 备注：表上是空的，原有内容保留"))
    #expect(try await desk.done("office", "show", "自查", "1.1", "--unit", "school/cs").out.contains("已建立"))
  }

  @Test("rows of a ledger come back: new ones are added, changed cells changed, the rest left alone")
  func rows() async throws {
    try await desk.done("office", "template", "import", "--bundled", "diagnosis-ledger")
    try await desk.done(
      "office", "campaign", "publish", "诊断", "--template", "诊断情况工作台账", "--units", "school/cs", "--fill",
      "2026-09-26..2026-09-30", "--covers", "2026-01-01..2026-08-31")
    for (minute, problem) in ["记录不全", "党课偏少"].enumerated() {
      try await desk.done(
        "office", "ledger", "add", "诊断", "党组织名称=计算机学院党总支", "存在问题=\(problem)", "--unit", "school/cs", "--on-behalf",
        now: "2026-09-28T08:0\(minute):00+08:00")
    }
    try await desk.done("office", "form", "export", "诊断", "--unit", "school/cs", "-o", desk.path("form.docx"))
    let back = try fill("form.docx", [["记录不全", "成功经验", "每月主题党日"], ["+row", "成功经验", "党组织名称=计算机学院党总支;存在问题=联系点未落实"]])
    let taken = try await desk.done("office", "form", "import", back, "--json").json
    #expect(taken["rowsAdded"] as? Int == 1 && taken["rowsChanged"] as? Int == 1)
    let rows = try await desk.done("office", "ledger", "list", "诊断", "--json").json["rows"] as? [[String: Any]]
    let cells = (rows ?? []).compactMap { $0["cells"] as? [String: String] }
    #expect(cells.map { $0["存在问题"] } == ["记录不全", "党课偏少", "联系点未落实"])
    #expect(cells.map { $0["成功经验"] } == ["每月主题党日", nil, nil])
  }
}
