import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// A device's statements about one subject beyond the 64th along its feed count nowhere (protocol §8; promises 1, 7 and 8).
@Suite struct StatementLimitTests {
  private let school: TestSchool
  private let root: Office
  private let admin: Office
  private let victim: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    admin = try school.enrol("school/cs", by: root, roles: .admin, person: "丙")
    victim = try school.enrol("school/cs", by: root, person: "丁")
    try school.synchronize(admin, with: root)
  }

  /// As software of another make writes: stops and reinstates by turns, `count` times, under rising numbers.
  private func state(
    _ numbers: ClosedRange<Int>, by author: Author, _ office: Office, continues: FeedPlace? = nil
  ) throws -> FeedPlace? {
    var last: FeedPlace?
    for number in numbers {
      try office.workspace.store.write(wallMilliseconds: school.now()) { transaction in
        let revocation = AuthorityStatement.Revocation(
          device: victim.identity.device, generation: UInt64(number), roles: number % 2 == 1 ? [] : .all,
          cut: FeedCut())
        last = try transaction.append(
          [
            Change(
              RegisterName(.device, SubjectID(victim.identity.device), .revocation), revocation.value(reason: ""))
          ], to: LogID(admin.identity.unit, .notices), by: author, continues: last == nil ? continues : nil,
          secret: .random(), claimedMilliseconds: school.now())
      }
    }
    return last
  }

  private func roles(_ office: Office) throws -> Roles? {
    try office.directory().devices[victim.identity.device]?.roles
  }

  private func author() -> Author {
    Author(key: admin.workspace.key, incarnation: .random(), person: .random(), shownUpTo: .max)
  }

  @Test("the 64th counts, the 65th does not, on every replica; another administrator still answers")
  func limited() throws {
    let author = author()
    _ = try state(1...64, by: author, admin)
    #expect(try roles(admin) == [])
    _ = try state(65...65, by: author, admin)
    #expect(try roles(admin) == [], "the 65th would have given back")
    try school.synchronize(admin, with: root)
    #expect(try roles(root) == [])
    #expect(try root.directory() == admin.directory())
    let device = try #require(try root.directory().devices[victim.identity.device])
    try root.at(school.now()).reinstate(device, reason: "误停")
    try school.synchronize(admin, with: root)
    for office in [root, admin] { #expect(try roles(office) == .reporter) }
  }

  @Test("whoever has said enough is told so, and nothing is written")
  func refused() throws {
    func device(_ office: Office) throws -> DirectoryDevice {
      try #require(try office.directory().devices[victim.identity.device])
    }
    for number in 1...64 {
      if number % 2 == 1 {
        try admin.at(school.now()).revoke(try device(admin), reason: "遗失")
      } else {
        try admin.at(school.now()).reinstate(try device(admin), reason: "找到")
      }
    }
    let before = try admin.status().entries
    let name = try device(admin).name
    #expect(throws: OfficeError.saidTooOften(name)) {
      try admin.at(school.now()).revoke(try device(admin), reason: "遗失")
    }
    #expect(try admin.status().entries == before && roles(admin) == .reporter)
    try school.synchronize(admin, with: root)
    try root.at(school.now()).revoke(try device(root), reason: "遗失")
    #expect(try roles(root) == [])
  }

  @Test("a feed that continues the first counts on; what it says beyond hits nothing")
  func continued() throws {
    let end = try state(1...60, by: author(), admin)
    #expect(try roles(admin) == [])
    _ = try state(61...65, by: author(), admin, continues: end)
    #expect(try roles(admin) == [], "64 takes away, 65 would have given back")
    try school.synchronize(admin, with: root)
    #expect(try roles(root) == [])
  }
  @Test("a register with an element or a part says nothing about who counts: an entry says one thing about a subject")
  func numbered() throws {
    let before = try root.directory()
    let stop = { (part: UInt64, generation: UInt64) in
      Change(
        RegisterName(.device, SubjectID(self.victim.identity.device), part: part, .revocation),
        AuthorityStatement.Revocation(
          device: self.victim.identity.device, generation: generation, roles: .all, cut: FeedCut()
        ).value(reason: ""))
    }
    _ = try admin.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      try transaction.append(
        [stop(1, 1), stop(2, 2)], to: LogID(admin.identity.unit, .notices), by: author(), continues: nil,
        secret: .random(), claimedMilliseconds: school.now())
    }
    try school.synchronize(admin, with: root)
    #expect(try root.directory() == before)
    #expect(try roles(admin) == roles(root))
  }

  @Test("a place that a cut names covers as soon as it is held, also where what stands there says nothing of devices")
  func placeArrivesLater() throws {
    // The victim becomes an administrator, and writes a notice that is no statement.
    let invited = try school.enrol("school/cs", by: root, roles: .admin, person: "戊")
    try school.synchronize(invited, with: root)
    let written = try invited.workspace.write(
      [Change(RegisterName(.campaign, .random(), .campaignName), .text("通知"))],
      to: LogID(admin.identity.unit, .notices), as: "戊", claimedMilliseconds: school.now())
    let enrolled = try school.enrol("school/cs", by: root, person: "己")
    for office in [invited, admin, enrolled] { try school.synchronize(office, with: root) }
    // Stopped with a cut at that notice, by software that does not have it in view.
    let cut = FeedCut([LogID(admin.identity.unit, .notices): [written.place]])
    let revocation = AuthorityStatement.Revocation(
      device: invited.identity.device, generation: 1, roles: .all, cut: cut)
    let log = LogID(admin.identity.unit, .notices)
    let fresh = try school.enrol("school/cs", by: root, person: "庚")
    _ = try admin.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      try transaction.append(
        [Change(RegisterName(.device, SubjectID(invited.identity.device), .revocation), revocation.value(reason: ""))],
        to: log, by: author(), continues: nil, secret: .random(), claimedMilliseconds: school.now())
    }
    for office in [admin, invited, fresh] { try school.synchronize(office, with: root) }
    let expected = try root.directory()
    #expect(expected.devices[invited.identity.device]?.roles == [])
    for office in [admin, invited, fresh] { #expect(try office.directory() == expected) }
    // Worked out again from what is stored, it is what was kept.
    for office in [root, admin, invited, fresh] {
      #expect(try office.workspace.store.read { try DirectoryReader.read($0) } == office.directory())
    }
  }
}
