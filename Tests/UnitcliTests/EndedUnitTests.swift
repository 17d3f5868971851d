import Foundation
import Testing

@testable import unitcli

/// A unit that was merged or retired is told so wherever it looks and before it writes; nothing of it is lost (promises
/// 2 and 11).
@Suite struct EndedUnitTests {
  private static let merged = "本单位已并入“数学学院党总支”"

  /// The computers `cs` of 计算机学院党总支, merged into 数学学院党总支, and `maths`.
  private func desk() async throws -> Desk {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.join("maths", unit: "school/maths", person: "李四")
    let before = try await desk.done("cs", "status", "--json").json
    #expect(before["unitStatus"] as? String == "active" && before["mergedInto"] is NSNull)
    #expect((before["deadlines"] as? [Any])?.count == 2)
    try await desk.done("office", "unit", "merge", "计算机学院党总支", "--into", "数学学院党总支")
    try desk.exchange("office", "cs")
    return desk
  }

  @Test("status and the menu say where it went, and list no deadline and nothing to fill in as due")
  func told() async throws {
    let desk = try await desk()
    let status = try await desk.done("cs", "status", "--json").json
    #expect(status["unitStatus"] as? String == "merged" && status["mergedInto"] as? String == "school/maths")
    #expect((status["deadlines"] as? [Any])?.isEmpty == true)
    #expect((status["progress"] as? [Any])?.count == 1, "what was filled in stays to be seen")
    let text = try await desk.done("cs", "status").out
    #expect(text.contains(Self.merged) && !text.contains("9月30日"), "\(text)")
    let menu = try await desk.done("cs", "--json").json
    #expect((menu["due"] as? [Any])?.isEmpty == true)
    let shown = try await desk.done("cs").out
    #expect(shown.contains(Self.merged) && !shown.contains("填写“自查”"), "\(shown)")

    try await desk.done("office", "unit", "retire", "数学学院党总支")
    let invited = try await desk.done("office", "invite", "school/maths", "--role", "reporter")
    #expect(invited.error.contains("注意：数学学院党总支（school/maths） 已撤销，只有它的电脑里还有没送出的内容时才用得着这份邀请"), "\(invited.error)")
    try desk.exchange("office", "maths")
    let retired = try await desk.done("maths", "status", "--json").json
    #expect(retired["unitStatus"] as? String == "retired" && retired["mergedInto"] is NSNull)
    #expect((retired["deadlines"] as? [Any])?.isEmpty == true)
    #expect(try await desk.done("maths", "status").out.contains("本单位已撤销"))
  }

  @Test("every command that writes for it says so first, on standard error and in its JSON, and keeps what is written")
  func writing() async throws {
    let desk = try await desk()
    let file = desk.path("会议记录.pdf")
    try "一二三".write(toFile: file, atomically: true, encoding: .utf8)
    let table = desk.path("整改.csv")
    try "问题来源,问题,整改措施,责任人,期限,进展\n自查,两处,补齐,张三,2026-10-31,整改中\n".write(
      toFile: table, atomically: true, encoding: .utf8)
    let row = ["问题来源=自查", "问题=记录不全", "整改措施=补齐", "责任人=张三", "期限=2026-10-31", "进展=整改中"]
    let form = desk.path("form.docx")
    try await desk.done("cs", "form", "export", "自查", "-o", form)
    let commands: [[String]] = [
      ["set", "自查", "1.1", "自评分=2"], ["attach", "自查", "1.1", file], ["detach", "自查", "1.1", "会议记录.pdf"],
      ["fill", "自查"], ["ledger", "add", "问题整改台账"] + row, ["ledger", "import", "问题整改台账", table],
      ["form", "import", form],
    ]
    for command in commands {
      let json = await desk.run("cs", command + ["--json"], input: ["q"])
      try #require(json.code == 0, "\(command): \(json.error)")
      let first = json.error.split(separator: "\n").first { $0.hasPrefix("注意：") }
      #expect(first?.hasPrefix("注意：\(Self.merged)，今后请由“数学学院党总支”填报；照样保存") == true, "\(command): \(json.error)")
      #expect(try json.json["unitStatus"] as? String == "merged", "\(command)")
      #expect(try json.json["mergedInto"] as? String == "school/maths", "\(command)")
    }
    let said = try await desk.done("cs", "set", "自查", "1.2", "备注=照样")
    #expect(said.error.contains(Self.merged) && !said.out.contains(Self.merged))
    #expect(said.out.contains("school/cs"), "every write says its unit's path: \(said.out)")
    let rows = try await desk.done("cs", "ledger", "list", "问题整改台账", "--json").json["rows"] as? [[String: Any]]
    let id = try #require(rows?.first?["id"] as? String ?? rows?.first?["row"] as? String)
    for command in [["ledger", "change", "问题整改台账", id, "责任人=李四"], ["ledger", "remove", "问题整改台账", id]] {
      let run = await desk.run("cs", command + ["--json"])
      #expect(try run.json["unitStatus"] as? String == "merged", "\(command): \(run.error)")
      #expect(run.error.contains(Self.merged))
    }
    try desk.exchange("cs", "office")
    let above = try await desk.done("office", "show", "自查", "1.2", "--unit", "school/cs")
    #expect(above.out.contains("照样"))
    let onBehalf = try await desk.done(
      "office", "set", "自查", "1.3", "备注=代填", "--unit", "school/cs", "--on-behalf", "--json")
    #expect(onBehalf.error.contains("注意：“计算机学院党总支”已并入“数学学院党总支”"))
    let other = try await desk.done("maths", "set", "自查", "1.1", "自评分=2", "--json")
    #expect(try other.json["unitStatus"] as? String == "active" && !other.error.contains("注意"))
  }

  @Test("above, it is not asked for what it has not filled in; figures stay and say what became of it")
  func above() async throws {
    let desk = try await desk()
    try desk.exchange("cs", "office")
    let missing = try await desk.done("office", "report", "missing", "--campaign", "自查", "--json").json
    #expect((missing["units"] as? [[String: Any]])?.map { $0["unit"] as? String } == ["school/maths"])
    let ended = try #require((missing["ended"] as? [[String: Any]])?.first)
    #expect(ended["unit"] as? String == "school/cs" && ended["mergedInto"] as? String == "school/maths")
    let text = try await desk.done("office", "report", "missing", "--campaign", "自查").out
    #expect(text.contains("不再催报：计算机学院党总支（已并入“数学学院党总支”）"), "\(text)")
    let progress = try await desk.done("office", "report", "progress", "--json").json["units"] as? [[String: Any]]
    #expect(progress?.map { $0["unitStatus"] as? String } == ["merged", "active"])
    let table = await desk.run("office", "report", "progress", columns: 120).out
    let line = try #require(table.split(separator: "\n").first { $0.contains("计算机学院党总支") })
    #expect(line.contains("（已并入）") && !line.contains("未报") && !line.contains("未填"), "\(line)")
  }
}
