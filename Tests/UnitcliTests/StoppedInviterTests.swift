import Foundation
import SyncEngine
import SyncModel
import Testing

@testable import unitcli

/// What the screens say of invitations whose issuer goes, and what they offer.
@Suite struct StoppedInviterTests {
  /// 党总支's administrator `cs`, who has issued an invitation for a branch and let a laptop in by another.
  private func desk() async throws -> (desk: Desk, open: String) {
    let desk = try await Desk.withCampaign()
    try await desk.done("office", "unit", "add", "school/cs/b1", "--name", "教师一支部", "--kind", "branch")
    try await desk.join("cs", unit: "school/cs", role: "admin", person: "王五")
    let open = try await desk.done("cs", "invite", "school/cs/b1", "--role", "reporter", "--json").json
    let used = try await desk.done("cs", "invite", "school/cs/b1", "--role", "admin", "--json").json
    try desk.exchange("cs", "office")
    try await desk.done(
      "new", "join", try #require(used["invitation"] as? String), "--as", "丙", "--device-name", "带进来的")
    try confirm(try #require(used["invitation"] as? String), "new", desk)
    return (desk, try #require(open["id"] as? String))
  }

  private func confirm(_ text: String, _ computer: String, _ desk: Desk) throws {
    let (new, invitation) = (try desk.office(computer), try Invitation(text: text))
    try desk.office("office").confirm(
      invitation: invitation.id, secret: invitation.secret, deviceKey: new.identity.deviceKey,
      agreement: try new.workspace.key.agreementCertificate(school: new.identity.school, unit: new.identity.unit).bytes,
      deviceName: "带进来的")
  }

  private func invitations(_ desk: Desk) async throws -> [String: [String: Any]] {
    let list = try await desk.done("office", "invite", "list", "--json").json["invitations"] as? [[String: Any]]
    return (list ?? []).reduce(into: [:]) { found, record in
      if let id = record["id"] as? String { found[id] = record }
    }
  }

  private func roles(_ name: String, _ desk: Desk) async throws -> [String]? {
    let devices = try await desk.done("office", "device", "list", "--json").json["devices"] as? [[String: Any]]
    return devices?.first { $0["name"] as? String == name }?["roles"] as? [String]
  }

  @Test(
    "revoking lists what was left open and who came in unseen; a plain no leaves both, and says how to end them later")
  func listed() async throws {
    let (desk, open) = try await desk()
    let run = await desk.run(
      "office", ["device", "revoke", "cs", "--reason", "离任"], input: ["n", ""], interactive: true)
    #expect(run.code == 0, "\(run.error)")
    for text in [
      "它发出的邀请还有 1 份未使用", String(open.prefix(8)), "有 1 台，现在仍有职责", "带进来的", "已停用“cs”",
      "unitcli invite revoke \(open.prefix(8))", "unitcli device revoke",
    ] { #expect(run.out.contains(text), "\(text) in \(run.out)") }
    let record = try #require(try await invitations(desk)[open])
    #expect(record["state"] as? String == "ended")
    let issuer = try #require(record["issuer"] as? [String: Any])
    #expect(issuer["name"] as? String == "cs" && issuer["person"] as? String == "王五")
    #expect(try await desk.done("office", "invite", "list").out.contains("已失效 1"))
    #expect(try await roles("带进来的", desk) == ["admin"])
    #expect(try await !desk.done("office", "status").out.contains("带进来的"), "told once")
  }

  @Test("a yes, or the options, end the invitations and stop the devices in the same step", arguments: [true, false])
  func together(_ isAsked: Bool) async throws {
    let (desk, open) = try await desk()
    if isAsked {
      let run = await desk.run(
        "office", ["device", "revoke", "cs", "--reason", "离任"], input: ["y", "是"], interactive: true)
      #expect(run.code == 0 && run.out.contains("已作废它发出的邀请 1 份"), "\(run.out)\(run.error)")
    } else {
      let json = try await desk.done(
        "office", "device", "revoke", "cs", "--reason", "离任", "--end-invitations", "--stop-joined", "--json"
      ).json
      #expect((json["openInvitations"] as? [[String: Any]])?.map { $0["id"] as? String } == [open])
      #expect((json["joinedDevices"] as? [[String: Any]])?.map { $0["name"] as? String } == ["带进来的"])
      #expect(json["endedInvitations"] as? [String] == [open])
      #expect((json["stoppedDevices"] as? [String])?.count == 1)
    }
    #expect(try await invitations(desk)[open]?["state"] as? String == "revoked")
    #expect(try await roles("带进来的", desk) == [])
    #expect(try await roles("cs", desk) == [])
  }

  @Test("devices that were on a screen before are not named again; a reporter's stop asks nothing")
  func seen() async throws {
    let (desk, open) = try await desk()
    try await desk.done("office", "device", "list")
    let json = try await desk.done("office", "device", "revoke", "cs", "--reason", "离任", "--json").json
    #expect((json["openInvitations"] as? [[String: Any]])?.map { $0["id"] as? String } == [open])
    #expect((json["joinedDevices"] as? [Any])?.isEmpty == true)
    #expect((json["endedInvitations"] as? [Any])?.isEmpty == true)
    try await desk.join("laptop", unit: "school/cs", person: "丁")
    let run = await desk.run("office", ["device", "revoke", "laptop", "--reason", "遗失"], interactive: true)
    #expect(run.code == 0 && !run.out.contains("[y/N]"), "\(run.out)")
  }

  @Test("handing over says what becomes of the open invitations: ended unless somebody answers or says otherwise")
  func handover() async throws {
    let (desk, open) = try await desk()
    func handover(_ more: [String], _ input: [String]? = nil) async throws -> Desk.Run {
      let run = await desk.run(
        "office", ["handover", "cs"] + more, input: input ?? [], interactive: input != nil)
      #expect(run.code == 0, "\(run.error)")
      return run
    }
    let plain = try await handover(["--json"]).json
    #expect((plain["openInvitations"] as? [[String: Any]])?.map { $0["id"] as? String } == [open])
    #expect(plain["handsOnInvitations"] as? Bool == false)
    #expect(try await handover(["--invitations", "hand-on", "--json"]).json["handsOnInvitations"] as? Bool == true)
    let no = try await handover([], [""])
    #expect(no.out.contains("届时作废") && no.out.contains(open.prefix(8)), "\(no.out)")
    let yes = try await handover([], ["y"])
    #expect(yes.out.contains("以自己的名义接着发"), "\(yes.out)")
    let wrong = await desk.run("office", "handover", "cs", "--invitations", "keep", "--json")
    #expect(wrong.code == 64)
    // Whoever has issued nothing is not asked.
    try await desk.join("laptop", unit: "school/cs", person: "丁")
    let none = await desk.run("office", ["handover", "laptop"], interactive: true)
    #expect(none.code == 0 && !none.out.contains("[y/N]"), "\(none.out)")
  }

  @Test("join in a folder whose invitation ended replaces the invitation alone; any other folder stays what it is")
  func join() async throws {
    let (desk, _) = try await desk()
    func invite(_ unit: String) async throws -> String {
      let json = try await desk.done("office", "invite", unit, "--role", "reporter", "--json").json
      return try #require(json["invitation"] as? String)
    }
    let (old, new, elsewhere) = (
      try await invite("school/cs"), try await invite("school/cs"), try await invite("school/maths")
    )
    let first = try await desk.done("late", "join", old, "--as", "戊", "--device-name", "旧名", "--json").json
    #expect(first["replaced"] as? Bool == false)
    let key = FileManager.default.contents(atPath: desk.path("late") + "/device.key")
    let second = try await desk.done("late", "join", new, "--json").json
    #expect(second["replaced"] as? Bool == true && second["replica"] as? String == first["replica"] as? String)
    #expect(FileManager.default.contents(atPath: desk.path("late") + "/device.key") == key && key != nil)
    #expect(try desk.office("late").workspace.pendingInvitation() == new)
    #expect(try desk.office("late").workspace.deviceName() == "旧名")
    #expect(try desk.office("late").workspace.lastPerson() == "戊")
    let shown = await desk.run("late", "join", new)
    #expect(shown.code == 0 && shown.out.contains("已换用新邀请"), "\(shown.out)\(shown.error)")
    for (computer, invitation) in [("late", elsewhere), ("cs", new), ("office", new)] {
      let run = await desk.run(computer, "join", invitation, "--json")
      #expect(try run.failure["code"] as? String == "workspaceExists", "\(computer)")
    }
    #expect(try desk.office("late").workspace.pendingInvitation() == new)
  }
}
