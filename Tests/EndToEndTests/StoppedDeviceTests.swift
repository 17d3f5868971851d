import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// A laptop that was stopped by mistake, with work that nobody has yet: what it is told, and the way that its work takes
/// (promises 2 and 7).
@Suite struct StoppedDeviceTests {
  @Test(
    "a stopped laptop is told so and what to do, writes no more, and its work comes in by a bundle that is accepted")
  func wayOut() throws {
    let school = try TestSchool()
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try school.publishSheet(by: root)
    let office = try school.enrol("school/cs", by: root, person: "乙")
    try school.synchronize(office, with: root)
    let (hub, laptop) = (root.workspace.folder, office.workspace.folder)
    let device = office.identity.device.description
    func run(_ data: String, _ arguments: String...) throws -> Tool {
      try Tool("unitcli", arguments + ["--data", data], stateFolder: school.stateFolder)
    }
    func failure(_ tool: Tool) throws -> [String: Any] {
      let json = try JSONSerialization.jsonObject(with: Data(tool.error.utf8)) as? [String: Any]
      return try #require(json?["error"] as? [String: Any])
    }
    let daemon = try Daemon(data: hub, stateFolder: school.stateFolder)
    #expect(try run(laptop, "sync", "--hub", daemon.url).code == 0)
    #expect(try run(laptop, "set", "专项督查", "1.1", "备注=停用前写的", "--as", "乙").code == 0)
    #expect(try run(hub, "device", "revoke", device, "--reason", "误停", "--as", "甲").code == 0)

    let refused = try failure(run(laptop, "sync", "--json"))
    #expect(refused["code"] as? String == "deviceStopped" && refused["retry"] as? Bool == false)
    #expect((refused["message"] as? String)?.contains("没有送出的 1 条都在本机") == true)
    #expect((refused["hint"] as? String)?.contains("unitcli bundle export") == true)
    #expect((refused["hint"] as? String)?.contains("unitcli device accept") == true)
    // It would go on for ever where trying again could help.
    #expect(try run(laptop, "sync", "--every", "1h", "--json").errorCode == "deviceStopped")
    let status = try run(laptop, "status").out
    #expect(status.contains("本机已被停用") && status.contains("unitcli bundle export"), "\(status)")
    #expect(try run(laptop, "status", "--json").out.contains(#""stopped":true"#))
    #expect(try run(laptop, "set", "专项督查", "1.2", "备注=再写", "--as", "乙", "--json").errorCode == "notAllowed")

    let file = school.folder + "/未送出.bundle"
    #expect(try run(laptop, "bundle", "export", file).code == 0)
    #expect(try run(hub, "bundle", "import", file).code == 0)
    #expect(try !run(hub, "show", "专项督查", "1.1", "--unit", "school/cs").out.contains("停用前写的"))
    #expect(try run(hub, "device", "accept", device, "--reason", "已核对").code == 0)
    #expect(try run(hub, "show", "专项督查", "1.1", "--unit", "school/cs").out.contains("停用前写的"))

    // Taken back, it is told so by the same hub.
    #expect(try run(hub, "device", "reinstate", device, "--reason", "误停").code == 0)
    let back = try run(laptop, "sync", "--json")
    #expect(back.code == 0, "\(back.error)")
    #expect(try run(laptop, "set", "专项督查", "1.2", "备注=再写", "--as", "乙").code == 0)
    #expect(try run(laptop, "sync").code == 0)
    #expect(try run(laptop, "status", "--json").out.contains(#""stopped":false"#))
    #expect(daemon.stop() == 0)
  }
}
