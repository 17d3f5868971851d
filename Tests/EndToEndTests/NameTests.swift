import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Names as people type them and as others would have them, with the real programs.
@Suite struct NameTests {
  let school: TestSchool
  private let hub: String
  private let laptop: String

  init() throws {
    school = try TestSchool()
    (hub, laptop) = (school.folder + "/hub", school.folder + "/laptop")
    let founded = try tool("syncd", "init", "--data", hub, "--name", "示例大学", "--rehearsal")
    try #require(founded.code == 0, "\(founded.error)")
    try add("school/ee", "电子工程学院党总支", kind: "committee")
    try add("school/me", "机械工程学院党总支", kind: "committee")
    try add("school/ee/b1", "教师一支部", kind: "branch")
  }

  private func tool(_ name: String, _ arguments: String...) throws -> Tool {
    try Tool(name, arguments, stateFolder: school.stateFolder)
  }

  private func office(_ arguments: String...) throws -> Tool {
    try Tool("unitcli", arguments + ["--data", hub], stateFolder: school.stateFolder)
  }

  private func add(_ path: String, _ name: String, kind: String) throws {
    let run = try office("unit", "add", path, "--name", name, "--kind", kind)
    try #require(run.code == 0, "\(run.error)")
  }

  /// Everything that the hub's logs hold, by log and place.
  private func entries() throws -> String {
    let run = try office("verify", "--json")
    try #require(run.code == 0, "\(run.error)")
    return run.out
  }

  @Test("a branch that renames itself to the name of the college above is never invited in its place")
  func takenOver() throws {
    let daemon = try Daemon(data: hub, stateFolder: school.stateFolder)
    let invited = try office("invite", "school/ee/b1", "--role", "admin", "--hub", daemon.url, "--json")
    let invitation = try #require(invited.text("invitation"))
    #expect(try tool("unitcli", "join", invitation, "--data", laptop, "--as", "乙").code == 0)
    #expect(try tool("unitcli", "sync", "--data", laptop).code == 0)
    // The name of the one above is refused where it is typed; what comes near it is the unit's own affair.
    let same = try tool("unitcli", "unit", "rename", "school/ee/b1", "电子工程学院党总支", "--data", laptop, "--json")
    #expect(same.code == 1 && same.errorCode == "unitNameTaken", "\(same.error)")
    #expect(try tool("unitcli", "unit", "rename", "school/ee/b1", "电子工程学院", "--data", laptop).code == 0)
    #expect(try tool("unitcli", "sync", "--data", laptop).code == 0)

    let before = try entries()
    let refused = try office("invite", "电子工程学院", "--role", "admin")
    #expect(refused.code == 1 && refused.out.isEmpty)
    #expect(
      refused.error.contains("school/ee/b1（电子工程学院，上级登记为“教师一支部”）")
        && refused.error.contains("school/ee（电子工程学院党总支）"), "\(refused.error)")
    for name in ["电子工程", "教师一支部"] {
      #expect(try office("invite", name, "--role", "admin", "--json").code == 1, "\(name)")
    }
    #expect(try entries() == before)
    let named = try office("invite", "电子工程学院党总支", "--role", "admin")
    #expect(named.code == 0 && named.out.contains("已为 电子工程学院党总支（school/ee） 发出邀请"), "\(named.out)\(named.error)")
    let path = try office("invite", "school/ee/b1", "--role", "reporter")
    #expect(path.code == 0 && path.out.contains("已为 电子工程学院（school/ee/b1） 发出邀请"), "\(path.out)\(path.error)")
    // A neighbour's exact name: two are called so.
    #expect(try tool("unitcli", "unit", "rename", "school/ee/b1", "机械工程学院党总支", "--data", laptop).code == 0)
    #expect(try tool("unitcli", "sync", "--data", laptop).code == 0)
    let two = try office("invite", "机械工程学院党总支", "--role", "admin", "--json")
    #expect(two.code == 1 && two.errorCode == "ambiguousUnit")
    #expect(two.error.contains("school/ee/b1") && two.error.contains("school/me（"))
    #expect(daemon.stop() == 0)
  }

  @Test("names that cannot be seen, turn the direction, break lines, never end or are no UTF-8 write nothing")
  func refused() throws {
    let before = try entries()
    for (name, says) in [
      ("教师\u{200B}支部", "U+200B"), ("教师\u{202E}支部", "U+202E"), ("教师\n支部", "U+000A"), ("教师\r支部", "U+000D"),
      ("\u{200B}\u{2060}\u{FEFF}", "U+200B"), (String(repeating: "长", count: 30_000), "30000 字"),
    ] {
      let run = try office("unit", "add", "school/ee/b2", "--name", name, "--kind", "branch")
      #expect(run.code == 1 && run.out.isEmpty && run.error.contains(says), "\(run.error.prefix(300))")
      #expect(run.error.contains("下一步：") && run.error.utf8.count < 1000)
    }
    // 教师 in GBK, as a terminal of another encoding sends it.
    let unitcli = Daemon.path("unitcli")
    let run = try ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        "exec \"$0\" unit add school/ee/b2 --name \"$(printf '\\275\\314\\312\\246')\" --kind branch --data \"$1\"",
        unitcli, hub,
      ], environment: ["UNITSYNC_STATE": school.stateFolder])
    #expect(run.code != 0 && run.out.isEmpty && run.error.contains("UTF-8"), "\(run.error)")
    #expect(try entries() == before)

    // The same name in two normal forms is one name; stored is NFC.
    try add("school/ee/b3", "Jose\u{301} 支部", kind: "branch")
    let units = try office("unit", "list", "--json").out
    #expect(units.contains("Jos\u{E9} 支部") && units.utf8.contains(0xCC) == false)
    let twin = try office("unit", "add", "school/ee/b4", "--name", "José\u{3000}支部", "--kind", "branch", "--json")
    #expect(twin.code == 1 && twin.errorCode == "unitNameTaken")
    for name in ["Jose\u{301} 支部", "José支部\u{3000}"] {
      #expect(try office("invite", name, "--role", "reporter").out.contains("（school/ee/b3）"))
    }
    let other = school.folder + "/other"
    for (name, person, says) in [
      ("示例\u{202E}大学", "甲", "U+202E"), ("示例大学", "甲\u{200B}", "U+200B"), ("示例大学", " ", "姓名不能为空"),
    ] {
      let founded = try tool("syncd", "init", "--data", other, "--name", name, "--as", person, "--rehearsal")
      #expect(founded.code == 1 && founded.error.contains(says), "\(founded.error)")
      #expect(!FileManager.default.fileExists(atPath: other))
    }
  }
}
