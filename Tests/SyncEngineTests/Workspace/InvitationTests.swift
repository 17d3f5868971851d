import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// What becomes of invitations: made in numbers, used, revoked, renewed (promise 7).
@Suite struct InvitationTests {
  let school: TestSchool
  let root: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    _ = try root.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    _ = try root.at(school.now()).addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: .teachers)
    _ = try root.at(school.now()).addUnit("school/cs/b2", name: "学生一支部", kind: .branch, type: .students)
  }

  private static let day: UInt64 = 86_400_000

  private func invite(_ unit: String = "school/cs/b1") throws -> Invitation {
    try root.at(school.now()).invite(
      try root.unit(unit), roles: .reporter, hub: "", validMilliseconds: Self.day)
  }

  private func record(_ invitation: Invitation) throws -> InvitationRecord {
    try root.invitation(invitation.id.description)
  }

  /// The device's key.
  @discardableResult
  private func join(_ invitation: Invitation, _ device: String, by hub: Office? = nil) throws -> DeviceKey {
    let key = DeviceKey()
    try (hub ?? root).at(school.now()).confirm(
      invitation: invitation.id, secret: invitation.secret, deviceKey: key.publicKey,
      agreement: try key.agreementCertificate(school: invitation.school, unit: invitation.unit).bytes,
      deviceName: device)
    return key
  }

  private func state(_ invitation: Invitation, after milliseconds: UInt64 = 0) throws -> InvitationRecord.State {
    try record(invitation).state(at: school.clock + milliseconds)
  }

  @Test("an invitation is open, then used by the device that joined; unused it expires")
  func states() throws {
    let (used, left) = (try invite(), try invite("school/cs/b2"))
    #expect(try state(used) == .open)
    let key = try join(used, "笔记本")
    #expect(try record(used).usedBy == [DeviceID(key: key.publicKey)])
    #expect(try state(used, after: 2 * Self.day) == .used)
    #expect(try state(left, after: 2 * Self.day) == .expired)
    #expect(try root.invitations().map(\.id) == [used.id, left.id])
  }

  @Test("a revoked invitation lets nobody in, also at a hub that hears of it later; who has joined stays")
  func revoked() throws {
    let hub = try school.enrol("school/cs", by: root, roles: .all)
    let (first, second) = (try invite(), try invite())
    let key = try join(first, "笔记本")
    try school.synchronize(hub, with: root)
    try root.at(school.now()).revoke([try record(first), try record(second)])
    #expect(try state(second) == .revoked)
    #expect(try state(first) == .used)
    #expect(throws: OfficeError.invitationRevoked) { try join(second, "电脑") }
    try school.synchronize(hub, with: root)
    #expect(throws: OfficeError.invitationRevoked) { try join(second, "电脑", by: hub) }
    #expect(try root.directory().devices[DeviceID(key: key.publicKey)]?.roles == .reporter)
  }

  @Test("one renewed works under its new text alone; used and revoked ones are not renewed")
  func renewed() throws {
    let (old, used, revoked) = (try invite(), try invite("school/cs/b2"), try invite())
    let new = try root.at(school.now()).renew(try record(old), hub: "", validMilliseconds: 9 * Self.day)
    #expect(new.id == old.id)
    #expect(new.roles == old.roles)
    #expect(try state(old, after: 8 * Self.day) == .open)
    #expect(throws: OfficeError.invitationUnknown) { try join(old, "旧的") }
    try join(new, "新的")
    try join(used, "笔记本")
    try root.at(school.now()).revoke([try record(revoked)])
    for (invitation, error) in [(used, OfficeError.invitationUsed), (revoked, .invitationRevoked)] {
      #expect(throws: error) {
        try root.at(school.now()).renew(try record(invitation), hub: "", validMilliseconds: Self.day)
      }
    }
  }

  @Test("many are recorded in one transaction, one entry in each unit's notices; drafts let nobody in")
  func many() throws {
    let units = try root.directory().sortedUnits.filter { $0.path.depth > 1 }
    let before = try root.status().entries
    let drafts = try root.at(school.now()).draftInvitations(
      for: units, roles: [.reporter, .signer], hub: "", validMilliseconds: Self.day)
    #expect(throws: OfficeError.invitationUnknown) { try join(drafts[0], "早了") }
    #expect(try root.status().entries == before)
    try root.at(school.now()).record(drafts)
    #expect(try root.status().entries == before + units.count)
    for draft in drafts { try join(draft, "电脑") }
    #expect(try root.verify().ok)
  }

  @Test("where one unit of many is beyond authority, nothing is recorded (promise 8)")
  func allOrNone() throws {
    let admin = try school.enrol("school/cs", by: root, roles: .admin)
    try school.synchronize(admin, with: root)
    let units = try [admin.unit("school/cs/b1"), admin.unit("school")]
    let before = try admin.status().entries
    let drafts = try admin.at(school.now()).draftInvitations(
      for: units, roles: .reporter, hub: "", validMilliseconds: Self.day)
    #expect(throws: WorkspaceError.self) { try admin.at(school.now()).record(drafts) }
    #expect(throws: WorkspaceError.self) {
      try admin.at(school.now()).register([
        DirectoryUnit(path: try #require(UnitPath("school/cs/b9")), name: "甲", kind: .branch),
        DirectoryUnit(path: try #require(UnitPath("school/ee")), name: "乙", kind: .committee),
      ])
    }
    #expect(try admin.status().entries == before)
    #expect(try admin.directory().units[#require(UnitPath("school/cs/b9"))] == nil)
  }

  @Test("what a laptop writes into its own notices invites nobody: terms bind only below their log")
  func foreignTerms() throws {
    let admin = try school.enrol("school/cs", by: root, roles: .admin)
    try school.synchronize(admin, with: root)
    var draft = try admin.at(school.now()).draftInvitations(
      for: [try admin.unit("school/cs")], roles: .all, hub: "", validMilliseconds: Self.day)[0]
    let terms = Value.list([
      .bytes(Invitation.hash(of: draft.secret).bytes), .text("school"), .integer(31),
      .integer(Int64(draft.expires)),
    ])
    try admin.workspace.write(
      [Change(RegisterName(.invitation, draft.id, .invitationTerms), terms)],
      to: LogID(draft.unit, .notices), as: "乙", claimedMilliseconds: school.now())
    draft.unit = try #require(UnitPath("school"))
    try school.synchronize(admin, with: root)
    #expect(throws: OfficeError.invitationUnknown) { try join(draft, "混入") }
    #expect(try root.invitations().allSatisfy { $0.id != draft.id })
  }

  @Test("hundreds of units are registered in as few entries as there are notices, and again adds none")
  func register() throws {
    let units = try (1...300).map { number in
      DirectoryUnit(path: try #require(UnitPath("school/cs/x\(number)")), name: "第\(number)支部", kind: .branch)
    }
    let before = try root.status().entries
    try root.at(school.now()).register(units)
    // 1,024 changes an entry: 900 fit into one.
    #expect(try root.status().entries == before + 1)
    #expect(try root.directory().units.count == 304)
    try root.at(school.now()).register([])
    #expect(try root.status().entries == before + 1)
  }

  @Test("a device tells since when it is there and who worked at it")
  func deviceUse() throws {
    let campaign = try school.publishSheet(by: root)
    let before = school.clock
    let laptop = try school.enrol("school/cs", by: root)
    let enrolled = school.clock
    try school.synchronize(laptop, with: root)
    for (item, person) in [("1.1", "张三"), ("1.2", "李四"), ("2.1", "张三")] {
      _ = try laptop.at(school.now(), as: person).set(
        campaign, try laptop.item(item, of: campaign), fields: [.remark: .text(item)],
        unit: try laptop.unit("school/cs"), onBehalf: false)
    }
    try school.synchronize(laptop, with: root)
    let use = try #require(try root.deviceUses()[laptop.identity.device])
    #expect(use.people == ["张三", "李四"].sorted())
    let since = try #require(use.enrolledMilliseconds)
    #expect((before...enrolled).contains(since))
  }
}
