import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// What real programs leave to others on the machine: nothing to read, and everything that is theirs.
@Suite struct NeighbourTests {
  let school: TestSchool
  let hub: String
  let desk: String

  init() throws {
    school = try TestSchool()
    hub = school.folder + "/hub"
    desk = school.folder + "/desk"
    try FileManager.default.createDirectory(atPath: desk, withIntermediateDirectories: true)
    try Data("一个长一点的口令\n".utf8).write(to: URL(fileURLWithPath: desk + "/pass"))
    try setMode(0o600, desk + "/pass")
    let founded = try run("syncd", "init", "--data", hub, "--name", "示例大学", "--rehearsal", "--as", "甲")
    #expect(founded.code == 0, "\(founded.error)")
  }

  /// Under a umask that takes nothing away.
  @discardableResult
  private func run(_ program: String, _ arguments: String...) throws -> ChildProcess.Run {
    try ChildProcess.run(
      "/bin/sh", ["-c", "umask 000; exec \"$@\"", "sh", Daemon.path(program)] + arguments,
      environment: ["UNITSYNC_STATE": school.stateFolder])
  }

  private func entries() throws -> Int {
    let workspace = try Workspace(opening: hub, stateFolder: school.stateFolder)
    return try Office(workspace, person: "甲", claimedMilliseconds: school.now()).verify().entries
  }

  private func setMode(_ mode: Int, _ path: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  private func exposed(in folder: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: folder)?.allObjects.compactMap { $0 as? String } ?? []
    return ([folder] + names.map { folder + "/" + $0 }).filter(Platform.isExposed)
  }

  @Test("whatever the umask, keys, database, markers, invitations, backups, bundles and papers are their owner's alone")
  func modes() throws {
    try run("unitcli", "unit", "add", "school/cs", "--name", "计院党总支", "--kind", "committee", "--data", hub)
    try run("unitcli", "invite", "school/cs", "--role", "admin", "--out", desk + "/inv.txt", "--data", hub)
    try run(
      "unitcli", "invite", "--under", "school", "--role", "reporter", "--out", desk + "/invitations", "--data", hub)
    try run("unitcli", "join", desk + "/inv.txt", "--as", "乙", "--data", desk + "/cs")
    try run("unitcli", "backup", desk + "/hub.age", "--passphrase-file", desk + "/pass", "--data", hub)
    try run("unitcli", "bundle", "export", desk + "/up.bundle", "--data", desk + "/cs")
    try run("unitcli", "report", "progress", "-o", desk + "/progress.csv", "--data", hub)
    for name in ["inv.txt", "invitations", "cs/device.key", "hub.age"] {
      #expect(FileManager.default.fileExists(atPath: desk + "/" + name), "\(name)")
    }
    #expect(exposed(in: hub).isEmpty)
    #expect(exposed(in: desk).filter { $0 != desk }.isEmpty)
    #expect(exposed(in: school.stateFolder).isEmpty)
  }

