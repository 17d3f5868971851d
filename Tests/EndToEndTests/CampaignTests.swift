import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Campaigns under an id or a name that is not theirs, from a unit below, with the real programs (protocol §9).
@Suite struct CampaignTests {
  let school: TestSchool
  private let template: String
  private let hub: String
  private let laptop: String
  private let daemon: Daemon

  init() throws {
    school = try TestSchool()
    (hub, laptop) = (school.folder + "/hub", school.folder + "/laptop")
    let founded = try Tool(
      "syncd", ["init", "--data", hub, "--name", "示例大学", "--rehearsal"], stateFolder: school.stateFolder)
    try #require(founded.code == 0, "\(founded.error)")
    daemon = try Daemon(data: hub, stateFolder: school.stateFolder)
    let imported = try Tool(
      "unitcli", ["template", "import", "--bundled", "score-sheet-100", "--json", "--data", hub],
      stateFolder: school.stateFolder)
    let json = try JSONSerialization.jsonObject(with: Data(imported.out.utf8)) as? [String: Any]
    template = try #require((json?["templates"] as? [[String: Any]])?.first?["id"] as? String, "\(imported.error)")
    for (path, name, kind) in [
      ("school/cs", "计算机学院党总支", "committee"), ("school/ee", "电子工程学院党总支", "committee"),
      ("school/cs/t1", "教师一支部", "branch"),
    ] {
      try done(hub, "unit", "add", path, "--name", name, "--kind", kind)
    }
    try done(
      hub, "campaign", "publish", "党建自查", "--template", template, "--units", "school/**", "--fill",
      "2026-09-26..2026-09-30")
    let invitation = try #require(
      try done(hub, "invite", "school/cs/t1", "--role", "admin", "--hub", daemon.url, "--json").text("invitation"))
    let joined = try Tool(
      "unitcli", ["join", invitation, "--data", laptop, "--as", "乙"], stateFolder: school.stateFolder)
    try #require(joined.code == 0, "\(joined.error)")
    try done(laptop, "sync")
  }

  @discardableResult
  private func done(_ folder: String, _ arguments: String...) throws -> Tool {
    let run = try Tool("unitcli", arguments + ["--data", folder], stateFolder: school.stateFolder)
    try #require(run.code == 0, "\(arguments): \(run.out)\(run.error)")
    return run
  }

  /// What the branch's administrator writes with other software, sent up by its own.
  private func write(_ body: (Foreigner, Office) throws -> Void) throws {
    do {
      let office = Office(
        try Workspace(opening: laptop, stateFolder: school.stateFolder), person: "乙",
        claimedMilliseconds: Platform.wallMilliseconds)
      try body(Foreigner(office), office)
      try office.workspace.store.close()
    }
    try done(laptop, "sync")
  }

  private func campaigns(_ folder: String) throws -> [[String: Any]] {
    let run = try done(folder, "campaign", "list", "--json")
    let json = try JSONSerialization.jsonObject(with: Data(run.out.utf8)) as? [String: Any]
    return try #require(json?["campaigns"] as? [[String: Any]])
  }

  @Test("a campaign below under the school's id, naming units aside, changes nothing of the school's (promise 7)")
  func sameID() throws {
    let id = try #require(try campaigns(hub).first?["id"] as? String)
    let before = try done(hub, "report", "score", "--campaign", id, "--json").out
    let (cs, ee) = (try #require(UnitPath("school/cs/t1")), try #require(UnitPath("school/ee")))
    try write { foreigner, office in
      let same = try #require(try office.campaigns().first).id
      try foreigner.publish("另一项", to: [cs, ee], by: cs, id: same, receiver: office)
    }

    #expect(try done(hub, "report", "score", "--campaign", id, "--json").out == before)
    #expect(try done(hub, "show", id, "--unit", "school/cs/t1").out.contains("党建自查"))
    for folder in [hub, laptop] {
      let listed = try campaigns(folder)
      #expect(listed.count == 2)
      let lower = try #require(listed.first { $0["publisher"] as? String == "school/cs/t1" })
      #expect((lower["units"] as? [String])?.isEmpty == true)
      let uncounted = try #require(lower["uncounted"] as? [[String: Any]])
      #expect(uncounted.map { $0["unit"] as? String } == ["school/cs/t1", "school/ee"])
      #expect(uncounted.map { $0["insteadOf"] as? String } == ["school", nil])
      let upper = try #require(listed.first { $0["publisher"] as? String == "school" })
      #expect((upper["units"] as? [String])?.count == 3 && (upper["uncounted"] as? [Any])?.isEmpty == true)
    }
    let text = try done(hub, "campaign", "list").out
    #expect(text.contains("⚠ 同号，不算，以 示例大学（school）布置的为准：教师一支部（school/cs/t1）"), "\(text)")
    #expect(text.contains("⚠ 不在它之下，不算：电子工程学院党总支"), "\(text)")
    // By id the branch's answers go where the school sees them.
    try done(laptop, "set", id, "1.1", "自评分=1")
    try done(laptop, "sync")
    #expect(try done(hub, "show", id, "1.1", "--unit", "school/cs/t1", "--json").out.contains("\"selfScore\""))
    #expect(daemon.stop() == 0)
  }

  @Test("a name that a unit below took means the one from above, which is said; the other goes by its id (promise 7)")
  func sameName() throws {
    let upper = try #require(try campaigns(hub).first?["id"] as? String)
    let branch = try #require(UnitPath("school/cs/t1"))
    try write { try $0.publish("党建自查", to: [branch], by: branch, receiver: $1) }
    for folder in [hub, laptop] {
      let shown = try done(folder, "show", "党建自查", "--unit", "school/cs/t1", "--json")
      #expect(shown.out.contains(upper), "\(shown.out)")
      #expect(shown.error.contains("注意：有几项专项工作叫“党建自查”，这里是") && shown.error.contains("school）"), "\(shown.error)")
    }
    let lower = try #require(
      try campaigns(hub).first { $0["publisher"] as? String == "school/cs/t1" }?["id"] as? String)
    #expect(try done(hub, "campaign", "list").out.contains(String(lower.prefix(8))))
    let again = try Tool(
      "unitcli",
      [
        "campaign", "publish", "党建自查", "--template", template, "--units", "school/cs", "--fill",
        "2026-10-01..2026-10-09", "--data", hub, "--json",
      ], stateFolder: school.stateFolder)
    #expect(again.code == 1 && again.errorCode == "campaignExists", "its own is in the way, not the branch's")
    #expect(daemon.stop() == 0)
  }

  @Test("a name that chose another campaign here before is asked about, not switched silently")
  func nameMeantAnother() throws {
    let branch = try #require(UnitPath("school/cs/t1"))
    try write { try $0.publish("支部自查", to: [branch], by: branch, receiver: $1) }
    let lower = try #require(
      try campaigns(laptop).first { $0["publisher"] as? String == "school/cs/t1" }?["id"] as? String)
    #expect(try done(laptop, "show", "支部自查", "--json").out.contains(lower))
    try done(
      hub, "campaign", "publish", "支部自查", "--template", template, "--units", "school/**", "--fill",
      "2026-09-26..2026-09-30")
    try done(laptop, "sync")
    let refused = try Tool(
      "unitcli", ["set", "支部自查", "1.1", "自评分=1", "--data", laptop, "--json"], stateFolder: school.stateFolder)
    #expect(refused.code == 1 && refused.errorCode == "nameMeansAnother", "\(refused.error)")
    #expect(refused.error.contains(String(lower.prefix(8))), "both are named: \(refused.error)")
    let upper = try #require(
      try campaigns(laptop).first { $0["name"] as? String == "支部自查" && $0["publisher"] as? String == "school" }?["id"]
        as? String)
    try done(laptop, "set", upper, "1.1", "自评分=1")
    try done(laptop, "sync")
    #expect(try done(hub, "show", upper, "1.1", "--unit", "school/cs/t1", "--json").out.contains("\"selfScore\""))
    #expect(daemon.stop() == 0)
  }
}
