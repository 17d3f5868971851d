import Foundation
@_spi(Simulation) import SyncEngine
import SyncTesting
import Testing

/// Files for their owner alone, and what is never cleared out of the way.
@Suite struct PrivateFileTests {
  let school: TestSchool

  init() throws {
    school = try TestSchool()
    try FileManager.default.createDirectory(atPath: school.folder, withIntermediateDirectories: true)
  }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require((attributes[.posixPermissions] as? NSNumber)?.intValue)
  }

  @Test("a file is its owner's alone before its first byte, and what was there stays until the new one is whole")
  func beforeTheFirstByte() throws {
    let path = school.folder + "/key"
    try Data("old".utf8).write(to: URL(fileURLWithPath: path))
    try Platform.writePrivate(to: path) { _, temporary in
      #expect(try mode(temporary) == 0o600)
      #expect(try FileManager.default.attributesOfItem(atPath: temporary)[.size] as? Int == 0)
      #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
      try Data("new".utf8).write(to: URL(fileURLWithPath: temporary))
    }
    #expect(FileManager.default.contents(atPath: path) == Data("new".utf8))
    #expect(try mode(path) == 0o600)
    let file = try PrivateFile.create(school.folder + "/fresh")
    #expect(try mode(school.folder + "/fresh") == 0o600)
    try file.close()
  }

  @Test("what bears the name already is not opened and not replaced, be it a file, a folder or a link")
  func exclusive() throws {
    let manager = FileManager.default
    let target = school.folder + "/target"
    try Data("mine".utf8).write(to: URL(fileURLWithPath: target))
    try manager.createSymbolicLink(atPath: school.folder + "/link", withDestinationPath: target)
    try manager.createSymbolicLink(atPath: school.folder + "/dangling", withDestinationPath: school.folder + "/none")
    try manager.createDirectory(atPath: school.folder + "/folder", withIntermediateDirectories: false)
    for name in ["target", "link", "dangling", "folder"] {
      let path = school.folder + "/" + name
      #expect(throws: FileFailure(number: EEXIST, path: path)) { try PrivateFile.create(path) }
    }
    #expect(manager.contents(atPath: target) == Data("mine".utf8))
    #expect(!manager.fileExists(atPath: school.folder + "/none"))
  }

  @Test("a write that fails leaves nothing, and taking a file away never takes a folder")
  func failing() throws {
    struct Stop: Error {}
    let path = school.folder + "/out"
    #expect(throws: Stop.self) { try Platform.writePrivate(to: path) { _, _ in throw Stop() } }
    let folder = school.folder + "/full"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    try Data("keep".utf8).write(to: URL(fileURLWithPath: folder + "/keep"))
    #expect(!PrivateFile.remove(folder))
    #expect(throws: FileFailure(number: EISDIR, path: folder)) { try Platform.writePrivate([1], to: folder) }
    #expect(FileManager.default.contents(atPath: folder + "/keep") == Data("keep".utf8))
    #expect(PrivateFile.leftovers(in: school.folder).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a folder is not made where a link leads nowhere or a file stands, and the reason is the system's own")
  func makingFolders() throws {
    let manager = FileManager.default
    let (dangling, file) = (school.folder + "/dangling", school.folder + "/file")
    try manager.createSymbolicLink(atPath: dangling, withDestinationPath: school.folder + "/none")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
    for path in [dangling, file] {
      #expect(throws: FileFailure(number: EEXIST, path: path)) { try PrivateFile.makeFolder(path) }
      #expect(throws: FileFailure.self) { try PrivateFile.makeFolder(path + "/below") }
    }
    #expect(!manager.fileExists(atPath: school.folder + "/none"))
    #expect(manager.contents(atPath: file) == Data("mine".utf8))
    try manager.createSymbolicLink(atPath: school.folder + "/link", withDestinationPath: school.folder)
    try PrivateFile.makeFolder(school.folder + "/link")
    try PrivateFile.makeFolder(school.folder + "/link/a/b")
    #expect(try mode(school.folder + "/a/b") == 0o700)

    let missing = school.folder + "/missing/x"
    #expect(throws: FileFailure(number: ENOENT, path: missing)) { try PrivateFile.create(missing) }
    #expect(throws: FileFailure(number: ENOENT, path: missing)) { try Platform.writePrivate([1], to: missing) }
    #expect(throws: FileFailure(number: ENOTDIR, path: file + "/x")) { try PrivateFile.create(file + "/x") }
    let failure = FileFailure(number: ENOSPC, path: file)
    #expect(WorkspaceError(failure, at: file) == .diskFull && failure.message.contains("磁盘已满"))
    #expect(WorkspaceError(FileFailure(number: EROFS, path: file), at: file) == .readOnly)
  }

  @Test("where a disk keeps no modes that is told once, and nothing is refused for it")
  func noModes() throws {
    let office = try school.found()
    let folder = office.workspace.folder
    try office.workspace.store.close()
    let surroundings = SimulatedSurroundings(
      generator: SeededGenerator(seed: 1), wallMilliseconds: school.now(), keepsModes: false)
    try SimulatedSurroundings.$current.withValue(surroundings) {
      let first = try Workspace(opening: folder, stateFolder: school.stateFolder)
      #expect(first.notices().count == 1 && first.notices().isEmpty, "once")
      #expect(try first.rootSeed?.count == 32)
      try first.set(deviceName: "移动")
      try first.store.close()
      let later = try Workspace(opening: folder, stateFolder: school.stateFolder)
      #expect(later.notices().isEmpty)
      let checkup = try Checkup(of: folder, nowMilliseconds: school.now(), fix: true, stateFolder: school.stateFolder)
      let finding = checkup.findings.first { $0.check == "permissions" }
      #expect(finding?.state == .notice && finding?.message.contains("不记权限") == true)
      try later.store.close()
    }
    let kept = try Workspace(opening: folder, stateFolder: school.stateFolder)
    #expect(kept.notices().isEmpty)
  }

  @Test("a long name leaves room for what is put behind it while the file is being made")
  func longName() throws {
    let path = school.folder + "/" + String(repeating: "长", count: 84) + ".p"
    try Platform.writePrivate([1, 2], to: path)
    #expect(FileManager.default.contents(atPath: path) == Data([1, 2]))
  }
}
