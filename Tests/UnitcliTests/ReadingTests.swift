import Foundation
import GRDB
import SyncEngine
import SyncModel
import Testing

@testable import unitcli

@Suite("What the reading commands show")
struct ReadingTests {
  @Test("status counts what is unsent, filled and due")
  func status() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=2")
    let json = try await desk.done("cs", "status", "--json").json
    #expect(json["unit"] as? String == "school/cs")
    #expect((json["unsent"] as? [String: Int]) == ["entries": 1, "files": 0, "exported": 0])
    #expect(json["conflicts"] as? Int == 0)
    #expect(json["pending"] as? Int == 0)
    let progress = try #require((json["progress"] as? [[String: Any]])?.first)
    #expect(progress["filled"] as? Int == 1)
    #expect(progress["total"] as? Int == 44)
    let deadlines = try #require(json["deadlines"] as? [[String: Any]])
    #expect(deadlines.map { $0["daysLeft"] as? Int } == [2, 2])
    let text = try await desk.done("cs", "status").out
    #expect(text.contains("【演练】示例大学  计算机学院党总支（填报人）"))
    #expect(text.contains("已存本机，未送出 1 条"))
    #expect(text.contains("9月30日  还有 2 天  自查：填报"))
  }

  @Test("an open difference makes intervals, marked wherever it shows")
  func conflictsAndScores() async throws {
    let desk = try await Desk.withTwoAnswers()
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    let conflicts = try await desk.done("cs-a", "conflicts", "list", "--json").json["conflicts"] as? [[String: Any]]
    let conflict = try #require(conflicts?.first)
    #expect(conflict["unit"] as? String == "school/cs")
    #expect(conflict["item"] as? String == "5.1")
    #expect(conflict["field"] as? String == "selfScore")
    #expect(conflict["base"] is NSNull)
    let siblings = try #require(conflict["siblings"] as? [[String: Any]])
    #expect(siblings.map { $0["value"] as? Double } == [2, 1.5])
    #expect(siblings.map { $0["author"] as? String } == ["张三", "李四"])
    #expect(siblings.allSatisfy { ($0["claimed"] as? String)?.hasSuffix("+08:00") == true })

    try desk.exchange("office", "cs-a")
    let report = try await desk.done("office", "report", "score", "--json").json
    let units = try #require(report["units"] as? [[String: Any]])
    #expect(units.map { $0["unit"] as? String } == ["school/cs", "school/maths"])
    #expect(units[0]["low"] as? Double == 1.5)
    #expect(units[0]["high"] as? Double == 2)
    #expect(units[0]["attainable"] as? Double == 100)
    #expect(units[0]["conflicts"] as? Int == 1)
    #expect(units[1]["state"] as? String == "silent")
    let rollup = try #require((report["rollups"] as? [[String: Any]])?.first)
    #expect(rollup["targets"] as? Int == 2)
    #expect(rollup["started"] as? Int == 1)
    let table = await desk.run("office", "report", "score", columns: 120).out
    #expect(table.contains("1.5–2"))
    #expect(table.contains("⚠1 待核定"))
    #expect(table.contains("2 个党总支，已开始 1"))
    #expect(table.contains("1 个单位，最多差 0.5 分"))
    #expect(table.contains("未报"))
    let above =
      try await desk.done("office", "conflicts", "list", "--all", "--json").json["conflicts"] as? [[String: Any]]
    let seen = try #require(above?.first?["siblings"] as? [[String: Any]])
    #expect(seen.allSatisfy { $0["claimed"] as? String == "2026-09-28" }, "above the unit only the day shows")
  }

  @Test("settling takes one value, keeps the reason, and closes the difference")
  func resolve() async throws {
    let desk = try await Desk.withTwoAnswers()
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    let list = try await desk.done("cs-a", "conflicts", "list", "--json").json["conflicts"] as? [[String: Any]]
    let id = try #require(list?.first?["id"] as? String)
    let wrong = await desk.run("cs-a", "conflicts", "resolve", id, "--take", "3", "--json")
    #expect(try wrong.failure["code"] as? String == "noSuchAlternative")
    let run = try await desk.done("cs-a", "conflicts", "resolve", id, "--take", "2", "--note", "以台账为准")
    #expect(run.out.hasPrefix("已核定：计算机学院党总支 第 5.1 项自评分为 1.5\n  未采用 2（张三（cs-a） 9月28日 09:00）"))
    let item = try #require(try await desk.item("cs-a", "5.1"))
    let fields = try #require(item["fields"] as? [String: [String: Any]])
    #expect(fields["selfScore"]?["value"] as? Double == 1.5)
    #expect(fields["selfScore"]?["conflict"] as? Bool == false)
    let settlement = try #require(fields["selfScore"]?["settlement"] as? [String: Any])
    #expect(settlement["state"] as? String == "settled" && settlement["note"] as? String == "以台账为准")
    #expect(settlement["author"] as? String == "张三" && settlement["value"] as? Double == 1.5)
    let log = await desk.run("cs-a", "log", columns: 160).out
    #expect(log.contains("第 5.1 项自评分：1.5（核定：以台账为准）"), "\(log)")
    #expect(try await desk.done("cs-a", "conflicts", "list").out == "没有填写不一致。\n")
  }

  @Test("whoever changes what was settled is told what it was; the screens mark it until it is settled anew")
  func changedAfterSettling() async throws {
    let desk = try await Desk.withTwoAnswers()
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    let list = try await desk.done("cs-a", "conflicts", "list", "--json").json["conflicts"] as? [[String: Any]]
    let id = try #require(list?.first?["id"] as? String)
    try await desk.done("cs-a", "conflicts", "resolve", id, "--value", "1.5", "--note", "以台账为准")
    let set = await desk.run("cs-a", "set", "自查", "5.1", "自评分=1", columns: 160)
    #expect(
      set.out.contains("⚠ 张三（cs-a） 9月28日 09:00核定为 1.5：以台账为准；您填的算数，标为核定后改动"), "\(set.out)")
    #expect(await desk.run("cs-a", "show", "自查", columns: 160).out.contains("⚠ 1 核定后改动"))
    let detail = await desk.run("cs-a", "show", "自查", "5.1", columns: 160).out
    #expect(detail.contains("⚠ 核定后改动，原由 张三（cs-a） 9月28日 09:00核定为 1.5：以台账为准"), "\(detail)")
    let status = try await desk.done("cs-a", "status", "--json").json
    #expect(status["changedAfterSettling"] as? Int == 1 && status["conflicts"] as? Int == 0)
    let listed = await desk.run("cs-a", "conflicts", "list", columns: 160).out
    #expect(listed.contains("1 处核定后改动，以后来填的为准："), "\(listed)")
    #expect(listed.contains("原由 张三（cs-a） 9月28日 09:00核定为 1.5：以台账为准"), "\(listed)")
    // A note of another field's, or of an earlier value, is nowhere.
    try await desk.done("cs-a", "conflicts", "resolve", id, "--take", "1")
    let item = try #require(try await desk.item("cs-a", "5.1"))
    let fields = try #require(item["fields"] as? [String: [String: Any]])
    let settlement = try #require(fields["selfScore"]?["settlement"] as? [String: Any])
    #expect(settlement["state"] as? String == "settled" && settlement["note"] is NSNull)
    #expect(try await desk.done("cs-a", "conflicts", "list").out == "没有填写不一致。\n")
  }

  @Test("a value that came in after the list was read is not settled away unseen")
  func resolveUnseen() async throws {
    let desk = try await Desk.withTwoAnswers()
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    let list = try await desk.done("cs-a", "conflicts", "list", "--json").json["conflicts"] as? [[String: Any]]
    let id = try #require(list?.first?["id"] as? String)
    try await desk.done("cs-b", "set", "自查", "5.1", "自评分=3")
    try desk.exchange("office", "cs-b")
    try desk.exchange("office", "cs-a")
    let run = await desk.run("cs-a", "conflicts", "resolve", id, "--take", "1", "--json")
    #expect(run.code == 1)
    #expect(try run.failure["code"] as? String == "unseenAlternative")
    try await desk.done("cs-a", "conflicts", "show", id)
    try await desk.done("cs-a", "conflicts", "resolve", id, "--take", "1")
  }

  @Test("drafts that are not open show above the unit only as filled or not")
  func closedDrafts() async throws {
    let desk = try await Desk.withCampaign(drafts: "closed")
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=2")
    try desk.exchange("office", "cs")
    let run = try await desk.done("office", "show", "自查", "5.1", "--unit", "school/cs", "--json")
    let item = try #require((try run.json["items"] as? [[String: Any]])?.first)
    let score = try #require((item["fields"] as? [String: [String: Any]])?["selfScore"])
    #expect(score["value"] is NSNull)
    #expect(score["filled"] as? Bool == true)
    #expect((score["siblings"] as? [Any])?.isEmpty == true)
    let units = try await desk.done("office", "report", "score", "--json").json["units"] as? [[String: Any]]
    #expect(units?.first?["low"] is NSNull)
    #expect(try await desk.done("office", "log", "--unit", "school/cs").out.contains("第 5.1 项自评分：已填"))
    #expect(try await desk.done("cs", "log").out.contains("第 5.1 项自评分：2"))
    let behalf = try await desk.done("office", "set", "自查", "5.1", "自评分=1", "--unit", "school/cs", "--on-behalf")
    #expect(behalf.out.contains("张三（cs）填的内容 您还没看过，两种填法都保留"), "what nobody saw is not replaced")
  }

  @Test("the log tells who, on which device, when and what, oldest first")
  func log() async throws {
    let desk = try await Desk.withTwoAnswers()
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2", now: "2026-09-28T10:30:00+08:00")
    try await desk.done("cs-a", "set", "自查", "5.2", "自评分=1")
    let entries = try #require(
      try await desk.done("cs-a", "log", "--item", "5.1", "--json").json["entries"] as? [[String: Any]])
    #expect(entries.map { $0["author"] as? String } == ["李四", "张三"])
    #expect(entries.map { $0["device"] as? String } == ["cs-b", "cs-a"])
    #expect(entries[1]["claimed"] as? String == "2026-09-28T10:30:00+08:00")
    let changes = try #require(entries[1]["changes"] as? [[String: Any]])
    #expect(changes.map { $0["item"] as? String } == ["5.1"])
    #expect(changes.first?["value"] as? Double == 2)
    let all = try await desk.done("cs-a", "log", "--limit", "1").out
    #expect(all.contains("更早的还有 2 条"))
  }

  @Test("verify counts feeds and entries; a changed byte is found and the command fails")
  func verify() async throws {
    let desk = try await Desk.withCampaign()
    let run = try await desk.done("office", "verify", "--json")
    #expect(try run.json["ok"] as? Bool == true)
    #expect(try (run.json["problems"] as? [Any])?.isEmpty == true)
    let database = try DatabaseQueue(path: desk.path("office/workspace.db"))
    // The last byte of what stands there belongs to the last entry.
    let last = try await database.write { database in
      let row = try Row.fetchOne(database, sql: "SELECT id, last FROM chunk WHERE last > 1 ORDER BY id LIMIT 1")
      try database.execute(
        sql: """
          UPDATE chunk SET body = CAST(substr(body, 1, length(body) - 1)
            || CASE substr(body, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB) WHERE id = ?
          """,
        arguments: [row?["id"] as Int?])
      return row?["last"] as Int?
    }
    try database.close()
    let changed = await desk.run("office", "verify", "--json")
    #expect(changed.code == 1)
    #expect(try changed.json["ok"] as? Bool == false)
    let problem = try #require((try changed.json["problems"] as? [[String: Any]])?.first)
    #expect(problem["unit"] as? String == "school")
    #expect(problem["seq"] as? Int == last)
    #expect(changed.error.contains("verificationFailed"))
  }

  @Test("a report in CSV opens in WPS: byte order mark, CRLF, one row a unit")
  func csv() async throws {
    let desk = try await Desk.withCampaign()
    let file = desk.path("report.csv")
    try await desk.done("office", "report", "progress", "--format", "csv", "-o", file)
    let bytes = try #require(FileManager.default.contents(atPath: file))
    #expect(bytes.starts(with: [0xEF, 0xBB, 0xBF]))
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.components(separatedBy: "\r\n").count == 5)
    #expect(text.contains("school/cs,计算机学院党总支,党总支,44,0,0,0,未报"))
  }

  @Test("templates list their shape, and one its tree")
  func templates() async throws {
    let desk = try await Desk.withCampaign()
    let list = try await desk.done("office", "template", "list", "--json").json
    let template = try #require((list["templates"] as? [[String: Any]])?.first)
    #expect(template["kind"] as? String == "scoreSheet")
    #expect(template["points"] as? Int == 100)
    #expect(template["levels"] as? [Int] == [12, 44])
    let id = try #require(template["id"] as? String)
    let shown = try await desk.done("office", "template", "show", id, "--json").json
    let sections = try #require(shown["sections"] as? [[String: Any]])
    #expect(sections.count == 12)
    #expect((sections[4]["children"] as? [[String: Any]])?.first?["id"] as? String == "5.1")
  }

  @Test("global options may stand before the command")
  func leadingOptions() async throws {
    let desk = try await Desk.withCampaign()
    let run = await desk.run("nowhere", ["--json", "--data", desk.path("office"), "unit", "list"])
    let units = try run.json["units"] as? [[String: Any]]
    #expect(units?.map { $0["path"] as? String } == ["school", "school/cs", "school/maths"])
  }
}