  @Test("a neighbour's folders and files stay, whatever they are called, and the output is written all the same")
  func neighbours() throws {
    try run("unitcli", "unit", "add", "school/cs", "--name", "计院党总支", "--kind", "committee", "--data", hub)
    let outputs = ["inv.txt", "q.svg", "b.age", "u.bundle"]
    let theirs = outputs.flatMap { ["\($0).new", "\($0).partial", "\($0).1.new", "\($0).tmp"] } + ["new/unfinished"]
    for name in theirs {
      try FileManager.default.createDirectory(atPath: desk + "/" + name, withIntermediateDirectories: true)
      try Data("\(name)".utf8).write(to: URL(fileURLWithPath: desk + "/\(name)/theirs"))
    }
    try setMode(0o700, desk + "/new")
    let office = Office(
      try Workspace(opening: hub, stateFolder: school.stateFolder), person: "甲", claimedMilliseconds: school.now())
    let laptop = try school.enrol("school/cs", by: office)
    try school.synchronize(laptop, with: office)
    let runs = [
      try run("unitcli", "invite", "school/cs", "--role", "admin", "--out", desk + "/inv.txt", "--data", hub),
      try run("unitcli", "invite", "school/cs", "--role", "admin", "--qr-file", desk + "/q.svg", "--data", hub),
      try run("unitcli", "backup", desk + "/b.age", "--passphrase-file", desk + "/pass", "--data", hub),
      try run("unitcli", "bundle", "export", desk + "/u.bundle", "--all", "--data", laptop.workspace.folder),
      try run("syncd", "init", "--data", desk + "/new", "--name", "另一所大学", "--rehearsal"),
    ]
    for run in runs { #expect(run.code == 0, "\(run.error)") }
    for name in ["inv.txt", "q.svg", "b.age", "u.bundle", "new/workspace.db"] {
      #expect(FileManager.default.fileExists(atPath: desk + "/" + name), "\(name)")
    }
    for name in theirs {
      #expect(FileManager.default.contents(atPath: desk + "/\(name)/theirs") == Data(name.utf8), "\(name)")
    }
    #expect(PrivateFile.leftovers(in: desk).isEmpty)
  }

  @Test(
    "where others can enter the folder, what writes is refused with the command that mends it, and what reads goes on")
  func openFolder() throws {
    try run("unitcli", "unit", "add", "school/cs", "--name", "计院党总支", "--kind", "committee", "--data", hub)
    let before = try entries()
    try setMode(0o755, hub)
    for arguments in [
      ["unit", "add", "school/ee", "--name", "电院党总支", "--kind", "committee"],
      ["invite", "school/cs", "--role", "admin"],
    ] {
      let refused = try ChildProcess.run(
        Daemon.path("unitcli"), arguments + ["--data", hub, "--json"],
        environment: ["UNITSYNC_STATE": school.stateFolder])
      #expect(refused.code == 1)
      #expect(refused.error.contains("\"folderOpen\"") && refused.error.contains("chmod 700"), "\(refused.error)")
    }
    let served = try run("syncd", "serve", "--data", hub, "--listen", "127.0.0.1:0")
    #expect(served.code == 1 && served.out.isEmpty && served.error.contains("chmod 700 '\(hub)'"), "\(served.error)")
    #expect(served.error.contains("汇总点没有启动") && !served.error.contains("没有保存"), "\(served.error)")
    let kept = try run("syncd", "backup", desk + "/s.age", "--passphrase-file", desk + "/pass", "--data", hub)
    #expect(kept.code == 0 && kept.error.contains("chmod 700 '\(hub)'") && !kept.out.contains("chmod"), "\(kept.error)")
    for arguments in [
      ["status"], ["unit", "list"], ["log"], ["verify"],
      ["backup", desk + "/b.age", "--passphrase-file", desk + "/pass"],
    ] {
      let read = try ChildProcess.run(
        Daemon.path("unitcli"), arguments + ["--data", hub], environment: ["UNITSYNC_STATE": school.stateFolder])
      #expect(read.code == 0, "\(arguments): \(read.error)")
      #expect((read.out + read.error).contains("chmod 700 '\(hub)'"), "\(arguments): \(read.out)\(read.error)")
    }
    #expect(FileManager.default.fileExists(atPath: desk + "/b.age"))
    let doctor = try run("unitcli", "doctor", "--data", hub)
    #expect((doctor.out + doctor.error).contains("chmod 700"))
    #expect(doctor.out.components(separatedBy: "✗").count == 2 && doctor.error.contains("有 1 处要处理"), "\(doctor.out)")
    try setMode(0o700, hub)
    #expect(
      try entries() == before)
    let added = try run("unitcli", "unit", "add", "school/ee", "--name", "电院党总支", "--kind", "committee", "--data", hub)
    #expect(added.code == 0, "\(added.error)")
  }

