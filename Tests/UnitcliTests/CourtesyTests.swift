import Foundation
import SyncModel
import SyncReports
import Testing

@testable import unitcli

@Suite("Small courtesies of the command line")
struct CourtesyTests {
  @Test("--version says the release")
  func version() async throws {
    let run = await (try Desk()).run("nowhere", "--version", now: nil)
    #expect(run.code == 0)
    #expect(run.out == "unitcli \(Release.version)\n")
  }

  @Test("--json is never mixed with a table or CSV on standard output")
  func jsonOrCSV() async throws {
    let desk = try await Desk.withCampaign()
    for format in ["csv", "table"] {
      let run = await desk.run("office", "report", "progress", "--json", "--format", format)
      #expect(run.code == 64)
      #expect(run.out.isEmpty)
    }
    let file = desk.path("报表.csv")
    let run = try await desk.done("office", "report", "progress", "--json", "--format", "csv", "-o", file)
    #expect(try run.json["file"] as? String == file)
  }

  @Test("somebody who only looks is not remembered as who sits here; whoever writes is")
  func lastPerson() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    try await desk.done("cs", "show", "自查", "--as", "李四")
    #expect(try await desk.done("cs", "status", "--json").json["person"] as? String == "张三")
    try await desk.done("cs", "set", "自查", "5.1", "自评分=2", "--as", "李四")
    #expect(try await desk.done("cs", "status", "--json").json["person"] as? String == "李四")
  }

  @Test("answering outside the days of filling in is said and kept")
  func outsideWindow() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let within = try await desk.done("cs", "set", "自查", "5.1", "自评分=2", now: "2026-09-30T23:00:00+08:00")
    #expect(!within.out.contains("填报时间"))
    let late = try await desk.done("cs", "set", "自查", "5.2", "自评分=2", now: "2026-10-01T09:00:00+08:00")
    #expect(late.out.contains("注意：已过填报时间（9月26日至9月30日），照样保存"))
    let early = try await desk.done("cs", "set", "自查", "5.3", "自评分=2", now: "2026-09-25T09:00:00+08:00")
    #expect(early.out.contains("注意：还没到填报时间"))
  }

  @Test("what is due soonest stands first in the menu and in status, whatever it is called")
  func byDeadline() async throws {
    let desk = try await Desk.withCampaign()
    for (name, fill) in [("甲", "2026-09-20..2026-10-20"), ("乙", "2026-09-20..2026-09-29")] {
      try await desk.done(
        "office", "campaign", "publish", name, "--template", "党建工作责任自查评分表（二级党组织）", "--units", "school/cs", "--fill",
        fill)
    }
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let progress = try await desk.done("cs", "status", "--json").json["progress"] as? [[String: Any]]
    #expect(progress?.compactMap { $0["name"] as? String } == ["乙", "自查", "甲"])
    let menu = await desk.run("cs").out
    #expect(menu.contains(" 1. 填写“乙”"))
    #expect(menu.contains(" 3. 填写“甲”"))
  }

  @Test("an item that nothing resembles suggests none; 五1 is 5.1")
  func items() async throws {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs", unit: "school/cs", person: "张三")
    let run = await desk.run("cs", "set", "自查", "99.9", "自评分=2", "--json")
    #expect(try run.failure["hint"] as? String == "全部编号见 unitcli show 专项工作，或 unitcli template show 表样")
    #expect(try await desk.done("cs", "set", "自查", "五1", "自评分=2").out.hasPrefix("第 5.1 项"))
    #expect(try await desk.done("cs", "set", "自查", "十二2", "自评分=1").out.hasPrefix("第 12.2 项"))
  }

  @Test("line ends and tabs inside a value begin no line of a table")
  func lineEnds() {
    var table = TextTable([.init("甲"), .init("乙")])
    table.add(["一\r\n二\r三", "四\t五"])
    #expect(table.lines(width: 40).dropFirst(2) == ["一⏎二⏎三  四 五"])
  }
}
