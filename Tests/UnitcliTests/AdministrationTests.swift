import Foundation
import Testing

@testable import unitcli

/// Commands of the administrator: stop a device, hand over, change the tree, look at what does not count.
@Suite struct AdministrationTests {
  private func desk() async throws -> Desk {
    let desk = try await Desk.withCampaign()
    try await desk.join("laptop", unit: "school/cs", person: "张三")
    return desk
  }

  private func device(_ desk: Desk, _ name: String) async throws -> [String: Any] {
    let devices = try await desk.done("office", "device", "list", "--json").json["devices"] as? [[String: Any]]
    return try #require(devices?.first { $0["name"] as? String == name })
  }

  @Test("a device is stopped, what it wrote later is named in the audit, and it is accepted or given back by command")
  func stop() async throws {
    let desk = try await desk()
    try await desk.done("laptop", "set", "自查", "1.1", "说明=停用前")
    try desk.exchange("laptop", "office")
    try await desk.done("laptop", "set", "自查", "1.2", "说明=后来的")
    let refused = await desk.run("office", "device", "revoke", "没有这台", "--reason", "遗失", "--json")
    #expect(try refused.failure["code"] as? String == "unknownDevice")
    let stopped = try await desk.done("office", "device", "revoke", "laptop", "--reason", "遗失")
    #expect(stopped.out.contains("已停用“laptop”"))
    #expect(try await device(desk, "laptop")["roles"] as? [String] == [])
    let again = await desk.run("office", "device", "revoke", "laptop", "--reason", "遗失", "--json")
    #expect(try again.failure["code"] as? String == "nothingToRevoke")
    try desk.exchange("laptop", "office")
    let audit = try await desk.done("office", "audit", "--json").json["aside"] as? [[String: Any]]
    #expect(audit?.map { $0["reason"] as? String } == ["afterCut"])
    #expect(try await desk.done("office", "audit").out.contains("写于停用或划转之后"))
    #expect(try await !desk.done("office", "show", "自查", "1.2", "--unit", "school/cs").out.contains("后来的"))
    let accepted = try await desk.done("office", "device", "accept", "laptop", "--reason", "已核对", "--json")
    #expect(try accepted.json["accepted"] as? Int == 1)
    #expect(try await desk.done("office", "show", "自查", "1.2", "--unit", "school/cs").out.contains("后来的"))
    try await desk.done("office", "device", "reinstate", "laptop", "--reason", "已找回")
    #expect(try await device(desk, "laptop")["roles"] as? [String] == ["reporter"])
  }

  @Test("handing over invites a successor with the same roles and says when the old device stops")
  func handover() async throws {
    let desk = try await desk()
    let run = try await desk.done("office", "handover", "laptop", "--json")
    #expect(try run.json["unit"] as? String == "school/cs")
    #expect(try run.json["roles"] as? [String] == ["reporter"])
    #expect(run.error.contains("随即停用"))
    #expect(try await device(desk, "laptop")["roles"] as? [String] == ["reporter"])
  }

  @Test("units are renamed, moved, split, merged and retired by command, and the list shows them where they are now")
  func tree() async throws {
    let desk = try await desk()
    try await desk.done("office", "unit", "add", "school/cs/b1", "--name", "教师一支部", "--kind", "branch")
    try await desk.done("office", "unit", "rename", "教师一支部", "教师联合支部")
    try await desk.done("office", "unit", "move", "教师联合支部", "--under", "数学学院党总支")
    try await desk.done(
      "office", "unit", "split", "教师联合支部", "--path", "school/maths/b2", "--name", "教师二支部")
    let units = try await desk.done("office", "unit", "list", "--json").json["units"] as? [[String: Any]]
    let moved = try #require(units?.first { $0["path"] as? String == "school/cs/b1" })
    #expect(moved["name"] as? String == "教师联合支部")
    #expect(moved["parent"] as? String == "school/maths")
    let lines = try await desk.done("office", "unit", "list").out.split(separator: "\n").map(String.init)
    let maths = try #require(lines.firstIndex { $0.contains("数学学院党总支") })
    #expect(lines[(maths + 1)...].contains { $0.contains("教师联合支部") })
    try await desk.done("office", "unit", "merge", "教师联合支部", "--into", "教师二支部")
    try await desk.done("office", "unit", "retire", "教师二支部")
    let list = try await desk.done("office", "unit", "list").out
    #expect(list.contains("教师联合支部（已并入）") && list.contains("教师二支部（已撤销）"))
    for (arguments, code) in [
      (["unit", "move", "school/cs", "--under", "school"], "alreadyThere"),
      (["unit", "move", "school/maths", "--under", "school/maths/b2"], "belowItself"),
      (["unit", "retire", "school"], "rootUnit"),
      (["unit", "rename", "school/cs", "数学学院党总支"], "unitNameTaken"),
    ] {
      let run = await desk.run("office", arguments + ["--json"])
      #expect(try run.failure["code"] as? String == code)
    }
  }
}
