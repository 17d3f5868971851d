import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// What goes on where the disk takes no byte, with real programs: looking, checking, taking out what is there (promises 2, 3, 8).
@Suite(.serialized) struct UnwritableDiskTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let laptop: Office
  private var folder: String { laptop.workspace.folder }
  private var database: URL { URL(fileURLWithPath: folder + "/workspace.db") }
  private var log: URL { URL(fileURLWithPath: folder + "/workspace.db-wal") }

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    laptop = try school.enrol("school/cs", by: root, person: "丙")
    try school.synchronize(laptop, with: root)
    try Platform.writePrivate(Array("一个长一点的口令\n".utf8), to: school.folder + "/passphrase")
  }

  private func remark(_ text: String, _ leaf: Int = 0) throws {
    let item = try laptop.item("1.1", of: campaign).template.leaves[leaf]
    _ = try laptop.at(school.now()).set(
      campaign, try laptop.item(item.id, of: campaign), fields: [.remark: .text(text)],
      unit: try laptop.unit("school/cs"), onBehalf: false)
  }

  /// - Parameter isFull: no file that the program writes may grow beyond 16 KiB, which is less than opening takes on a disk with room.
  private func run(_ program: String = "unitcli", _ arguments: [String], isFull: Bool) throws -> ChildProcess.Run {
    // With the signal ignored, a write beyond the limit fails as it does on a full disk. What is printed goes through a pipe.
    let limit = isFull ? "trap '' XFSZ; ulimit -f 16; " : ""
    return try ChildProcess.run(
      "/bin/bash",
      ["-c", "set -o pipefail; (\(limit)exec \"$@\") | cat", "bash", Daemon.path(program)] + arguments,
      environment: ["UNITSYNC_STATE": school.stateFolder])
  }

  private func look(_ arguments: String..., isFull: Bool) throws -> ChildProcess.Run {
    try run("unitcli", arguments + ["--data", folder, "--json"], isFull: isFull)
  }

  private func json(_ run: ChildProcess.Run) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any], "\(run.error)")
  }

  private func origins(_ run: ChildProcess.Run) throws -> [String] {
    try #require(try json(run)["entries"] as? [[String: Any]]).compactMap { $0["entry"] as? String }
  }

  /// `count` entries whose commits all stand in the write-ahead log alone, and then the folder as kill -9 leaves it: somebody reads from
  /// before them, so nothing is carried over.
  private func leaveUnpassed(_ count: Int) throws {
    let reader = try Workspace(opening: folder, stateFolder: school.stateFolder)
    let files = try reader.store.read { snapshot in
      _ = try snapshot.directory()
      for number in 0..<count { try remark("第\(number)条", number % 20) }
      return (try Data(contentsOf: database), try Data(contentsOf: log))
    }
    try reader.store.close()
    try laptop.workspace.store.close()
    // In place: another file under this name would be a copy of the folder.
    try files.0.write(to: database)
    try files.1.write(to: log)
  }

  private func files() throws -> [String: Data] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasSuffix("-shm") }.reduce(into: [:]) {
      $0[$1] = FileManager.default.contents(atPath: folder + "/" + $1)
    }
  }

  @Test(
    "a full disk with 1,000 commits that were not carried over: all of them are shown and verified, nothing is written")
  func thousand() throws {
    let before = try origins(look("log", isFull: false))
    try leaveUnpassed(1000)
    #expect(try Data(contentsOf: log).count > 4 << 20)
    let state = try files()
    let told = try look("log", isFull: true)
    #expect(told.code == 0, "\(told.error)")
    let entries = try origins(told)
    #expect(entries.count == before.count + 1000 && Set(entries).isSuperset(of: before))
    let verified = try look("verify", isFull: true)
    #expect(verified.code == 0, "\(verified.error)")
    #expect(try json(verified)["ok"] as? Bool == true)
    for arguments in [["status"], ["show", "专项督查"], ["report", "progress"], ["conflicts", "list"]] {
      let run = try run("unitcli", arguments + ["--data", folder, "--json"], isFull: true)
      #expect(run.code == 0 && run.error.contains("所在的磁盘已满，现在只能查看"), "\(arguments): \(run.error)")
      #expect(!run.error.contains("没有保存"))
    }
    let shown = try look("show", "专项督查", "1.1", isFull: true)
    #expect(shown.code == 0 && shown.out.contains("第980条"), "\(shown.out)")
    let doctor = try look("doctor", isFull: true)
    #expect(doctor.code == 1 && doctor.out.contains("\"check\":\"writing\",\"state\":\"bad\""), "\(doctor.out)")
    #expect(doctor.out.contains("内容完整，签名无误"))
    let failed = try look("set", "专项督查", "1.1", "备注=满了", isFull: true)
    #expect(failed.code == 1 && failed.error.contains("\"diskFull\"") && failed.error.contains("unitcli backup"))
    #expect(try files() == state)
    // With room again everything goes on, nothing is missing.
    let saved = try look("set", "专项督查", "1.1", "备注=又有地方了", "--as", "丙", isFull: false)
    #expect(saved.code == 0, "\(saved.error)")
    #expect(try origins(look("log", isFull: false)).count == entries.count + 1)
  }

  @Test(
    "a database that cannot be opened as usual is backed up from where it stands, with all that was not carried over")
  func backup() throws {
    try leaveUnpassed(200)
    let entries = try origins(look("log", isFull: true))
    // A link in the place of the file that SQLite needs beside the database stands for a disk that takes no new file.
    try? FileManager.default.removeItem(atPath: folder + "/workspace.db-shm")
    try FileManager.default.createSymbolicLink(atPath: folder + "/workspace.db-shm", withDestinationPath: "nowhere")
    let (file, passphrase, place) = (
      school.folder + "/b.age", school.folder + "/passphrase", school.folder + "/restored"
    )
    let state = try files()
    let made = try look("backup", file, "--passphrase-file", passphrase, isFull: false)
    #expect(made.code == 0, "\(made.error)")
    #expect(try files() == state)
    let restored = try run(
      arguments: "restore", file, "--passphrase-file", passphrase, "--data", place, "--json")
    #expect(restored.code == 0, "\(restored.error)")
    let listed = try origins(run(arguments: "log", "--data", place, "--json"))
    #expect(Set(listed).isSuperset(of: entries) && entries.count >= 200)
    #expect(try run(arguments: "verify", "--data", place).code == 0)
  }

  private func run(arguments: String...) throws -> ChildProcess.Run { try run("unitcli", arguments, isFull: false) }

  @Test("a backup onto a full disk says that the backup's disk is full, not that something was not saved")
  func fullTarget() throws {
    let failed = try run(
      "unitcli",
      [
        "backup", school.folder + "/b.age", "--passphrase-file", school.folder + "/passphrase", "--data", folder,
        "--json",
      ], isFull: true)
    #expect(
      failed.code == 1 && failed.error.contains("\"cannotWrite\"") && failed.error.contains("b.age"), "\(failed.error)")
    #expect(!failed.error.contains("没有保存"))
    #expect(!FileManager.default.fileExists(atPath: school.folder + "/b.age.partial"))
  }

  @Test(
    "an export that can mark no head takes what was marked before and names the rest; what was never sent stays (protocol §3)"
  )
  func export() throws {
    try remark("先前")
    try school.synchronize(laptop, with: root)
    try leaveUnpassed(3)
    let file = school.folder + "/a.bundle"
    let nothing = try look("bundle", "export", file, isFull: true)
    #expect(nothing.code == 1 && nothing.error.contains("\"nothingMarked\""), "\(nothing.error)")
    #expect(nothing.error.contains("这 3 条填写") && !FileManager.default.fileExists(atPath: file))
    let made = try look("bundle", "export", file, "--all", isFull: true)
    #expect(made.code == 0, "\(made.error)")
    let told = try json(made)
    let left = try #require(told["left"] as? [[String: Any]])
    #expect(left.count == 1 && left[0]["unit"] as? String == "school/cs" && left[0]["entries"] as? Int == 3)
    #expect(told["noted"] as? Bool == false)
    let taken = try root.importBundle(from: file)
    #expect(taken.new == 0 && taken.duplicates == taken.entries && taken.entries == told["entries"] as? Int)
    // With room again the same heads are replaced or sent as ever, and nothing is missing above.
    let again = try look("bundle", "export", school.folder + "/b.bundle", isFull: false)
    #expect(again.code == 0, "\(again.error)")
    #expect(try (json(again)["left"] as? [Any])?.isEmpty == true)
    #expect(try root.importBundle(from: school.folder + "/b.bundle").new == 3)
  }

  @Test("a hub carries its write-ahead log over once nobody writes to it")
  func idleHub() async throws {
    try root.workspace.store.close()
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    for number in 0..<20 { try remark("第\(number)条", number) }
    let client = try HubClient(address: daemon.url)
    #expect(try await client.synchronize(laptop.workspace).inSync)
    try await client.shutdown()
    let log = root.workspace.folder + "/workspace.db-wal"
    func byteCount() -> Int? {
      (try? FileManager.default.attributesOfItem(atPath: log)[.size] as? NSNumber)?.intValue
    }
    // Bounded, and far longer than it takes.
    for _ in 0..<1200 where byteCount() != 0 { try await Task.sleep(for: .milliseconds(100)) }
    #expect(byteCount() == 0)
    #expect(daemon.stop() == 0)
  }

  @Test(
    "on a really full disk and a really read-only one a laptop is looked at, checked, exported and backed up whole",
    .enabled(if: OwnDisk.isAvailable, "要能在自己的名字空间里挂一个小磁盘（unshare、mount）"), arguments: ["fill", "lock"], [true, false])
  func realDisk(end: String, hasLog: Bool) async throws {
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    let invitation = try root.at(Platform.wallMilliseconds).invite(
      try root.unit("school/cs"), roles: .reporter, hub: daemon.url, validMilliseconds: 86_400_000)
    try Platform.writePrivate(Array(invitation.url.utf8), to: school.folder + "/invitation")
    let out = school.folder + "/out"
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: false)
    let script = """
      export UNITSYNC_STATE="$DISK/state"
      u() { "$UNITCLI" "$@" --data "$DISK/office" --as 丙; }
      look() { name=$1; shift; u "$@" --json >"$OUT/$name.out" 2>"$OUT/$name.err"; echo $? >"$OUT/$name.code"; }
      u join "$IN/invitation" --device-name 移动 && u sync && u set 专项督查 1.1 备注=先前 && u sync || exit 98
      # Whoever has it open keeps what follows from being carried over.
      "$UNITCLI" sync --every 1h --data "$DISK/office" --as 丙 >"$OUT/round" & holder=$!
      until test -s "$OUT/round"; do kill -0 $holder && sleep 0.05 || exit 99; done
      for text in 一 二 三; do u set 专项督查 1.1 备注=$text || exit 96; done
      kill -9 $holder; wait $holder
      \(hasLog ? "test -s \"$DISK/office/workspace.db-wal\" || exit 95" : "u status")
      rm -f "$DISK/office/workspace.db-shm"
      cp -a "$DISK/office" "$OUT/whole"
      \(end) || exit 94
      look log log; look show show 专项督查 1.1; look status status; look verify verify; look doctor doctor
      look report report progress
      look set set 专项督查 1.1 备注=满; look export bundle export --all "$OUT/a.bundle"
      look backup backup "$OUT/b.age" --passphrase-file "$IN/passphrase"
      cmp "$DISK/office/workspace.db" "$OUT/whole/workspace.db" || exit 93
      test ! -s "$OUT/whole/workspace.db-wal" || cmp "$DISK/office/workspace.db-wal" "$OUT/whole/workspace.db-wal" || exit 92
      """
    let run = try OwnDisk(folder: school.folder + "/disk").run(
      script, megabytes: 24,
      environment: ["UNITCLI": Daemon.path("unitcli"), "OUT": out, "IN": school.folder])
    try #require(run.code == 0, "\(run.code) \(run.out) \(run.error)")
    #expect(daemon.stop() == 0)
    func text(_ name: String) throws -> String { try String(contentsOfFile: out + "/" + name, encoding: .utf8) }
    func object(_ name: String) throws -> [String: Any] {
      try #require(JSONSerialization.jsonObject(with: Data(try text(name).utf8)) as? [String: Any])
    }
    for name in ["log", "show", "status", "verify", "report", "export", "backup"] {
      let error = try text(name + ".err")
      #expect(try text(name + ".code") == "0\n", "\(name): \(error)")
      #expect(error.contains("现在只能查看") && !error.contains("没有保存"), "\(name): \(error)")
    }
    #expect(try text("set.code") == "1\n")
    #expect(try text("set.err").contains(end == "fill" ? "\"diskFull\"" : "\"readOnly\""))
    #expect(try text("doctor.out").contains("\"check\":\"writing\",\"state\":\"bad\""))
    let entries = try #require(try object("log.out")["entries"] as? [[String: Any]]).compactMap {
      $0["entry"] as? String
    }
    #expect(entries.count == 4)
    #expect(try text("show.out").contains("三"))
    // What was sent before is in the bundle, what was not is named.
    let left = try #require(try object("export.out")["left"] as? [[String: Any]])
    #expect(left.count == 1 && left[0]["entries"] as? Int == 3, "\(left)")
    let place = school.folder + "/restored"
    let restored = try self.run(
      arguments: "restore", out + "/b.age", "--passphrase-file", school.folder + "/passphrase", "--data", place)
    #expect(restored.code == 0, "\(restored.error)")
    let listed = try origins(self.run(arguments: "log", "--data", place, "--json"))
    #expect(Set(listed) == Set(entries))
  }

  @Test(
    "a write-protected disk that shows one mode for all, as FAT does, is no folder that chmod would shut; one with shut keys is",
    .enabled(if: OwnDisk.isAvailable, "要能在自己的名字空间里挂一个小磁盘（unshare、mount）"))
  func protectedFAT() throws {
    let out = school.folder + "/out"
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: false)
    try laptop.workspace.store.close()
    let script = """
      cp -R "$FOLDER" "$DISK/office"
      look() { "$UNITCLI" "$@" --data "$DISK/office" >"$OUT/$name-$1.out" 2>"$OUT/$name-$1.err"; echo $? >"$OUT/$name-$1.code"; }
      chmod 0755 "$DISK/office" "$DISK/office"/*; lock
      name=fat; look status; look doctor; look doctor --fix
      mount -o remount,rw "$DISK"; chmod 0600 "$DISK/office/device.key"; lock
      name=shut; look doctor
      """
    let run = try OwnDisk(folder: school.folder + "/disk").run(
      script, megabytes: 24, environment: ["UNITCLI": Daemon.path("unitcli"), "OUT": out, "FOLDER": folder])
    try #require(run.code == 0, "\(run.code) \(run.out) \(run.error)")
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: out + "/\(name).out", encoding: .utf8)
        + String(contentsOfFile: out + "/\(name).err", encoding: .utf8)
    }
    let status = try text("fat-status")
    #expect(status.contains("只读或没有写入权限") && !status.contains("chmod"), "\(status)")
    #expect(try String(contentsOfFile: out + "/fat-status.code", encoding: .utf8) == "0\n")
    let doctor = try text("fat-doctor")
    #expect(doctor.contains("看不出其他用户能不能进入") && !doctor.contains("chmod"), "\(doctor)")
    let shut = try text("shut-doctor")
    #expect(shut.contains("其他用户能进入资料文件夹") && shut.contains("chmod 700"), "\(shut)")
  }

  @Test(
    "a full disk is called full where a key or a folder cannot be made, and a hub on it says that it was not started",
    .enabled(if: OwnDisk.isAvailable, "要能在自己的名字空间里挂一个小磁盘（unshare、mount）"))
  func nothingMade() throws {
    try root.workspace.store.close()
    let script = """
      cp -R "$FOLDER" "$DISK/hub"; chmod 0700 "$DISK/hub"; export UNITSYNC_STATE="$DISK/state"; mkdir -m 0700 "$DISK/state"; fill
      "$SYNCD" init --data "$DISK/new" --name 示例大学 --rehearsal; echo $?
      "$SYNCD" serve --data "$DISK/hub" --listen 127.0.0.1:0; echo $?
      """
    let run = try OwnDisk(folder: school.folder + "/disk").run(
      script, megabytes: 24, environment: ["SYNCD": Daemon.path("syncd"), "FOLDER": root.workspace.folder])
    #expect(run.out == "1\n1\n", "\(run.out) \(run.error)")
    let parts = run.error.components(separatedBy: "汇总点没有启动")
    #expect(parts.count == 2 && parts[0].contains("磁盘已满") && !parts[0].contains("读写失败"), "\(run.error)")
    #expect(parts.last?.contains("所在的磁盘已满") == true && !run.error.contains("出现意外"), "\(run.error)")
    #expect(parts.last?.contains("没有保存") == false, "\(run.error)")
  }
}
