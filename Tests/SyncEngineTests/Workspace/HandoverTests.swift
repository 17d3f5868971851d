import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Handing over, recovering a school by its root key, and the audit (promises 2, 7 and 11).
@Suite struct HandoverTests {
  let school: TestSchool
  let root: Office
  let campaign: Campaign

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    campaign = try school.publishSheet(by: root)
  }

  private func remark(_ office: Office, _ item: String, _ text: String) throws {
    _ = try office.at(school.now()).set(
      campaign, try office.item(item, of: campaign), fields: [.remark: .text(text)],
      unit: try office.unit("school/cs"), onBehalf: false)
  }

  private func remarks(_ office: Office) throws -> Set<String> {
    let part = try #require(try office.sheet(campaign, unit: try office.unit("school/cs")).parts.first)
    return Set(part.registers.values.flatMap { $0[.remark]?.values ?? [] }.map(\.plainText))
  }

  private func carry(from: Office, to: Office) throws {
    let log = LogID(from.identity.unit, .answers)
    let segments = try from.workspace.store.write(wallMilliseconds: 0) { transaction in
      let engine = try transaction.engine(for: log)
      return try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 20) }
    }
    try to.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      for segment in segments { _ = try transaction.ingest(segment) }
    }
  }

  @Test(
    "who takes over has the same roles; the old device stops then, its work stays, what it had not sent can be accepted"
  )
  func handover() throws {
    let old = try school.enrol("school/cs", by: root, roles: [.reporter, .signer], person: "原书记")
    try school.synchronize(old, with: root)
    try remark(old, "1.1", "任内所填")
    try school.synchronize(old, with: root)
    try remark(old, "1.2", "未送出")
    let device = try #require(try root.directory().devices[old.identity.device])
    let drafts = try root.at(school.now()).draftInvitations(
      for: [try root.unit("school/cs")], roles: device.roles, hub: "", validMilliseconds: 86_400_000)
    let invitation = try #require(drafts.first)
    try root.at(school.now()).handOver(device, by: invitation)
    #expect(try root.directory().devices[device.id]?.roles == device.roles, "until somebody has joined")
    let new = try Office.join(
      invitation, in: school.folder + "/new", person: "新书记", deviceName: "新电脑", claimedMilliseconds: school.now(),
      stateFolder: school.stateFolder)
    try root.at(school.now()).confirm(
      invitation: invitation.id, secret: invitation.secret, deviceKey: new.workspace.key.publicKey,
      agreement: try new.workspace.key.agreementCertificate(
        school: new.identity.school, unit: new.identity.unit
      ).bytes, deviceName: "新电脑")
    #expect(try root.directory().devices[new.identity.device]?.roles == [.reporter, .signer])
    #expect(try root.directory().devices[device.id]?.roles == [])
    try school.synchronize(new, with: root)
    try carry(from: old, to: root)
    #expect(try remarks(root) == ["任内所填"])
    let aside = try root.audit().aside.filter { $0.device == device.id }
    #expect(aside.map(\.reason) == [.afterCut])
    #expect(aside.reduce(0) { $0 + $1.entries } == 1)
    try root.at(school.now()).acceptLater(
      of: try #require(try root.directory().devices[device.id]), reason: "已核对")
    try school.synchronize(new, with: root)
    for office in [root, new] { #expect(try remarks(office) == ["任内所填", "未送出"]) }
    #expect(try root.audit().aside.isEmpty)
  }

  @Test(
    "the root key stops the founding device in the wrong hands, whether it has answered the new one's appointment or not",
    arguments: [true, false])
  func recoveryPrevails(_ hasHeard: Bool) throws {
    let laptop = try school.enrol("school/cs", by: root, roles: [.reporter, .admin], person: "张三")
    try school.synchronize(laptop, with: root)
    let seed = try #require(try root.workspace.rootSeed)
    let fresh = try Office.recoverSchool(
      in: school.folder + "/fresh", rootSeed: seed, root: "school", rehearsal: true, person: "新管理员",
      deviceName: "新服务器", claimedMilliseconds: school.now(), stateFolder: school.stateFolder)
    _ = try laptop.take(appointment: try fresh.appointment())
    try school.synchronize(fresh, with: laptop)
    // Whoever has the founding device stops the new one, under the last number there is.
    let new = try #require(try laptop.directory().devices[fresh.identity.device])
    _ = try root.workspace.write(
      [
        Change(
          RegisterName(.device, SubjectID(new.id), .revocation),
          .list([
            .integer(Int64(AuthorityStatement.generationLimit)), .integer(Int64(Roles.all.rawValue)),
            .bytes(FeedCut().bytes), .text("冒名"),
          ]))
      ], to: LogID(root.identity.rootUnit, .notices), as: root.person, claimedMilliseconds: school.now())
    _ = try root.take(appointment: try fresh.appointment())
    try school.synchronize(root, with: laptop)
    #expect(try laptop.directory().devices[new.id]?.roles == [])
    if hasHeard {
      try school.synchronize(fresh, with: laptop)
      #expect(try fresh.directory().devices[new.id]?.roles == [])
    }
    let lost = try #require(try fresh.directory().devices[root.identity.device])
    #expect(throws: OfficeError.wrongRootKey) {
      try fresh.revoke(lost, rootSeed: DeviceKey().seed, reason: "遗失")
    }
    #expect(throws: OfficeError.cannotStopItself) { try fresh.revoke(new, rootSeed: seed, reason: "遗失") }
    try fresh.at(school.now()).revoke(lost, rootSeed: seed, reason: "遗失")
    let word = try fresh.appointment()
    for office in [laptop, root] { _ = try office.take(appointment: word) }
    for _ in 1...2 { for office in [fresh, root] { try school.synchronize(office, with: laptop) } }
    for office in [fresh, laptop, root] {
      let directory = try office.directory()
      #expect(directory.devices[lost.id]?.roles == [])
      #expect(directory.devices[new.id]?.roles == .all)
      #expect(directory.devices[laptop.identity.device]?.roles == [.reporter, .admin], "its earlier word stays")
      #expect(try office.verify().ok)
    }
    _ = try fresh.at(school.now()).addUnit("school/ee", name: "电子学院党总支", kind: .committee, type: nil)
    try school.synchronize(fresh, with: laptop)
    #expect(try laptop.directory().units.count == 3)
  }

  @Test("the root key puts a new administrator in place of a lost one, who is then stopped; everybody follows")
  func recovery() throws {
    let laptop = try school.enrol("school/cs", by: root, roles: [.reporter, .admin], person: "张三")
    try school.synchronize(laptop, with: root)
    let stored = try root.workspace.rootSeed
    let seed = try #require(stored)
    let fresh = try Office.recoverSchool(
      in: school.folder + "/fresh", rootSeed: seed, root: "school", rehearsal: true, person: "新管理员",
      deviceName: "新服务器", claimedMilliseconds: school.now(), stateFolder: school.stateFolder)
    #expect(fresh.identity.school == root.identity.school)
    #expect(try fresh.workspace.rootSeed == nil, "whoever brought the key keeps it elsewhere")
    let appointment = try fresh.appointment()
    for index in appointment.indices {
      var changed = appointment
      changed[index] ^= 4
      #expect(throws: OfficeError.badAppointment) { try laptop.take(appointment: changed) }
    }
    #expect(try laptop.take(appointment: appointment).new == 1)
    #expect(try laptop.take(appointment: appointment).duplicates == 1)
    #expect(try laptop.directory().devices[fresh.identity.device]?.roles == .all)
    #expect(try school.synchronize(fresh, with: laptop).inSync)
    #expect(try fresh.directory().units.count == 2)
    let lost = try #require(try fresh.directory().devices[root.identity.device])
    try fresh.at(school.now()).revoke(lost, reason: "遗失")
    #expect(try school.synchronize(fresh, with: laptop).inSync)
    #expect(try laptop.directory().devices[lost.id]?.roles == [])
    _ = try fresh.at(school.now()).addUnit("school/ee", name: "电子学院党总支", kind: .committee, type: nil)
    #expect(try school.synchronize(fresh, with: laptop).inSync)
    #expect(try laptop.directory().units.count == 3)
  }
}
