import Foundation
import SyncTesting
import Testing

/// Days and deadlines are the school's, whatever zone a machine is set to: the real programs under several (promise
/// 10).
@Suite struct ZoneTests {
  let school: TestSchool
  private static let machines = ["UTC", "Asia/Shanghai", "America/New_York", "CST-8", "EST5EDT"]

  init() throws { school = try TestSchool() }

  private func run(_ program: String, zone: String, _ arguments: [String]) throws -> ChildProcess.Run {
    try ChildProcess.run(
      Daemon.path(program), arguments, environment: ["UNITSYNC_STATE": school.stateFolder, "TZ": zone])
  }

  @discardableResult
  private func done(_ program: String, zone: String = "UTC", _ arguments: String...) throws -> String {
    let run = try run(program, zone: zone, arguments)
    try #require(run.code == 0, "\(arguments): \(run.error)")
    return run.out
  }

  /// A school with one checklist for its own office, to be filled in from 26 to 30 September.
  private func found(_ name: String, _ more: String...) throws -> String {
    let data = school.folder + "/" + name
    let founded = try run(
      "syncd", zone: "UTC", ["init", "--data", data, "--name", "示例大学", "--rehearsal", "--as", "组织员"] + more)
    try #require(founded.code == 0, "\(founded.error)")
    try done("unitcli", "template", "import", "--bundled", "score-sheet-100", "--data", data)
    try done(
      "unitcli", "campaign", "publish", "自查", "--template", "党建工作责任自查评分表（二级党组织）", "--units", "school", "--fill",
      "2026-09-26..2026-09-30",
      "--covers", "2026-01-01..2026-08-31", "--data", data)
    return data
  }

  @Test("one entry is of one day, and 已过填报时间 comes with the school's midnight, under every TZ")
  func sameDays() throws {
    let data = try found("hub")
    // 23:59 and 00:01 in the school.
    for (number, (now, isLate)) in [("2026-09-30T15:59:00Z", false), ("2026-09-30T16:01:00Z", true)].enumerated() {
      for zone in Self.machines {
        let run = try run(
          "unitcli", zone: zone,
          ["set", "自查", "5.\(number + 1)", "备注=\(zone)", "--data", data, "--now", now])
        try #require(run.code == 0, "\(run.error)")
        #expect(run.out.contains("已过填报时间") == isLate, "\(zone) \(now): \(run.out)")
      }
    }
    let (late, early) = ("2026-09-30T16:01:00Z", "2026-09-30T15:59:00Z")
    let commands: [[String]] = [
      ["log", "--json"], ["log"], ["show", "自查", "5.2", "--json"], ["status", "--json", "--now", late],
      ["status", "--now", late], ["status", "--json", "--now", early], ["status", "--now", early], ["--now", late],
      ["campaign", "list"],
    ]
    for command in commands {
      let shown = try Self.machines.map { zone in
        let run = try run("unitcli", zone: zone, command + ["--data", data])
        try #require(run.code == 0, "\(command): \(run.error)")
        return run.out
      }
      #expect(Set(shown).count == 1, "\(command): \(shown)")
    }
    let entries = try done("unitcli", "log", "--json", "--data", data)
    #expect(entries.contains("2026-10-01T00:01:00+08:00") && entries.contains("2026-09-30T23:59:00+08:00"))
    #expect(try deadline(data, now: late) == -1)
    #expect(try deadline(data, now: early) == 0)
    #expect(try done("unitcli", "--now", late, "--data", data).contains("已过 1 天"))
  }

  private func deadline(_ data: String, now: String) throws -> Int? {
    let text = try done("unitcli", zone: "America/New_York", "status", "--json", "--now", now, "--data", data)
    let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    return (json["deadlines"] as? [[String: Any]])?.first?["daysLeft"] as? Int
  }

  @Test("papers and file names bear the school's day under every TZ")
  func papers() throws {
    let data = try found("hub")
    let now = "2026-09-30T16:01:00Z"
    let pages = try Self.machines.enumerated().map { number, zone in
      let page = school.folder + "/\(number).html"
      try done(
        "unitcli", zone: zone, "report", "missing", "--campaign", "自查", "-o", page, "--now", now, "--data", data)
      return try String(contentsOfFile: page, encoding: .utf8)
    }
    #expect(Set(pages).count == 1 && pages[0].contains("2026年10月1日"))
  }

  @Test("a school founded in another zone reckons in that one, and nonsense for a zone founds none")
  func otherZone() throws {
    let data = try found("west", "--zone", "-05:00")
    for zone in Self.machines {
      for (now, isLate) in [("2026-10-01T04:59:00Z", false), ("2026-10-01T05:01:00Z", true)] {
        let run = try run("unitcli", zone: zone, ["set", "自查", "5.1", "备注=\(now)", "--data", data, "--now", now])
        #expect(run.code == 0 && run.out.contains("已过填报时间") == isLate, "\(zone) \(now): \(run.out)\(run.error)")
      }
    }
    let status = try done("unitcli", "status", "--json", "--data", data)
    #expect(status.contains(#""zone":"-05:00""#), "\(status)")
    #expect(try done("unitcli", "log", "--json", "--data", data).contains("2026-10-01T00:01:00-05:00"))
    for text in ["东八区", "+15:00", "8", "Asia/Shanghai", ""] {
      let folder = school.folder + "/none"
      let refused = try run("syncd", zone: "UTC", ["init", "--data", folder, "--name", "示例大学", "--zone", text])
      #expect(refused.code == 64 && refused.error.contains("不是时区"), "\(text): \(refused.error)")
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }
}
