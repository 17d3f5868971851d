import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Testing

/// Backups and restores with real processes.
@Suite(.serialized) struct BackupTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    try Platform.writePrivate(Array("一个长一点的口令\n".utf8), to: school.folder + "/passphrase")
  }

  private func run(
    _ program: String, _ arguments: [String], limit: String = ""
  ) throws -> (code: Int32, out: String, error: String) {
    try Shell(folder: school.folder, stateFolder: school.stateFolder).run(program, arguments, limit: limit)
  }

  private func remark(_ office: Office, _ leaf: Int, _ text: String) throws {
    let item = try office.item("1.1", of: campaign).template.leaves[leaf]
    _ = try office.at(school.now()).set(
      campaign, try office.item(item.id, of: campaign), fields: [.remark: .text(text)],
      unit: try office.unit("school/cs"), onBehalf: false)
  }

  private func state(_ office: Office) throws -> [String] {
    try office.workspace.store.read { snapshot in
      try snapshot.registers(LogID(try #require(UnitPath("school/cs")), .answers), kind: .answer).map { register in
        "\(register.name.part)=" + register.values.map(\.plainText).sorted().joined(separator: "|")
      }
    }
  }

  @Test(
    "a hub backed up while its clients sync, killed, restored: they refill it, nothing acknowledged is lost (promises 3, 6)"
  )
  func rehearsal() async throws {
    let laptops = try [1, 2].map { number in
      try school.enrol("school/cs", by: root, person: "丙\(number)", device: "\(number)号机")
    }
    for laptop in laptops { try school.synchronize(laptop, with: root) }
    let hubFolder = root.workspace.folder
    let daemon = try Daemon(data: hubFolder, stateFolder: school.stateFolder)
    let port = daemon.port
    let client = try HubClient(address: daemon.url)
    func synchronize(_ laptop: Office) async throws -> SyncOutcome {
      do { return try await client.synchronize(laptop.workspace) } catch {
        // A client that is dropped while open ends the whole process, and the reason with it.
        Issue.record(error)
        try await client.shutdown()
        throw error
      }
    }

    // Both laptops write and sync all the while the backup is made.
    let backup = school.folder + "/hub.backup"
    let shell = Shell(folder: school.folder, stateFolder: school.stateFolder)
    let passphrase = school.folder + "/passphrase"
    async let made = Blocking.run {
      try shell.run(
        "syncd", ["backup", backup, "--data", hubFolder, "--passphrase-file", passphrase, "--json"])
    }
    for round in 0..<20 {
      for (index, laptop) in laptops.enumerated() {
        try remark(laptop, (round * 2 + index) % 20, "第\(round)轮")
        #expect(try await synchronize(laptop).inSync)
      }
    }
    let result = try await made
    #expect(result.code == 0, "\(result.error)")
    #expect(result.out.contains("\"entries\""))

    // More that is acknowledged after the backup, a device's enrolment among it.
    for (index, laptop) in laptops.enumerated() { try remark(laptop, 20 + index, "备份之后") }
    for laptop in laptops + laptops { #expect(try await synchronize(laptop).inSync) }
    let before = try state(laptops[0])
    daemon.kill()
    try root.workspace.store.close()
    try FileManager.default.moveItem(atPath: hubFolder, toPath: hubFolder + ".lost")

    let restored = try run(
      "syncd", ["restore", backup, "--data", hubFolder, "--passphrase-file", school.folder + "/passphrase"])
    #expect(restored.code == 0, "\(restored.error)")
    #expect(restored.out.contains("补回来"))
    let again = try Daemon(data: hubFolder, stateFolder: school.stateFolder, port: port)
    for (index, laptop) in laptops.enumerated() {
      try remark(laptop, 22 + index, "还原之后")
      #expect(try await synchronize(laptop).inSync)
    }
    for laptop in laptops { #expect(try await synchronize(laptop).inSync) }
    try await client.shutdown()
    #expect(again.stop() == 0)
    let hub = Office(
      try Workspace(opening: hubFolder, stateFolder: school.stateFolder), person: "甲", claimedMilliseconds: school.now()
    )
    let expected = try state(hub)
    #expect(Set(expected).isSuperset(of: before))
    #expect(expected.count == 24)
    for laptop in laptops {
      #expect(try state(laptop) == expected)
      #expect(try laptop.unsentEntries() == 0)
    }
    #expect(try hub.verify().ok)
    #expect(try hub.workspace.renewals().map(\.reason) == [.restored])
  }

  @Test("a new workspace whose maker is killed at any moment is there whole or can be made again (promise 3)")
  func killedWhileMade() throws {
    /// What is there at the moment of killing.
    let moments = [
      "", "/lock", "/.unfinished.unitsync-new", "/.unfinished.unitsync-new/device.key",
      "/.unfinished.unitsync-new/workspace.db", "/.unfinished.unitsync-new/workspace.db-wal",
      "/.unfinished.unitsync-new/moving", "/device.key", "/root.key", "/workspace.db",
    ]
    let manager = FileManager.default
    for (index, moment) in moments.enumerated() {
      let folder = school.folder + "/made-\(index)"
      let arguments = ["init", "--data", folder, "--name", "示例大学", "--rehearsal"]
      let process = try ChildProcess(
        Daemon.path("syncd"), arguments, environment: ["UNITSYNC_STATE": school.stateFolder])
      while process.isRunning, !manager.fileExists(atPath: folder + moment) {}
      process.destroy()
      if !manager.fileExists(atPath: folder + "/workspace.db") {
        let second = try run("syncd", arguments)
        #expect(second.code == 0, "killed at \(moment): \(second.error)")
      }
      let workspace = try Workspace(opening: folder, stateFolder: school.stateFolder)
      let office = Office(workspace, person: "甲", claimedMilliseconds: school.now())
      #expect(try office.directory().schoolName == "示例大学", "killed at \(moment)")
      #expect(try workspace.rootSeed?.count == 32)
      #expect(try office.verify().ok)
    }
  }

  @Test("a result that could not be written out is a failure, and what it would have shown counts as not shown")
  func outputLost() throws {
    let full = school.folder + "/full"
    try Data().write(to: URL(fileURLWithPath: full))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: full))
    try handle.truncate(atOffset: 4 << 20)
    try handle.close()
    // The limit on file size stands for the full disk; the workspace's own files are far below it.
    let result = try run(
      "unitcli", ["status", "--data", root.workspace.folder, "--json"],
      limit: "trap '' XFSZ; ulimit -f 4096; exec >>'\(full)'; ")
    #expect(result.code == 1)
    #expect(result.error.contains("\"outputLost\""), "\(result.error)")
    // A reader that has gone away is not this command's failure.
    let piped = try run(
      "unitcli", ["status", "--data", root.workspace.folder], limit: "trap '' PIPE; exec > >(exec true); sleep 0; ")
    #expect(piped.code == 0, "\(piped.error)")
  }

  @Test("a hub on a machine set back as a whole is renewed by command, not while it serves")
  func renew() throws {
    let store = try root.workspace.storeID()
    let daemon = try Daemon(data: root.workspace.folder, stateFolder: school.stateFolder)
    #expect(try run("syncd", ["renew", "--data", root.workspace.folder]).code == 1)
    #expect(daemon.stop() == 0)
    #expect(try root.workspace.storeID() == store)
    #expect(try run("syncd", ["renew", "--data", root.workspace.folder]).code == 0)
    #expect(try root.workspace.storeID() != store)
  }
}

/// Runs the package's executables to their end.
private struct Shell: Sendable {
  let folder: String
  let stateFolder: String

  func run(
    _ program: String, _ arguments: [String], limit: String = ""
  ) throws -> (code: Int32, out: String, error: String) {
    let run = try ChildProcess.run(
      "/bin/bash", ["-c", limit + "exec \"$@\"", "bash", Daemon.path(program)] + arguments,
      environment: ["UNITSYNC_STATE": stateFolder])
    return (run.code, run.out, run.error)
  }
}

/// Waits for a process without holding a thread of the pool.
private enum Blocking {
  static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
  }
}
