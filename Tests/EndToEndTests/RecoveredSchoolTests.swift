import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// A school put back on its feet with the root key, played with the built programs as the printed steps say (promise 5).
@Suite struct RecoveredSchoolTests {
  @Test(
    "recovered, its folder filled from a hub below: it is the school's hub again, follows nobody and signs receipts")
  func signsAgain() throws {
    let school = try TestSchool()
    let lost = try school.found()
    _ = try lost.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try school.publishSheet(by: lost)
    let committee = try school.enrol("school/cs", by: lost, roles: [.admin, .reporter], person: "王五")
    try school.synchronize(committee, with: lost)
    let (cs, fresh) = (committee.workspace.folder, school.folder + "/fresh")
    let rootKey = lost.workspace.folder + "/root.key"

    @discardableResult
    func run(_ program: String, _ arguments: String...) throws -> Tool {
      let tool = try Tool(program, arguments, stateFolder: school.stateFolder)
      try #require(tool.code == 0, "\(arguments): \(tool.error)")
      return tool
    }
    try run("unitcli", "set", "专项督查", "1.1", "备注=学校丢失之后所填", "--data", cs, "--as", "王五")
    try run("syncd", "recover", "--data", fresh, "--root-key", rootKey, "--rehearsal", "--as", "新管理员")
    try run("unitcli", "bundle", "import", fresh + "/appointment.unitsync", "--data", cs)
    let below = try Daemon(data: cs, stateFolder: school.stateFolder)
    try run("unitcli", "--data", fresh, "sync", "--hub", below.url)
    #expect(below.stop() == 0)

    let status = try run("unitcli", "status", "--data", fresh).out
    #expect(status.contains("资料存在本机，各单位同步时来取") && !status.contains("学校还没有回执"), "\(status)")
    let invited = try run("unitcli", "invite", "school/cs", "--role", "reporter", "--data", fresh, "--json")
    #expect(invited.text("hub") == "", "the hub below is nobody's way up")

    let log = school.folder + "/fresh.log"
    let above = try Daemon(
      data: fresh, stateFolder: school.stateFolder, errors: .file(log))
    // Receipts are signed beside the exchanges; a few come before the first round is through.
    var receipt: Any?
    for _ in 0..<60 where receipt == nil {
      try run("unitcli", "sync", "--hub", above.url, "--data", cs)
      let status = try run("unitcli", "status", "--data", cs, "--json").out
      let json = try #require(try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any])
      receipt = (json["receipt"] as? [String: Any])?["time"] as? String
    }
    #expect(receipt != nil)
    #expect(above.stop() == 0)
    let said = String(decoding: try #require(FileManager.default.contents(atPath: log)), as: UTF8.self)
    #expect(!said.contains("上级"), "\(said)")
  }

  @Test(
    "a second computer of the school's unit follows the school's hub until that one is stopped and it serves itself")
  func successor() throws {
    let school = try TestSchool()
    let root = try school.found()
    let second = try school.enrol("school", by: root, roles: .all, person: "戊")
    try school.synchronize(second, with: root)
    #expect(try root.isTop())
    #expect(try !second.isTop(), "a laptop, not a hub")
    var record = HubRecord(device: root.identity.device)
    record.key = root.workspace.key.publicKey
    try second.workspace.remember(record, at: "http://127.0.0.1:1")
    try second.workspace.follow(hub: "http://127.0.0.1:1")
    try second.workspace.rememberServed(at: ["http://127.0.0.1:2"], pin: nil)
    #expect(try !second.isTop(), "it follows a hub of the same unit")
    #expect(try second.workspace.hubAbove() == "http://127.0.0.1:1")
    let old = try #require(try second.directory().devices[root.identity.device])
    try second.at(school.now()).revoke(old, reason: "更换服务器")
    try school.synchronize(second, with: root)
    #expect(try second.isTop())
    #expect(try second.workspace.hubAbove() == nil)
    #expect(try !root.isTop(), "stopped, it speaks for the school no more")
  }
}
