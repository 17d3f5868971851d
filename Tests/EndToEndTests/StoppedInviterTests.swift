import Foundation
import SyncTesting
import Testing

/// A stopped administrator tries to come back by an invitation made before, with the real programs (promises 1 and 7).
@Suite struct StoppedInviterTests {
  let school: TestSchool
  private let top: String

  init() throws {
    school = try TestSchool()
    top = school.folder + "/school"
    let founded = try Tool(
      "syncd", ["init", "--data", top, "--name", "示例大学", "--rehearsal", "--as", "甲"], stateFolder: school.stateFolder)
    try #require(founded.code == 0, "\(founded.error)")
    try done("school", "unit", "add", "school/cs", "--name", "计算机学院党总支", "--kind", "committee")
  }

  private func run(_ computer: String, _ arguments: [String]) throws -> Tool {
    try Tool("unitcli", arguments + ["--data", school.folder + "/" + computer], stateFolder: school.stateFolder)
  }

  private func run(_ computer: String, _ arguments: String...) throws -> Tool { try run(computer, arguments) }

  @discardableResult
  private func done(_ computer: String, _ arguments: String...) throws -> Tool {
    let tool = try run(computer, arguments)
    try #require(tool.code == 0, "\(arguments): \(tool.error)")
    return tool
  }

  private func json(_ computer: String, _ arguments: String...) throws -> [String: Any] {
    let tool = try run(computer, arguments + ["--json"])
    try #require(tool.code == 0, "\(arguments): \(tool.error)")
    return try #require(try JSONSerialization.jsonObject(with: Data(tool.out.utf8)) as? [String: Any])
  }

  private func list(_ computer: String, _ arguments: [String], _ key: String) throws -> [[String: Any]] {
    let tool = try run(computer, arguments + ["--json"])
    try #require(tool.code == 0, "\(arguments): \(tool.error)")
    let json = try JSONSerialization.jsonObject(with: Data(tool.out.utf8)) as? [String: Any]
    return try #require(json?[key] as? [[String: Any]])
  }

