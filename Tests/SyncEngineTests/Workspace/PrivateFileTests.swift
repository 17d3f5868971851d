import Foundation
import SyncEngine
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
    try Platform.writePrivate(to: path) { temporary in
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
      #expect(throws: CocoaError.self) { try PrivateFile.create(school.folder + "/" + name) }
    }
    #expect(manager.contents(atPath: target) == Data("mine".utf8))
    #expect(!manager.fileExists(atPath: school.folder + "/none"))
  }

  @Test("a write that fails leaves nothing, and taking a file away never takes a folder")
  func failing() throws {
    struct Stop: Error {}
    let path = school.folder + "/out"
    #expect(throws: Stop.self) { try Platform.writePrivate(to: path) { _ in throw Stop() } }
    let folder = school.folder + "/full"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    try Data("keep".utf8).write(to: URL(fileURLWithPath: folder + "/keep"))
    #expect(!PrivateFile.remove(folder))
    #expect(throws: CocoaError.self) { try Platform.writePrivate([1], to: folder) }
    #expect(FileManager.default.contents(atPath: folder + "/keep") == Data("keep".utf8))
    #expect(PrivateFile.leftovers(in: school.folder).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a long name leaves room for what is put behind it while the file is being made")
  func longName() throws {
    let path = school.folder + "/" + String(repeating: "长", count: 84) + ".p"
    try Platform.writePrivate([1, 2], to: path)
    #expect(FileManager.default.contents(atPath: path) == Data([1, 2]))
  }
}
