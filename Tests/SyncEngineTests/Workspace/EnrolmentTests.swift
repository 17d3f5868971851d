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
      agreement: [], deviceName: "笔记本")
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

  @Test(
    "who writes and who reads which log",
    arguments: [
      // unit, roles, log's unit, channel, writes, reads
      ("school", Roles.admin, "school/cs", Channel.notices, true, true),
      ("school/cs", .admin, "school/cs", .notices, true, true),
      ("school/cs", .admin, "school", .notices, false, true),
      ("school/cs", .reporter, "school/cs", .notices, false, true),
      ("school/cs/b1", .reporter, "school/cs", .notices, false, true),
      ("school/ee", .admin, "school/cs", .notices, false, false),
      ("school/cs", .reporter, "school/cs", .answers, true, true),
      ("school", .reviewer, "school/cs", .answers, true, true),
      ("school", .reporter, "school/cs", .answers, false, true),
      ("school/cs/b1", .reviewer, "school/cs", .answers, false, false),
      ("school/cs/b2", .reporter, "school/cs/b1", .answers, false, false),
      ("school/cs", .reporter, "school/cs", .internal, true, true),
      ("school", .all, "school/cs", .internal, false, false),
      ("school", .inspector, "school/cs", .inspection, true, true),
      ("school", .reviewer, "school/cs", .inspection, false, true),
      ("school/cs", .all, "school/cs", .inspection, false, false),
    ])
  func access(_ unit: String, _ roles: Roles, _ of: String, _ channel: Channel, _ writes: Bool, _ reads: Bool) throws {
    let unit = try #require(UnitPath(unit))
    let log = LogID(try #require(UnitPath(of)), channel)
    #expect(Access.mayWrite(unit: unit, roles: roles, log: log) == writes)
    #expect(Access.mayRead(unit: unit, log: log) == reads)
    #expect(Access.isShared(LogID(log.unit, .internal), between: unit, and: unit) == unit.contains(log.unit))
  }

  @Test("the directory holds only an agreement key that its device has certified (promise 7)")
  func agreementKey() throws {
    let office = try school.enrol("school/cs", by: root)
    let key = office.workspace.key
    #expect(try root.directory().devices[key.deviceID]?.agreementKey == key.agreement.publicKey)
    let forger = DeviceKey()
    let forged = try forger.agreementCertificate(school: root.identity.school).bytes
    #expect(AgreementCertificate(bytes: forged, deviceKey: key.publicKey, school: root.identity.school) == nil)
    try root.workspace.write(
      [
        Change(
          RegisterName(.device, SubjectID(key.deviceID), .enrolment),
          Enrolment(key: key.publicKey, unit: office.identity.unit, roles: .reporter, agreement: forged).value)
      ],
      to: LogID(office.identity.unit, .notices), as: "甲", claimedMilliseconds: school.now(), shownUpTo: .max)
    #expect(try root.directory().devices[key.deviceID]?.agreementKey == nil)
  }
}
