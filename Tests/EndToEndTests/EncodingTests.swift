import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Real programs, given bytes that are no UTF-8.
@Suite struct EncodingTests {
  let school: TestSchool
  let root: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try school.publishSheet(by: root)
  }

  /// 会议记录 in GB 18030, as `printf` writes it.
  private static let gbk = #"\273\341\322\351\274\307\302\274"#

  /// Runs a line of shell, in which `$unitcli` and `$syncd` are the programs and `raw` prints bytes.
  private func shell(_ line: String) throws -> ChildProcess.Run {
    try ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        """
        cd '\(school.folder)'; raw() { printf "$1"; }; G=$(raw '\(Self.gbk)')
        unitcli='\(Daemon.path("unitcli"))'; syncd='\(Daemon.path("syncd"))'; D='\(root.workspace.folder)'; \(line)
        """,
      ], environment: ["UNITSYNC_STATE": school.stateFolder])
  }

  private func campaign() throws -> String { try #require(try root.campaigns().first?.name) }

  private func entries() throws -> Int { try root.verify().entries }

  @Test("a text that is no UTF-8 is refused by its place, and nothing is written")
  func texts() throws {
    let before = try entries()
    let name = try campaign()
    for (line, number) in [
      ("set '\(name)' 1.1 \"备注=$G\" --unit school/cs --on-behalf", 4),
      ("unit add school/x --name \"$G\" --kind committee", 5),
      ("unit add school/x --name=\"$G\" --kind committee", 4), ("status --as \"$G\"", 3), ("\"$G\"", 1),
      ("detach '\(name)' 1.1 \"$G\"", 4), ("status --no-such \"$G\"", 3),
    ] {
      let run = try shell("$unitcli \(line) --data \"$D\" --json")
      #expect(run.code == 64 && run.error.contains("notUTF8") && run.error.contains("第 \(number) 个参数"), "\(run.error)")
      #expect(run.error.contains("会议记录") && !run.error.contains("\u{FFFD}"), "\(run.error)")
    }
    let founded = try shell("$syncd init --data new --name \"$G\"")
    #expect(founded.code == 64 && founded.error.contains("第 5 个参数（--name 后面的）“会议记录”不是 UTF-8"), "\(founded.error)")
    #expect(!FileManager.default.fileExists(atPath: school.folder + "/new"))
    #expect(try entries() == before)
    let laptop = try school.enrol("school/cs", by: root)
    try school.synchronize(laptop, with: root)
    let entriesThere = try laptop.verify().entries
    let typed = try shell(
      "printf '1\\n%s\\n' \"$G\" | $unitcli fill '\(name)' --as 甲 --data '\(laptop.workspace.folder)'")
    #expect(typed.out.contains("输入的不是 UTF-8 文字，没有保存") && typed.out.contains("没有存的："), "\(typed.out)\(typed.error)")
    #expect(!(typed.out + typed.error).contains("\u{FFFD}"), "\(typed.out)\(typed.error)")
    #expect(try laptop.verify().entries == entriesThere + 1, "the answer before it alone")
  }

  @Test("files and folders are opened by their bytes, and an attachment's name is read as GB 18030")
  func paths() throws {
    let name = try campaign()
    _ = try shell(
      "printf 甲 > \"$G.txt\"; printf 乙 > \"$(raw '\\377\\376').txt\"; mkdir \"$G\"; printf 丙 > \"$G/丙.txt\"")
    let attach = "$unitcli attach '\(name)' 1.1 --unit school/cs --on-behalf --as 甲 --data \"$D\" --json"
    let run = try shell("\(attach) \"$G.txt\" \"$G/丙.txt\"")
    #expect(run.code == 0 && run.out.contains("\"会议记录.txt\"") && run.out.contains("\"丙.txt\""), "\(run.error)")
    let unknown = try shell("\(attach) \"$(raw '\\377\\376').txt\"")
    #expect(unknown.code == 1 && unknown.error.contains("请加 --name"), "\(unknown.error)")
    let named = try shell("\(attach) \"$(raw '\\377\\376').txt\" --name 乙.txt")
    #expect(named.code == 0 && named.out.contains("\"乙.txt\""), "\(named.error)")
    let missing = try shell("\(attach) \"$G.pdf\"")
    #expect(missing.code == 1 && missing.error.contains("没有文件“会议记录.pdf”"), "\(missing.error)")

    // What is written has its own bytes for a name, and is not put over what is there.
    let report = "$unitcli report progress --data \"$D\" -o \"$G.csv\""
    let written = try shell(report)
    #expect(written.code == 0 && written.out.contains("已写入 会议记录.csv"), "\(written.out)\(written.error)")
    #expect(try shell("test -s \"$G.csv\"").code == 0)
    let again = try shell(report)
    #expect(again.code == 1 && again.error.contains("会议记录.csv”已经有了"), "\(again.error)")
    #expect(try shell("$unitcli report progress --data \"$D\" -o \"$G/甲.csv\"").code == 0)
    #expect(try shell("test -s \"$G/甲.csv\"").code == 0)
    #expect(try shell("ls -a").out.contains("unitsync-") == false, "no other name is left")
  }

  @Test("a data folder whose name is no UTF-8 is the same folder the next time")
  func dataFolder() throws {
    let made = try shell("$syncd init --data \"$G\" --name 示例大学 --rehearsal --as 甲")
    #expect(made.code == 0, "\(made.error)")
    #expect(try shell("test -f \"$G/root.key\"").code == 0)
    let added = try shell("$unitcli unit add school/cs --name 计算机学院 --kind committee --as 甲 --data \"$G\"")
    #expect(added.code == 0 && !added.out.contains("曾被还原或复制"), "\(added.out)\(added.error)")
    #expect(try shell("$unitcli unit list --data \"$G\"").out.contains("计算机学院"))
    // What a backup of it holds comes out of it, byte for byte: keys, too.
    _ = try shell("printf '一个长一点的口令\\n' > pass; chmod 600 pass; printf 丙 > \"$G/$G.txt\"")
    for program in ["unitcli", "syncd"] {
      let out = "\(program)-out"
      let kept = try shell("$\(program) backup \"$G.\(program)\" --passphrase-file pass --data \"$G\"")
      #expect(kept.code == 0, "\(kept.error)")
      let restored = try shell("$\(program) restore \"$G.\(program)\" --passphrase-file pass --data \(out)")
      #expect(restored.code == 0, "\(restored.error)")
      let files = "device.key root.key tls.key tls.crt \"$G.txt\""
      let compared = try shell("for f in \(files); do cmp \"$G/$f\" \"\(out)/$f\" || exit 1; done")
      #expect(compared.code == 0, "\(compared.out)\(compared.error)")
    }
    let again = try shell("$unitcli restore \"$G.unitcli\" --passphrase-file pass --data \"$G-3/$G\"")
    #expect(again.code == 0, "\(again.error)")
    #expect(try shell("cmp \"$G/root.key\" \"$G-3/$G/root.key\" && cmp \"$G/$G.txt\" \"$G-3/$G/$G.txt\"").code == 0)
    let inside = try shell("$unitcli backup \"$G/x.age\" --passphrase-file pass --data \"$G\" --json")
    #expect(inside.code == 1 && inside.error.contains("backupInsideWorkspace"), "\(inside.error)")

    let none = try shell("$unitcli status --data \"$G-2\"")
    #expect(none.code == 1, "\(none.error)")
    #expect(try shell("test -e \"$G-2\"").code != 0, "nothing was made")
  }
}
