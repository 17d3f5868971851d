import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// A workspace is made whole or not at all, and what is private stays so (promises 3 and 8).
@Suite struct CreatingTests {
  let school: TestSchool

  init() throws {
    school = try TestSchool()
  }

  private func found(in folder: String) throws -> Office {
    try Office.foundSchool(
      in: folder, name: "示例大学", root: "school", rehearsal: true, person: "甲", deviceName: "组织部电脑",
      claimedMilliseconds: school.now(), stateFolder: school.stateFolder)
  }

  private func names(_ folder: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder)).subtracting([
      "workspace.db-wal", "workspace.db-shm",
    ])
  }

  /// How far a killed process had got: what it had built, and which of it was already moved out.
  static let moved: [[String]?] = [nil, [], ["device.key"], ["device.key", "root.key"]]

  @Test("what a killed process left of an unfinished workspace is cleared away by the next one", arguments: moved)
  func unfinished(_ moved: [String]?) throws {
    let donor = try school.found().workspace
    try donor.store.close()
    let folder = school.folder + "/half"
    let inside = folder + "/.unfinished.unitsync-new"
    let manager = FileManager.default
    try PrivateFile.makeFolder(inside)
    for file in ["device.key", "root.key", "workspace.db"] {
      let isMoved = moved?.contains(file) == true
      try manager.copyItem(atPath: donor.folder + "/" + file, toPath: (isMoved ? folder : inside) + "/" + file)
    }
    try Data("keep".utf8).write(to: URL(fileURLWithPath: folder + "/note.txt"))
    if let moved {
      // What a list names is believed only of the very files: not of another's, and not of the folder above.
      let lines =
        try moved.map { "\(try #require(Platform.fileID(folder + "/" + $0)))\t\($0)" }
        + ["1:2\tnote.txt", "note.txt", "\(try #require(Platform.fileID(school.folder)))\t.."]
      try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: inside + "/moving"))
    }

    #expect(throws: WorkspaceError.noWorkspace(path: folder)) {
      try Workspace(opening: folder, stateFolder: school.stateFolder)
    }
    let office = try found(in: folder)
    #expect(office.identity.deviceKey != donor.identity.deviceKey)
    #expect(try office.directory().units.count == 1)
    #expect(try names(folder) == ["device.key", "root.key", "workspace.db", "lock", "note.txt"])
    #expect(try !office.workspace.isPastInDoubt())
  }

  @Test("a key without its database, left by somebody and not by an unfinished start, is not overwritten")
  func lonelyKey() throws {
    let folder = school.folder + "/lonely"
    try PrivateFile.makeFolder(folder)
    try Platform.writePrivate([1, 2, 3], to: folder + "/device.key")
    #expect(throws: WorkspaceError.exists(path: folder)) { try found(in: folder) }
    #expect(FileManager.default.contents(atPath: folder + "/device.key") == Data([1, 2, 3]))
  }

  @Test("making one that fails leaves nothing behind")
  func failed() throws {
    let folder = school.folder + "/failed"
    let donor = try school.found()
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try Workspace.create(
        in: folder, identity: donor.identity, key: donor.workspace.key, stateFolder: school.stateFolder
      ) { _ in throw Stop() }
    }
    #expect(!FileManager.default.fileExists(atPath: folder))
    // In a folder that was there before, such as a disk of its own, only what was added goes.
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(throws: Stop.self) {
      try Workspace.create(
        in: folder, identity: donor.identity, key: donor.workspace.key, stateFolder: school.stateFolder
      ) { _ in throw Stop() }
    }
    #expect(try names(folder).isSubset(of: ["lock"]))
    #expect(try found(in: folder).verify().ok)
  }

  @Test("keys and data are for their owner alone; the folder alone is judged, and doctor shuts it with all in it")
  func privateFiles() throws {
    let office = try school.found()
    let folder = office.workspace.folder
    for name in ["", "/device.key", "/root.key", "/workspace.db", "/lock"] {
      #expect(!Platform.isExposed(folder + name))
    }
    try office.workspace.store.close()
    func setMode(_ mode: Int, _ name: String = "") throws {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder + name)
    }
    for name in ["/device.key", "/root.key"] { try setMode(0o644, name) }
    let shut = try Workspace(opening: folder, stateFolder: school.stateFolder)
    #expect(try shut.rootSeed?.count == 32)
    try shut.store.close()
    for mode in [0o755, 0o711, 0o702, 0o770] {
      try setMode(mode)
      #expect(throws: WorkspaceError.folderOpen(path: folder)) {
        try Workspace(opening: folder, stateFolder: school.stateFolder)
      }
      let looked = try Workspace(opening: folder, stateFolder: school.stateFolder, reading: true)
      #expect(looked.store.writingRefused == .folderOpen(path: folder))
      #expect(throws: WorkspaceError.folderOpen(path: folder)) { try looked.rootSeed }
      #expect(throws: WorkspaceError.folderOpen(path: folder)) { try looked.set(deviceName: "另一台") }
      #expect(try Office(looked, person: "甲", claimedMilliseconds: school.now()).verify().ok)
      try looked.store.close()
      let sick = try checkup(folder)
      #expect(sick.findings.contains { $0.check == "permissions" && $0.state == .bad && $0.hint.contains("chmod 700") })
      #expect(try checkup(folder, fix: true).ok)
      for name in ["", "/device.key", "/root.key", "/workspace.db"] { #expect(!Platform.isExposed(folder + name)) }
    }
  }

  private func checkup(_ folder: String, now: UInt64? = nil, fix: Bool = false) throws -> Checkup {
    try Checkup(of: folder, nowMilliseconds: now ?? school.now(), fix: fix, stateFolder: school.stateFolder)
  }

  @Test("doctor tells of a copied folder, a wrong clock, work that waits, a pending invitation and a broken chain")
  func doctor() throws {
    let root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    let invitation = try root.at(school.now()).invite(
      try root.unit("school/cs"), roles: .reporter, hub: "", validMilliseconds: 86_400_000)
    let folder = school.folder + "/laptop"
    let laptop = try Office.join(
      invitation, in: folder, person: "乙", deviceName: "笔记本", claimedMilliseconds: school.now(),
      stateFolder: school.stateFolder)
    func state(_ check: String, now: UInt64? = nil) throws -> Checkup.State? {
      try checkup(folder, now: now).findings.first { $0.check == check }?.state
    }
    #expect(try state("invitation") == .notice)
    #expect(try state("invitation", now: invitation.expires + 1) == .bad)
    #expect(try state("clock") == .well)
    try laptop.workspace.remember(clockSkewMilliseconds: -3_600_000)
    #expect(try state("clock") == .notice)
    #expect(try state("unsent") == .well)
    _ = try laptop.workspace.write(
      [Change(RegisterName(.answer, SubjectID(high: 1, low: 1), part: 1, Field(rawValue: 2)), .integer(1))],
      to: LogID(invitation.unit, .answers), as: "乙", claimedMilliseconds: school.now())
    #expect(try state("unsent", now: school.now()) == .well)
    #expect(try state("unsent", now: school.now() + 9 * 86_400_000) == .notice)
    #expect(try state("past") == .well)
    try FileManager.default.removeItem(atPath: laptop.workspace.markerPath)
    #expect(try state("past") == .notice)
    #expect(try laptop.workspace.isPastInDoubt(), "doctor changes nothing")
    #expect(try state("chains") == .well)
    #expect(throws: WorkspaceError.noWorkspace(path: school.folder + "/none")) { try checkup(school.folder + "/none") }
  }
}