  /// Joins and synchronises, once the inviter's invitation has come to `hub`.
  private func joined(
    _ computer: String, by inviter: String, _ unit: String, _ role: String, hub: String, person: String
  ) throws {
    let invited = try done(inviter, "invite", unit, "--role", role, "--hub", hub, "--json")
    try done(
      computer, "join", try #require(invited.text("invitation")), "--as", person, "--device-name", computer)
    try done(computer, "sync")
  }

  private func device(_ name: String, at computer: String) throws -> [String: Any]? {
    try list(computer, ["device", "list"], "devices").first { $0["name"] as? String == name }
  }

  private func roles(_ name: String, at computer: String) throws -> [String]? {
    try device(name, at: computer)?["roles"] as? [String]
  }

  private func units(at computer: String) throws -> [String] {
    try list(computer, ["unit", "list"], "units").compactMap { $0["path"] as? String }.sorted()
  }

  /// Everything that a folder's logs hold, by log and place.
  private func entries(_ computer: String) throws -> String { try done(computer, "verify", "--json").out }

  @Test(
    "an administrator's invitation enrols nobody once the school has stopped that device, and what its holder writes counts nowhere"
  )
  func walksBackIn() throws {
    let daemon = try Daemon(data: top, stateFolder: school.stateFolder)
    try joined("cs", by: "school", "school/cs", "admin", hub: daemon.url, person: "王五")
    // 300 days were taken once; now the limit is told, and nothing is written.
    let long = try run("cs", "invite", "school/cs", "--role", "admin", "--expires", "300d", "--json")
    #expect(long.code == 64 && long.error.contains("最长 30 天"), "\(long.error)")
    let kept = try done("cs", "invite", "school/cs", "--role", "admin", "--expires", "30d", "--json")
    let (text, id) = (try #require(kept.text("invitation")), try #require(kept.text("id")))
    try done("cs", "sync")
    let listed = try #require(
      try list("school", ["invite", "list"], "invitations").first { $0["id"] as? String == id })
    #expect(listed["state"] as? String == "open")
    #expect((listed["issuer"] as? [String: Any])?["name"] as? String == "cs")
    #expect((listed["issuer"] as? [String: Any])?["person"] as? String == "王五")

    let revoked = try json("school", "device", "revoke", "cs", "--reason", "离任")
    #expect((revoked["openInvitations"] as? [[String: Any]])?.map { $0["id"] as? String } == [id])
    let before = try entries("school")
    #expect(
      try list("school", ["invite", "list"], "invitations").first { $0["id"] as? String == id }?["state"] as? String
        == "ended")

    // The fresh device: joining offline works, being let in does not, however often it asks.
    try done("back", "join", text, "--as", "王五", "--device-name", "back")
    for _ in 1...2 {
      let refused = try run("back", "sync", "--json")
      #expect(refused.code == 1 && refused.errorCode == "invitationEnded", "\(refused.out)\(refused.error)")
    }
    #expect(try run("back", "sync").error.contains("unitcli join 新邀请"))
    _ = try run("back", "unit", "add", "school/cs/x1", "--name", "混入支部", "--kind", "branch")
    _ = try run("back", "sync")
    // Neither does the stopped device itself get anything in.
    _ = try run("cs", "unit", "add", "school/cs/x2", "--name", "停用后所加", "--kind", "branch")
    #expect(try run("cs", "sync", "--json").errorCode == "deviceStopped")

    #expect(try entries("school") == before, "nothing of it is even stored")
    #expect(try units(at: "school") == ["school", "school/cs"])
    #expect(try device("back", at: "school") == nil)
    #expect(try roles("cs", at: "school") == [])

    // A new invitation of the school's lets the same folder in, with the key that it has.
    let key = FileManager.default.contents(atPath: school.folder + "/back/device.key")
    let again = try done("school", "invite", "school/cs", "--role", "reporter", "--hub", daemon.url, "--json")
    try done("back", "join", try #require(again.text("invitation")))
    try done("back", "sync")
    #expect(FileManager.default.contents(atPath: school.folder + "/back/device.key") == key)
    #expect(try roles("back", at: "school") == ["reporter"])
    #expect(try run("back", "unit", "add", "school/cs/x1", "--name", "混入支部", "--kind", "branch").code == 1)
    try done("back", "sync")
    for computer in ["school", "back"] {
      #expect(try units(at: computer) == ["school", "school/cs"])
      #expect(try json(computer, "verify")["ok"] as? Bool == true)
    }
    #expect(daemon.stop() == 0)
  }

  @Test(
    "whom a hub let in that had not heard of the stop is named by the revoker's next synchronisation, and stopped by its next step"
  )
  func toldLater() throws {
    let first = try Daemon(data: top, stateFolder: school.stateFolder)
    for (computer, unit) in [("cs", "school/cs"), ("inviter", "school/cs"), ("office", "school")] {
      try joined(computer, by: "school", unit, "admin", hub: first.url, person: computer)
    }
    try done("cs", "sync")
    let port = first.port
    #expect(first.stop() == 0)

    // The school's hub is away: 党总支's goes on with what it knows, and the school's office stops the device meanwhile.
    let middle = try Daemon(data: school.folder + "/cs", stateFolder: school.stateFolder)
    let kept = try done("inviter", "invite", "school/cs", "--role", "admin", "--hub", middle.url, "--json")
    try done("inviter", "sync", "--hub", middle.url)
    let revoked = try json("office", "device", "revoke", "inviter", "--reason", "离任")
    #expect((revoked["openInvitations"] as? [Any])?.isEmpty == true, "it has not come to the office yet")
    try done("back", "join", try #require(kept.text("invitation")), "--as", "丙", "--device-name", "back")
    try done("back", "sync")
    #expect(middle.stop() == 0)

    let second = try Daemon(data: top, stateFolder: school.stateFolder, port: port)
    #expect(second.url == first.url)
    try done("cs", "sync")
    let told = try json("office", "sync")
    #expect((told["joinedDevices"] as? [[String: Any]])?.map { $0["name"] as? String } == ["back"])
    // It counts: the hub had not heard.
    for computer in ["school", "office", "cs"] { #expect(try roles("back", at: computer) == ["admin"]) }
    let status = try json("office", "status")
    #expect((status["joinedDevices"] as? [[String: Any]])?.count == 1, "no person has seen it yet")
    let said = try done("office", "sync").out
    #expect(said.contains("“back”") && said.contains("unitcli device revoke"), "\(said)")
    #expect((try json("office", "sync")["joinedDevices"] as? [Any])?.isEmpty == true, "told once")

    let id = try #require(try device("back", at: "office")?["device"] as? String)
    try done("office", "device", "revoke", id, "--reason", "经已停用的设备加入")
    try done("office", "sync")
    _ = try run("back", "unit", "add", "school/cs/x1", "--name", "混入支部", "--kind", "branch")
    #expect(try run("back", "sync", "--hub", second.url, "--json").errorCode == "deviceStopped")
    try done("cs", "sync")
    for computer in ["school", "office", "cs"] {
      #expect(try units(at: computer) == ["school", "school/cs"])
      for device in ["back", "inviter"] { #expect(try roles(device, at: computer) == []) }
      #expect(try json(computer, "verify")["ok"] as? Bool == true)
    }
    #expect(second.stop() == 0)
  }

  @Test(
    "a handover that hands the open invitations on: the successor's first synchronisation issues them anew, under the old text"
  )
  func handedOn() throws {
    let daemon = try Daemon(data: top, stateFolder: school.stateFolder)
    try joined("cs", by: "school", "school/cs", "admin", hub: daemon.url, person: "王五")
    let open = try done("cs", "invite", "school/cs", "--role", "reporter", "--json")
    let over = try done("cs", "handover", "cs", "--invitations", "hand-on", "--json")
    try done("cs", "sync")
    try done("heir", "join", try #require(over.text("invitation")), "--as", "李四", "--device-name", "heir")
    let taken = try json("heir", "sync")
    #expect(taken["takenUpInvitations"] as? [String] == [try #require(open.text("id"))])
    let record = try #require(
      try list("school", ["invite", "list"], "invitations").first { $0["id"] as? String == open.text("id") })
    #expect(record["state"] as? String == "open")
    #expect((record["issuer"] as? [String: Any])?["name"] as? String == "heir")
    #expect((try json("heir", "sync")["takenUpInvitations"] as? [Any])?.isEmpty == true)
    try done("laptop", "join", try #require(open.text("invitation")), "--as", "丙", "--device-name", "laptop")
    try done("laptop", "sync")
    #expect(try roles("laptop", at: "school") == ["reporter"])
    #expect(try roles("cs", at: "school") == [])
    #expect(try roles("heir", at: "school") == ["admin"])
    #expect(daemon.stop() == 0)
  }
}
