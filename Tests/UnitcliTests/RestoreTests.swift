import Foundation
import SyncEngine
import SyncModel
import Testing

@testable import unitcli

@Suite("What a person sees after a restore or a copy (promise 6)")
struct RestoreTests {
  private static let notice = "本机资料曾被还原或复制，两份均已保留，请核定"

  /// A school, the computer cs-a with an answer, and cs-b: a copy of its folder.
  private func copied() async throws -> Desk {
    let desk = try await Desk.withCampaign()
    try await desk.join("cs-a", unit: "school/cs", person: "张三")
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=1")
    try desk.office("cs-a").workspace.store.close()
    try FileManager.default.copyItem(atPath: desk.path("cs-a"), toPath: desk.path("cs-b"))
    return desk
  }

  @Test(
    "whichever command comes first says so, once; status goes on saying it",
    arguments: ["status", "log", "device list"])
  func toldOnce(_ command: String) async throws {
    let desk = try await copied()
    let words = command.split(separator: " ").map(String.init)
    #expect(await desk.run("cs-b", words).out.contains(Self.notice))
    #expect(await !desk.run("cs-b", words).out.contains(Self.notice))
    #expect(try await desk.done("cs-b", "status").out.contains("本机资料曾被还原或复制"))
    #expect(try await !desk.done("cs-a", "status").out.contains("曾被还原或复制"))
    let json = try await desk.done("cs-b", "status", "--json").json
    #expect((json["restores"] as? [[String: Any]])?.count == 1)
  }

  @Test("a write that notices says so too, and scripts are told")
  func toldByWrite() async throws {
    let desk = try await copied()
    let run = try await desk.done("cs-b", "set", "自查", "5.1", "自评分=2", "--json")
    #expect(run.error.contains(Self.notice))
    #expect(try run.json["newIncarnation"] as? Bool == true)
  }

  @Test("a difference between the two copies is called that, everywhere it shows")
  func sameDevice() async throws {
    let desk = try await copied()
    try await desk.done("cs-a", "set", "自查", "5.1", "自评分=2")
    try await desk.done("cs-b", "set", "自查", "5.1", "自评分=3")
    for computer in ["cs-a", "cs-b", "cs-a"] { try desk.exchange("office", computer) }
    let device = try desk.office("cs-a").identity.device.description
    for computer in ["office", "cs-a", "cs-b"] {
      let conflicts =
        try await desk.done(computer, "conflicts", "list", "--all", "--json").json["conflicts"] as? [[String: Any]]
      #expect(conflicts?.map { $0["twoCopiesOf"] as? String } == [device])
      let text = try await desk.done(computer, "conflicts", "list", "--all").out
      #expect(text.contains("同一台设备的两份资料（cs-a）"), "\(text)")
      let devices = try await desk.done(computer, "device", "list").out
      #expect(devices.contains("“cs-a”的资料曾被还原或复制"), "\(devices)")
    }
    #expect(try await desk.done("cs-b", "status").out.contains("其中 1 处两份填法不同，请核定"))
  }

  @Test("backup and restore say what happened and what to do next; --json names the same")
  func backup() async throws {
    let desk = try await copied()
    let passphrase = desk.path("passphrase")
    try Platform.writePrivate(Array("一个长一点的口令\n".utf8), to: passphrase)
    let file = desk.path("cs-a.backup")
    let made = try await desk.done("cs-a", "backup", file, "--passphrase-file", passphrase, "--json").json
    #expect(made["unit"] as? String == "school/cs")
    #expect((made["entries"] as? Int ?? 0) > 0)
    let again = await desk.run("cs-a", "backup", file, "--passphrase-file", passphrase, "--json")
    #expect(again.code == 1)
    #expect(try again.failure["code"] as? String == "fileExists")

    let restored = try await desk.done("cs-c", "restore", file, "--passphrase-file", passphrase)
    #expect(restored.out.contains("核对无误") && restored.out.contains("下一步：运行 unitcli sync"), "\(restored.out)")
    #expect(try await !desk.done("cs-c", "status").out.contains(Self.notice), "told already")
    let refused = await desk.run("cs-c", "restore", file, "--passphrase-file", passphrase, "--json")
    #expect(try refused.failure["code"] as? String == "workspaceExists")
    let silent = await desk.run("cs-d", "restore", file)
    #expect(silent.code == 64, "no passphrase, nobody to ask")
    #expect(!FileManager.default.fileExists(atPath: desk.path("cs-d")))
  }

  @Test("at a terminal the passphrase is asked for, twice for a new one")
  func asked() async throws {
    let desk = try await copied()
    let file = desk.path("cs-a.backup")
    let typo = await desk.run(
      "cs-a", "backup", file, input: ["一个长一点的口令", "一个长一点的口今"], interactive: true)
    #expect(typo.code == 1 && typo.error.contains("两次输入的口令不同"))
    #expect(!FileManager.default.fileExists(atPath: file))
    let short = await desk.run("cs-a", "backup", file, input: ["短", "短"], interactive: true)
    #expect(short.code == 1 && short.error.contains("口令太短"))
    let made = await desk.run(
      "cs-a", "backup", file, input: ["一个长一点的口令", "一个长一点的口令"], interactive: true)
    #expect(made.code == 0, "\(made.error)")
    let wrong = await desk.run("cs-c", "restore", file, input: ["另一个也长的口令"], interactive: true)
    #expect(wrong.code == 1 && wrong.error.contains("口令不对"))
    #expect(!FileManager.default.fileExists(atPath: desk.path("cs-c")))
    for run in [typo, made, wrong] { #expect(!(run.out + run.error).contains("口令的口令") && !run.out.contains("一个长一点的")) }
  }

  @Test("doctor's findings, in words and for scripts")
  func doctor() async throws {
    let desk = try await copied()
    let well = try await desk.done("cs-a", "doctor", "--json").json
    #expect(well["ok"] as? Bool == true)
    let copy = try await desk.done("cs-b", "doctor").out
    #expect(copy.contains("⚠ 本机资料曾被还原或复制") && copy.contains("下一步："))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: desk.path("cs-a"))
    let sick = await desk.run("cs-a", "doctor", "--json")
    #expect(sick.code == 1)
    #expect(try sick.json["ok"] as? Bool == false)
    #expect(try await desk.done("cs-a", "status").out.contains("chmod 700"))
    #expect(try await desk.run("cs-a", "note", "add", "底稿", "--json").failure["code"] as? String == "folderOpen")
    #expect(try await desk.done("cs-a", "doctor", "--fix").out.contains("已改为只有本人能读"))
    try await desk.done("cs-a", "status")
  }
}
