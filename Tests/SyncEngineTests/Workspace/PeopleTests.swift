import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// Who sits at a keyboard, and what devices and units are called, whatever bytes that came in.
@Suite struct PeopleTests {
  let school: TestSchool

  init() throws { school = try TestSchool() }

  private static let composed = "Jos\u{E9}"
  private static let decomposed = "Jose\u{301}"

  @Test("a new person is stored in NFC and found in any form; two ids of before stay, and are one person")
  func twoForms() throws {
    let office = try school.found(person: Self.decomposed)
    let store = office.workspace.store
    func rows() throws -> [[UInt8]] {
      try store.read { try $0.connection.rows("SELECT name FROM person").map { Array($0[0].text.utf8) } }
    }
    #expect(try rows() == [Array(Self.composed.utf8)])
    let first = try store.write(wallMilliseconds: 0) { try $0.person(named: Self.decomposed).id }
    #expect(try store.write(wallMilliseconds: 0) { try $0.person(named: "\(Self.composed)\u{3000}").id } == first)
    let second = PersonID.random()
    try store.write(wallMilliseconds: 0) { transaction in
      try transaction.connection.run(
        "INSERT INTO person VALUES (?, ?, 7)", [.text(Self.decomposed), .blob(second.bytes)])
      try transaction.markShown(to: Self.composed, upTo: 9)
    }
    #expect(try store.read { try $0.personIDs(named: Self.composed) } == [first, second])
    #expect(try store.read { try $0.shownMark(of: Self.decomposed) } >= 9)
    let shown = try store.read { try $0.people(named: Self.composed).map(\.shown) }
    #expect(shown.count == 2 && shown.allSatisfy { $0 >= 9 })
    // Each spelling goes on under its own id.
    #expect(try store.write(wallMilliseconds: 0) { try $0.person(named: Self.composed).id } == first)
    #expect(try store.write(wallMilliseconds: 0) { try $0.person(named: Self.decomposed).id } == second)
  }

  @Test("a hub lets a device in whatever it calls itself, under a name that it would write")
  func deviceName() throws {
    let office = try school.found()
    _ = try office.addUnit("school/b1", name: "教师一支部", kind: .branch, type: nil)
    for (name, stored) in [
      ("电脑\u{202E}\n甲", "电脑甲"), ("\u{200B}", "电脑"),
      (String(repeating: "长", count: 150), String(repeating: "长", count: 100)),
    ] {
      let invitation = try office.invite(
        try office.unit("school/b1"), roles: .reporter, hub: "", validMilliseconds: 86_400_000)
      let key = DeviceKey()
      try office.confirm(
        invitation: invitation.id, secret: invitation.secret, deviceKey: key.publicKey,
        agreement: try key.agreementCertificate(school: office.identity.school, unit: invitation.unit).bytes,
        deviceName: name)
      #expect(try office.directory().devices[key.deviceID]?.name == stored)
    }
  }

  @Test("who gave a unit its name is worked out alike in whatever order the entries come")
  func givenName() throws {
    let office = try school.found()
    _ = try office.addUnit("school/b1", name: "教师一支部", kind: .branch, type: nil)
    let branch = try school.enrol("school/b1", by: office, roles: [.reporter, .admin])
    try school.synchronize(branch, with: office)
    let unit = try branch.unit("教师一支部")
    try branch.at(school.now()).rename(unit, to: "电子工程学院")
    let reader = try school.enrol("school", by: office, roles: .admin)
    for order in 0..<2 {
      if order == 0 { try school.synchronize(branch, with: office) }
      try school.synchronize(reader, with: office)
      try school.synchronize(branch, with: office)
      try school.synchronize(reader, with: office)
    }
    for each in [office, branch, reader] {
      let unit = try #require(try each.directory().units[unit.path])
      #expect(unit.name == "电子工程学院" && unit.givenName == "教师一支部" && !unit.isNameConfirmed)
      #expect(throws: OfficeError.self) { try each.unit("电子工程学院") }
      #expect(throws: OfficeError.self) { try each.unit("教师一支部") }
    }
    // What the school says of it counts for both names.
    try office.at(school.now()).rename(try office.unit("school/b1"), to: "电工支部")
    for each in [reader, branch] { try school.synchronize(each, with: office) }
    for each in [office, branch, reader] {
      #expect(try each.unit("电工支部").path == unit.path)
      #expect(try each.directory().units[unit.path]?.isNameConfirmed == true)
    }
  }
}
