import Foundation
import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// The directory beside the notices that it follows from (decision 0038; promises 1 and 8).
@Suite struct KeptDirectoryTests {
  private let school: TestSchool
  private let root: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
  }

  /// As another process finds it.
  private func reopened(_ office: Office) throws -> LogStore {
    try LogStore(path: office.workspace.folder + "/workspace.db")
  }

  private func expectKept(_ office: Office, _ what: String) throws {
    try reopened(office).read { snapshot in
      let kept = try #require(try snapshot.keptDirectory(version: snapshot.counter(.directory)), "\(what)")
      #expect(kept == (try DirectoryReader.read(snapshot)), "\(what)")
    }
  }

  @Test("what is kept is what the notices come to, whatever changed them and on every replica")
  func kept() throws {
    try expectKept(root, "founded")
    let admin = try school.enrol("school/cs", by: root, roles: [.admin, .reporter], person: "丙")
    try expectKept(root, "enrolled")
    try school.synchronize(admin, with: root)
    try expectKept(admin, "received")
    _ = try admin.at(school.now()).addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: .teachers)
    let victim = try school.enrol("school/cs/b1", by: admin, person: "丁")
    try school.synchronize(admin, with: root)
    try expectKept(root, "of another")
    let device = try #require(try root.directory().devices[victim.identity.device])
    try root.at(school.now()).revoke(device, reason: "遗失")
    try root.at(school.now()).move(try root.unit("school/cs/b1"), under: try root.unit("school"))
    try root.at(school.now()).rename(try root.unit("school/cs"), to: "计算机党总支")
    try expectKept(root, "stopped, moved and renamed")
    try school.synchronize(admin, with: root)
    try expectKept(admin, "stopped, moved and renamed, received")
    #expect(try admin.directory() == (try reopened(admin).read { try DirectoryReader.read($0) }))
  }

  @Test("whoever changes no notices reads what is kept and works out nothing")
  func onlyRead() throws {
    let version = try root.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      var directory = try transaction.directory()
      directory.schoolName = "读到的"
      let version = try transaction.counter(.directory)
      try transaction.connection.run(
        "UPDATE directory SET body = ? WHERE version = ?", [.blob(directory.bytes), SQLValue(version)])
      return version
    }
    let store = try reopened(root)
    #expect(try store.read { try $0.directory().schoolName } == "读到的")
    // A write that changes none neither works it out nor keeps it anew.
    try store.write(wallMilliseconds: school.now()) { transaction in
      _ = try transaction.directory()
      try transaction.setSetting("x", [1])
    }
    #expect(try reopened(root).read { try $0.directory().schoolName } == "读到的")
    #expect(try reopened(root).read { try $0.counter(.directory) } == version)
    // One that does works it out from the notices.
    _ = try root.at(school.now()).addUnit("school/ee", name: "电子学院党总支", kind: .committee, type: nil)
    #expect(try reopened(root).read { try $0.directory().schoolName } == "示例大学")
    try expectKept(root, "worked out anew")
  }

  @Test("a folder without what is kept, with broken bytes, of another version or by other rules works it out")
  func unkept() throws {
    let expected = try root.directory()
    for change in [
      "DELETE FROM directory", "UPDATE directory SET body = x'0102'", "UPDATE directory SET version = version + 1",
      "UPDATE directory SET rules = rules + 1",
    ] {
      try root.workspace.store.write(wallMilliseconds: school.now()) { try $0.connection.run(change, []) }
      #expect(try reopened(root).read { try $0.directory() } == expected, "\(change)")
    }
    _ = try root.at(school.now()).addUnit("school/ee", name: "电子学院党总支", kind: .committee, type: nil)
    try expectKept(root, "after the next change")
  }

  @Test("what is undone keeps nothing")
  func undone() throws {
    struct Undone: Error {}
    let log = LogID(root.identity.unit, .notices)
    #expect(throws: Undone.self) {
      try root.workspace.store.write(wallMilliseconds: school.now()) { transaction in
        _ = try transaction.append(
          [
            Change(
              RegisterName(
                .school, SubjectID(high: root.identity.school.high, low: root.identity.school.low), .schoolName),
              .text("未提交"))
          ],
          to: log, by: Author(key: root.workspace.key, incarnation: .random(), person: .random(), shownUpTo: .max),
          continues: nil, secret: .random(), claimedMilliseconds: school.now())
        throw Undone()
      }
    }
    try expectKept(root, "undone")
    #expect(try root.directory().schoolName == "示例大学")
  }

  @Test("400 made-up keys, two of which stop all the others: every replica comes to the same, and keeps it")
  func hostile() throws {
    let leaf = try school.enrol("school/cs", by: root, roles: .admin, person: "丙")
    try school.synchronize(leaf, with: root)
    let unit = leaf.identity.unit
    let keys = (0..<400).map { _ in DeviceKey() }
    try forge(
      leaf,
      try keys.map { key in
        let consent = try key.agreementCertificate(school: leaf.identity.school, unit: unit).bytes
        return Change(
          RegisterName(.device, SubjectID(key.deviceID), .enrolment),
          Enrolment(key: key.publicKey, unit: unit, roles: .all, agreement: consent).value)
      }, by: leaf.workspace.key)
    for author in keys.prefix(2) {
      try forge(
        leaf,
        keys.filter { $0.deviceID != author.deviceID }.map { key in
          let revocation = AuthorityStatement.Revocation(
            device: key.deviceID, generation: AuthorityStatement.generationLimit, roles: .all, cut: FeedCut())
          return Change(RegisterName(.device, SubjectID(key.deviceID), .revocation), revocation.value(reason: ""))
        }, by: author)
    }
    #expect(try school.synchronize(leaf, with: root).inSync)
    #expect(try root.directory() == leaf.directory())
    // The two stop each other as well: the smaller id decides.
    let devices = try root.directory().devices
    let senior = try #require(keys.prefix(2).map(\.deviceID).min())
    for key in keys { #expect(devices[key.deviceID]?.roles == (key.deviceID == senior ? .all : [])) }
    try expectKept(root, "received")
    try root.at(school.now()).revoke(try #require(devices[senior]), reason: "冒名")
    let after = try root.directory().devices
    #expect(keys.allSatisfy { after[$0.deviceID]?.roles == [] })
    _ = try root.at(school.now()).addUnit("school/ee", name: "电子学院党总支", kind: .committee, type: nil)
    try expectKept(root, "stopped")
  }

  private func forge(_ office: Office, _ changes: [Change], by key: DeviceKey) throws {
    try office.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      _ = try transaction.append(
        changes, to: LogID(office.identity.unit, .notices),
        by: Author(key: key, incarnation: .random(), person: .random(), shownUpTo: .max), continues: nil,
        secret: .random(), claimedMilliseconds: school.now())
    }
  }
}
