import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Invitations, devices and what they may write (promise 7).
@Suite struct EnrolmentTests {
  let school: TestSchool
  let root: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try root.at(school.now()).addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: .teachers)
  }

  private func invitation(_ unit: String = "school/cs") throws -> Invitation {
    try root.at(school.now()).invite(
      try root.unit(unit), roles: .reporter, hub: "", validMilliseconds: 86_400_000)
  }

  private func join(_ invitation: Invitation, _ name: String) throws -> Office {
    try Office.join(
      invitation, in: school.folder + "/" + name, person: "乙", deviceName: name, claimedMilliseconds: school.now(),
      stateFolder: school.stateFolder)
  }

  private func confirm(_ invitation: Invitation, _ office: Office, at time: UInt64? = nil) throws {
    try root.at(time ?? school.now()).confirm(
      invitation: invitation.id, secret: invitation.secret, deviceKey: office.workspace.key.publicKey,
      agreement: try office.workspace.key.agreementCertificate(
        school: office.identity.school, unit: office.identity.unit
      ).bytes,
      deviceName: "笔记本")
  }

  @Test("an invitation lets one device in; the same device may ask again, another may not")
  func once() throws {
    let invitation = try invitation()
    let (first, second) = (try join(invitation, "first"), try join(invitation, "second"))
    try confirm(invitation, first)
    try confirm(invitation, first)
    #expect(throws: OfficeError.invitationUsed) { try confirm(invitation, second) }
    #expect(try root.directory().devices.values.count { $0.unit == invitation.unit } == 1)
  }

  @Test("an expired invitation, a wrong secret and an unknown one are refused, and change nothing")
  func refused() throws {
    let invitation = try invitation()
    let office = try join(invitation, "late")
    let before = try root.status().entries
    #expect(throws: OfficeError.invitationExpired) { try confirm(invitation, office, at: invitation.expires + 1) }
    var forged = invitation
    forged.secret = BatchSecret(high: 1, low: 1)
    #expect(throws: OfficeError.invitationUnknown) { try confirm(forged, office) }
    #expect(try root.status().entries == before)
  }

  @Test("an invitation's text survives line ends around it, and any change or cut is noticed")
  func text() throws {
    let invitation = try invitation()
    let url = invitation.url
    #expect(try Invitation(text: "请用下面的邀请码：\n\(url)\n谢谢") == invitation)
    for cut in stride(from: 20, to: url.count - 1, by: 7) {
      #expect(throws: OfficeError.self) { try Invitation(text: String(url.prefix(cut))) }
    }
    let body = Array(url)
    for position in stride(from: Invitation.scheme.count, to: body.count, by: 5) {
      var changed = body
      changed[position] = changed[position] == "A" ? "B" : "A"
      // The last digit of base64 may carry bits that stand for nothing.
      if let read = try? Invitation(text: String(changed)) { #expect(read == invitation) }
    }
  }

  /// As software of another make writes: whatever its device wants, wherever it wants.
  private func forge(_ office: Office, _ changes: [Change], in unit: String) throws {
    let log = LogID(try #require(UnitPath(unit)), .notices)
    try office.workspace.store.write(wallMilliseconds: school.now()) { transaction in
      _ = try transaction.append(
        changes, to: log,
        by: Author(key: office.workspace.key, incarnation: .random(), person: .random(), shownUpTo: .max),
        continues: nil, secret: .random(), claimedMilliseconds: school.now())
    }
  }

  private func name(_ office: Office, _ name: String) -> Change {
    Change(RegisterName(.device, SubjectID(office.identity.device), .deviceName), .text(name))
  }

  @Test(
    "what somebody without authority says of devices is neither listed nor counted, and raises no number (promise 7)")
  func hearsay() throws {
    let reporter = try school.enrol("school/cs", by: root, person: "丙")
    let victim = try school.enrol("school/cs", by: root, person: "丁")
    try school.synchronize(reporter, with: root)
    let other = DeviceKey()
    let unit = reporter.identity.unit
    let consent = try other.agreementCertificate(school: root.identity.school, unit: unit).bytes
    let revocation = Value.list([
      .integer(.max), .integer(Int64(Roles.all.rawValue)), .bytes(FeedCut().bytes), .text(""),
    ])
    try forge(
      reporter,
      [
        Change(
          RegisterName(.device, SubjectID(other.deviceID), .enrolment),
          Enrolment(key: other.publicKey, unit: unit, roles: .all, agreement: consent).value),
        Change(RegisterName(.device, SubjectID(victim.identity.device), .revocation), revocation),
      ], in: "school/cs")
    #expect(try school.synchronize(reporter, with: root).inSync)
    #expect(try root.audit().aside.map(\.device) == [reporter.identity.device])
    #expect(try root.directory().devices[other.deviceID] == nil)
    let device = try #require(try root.directory().devices[victim.identity.device])
    #expect(device.roles == .reporter)
    #expect(try root.directory().nextRevocationGeneration(of: device.id) == 1)
    try root.at(school.now()).revoke(device, reason: "遗失")
    #expect(try root.directory().devices[device.id]?.roles == [])
    try root.at(school.now()).reinstate(
      try #require(try root.directory().devices[device.id]), reason: "找回")
    #expect(try root.directory().devices[device.id]?.roles == .reporter)
  }

  @Test(
    "a device is stopped and given back whatever number its own administrator used; who may not is told (promise 7)")
  func lastNumber() throws {
    let admin = try school.enrol("school/cs", by: root, roles: [.admin], person: "丙")
    let victim = try school.enrol("school/cs", by: root, person: "丁")
    try school.synchronize(admin, with: root)
    try admin.workspace.write(
      [
        Change(
          RegisterName(.device, SubjectID(victim.identity.device), .revocation),
          .list([
            .integer(Int64(AuthorityStatement.generationLimit)), .integer(Int64(Roles.all.rawValue)),
            .bytes(FeedCut().bytes), .text(""),
          ]))
      ], to: LogID(admin.identity.unit, .notices), as: "丙", claimedMilliseconds: school.now())
    try school.synchronize(admin, with: root)
    func device(_ office: Office) throws -> DirectoryDevice {
      try #require(try office.directory().devices[victim.identity.device])
    }
    #expect(try device(root).roles == [])
    try root.at(school.now()).reinstate(try device(root), reason: "误停")
    try school.synchronize(admin, with: root)
    for office in [root, admin] { #expect(try device(office).roles == .reporter) }
    let before = try admin.status().entries
    #expect(throws: (any Error).self) { try admin.at(school.now()).revoke(try device(admin), reason: "再停") }
    #expect(try admin.status().entries == before)
    try root.at(school.now()).revoke(try device(root), reason: "遗失")
    #expect(try device(root).roles == [])
  }

  @Test("a device is called what its unit or those above it say, the nearest first; others name nobody (promise 7)")
  func deviceNames() throws {
    _ = try root.at(school.now()).addUnit("school/aa", name: "材料学院党总支", kind: .committee, type: nil)
    // Its notices come first in the order of keys.
    let neighbour = try school.enrol("school/aa", by: root, roles: .admin, person: "丙")
    let office = try school.enrol("school/cs", by: root, device: "办公室电脑")
    let branch = try school.enrol("school/cs/b1", by: root, device: "支部电脑")
    try school.synchronize(neighbour, with: root)
    func named(_ device: Office) throws -> String? { try root.directory().devices[device.identity.device]?.name }
    let lies = [name(office, "支部电脑"), name(branch, "办公室电脑"), name(neighbour, "我的电脑")]
    try neighbour.workspace.write(
      lies, to: LogID(neighbour.identity.unit, .notices), as: "丙", claimedMilliseconds: school.now())
    try school.synchronize(neighbour, with: root)
    #expect(try named(office) == "办公室电脑" && named(branch) == "支部电脑" && named(neighbour) == "我的电脑")
    for unit in ["school", "school/cs"] {
      try root.workspace.write(
        [name(branch, "上级叫法")], to: LogID(try #require(UnitPath(unit)), .notices), as: "甲",
        claimedMilliseconds: school.now())
      #expect(try named(branch) == "支部电脑")
    }
    try root.workspace.write(
      [name(office, "新名称")], to: LogID(office.identity.unit, .notices), as: "甲", claimedMilliseconds: school.now())
    #expect(try named(office) == "新名称")
  }

  @Test("the school is called what stands under its own id, whatever else its notices call a school")
  func schoolName() throws {
    try root.workspace.write(
      (1...20).map { Change(RegisterName(.school, SubjectID(high: 1, low: $0), .schoolName), .text("别的学校")) },
      to: LogID(root.identity.rootUnit, .notices), as: "甲", claimedMilliseconds: school.now())
    #expect(try root.directory().schoolName == "示例大学")
  }

  @Test("what was filled in before the enrolment came counts once it is there, on every replica")
  func offlineFirst() throws {
    let campaign = try school.publishSheet(by: root)
    let known = try school.enrol("school/cs", by: root)
    try school.synchronize(known, with: root)
    let invitation = try invitation()
    let fresh = try join(invitation, "fresh")
    // It has the checklist from a colleague's laptop, not yet its own enrolment.
    try school.synchronize(fresh, with: known)
    _ = try fresh.at(school.now()).set(
      campaign, try fresh.item("1.1", of: campaign), fields: [.remark: .text("先填的")],
      unit: try fresh.unit("school/cs"), onBehalf: false)
    try school.synchronize(fresh, with: known)
    let log = LogID(fresh.identity.unit, .answers)
    func waiting(_ office: Office) throws -> Int {
      try office.workspace.store.read { try $0.logs().first { $0.log == log }?.waiting ?? 0 }
    }
    #expect(try waiting(known) == 1, "an unknown device's entry waits, stored")
    try confirm(invitation, fresh)
    try school.synchronize(known, with: root)
    #expect(try waiting(known) == 0)
    let sheet = try known.sheet(campaign, unit: try known.unit("school/cs"))
    #expect(sheet.parts.first?.registers.values.first?[.remark]?.value == .text("先填的"))
  }

  @Test("a reporter can neither register units nor answer for a unit above or beside")
  func authority() throws {
    let reporter = try school.enrol("school/cs", by: root)
    try school.synchronize(reporter, with: root)
    let before = try reporter.status().entries
    #expect(throws: WorkspaceError.self) {
      try reporter.at(school.now()).addUnit("school/cs/b9", name: "不该有", kind: .branch, type: nil)
    }
    #expect(throws: WorkspaceError.self) {
      try reporter.workspace.write(
        [Change(RegisterName(.answer, SubjectID(high: 1, low: 1), Field(rawValue: 3)), .text("越权"))],
        to: LogID(try #require(UnitPath("school/cs/b1")), .answers), as: "乙", claimedMilliseconds: school.now())
    }
    #expect(try reporter.status().entries == before)
  }

  @Test("nobody enrols a device where it has not itself agreed to be: a neighbour cannot capture it (promise 7)")
  func consent() throws {
    _ = try root.at(school.now()).addUnit("school/ee", name: "电子学院党总支", kind: .committee, type: nil)
    let neighbour = try school.enrol("school/ee", by: root, roles: .admin, person: "丙")
    let office = try school.enrol("school/cs", by: root)
    for laptop in [neighbour, office] { try school.synchronize(laptop, with: root) }
    let key = office.workspace.key
    #expect(try root.directory().devices[key.deviceID]?.agreementKey == key.agreement.publicKey)
    let before = try root.directory()
    let certificate = try key.agreementCertificate(school: root.identity.school, unit: office.identity.unit).bytes
    let forged = try neighbour.workspace.key.agreementCertificate(
      school: root.identity.school, unit: neighbour.identity.unit
    ).bytes
    for agreement in [certificate, forged, []] {
      try neighbour.workspace.write(
        [
          Change(
            RegisterName(.device, SubjectID(key.deviceID), .enrolment),
            Enrolment(key: key.publicKey, unit: neighbour.identity.unit, roles: .all, agreement: agreement).value)
        ],
        to: LogID(neighbour.identity.unit, .notices), as: "丙", claimedMilliseconds: school.now(), shownUpTo: .max)
    }
    try school.synchronize(neighbour, with: root)
    #expect(try root.directory().devices == before.devices)
  }
}
