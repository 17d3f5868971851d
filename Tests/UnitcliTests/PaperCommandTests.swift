import Foundation
import SyncReports
import Testing

@testable import unitcli

@Suite("papers out of a workspace")
struct PaperCommandTests {
  let desk: Desk

  init() async throws {
    desk = try await Desk.withCampaign()
    try await desk.done("office", "set", "自查", "1.1", "自评分=2", "备注=已建立", "--unit", "school/cs", "--on-behalf")
    try await desk.done("office", "set", "自查", "1.2", "自评分=1.5", "--unit", "school/cs", "--on-behalf")
  }

  private func verify(_ path: String) async throws -> (code: Int32, json: [String: Any]) {
    let run = await desk.run("office", "verify-document", path, "--json")
    return (run.code, try run.json)
  }

  @Test(
    "promise 12: a paper matches the numbers it was made from until they change, and says where",
    arguments: ["docx", "xlsx"])
  func verified(format: String) async throws {
    for (name, arguments) in [
      ("sheet", ["report", "sheet", "--campaign", "自查", "--unit", "school/cs"]),
      ("score", ["report", "score", "--campaign", "自查", "--format", format]),
      ("progress", ["report", "progress", "--campaign", "自查", "--format", format]),
    ] {
      let path = desk.path("\(name).\(format)")
      let made = await desk.run("office", arguments + ["-o", path, "--json"])
      let code = try #require(try made.json["code"] as? String, "\(made.error)")
      let same = try await verify(path)
      #expect(
        same.code == 0 && same.json["ok"] as? Bool == true && same.json["code"] as? String == code,
        "\(name) \(same.json)")
    }
    try await desk.done("office", "set", "自查", "1.2", "自评分=1", "--unit", "school/cs", "--on-behalf")
    let sheet = try await verify(desk.path("sheet.\(format)"))
    #expect(sheet.code == 1 && sheet.json["altered"] as? Bool == false && sheet.json["sameCut"] as? Bool == false)
    let differences = try #require(sheet.json["differences"] as? [[String: Any]])
    #expect(
      differences.contains {
        ($0["file"] as? String)?.hasSuffix("1.5") == true && ($0["now"] as? String)?.hasSuffix("｜1") == true
      })
    #expect(try await verify(desk.path("score.\(format)")).code == 1)
    // Nobody filled in more or less than before.
    #expect(try await verify(desk.path("progress.\(format)")).code == 0)
  }

  @Test("promise 5: a number changed in the file is noticed, though nothing changed here")
  func altered() async throws {
    let path = desk.path("sheet.docx")
    try await desk.done("office", "report", "sheet", "--campaign", "自查", "--unit", "school/cs", "-o", path)
    let properties = try PackageProperties.read(path: path)
    // The same file with another number in it, as somebody's editor would save it.
    var table = DocumentTable(weights: [1, 1], headerRows: 1)
    table.rows = [["项目", "得分"], ["甲", "9"]]
    try DocumentFile.write(
      OfficeDocument(title: "表", sections: [DocumentSection(blocks: [.table(table)])], properties: properties),
      format: .docx, to: path)
    let found = try await verify(path)
    #expect(found.code == 1 && found.json["altered"] as? Bool == true)
    try await desk.done(
      "office", "report", "sheet", "--campaign", "自查", "--unit", "school/cs", "-o", desk.path("a.csv"))
    let text = await desk.run("office", "verify-document", desk.path("a.csv"))
    #expect(text.code == 1 && text.error.contains("下一步"))
  }

  @Test("an open difference is marked on the sheet, and its sum is an interval")
  func marked() async throws {
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("office", "set", "自查", "1.1", "自评分=1", "--unit", "school/cs", "--on-behalf")
    try await desk.done("cs", "set", "自查", "1.1", "自评分=1.5", "--as", "张三")
    try desk.exchange("cs", "office")
    let path = desk.path("sheet.docx")
    try await desk.done("office", "report", "sheet", "--campaign", "自查", "--unit", "school/cs", "-o", path)
    let lines = try PaperLines(bytes: try PaperFile.bytes(path)).lines.map(\.text)
    #expect(lines.contains { $0.contains("⚠ 1 或 1.5") || $0.contains("⚠ 1.5 或 1") })
    #expect(lines.contains { $0.hasPrefix("合计｜100分｜⚠ 2.5–3") })
  }

  @Test("one paper for each of many units, in a folder")
  func batch() async throws {
    let folder = desk.path("out")
    let run = try await desk.done(
      "office", "report", "sheet", "--campaign", "自查", "--units", "school/**", "-o", folder, "--json")
    #expect(try run.json["files"] as? Int == 2)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        == ["数学学院党总支.docx", "计算机学院党总支.docx"].sorted())
    try Data().write(to: URL(fileURLWithPath: desk.path("file")))
    let blocked = await desk.run(
      "office", "report", "sheet", "--campaign", "自查", "--units", "school/**", "-o", desk.path("file"))
    #expect(blocked.code == 1 && blocked.error.contains("下一步"))
  }

  @Test("the draft of the 自查报告 says what was filled in and leaves open what nobody wrote")
  func selfReport() async throws {
    let path = desk.path("自查报告.docx")
    try await desk.done("office", "report", "self", "--campaign", "自查", "--unit", "school/cs", "-o", path)
    let lines = try PaperLines(bytes: try PaperFile.bytes(path)).lines.map(\.text)
    #expect(lines.first == "计算机学院党总支关于自查的自查报告")
    #expect(lines.contains { $0.contains("应填 44 项，已填 2 项，自评得分 3.5 分（可得 100 分）") })
    #expect(lines.contains { $0.contains("自评 1.5 分（2 分）") })
    #expect(lines.contains { $0.hasPrefix("（请补充：针对上述问题") })
  }

  @Test("what is still missing is named item by item, unit by unit in the directory's order")
  func missing() async throws {
    let run = try await desk.done("office", "report", "missing", "--campaign", "自查", "--json").json
    let units = try #require(run["units"] as? [[String: Any]])
    #expect(units.map { $0["unit"] as? String } == ["school/cs", "school/maths"])
    #expect(units.map { ($0["missing"] as? [String])?.count } == [42, 44])
    #expect((units[0]["missing"] as? [String])?.prefix(2) == ["1.3", "1.4"])
    let path = desk.path("未填.xlsx")
    try await desk.done("office", "report", "missing", "--campaign", "自查", "-o", path)
    #expect(
      try Workbook(path: path).sheets.flatMap(\.rows).contains { $0.cells.values.contains { $0.hasPrefix("1.3、1.4") } })
    let none = await desk.run(
      "office", "report", "tasks", "--campaign", "自查", "--unit", "school/cs", "-o", desk.path("t.docx"))
    #expect(none.code == 1 && none.error.contains("没有任务清单"))
  }
}