  @Test("a school founded in an empty folder that others can enter shuts it; one with other things in it is refused")
  func founding() throws {
    let (empty, full) = (desk + "/empty", desk + "/full")
    for folder in [empty, full] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      try setMode(0o755, folder)
    }
    try Data("theirs".utf8).write(to: URL(fileURLWithPath: full + "/theirs"))
    #expect(try run("syncd", "init", "--data", empty, "--name", "示例大学", "--rehearsal").code == 0)
    #expect(exposed(in: empty).isEmpty)
    let refused = try run("syncd", "init", "--data", full, "--name", "示例大学", "--rehearsal")
    #expect(refused.code == 1 && refused.error.contains("请换一个新文件夹"), "\(refused.error)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: full) == ["theirs"])
  }

  @Test("what a killed run left is named by doctor wherever below it stands, and stays")
  func leftovers() throws {
    let random = ".0123456789abcdef" + PrivateFile.unfinishedSuffix
    let names = ["device.key" + random, "files/ab/x" + random, "bundles/y" + random, "evidence/a/b/z" + random]
    let theirs = desk + "/theirs"
    try FileManager.default.createDirectory(atPath: theirs, withIntermediateDirectories: false)
    try Platform.writePrivate([4], to: theirs + "/w" + random)
    try FileManager.default.createSymbolicLink(atPath: hub + "/link", withDestinationPath: theirs)
    let left =
      names.map { hub + "/" + $0 } + [hub + "/backup.copy", school.stateFolder + "/deep/m" + random]
    for path in left {
      try PrivateFile.makeFolder((path as NSString).deletingLastPathComponent)
      try Platform.writePrivate([1, 2, 3], to: path)
    }
    for fix in [[], ["--fix"]] {
      let doctor = try ChildProcess.run(
        Daemon.path("unitcli"), ["doctor", "--data", hub] + fix, environment: ["UNITSYNC_STATE": school.stateFolder])
      for path in left { #expect((doctor.out + doctor.error).contains(path), "\(path): \(doctor.out)\(doctor.error)") }
      #expect(doctor.out.contains("\(left.count) 个没写完的文件"), "\(doctor.out)")
    }
    for path in left { #expect(FileManager.default.contents(atPath: path) == Data([1, 2, 3]), "\(path)") }
  }

  @Test("doctor --fix shuts what stands in the folder, and changes and removes nothing that links there lead to")
  func links() throws {
    let (theirs, old) = (desk + "/theirs", Date(timeIntervalSince1970: 1_000_000_000))
    let manager = FileManager.default
    try manager.createDirectory(atPath: theirs + "/below", withIntermediateDirectories: true)
    // Their name is one that ours bear too, and long ago.
    let names = ["file", String(repeating: "ab", count: 32), String(repeating: "cd", count: 32) + ".100", "below/x"]
    for name in names {
      try Data(name.utf8).write(to: URL(fileURLWithPath: theirs + "/" + name))
      try setMode(0o666, theirs + "/" + name)
      try manager.setAttributes([.modificationDate: old], ofItemAtPath: theirs + "/" + name)
    }
    for name in ["", "/below"] { try setMode(0o777, theirs + name) }
    try manager.createDirectory(atPath: hub + "/files/unfinished", withIntermediateDirectories: true)
    for link in ["folder", "files/ab", "files/unfinished/here"] {
      try manager.createSymbolicLink(atPath: hub + "/" + link, withDestinationPath: theirs)
    }
    try manager.createSymbolicLink(atPath: hub + "/file", withDestinationPath: theirs + "/file")
    for name in ["device.key", "root.key"] { try setMode(0o644, hub + "/" + name) }
    try setMode(0o755, hub)
    // Also where the folder itself is named by a link.
    try manager.createSymbolicLink(atPath: desk + "/hub", withDestinationPath: hub)
    let fixed = try run("unitcli", "doctor", "--fix", "--data", desk + "/hub")
    #expect(fixed.code == 0, "\(fixed.out)\(fixed.error)")
    func mode(_ path: String) throws -> Int? {
      (try manager.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }
    for name in names {
      #expect(manager.contents(atPath: theirs + "/" + name) == Data(name.utf8), "\(name)")
      #expect(try mode(theirs + "/" + name) == 0o666, "\(name)")
    }
    for name in ["", "/below"] { #expect(try mode(theirs + name) == 0o777, "\(name)") }
    #expect(try mode(hub) == 0o700 && mode(hub + "/device.key") == 0o600 && mode(hub + "/root.key") == 0o600)
  }
}
