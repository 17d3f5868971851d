import Foundation
import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Folders that are set back, copied or moved (promise 6), on real files.
@Suite struct RestoreTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign
  let laptop: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
    laptop = try school.enrol("school/cs", by: root, person: "张三")
    try school.synchronize(laptop, with: root)
  }

  private func score(_ office: Office, _ item: String, _ value: Int64) throws -> Workspace.Written {
    let office = office.at(school.now())
    defer { try? office.workspace.endCommand(of: office.person) }
    return try office.set(
      campaign, try office.item(item, of: campaign),
      fields: [.selfScore: .decimal(FixedDecimal(Score(hundredths: value)))], unit: try office.unit("school/cs"),
      onBehalf: false
    ).written
  }

  private func values(_ office: Office, _ item: String) throws -> Set<String> {
    let sheet = try office.sheet(campaign, unit: try office.unit("school/cs"))
    let part = try #require(sheet.parts.first)
    let leaf = try #require(part.template.leaves.first { $0.id == item })
    return Set((part.answers(leaf)[.selfScore] ?? []).map(\.plainText))
  }

  /// What a backup program would keep: the folder's files, closed.
  private func copyFolder(_ office: Office, to name: String) throws -> String {
    let copy = school.folder + "/" + name
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    try office.workspace.store.backup(to: copy + "/workspace.db")
    for file in ["device.key", "lock"] {
      try FileManager.default.copyItem(atPath: office.workspace.folder + "/" + file, toPath: copy + "/" + file)
    }
    return copy
  }

  /// Puts a copy back in place of the folder.
  private func restore(_ office: Office, from copy: String) throws -> Office {
    let folder = office.workspace.folder
    try FileManager.default.removeItem(atPath: folder)
    try FileManager.default.copyItem(atPath: copy, toPath: folder)
    return try reopen(folder)
  }

  private func reopen(_ folder: String) throws -> Office {
    Office(
      try Workspace(opening: folder, stateFolder: school.stateFolder), person: "张三",
      claimedMilliseconds: school.now())
  }

  @Test("a folder set back draws a new incarnation; what it had sent comes back, both values stand")
  func restoredAndSent() throws {
    _ = try score(laptop, "1.1", 100)
    let backup = try copyFolder(laptop, to: "backup")
    _ = try score(laptop, "1.2", 100)
    try school.synchronize(laptop, with: root)

    let restored = try restore(laptop, from: backup)
    let written = try score(restored, "1.2", 200)
    #expect(written.newIncarnation)
    #expect(try !score(restored, "1.3", 100).newIncarnation)
    #expect(try school.synchronize(restored, with: root).inSync)
    for office in [restored, root] {
      #expect(try values(office, "1.1") == ["1"])
      #expect(try values(office, "1.2") == ["1", "2"])
      #expect(try values(office, "1.3") == ["1"])
      #expect(try office.verify().ok)
    }
  }

  @Test("un-sent entries lost with the disk are gone, yet nothing that was sent is, and two restores in a row are safe")
  func twoRestores() throws {
    _ = try score(laptop, "1.1", 100)
    try school.synchronize(laptop, with: root)
    let backup = try copyFolder(laptop, to: "backup")
    for round in 1...2 {
      let restored = try restore(laptop, from: backup)
      #expect(try score(restored, "1.2", Int64(round) * 50).newIncarnation)
      #expect(try school.synchronize(restored, with: root).inSync)
    }
    #expect(try values(root, "1.2") == ["0.5", "1"])
    #expect(try values(root, "1.1") == ["1"])
    #expect(try root.verify().ok)
  }

  @Test("a copied folder and its original go on as two replicas; nothing of either is lost")
  func cloned() throws {
    _ = try score(laptop, "1.1", 100)
    let copy = try reopen(try copyFolder(laptop, to: "clone"))
    #expect(try score(copy, "1.2", 50).newIncarnation)
    #expect(try !score(laptop, "1.2", 150).newIncarnation)
    for office in [copy, laptop, copy, laptop] { #expect(try school.synchronize(office, with: root).inSync) }
    for office in [copy, laptop, root] { #expect(try values(office, "1.2") == ["0.5", "1.5"]) }
  }

  @Test("a whole machine set back, marker and all: the chains diverge, all branches are kept and merged")
  func snapshot() throws {
    let (folder, backup) = try {
      let laptop = try school.enrol("school/cs", by: root, person: "张三")
      try school.synchronize(laptop, with: root)
      _ = try score(laptop, "1.1", 100)
      try school.synchronize(laptop, with: root)
      let backup = try copyFolder(laptop, to: "backup")
      try FileManager.default.copyItem(atPath: school.stateFolder, toPath: school.folder + "/state-backup")
      _ = try score(laptop, "1.2", 50)
      try school.synchronize(laptop, with: root)
      return (laptop.workspace.folder, backup)
    }()

    // The database goes back into the same file, so that machine, path and file id all match.
    let database = try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/workspace.db"))
    try database.truncate(atOffset: 0)
    try database.write(contentsOf: try Data(contentsOf: URL(fileURLWithPath: backup + "/workspace.db")))
    try database.close()
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder + "/workspace.db" + suffix) }
    try FileManager.default.removeItem(atPath: school.stateFolder)
    try FileManager.default.copyItem(atPath: school.folder + "/state-backup", toPath: school.stateFolder)
    let restored = try reopen(folder)
    #expect(try !score(restored, "1.2", 150).newIncarnation, "nothing tells that the machine was set back")
    #expect(try school.synchronize(restored, with: root).inSync)
    for office in [restored, root] {
      #expect(try values(office, "1.2") == ["0.5", "1.5"])
      #expect(try office.verify().ok)
    }
    #expect(try score(restored, "1.3", 100).newIncarnation, "it met a foreign branch of its own replica")
    #expect(try school.synchronize(restored, with: root).inSync)
    #expect(try values(root, "1.3") == ["1"])
  }

  @Test("a hub set back to its backup is refilled by a client in step with its later state")
  func hubRestored() throws {
    let backup = try copyFolder(root, to: "hub-backup")
    _ = try score(laptop, "1.1", 100)
    try school.synchronize(laptop, with: root)
    let restored = try restore(root, from: backup)
    #expect(try school.synchronize(laptop, with: restored).inSync)
    #expect(try values(restored, "1.1") == ["1"])
    #expect(try restored.verify().ok)
  }

  @Test("every acknowledged commit runs with synchronous=FULL (promise 3)")
  func durable() throws {
    #expect(try laptop.workspace.store.synchronousLevel == 2)
  }
}
