import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Invitations whose issuer is stopped, moved away or replaced: judged once, by whoever confirms them (protocol §8; promises 1 and 7).
@Suite struct StoppedInviterTests {
  let school: TestSchool
  let root: Office
  /// 党总支's administrator, who issues what this is about.
  let inviter: Office
  /// 党总支's hub.
  let hub: Office

  init() throws {
    school = try TestSchool()
    root = try school.found()
    for (path, name) in [("school/cs", "计算机学院党总支"), ("school/ee", "电子学院党总支")] {
      _ = try root.at(school.now()).addUnit(path, name: name, kind: .committee, type: nil)
    }
    _ = try root.at(school.now()).addUnit("school/cs/b1", name: "教师一支部", kind: .branch, type: .teachers)
    inviter = try school.enrol("school/cs", by: root, roles: [.reporter, .admin], person: "王五", device: "原管理员电脑")
    hub = try school.enrol("school/cs", by: root, roles: .all, person: "汇总点", device: "计院主机")
    for office in [inviter, hub] { try school.synchronize(office, with: root) }
  }

  private static let day: UInt64 = 86_400_000

  private func invite(
    _ unit: String = "school/cs", roles: Roles = .admin, by office: Office? = nil
  ) throws -> Invitation {
    let office = office ?? inviter
    return try office.at(school.now()).invite(
      try office.unit(unit), roles: roles, hub: "", validMilliseconds: 7 * Self.day)
  }

  @discardableResult
  private func confirm(
    _ invitation: Invitation, by office: Office, key: DeviceKey = DeviceKey(), at time: UInt64? = nil
  ) throws -> DeviceKey {
    try office.at(time ?? school.now()).confirm(
      invitation: invitation.id, secret: invitation.secret, deviceKey: key.publicKey,
      agreement: try key.agreementCertificate(school: invitation.school, unit: invitation.unit).bytes,
      deviceName: "新设备")
    return key
  }

  private func join(_ invitation: Invitation, _ name: String, person: String = "李四") throws -> Office {
    try Office.join(
      invitation, in: school.folder + "/" + name, person: person, deviceName: name,
      claimedMilliseconds: school.now(), stateFolder: school.stateFolder)
  }

  private func device(_ office: Office, at other: Office) throws -> DirectoryDevice {
    try #require(try other.directory().devices[office.identity.device])
  }

  private func state(_ invitation: Invitation, at office: Office) throws -> InvitationRecord.State {
    try office.invitation(invitation.id.description).state(at: school.clock)
  }

  enum End: String, CaseIterable {
    case stopped, lostAdmin, unitMovedAway
  }

  private func end(_ how: End) throws {
    switch how {
    case .stopped: try root.at(school.now()).revoke(try device(inviter, at: root), reason: "离任")
    case .lostAdmin: try root.at(school.now()).revoke(try device(inviter, at: root), roles: .admin, reason: "换届")
    case .unitMovedAway:
      try root.at(school.now()).move(try root.unit("school/cs/b1"), under: try root.unit("school/ee"))
    }
  }

  @Test(
    "an invitation lets nobody in once its issuer does not administer its unit, whatever its roles, and nothing is written",
    arguments: End.allCases, [Roles.admin, .reporter])
  func stopped(_ how: End, _ roles: Roles) throws {
    let invitation = try invite("school/cs/b1", roles: roles)
    try school.synchronize(inviter, with: root)
    #expect(try state(invitation, at: root) == .open)
    try end(how)
    try school.synchronize(hub, with: root)
    for office in how == .unitMovedAway ? [root] : [root, hub] {
      let before = (try office.status().entries, try office.directory())
      #expect(try state(invitation, at: office) == .ended)
      #expect(throws: OfficeError.invitationEnded) { try confirm(invitation, by: office) }
      #expect(try office.status().entries == before.0)
      #expect(try office.directory() == before.1)
    }
    // What the same hub issues itself lets people in as ever.
    let own = try invite("school/cs/b1", roles: roles, by: root)
    let key = try confirm(own, by: root)
    #expect(try root.directory().devices[key.deviceID]?.roles == roles)
    // Who was let in stays, whatever becomes of whoever issued or confirmed it.
    try root.at(school.now()).move(try root.unit("school/cs"), under: try root.unit("school/ee"))
    #expect(try root.directory().devices[key.deviceID]?.roles == roles)
  }

  @Test("a stopped device is not let in again by anybody's invitation, which stays as good for another")
  func stoppedDevice() throws {
    try end(.stopped)
    let invitation = try invite("school/cs", roles: .reporter, by: root)
    let before = try root.status().entries
    #expect(throws: OfficeError.stoppedDevice) { try confirm(invitation, by: root, key: inviter.workspace.key) }
    #expect(throws: WorkspaceError.exists(path: inviter.workspace.folder)) {
      try school.synchronize(inviter, with: root)
      _ = try Office.rejoin(invitation, in: inviter.workspace, person: "", claimedMilliseconds: school.now())
    }
    #expect(try root.status().entries == before)
    #expect(try state(invitation, at: root) == .open)
    try confirm(invitation, by: root)
  }

  @Test(
    "a stopped issuer who gets the administrator's role back admits again; a renewal in another's name admits all along"
  )
  func reinstated() throws {
    let (first, second) = (try invite(), try invite())
    try school.synchronize(inviter, with: root)
    try end(.stopped)
    let renewed = try root.at(school.now()).renew(
      try root.invitation(second.id.description), hub: "", validMilliseconds: Self.day)
    #expect(throws: OfficeError.invitationUnknown) { try confirm(second, by: root) }
    try confirm(renewed, by: root)
    try root.at(school.now()).reinstate(try device(inviter, at: root), reason: "误停")
    try confirm(first, by: root)
  }

  @Test(
    "a device that may not enrol there confirms nobody: without the role, stopped, formerly above, or not enrolled itself"
  )
  func confirmer() throws {
    let invitation = try invite("school/cs/b1", roles: .reporter, by: root)
    let reporter = try school.enrol("school/cs", by: root, roles: .reporter, person: "丙")
    let stranger = try join(try invite(by: root), "stranger")
    for office in [reporter, stranger, hub] { try school.synchronize(office, with: root) }
    try root.at(school.now()).revoke(try device(inviter, at: root), reason: "离任")
    try school.synchronize(inviter, with: root)
    for office in [reporter, stranger, inviter] {
      let before = try office.status().entries
      #expect(throws: OfficeError.self) { try confirm(invitation, by: office) }
      do {
        try confirm(invitation, by: office)
      } catch OfficeError.cannotConfirm {
      } catch {
        Issue.record("\(error)")
      }
      #expect(try office.status().entries == before)
    }
    try end(.unitMovedAway)
    try school.synchronize(hub, with: root)
    #expect(throws: OfficeError.cannotConfirm(unit: "教师一支部")) { try confirm(invitation, by: hub) }
    try confirm(invitation, by: root)
  }

  private typealias Batch = [Segment]

  /// What the school's notices hold, one batch for the school's own and one for each author in those of 党总支.
  private func batches(of office: Office) throws -> [Batch] {
    try office.workspace.store.write(wallMilliseconds: 0) { transaction in
      try ["school", "school/cs"].flatMap { unit -> [Batch] in
        let engine = try transaction.engine(for: LogID(try #require(UnitPath(unit)), .notices))
        let segments = try engine.strands.indices.compactMap { strand in
          try engine.segment(on: strand, after: 0, byteLimit: 1 << 20)
        }
        return unit == "school" ? [segments] : segments.map { [$0] }
      }
    }
  }

  private func orders<Item>(of items: [Item]) -> [[Item]] {
    if items.count < 2 { return [items] }
    return items.indices.flatMap { index -> [[Item]] in
      var rest = items
      let first = rest.remove(at: index)
      return orders(of: rest).map { [first] + $0 }
    }
  }

  @Test(
    "who was let in by a hub that had not heard of the stop counts on every replica, whatever came first; the revoker is shown them, and whom they let in, and stops all of them at once"
  )
  func unheard() throws {
    let invitation = try invite()
    try school.synchronize(inviter, with: hub)
    try end(.stopped)
    #expect(try root.newlyLeftBehind().isEmpty)
    // 党总支's hub lets the device in, and that one brings another.
    let back = try join(invitation, "back")
    try confirm(invitation, by: hub, key: back.workspace.key)
    try back.workspace.set(invitation: "")
    try school.synchronize(back, with: hub)
    let next = try school.enrol("school/cs/b1", by: back, roles: .reporter, person: "丁", device: "第二台")
    try school.synchronize(back, with: hub)
    try school.synchronize(hub, with: root)

    let directory = try root.directory()
    #expect(directory.devices[back.identity.device]?.roles == .admin)
    #expect(directory.devices[inviter.identity.device]?.roles == [])
    let batches = try batches(of: root)
    #expect(batches.count >= 4)
    let observed = try orders(of: Array(batches)).prefix(120).enumerated().map { number, order in
      let observer = try join(try invite("school", by: root), "observer-\(number)")
      for batch in order {
        try observer.workspace.store.write(wallMilliseconds: school.now()) { transaction in
          for segment in batch { _ = try transaction.ingest(segment) }
        }
      }
      return try observer.directory().devices.mapValues { [$0.roles, $0.grantedRoles] }
    }
    let expected = directory.devices.filter { $0.value.unit.depth < 3 }.mapValues { [$0.roles, $0.grantedRoles] }
    for devices in observed { #expect(devices == expected) }

    let left = try root.newlyLeftBehind()
    #expect(Set(left.devices.map(\.id)) == [back.identity.device, next.identity.device])
    #expect(left.invitations.isEmpty)
    try root.at(school.now()).stop(left, reason: "经已停用的设备加入")
    try school.synchronize(hub, with: root)
    for office in [root, hub] {
      for device in [back, next] { #expect(try self.device(device, at: office).roles == []) }
      #expect(try office.verify().ok)
    }
    #expect(try root.newlyLeftBehind().isEmpty)
  }

  @Test(
    "what a stopped issuer wrote too late is shown as well, until it has been on a screen; scripts and strangers see their own"
  )
  func tooLate() throws {
    try end(.stopped)
    let late = try invite()
    try school.synchronize(inviter, with: hub)
    try school.synchronize(hub, with: root)
    #expect(throws: OfficeError.invitationUnknown) { try confirm(late, by: root) }
    #expect(try root.newlyLeftBehind().invitations.map(\.id) == [late.id])
    #expect(try hub.newlyLeftBehind().isEmpty, "it has stopped nobody")
    try root.markDevicesSeen()
    #expect(try root.newlyLeftBehind().isEmpty)
    // A hub that had not heard would have let somebody in: ended, it does not any more.
    try root.at(school.now()).stop(
      LeftBehind(invitations: try root.leftBehind(by: inviter.identity.device).invitations), reason: "离任")
    #expect(try root.leftBehind(by: inviter.identity.device).invitations.isEmpty)
  }

  @Test(
    "revoking names the open invitations and the devices nobody has seen, and ends both in the same step, or in none")
  func inOneStep() throws {
    let (open, used) = (try invite("school/cs/b1", roles: .reporter), try invite())
    try school.synchronize(inviter, with: root)
    let joined = try confirm(used, by: root)
    let target = try device(inviter, at: root)
    let left = try root.leftBehind(by: target.id)
    #expect(left.invitations.map(\.id) == [open.id])
    #expect(left.devices.map(\.id) == [joined.deviceID])
    try root.markDevicesSeen()
    #expect(try root.leftBehind(by: target.id).devices.isEmpty, "seen before")
    #expect(try root.leftBehind(by: target.id).invitations.map(\.id) == [open.id], "still open")
    // Where one of them is beyond this device's authority, nothing happens.
    let before = try hub.status().entries
    let founder = try #require(try hub.directory().devices[root.identity.device])
    try school.synchronize(hub, with: root)
    let moved = try hub.status().entries
    #expect(moved > before)
    #expect(throws: (any Error).self) {
      try hub.at(school.now()).revoke(
        try device(inviter, at: hub), reason: "离任", with: LeftBehind(invitations: left.invitations, devices: [founder]))
    }
    #expect(try hub.status().entries == moved)
    #expect(try device(inviter, at: hub).roles == target.roles)
    try root.at(school.now()).revoke(target, reason: "离任", with: left)
    for id in [target.id, joined.deviceID] { #expect(try root.directory().devices[id]?.roles == []) }
    #expect(try state(open, at: root) == .revoked)
  }

  @Test(
    "a founding administrator is stopped, given back and hands over: the fifty devices that joined by it count all along"
  )
  func founder() throws {
    let second = try school.enrol("school", by: root, roles: .all, person: "第二管理员")
    let fifty = try (1...50).map { number in
      try confirm(try invite(number % 2 == 0 ? "school/cs" : "school/cs/b1", roles: .reporter, by: root), by: root)
        .deviceID
    }
    try school.synchronize(second, with: root)
    func counting(_ office: Office) throws -> Int {
      let devices = try office.directory().devices
      return fifty.count { devices[$0]?.roles == .reporter }
    }
    #expect(try second.leftBehind(by: root.identity.device).devices.count >= 50)
    try second.at(school.now()).revoke(try device(root, at: second), reason: "离任")
    try school.synchronize(root, with: second)
    for office in [root, second] { #expect(try counting(office) == 50) }
    try second.at(school.now()).reinstate(try device(root, at: second), reason: "误停")
    let draft = try second.at(school.now()).draftInvitations(
      for: [try second.unit("school")], roles: .all, hub: "", validMilliseconds: Self.day)[0]
    try second.at(school.now()).handOver(try device(root, at: second), by: draft)
    let heir = try join(draft, "heir")
    try confirm(draft, by: second, key: heir.workspace.key)
    try school.synchronize(heir, with: second)
    try school.synchronize(root, with: second)
    for office in [root, second, heir] {
      #expect(try device(root, at: office).roles == [])
      #expect(try counting(office) == 50)
      #expect(try office.verify().ok)
    }
  }

  /// As software of another make writes them.
  private func write(_ terms: Invitation, expires: UInt64, at time: UInt64) throws {
    try inviter.workspace.write(
      [
        Change(
          RegisterName(.invitation, terms.id, .invitationTerms),
          .list([
            .bytes(Invitation.hash(of: terms.secret).bytes), .text(terms.unit.description),
            .integer(Int64(terms.roles.rawValue)), .integer(Int64(expires)),
          ]))
      ], to: LogID(terms.unit, .notices), as: "王五", claimedMilliseconds: time)
  }

  @Test(
    "an invitation lives thirty days from the earlier of its clock and its arrival, whatever it says; our own says no more"
  )
  func life() throws {
    func draft() throws -> Invitation {
      try inviter.at(school.now()).draftInvitations(
        for: [try inviter.unit("school/cs")], roles: .admin, hub: "", validMilliseconds: Self.day)[0]
    }
    #expect(Invitation.lifeLimitMilliseconds == 30 * Self.day)
    let before = try inviter.status().entries
    var long = try draft()
    long.expires = school.clock + Invitation.lifeLimitMilliseconds + 1
    let late = inviter.at(school.clock)
    #expect(throws: OfficeError.invitationTooLong) { try late.record([long]) }
    #expect(throws: OfficeError.invitationTooLong) { try late.handOver(try device(hub, at: inviter), by: long) }
    #expect(try inviter.status().entries == before)
    // By its own clock, where that is the earlier.
    let (old, new, ahead) = (try draft(), try draft(), try draft())
    let written = school.now()
    try write(old, expires: written + 300 * Self.day, at: written)
    try write(new, expires: written + 300 * Self.day, at: written)
    for _ in 1...10 { _ = school.now() }
    try school.synchronize(inviter, with: root)
    #expect(try root.invitation(old.id.description).expires == written + 30 * Self.day)
    #expect(throws: OfficeError.invitationExpired) { try confirm(old, by: root, at: written + 30 * Self.day + 1) }
    try confirm(new, by: root, at: written + 30 * Self.day)
    // By its arrival, where its clock was set ahead.
    try write(ahead, expires: written + 900 * Self.day, at: written + 500 * Self.day)
    let earliest = school.clock
    try school.synchronize(inviter, with: root)
    let ends = try root.invitation(ahead.id.description).expires
    #expect(ends > earliest + 30 * Self.day && ends <= school.clock + 30 * Self.day)
    #expect(throws: OfficeError.invitationExpired) { try confirm(ahead, by: root, at: ends + 1) }
    try confirm(ahead, by: root, at: ends)
  }

  private func handOver(handingOn: Bool) throws -> (open: Invitation, heir: Office) {
    let open = try invite("school/cs/b1", roles: .reporter)
    let own = try device(inviter, at: inviter)
    let draft = try inviter.at(school.now()).draftInvitations(
      for: [try inviter.unit("school/cs")], roles: own.roles, hub: "", validMilliseconds: Self.day)[0]
    // By the very device that goes.
    try inviter.at(school.now()).handOver(own, by: draft, handingOn: handingOn)
    try school.synchronize(inviter, with: root)
    let heir = try join(draft, "heir", person: "接任的人")
    try confirm(draft, by: root, key: heir.workspace.key)
    #expect(try device(inviter, at: root).roles == [])
    // Asked again after its issuer was stopped by it.
    try confirm(draft, by: root, key: heir.workspace.key)
    #expect(try device(heir, at: root).roles == own.roles)
    #expect(throws: OfficeError.invitationUsed) { try confirm(draft, by: root) }
    try heir.workspace.set(invitation: "")
    return (open, heir)
  }

  @Test("a device that hands itself over is judged before it stops, and takes its open invitations along")
  func handoverEnds() throws {
    let (open, heir) = try handOver(handingOn: false)
    #expect(try state(open, at: root) == .revoked)
    #expect(throws: OfficeError.invitationRevoked) { try confirm(open, by: root) }
    try school.synchronize(heir, with: root)
    #expect(try heir.at(school.now()).takeUpInvitations().isEmpty)
    try root.at(school.now()).reinstate(try device(inviter, at: root), reason: "返聘")
    #expect(throws: OfficeError.invitationRevoked) { try confirm(open, by: root) }
  }

  @Test("handed on, the successor writes the same terms in its own name, once; they are its own from then on")
  func handsOn() throws {
    let (open, heir) = try handOver(handingOn: true)
    #expect(try state(open, at: root) == .ended, "until the successor is there")
    #expect(throws: OfficeError.invitationEnded) { try confirm(open, by: root) }
    #expect(try heir.at(school.now()).takeUpInvitations().isEmpty, "not enrolled yet as far as it knows")
    try school.synchronize(heir, with: root)
    #expect(try heir.at(school.now()).takeUpInvitations().map(\.id) == [open.id])
    let before = try heir.status().entries
    #expect(try heir.at(school.now()).takeUpInvitations().isEmpty)
    #expect(try heir.status().entries == before)
    try school.synchronize(heir, with: root)
    #expect(try state(open, at: root) == .open)
    let record = try root.invitation(open.id.description)
    #expect(try root.issuer(of: record).device == heir.identity.device)
    #expect(try root.issuer(of: record).person == "接任的人")
    #expect(record.expires == open.expires && record.roles == open.roles)
    let second = try invite("school/cs/b1", roles: .reporter, by: heir)
    try school.synchronize(heir, with: root)
    try confirm(open, by: root)
    try root.at(school.now()).revoke(try device(heir, at: root), reason: "离任")
    #expect(throws: OfficeError.invitationEnded) { try confirm(second, by: root) }
  }

  @Test(
    "word left on somebody else's invitation, that whoever joins stops another device, counts only while its author administers the unit",
    arguments: [true, false])
  func plantedHandover(_ isStopped: Bool) throws {
    let victim = try school.enrol("school/cs", by: root, roles: .reporter, person: "丙")
    let invitation = try invite("school/cs", roles: .reporter, by: root)
    try school.synchronize(inviter, with: root)
    try inviter.workspace.write(
      [
        Change(
          RegisterName(.invitation, invitation.id, .invitationReplaces), .bytes(victim.identity.device.bytes))
      ], to: LogID(invitation.unit, .notices), as: "王五", claimedMilliseconds: school.now())
    try school.synchronize(inviter, with: root)
    if isStopped { try end(.stopped) }
    try confirm(invitation, by: root)
    #expect(try device(victim, at: root).roles == (isStopped ? .reporter : []))
  }

  @Test(
    "whoever joins takes up nothing of a stopped administrator who planted a handover under somebody else's invitation")
  func plantedHandOn() throws {
    let open = try invite("school/cs/b1", roles: .admin)
    let invitation = try invite("school/cs", roles: .admin, by: root)
    try school.synchronize(inviter, with: root)
    try inviter.workspace.write(
      [
        Change(
          RegisterName(.invitation, invitation.id, .invitationReplaces), .bytes(inviter.identity.device.bytes)),
        Change(RegisterName(.invitation, invitation.id, .invitationHandsOn), .choice(1)),
      ], to: LogID(invitation.unit, .notices), as: "王五", claimedMilliseconds: school.now())
    try school.synchronize(inviter, with: root)
    try end(.stopped)
    let heir = try join(invitation, "heir")
    try confirm(invitation, by: root, key: heir.workspace.key)
    try heir.workspace.set(invitation: "")
    try school.synchronize(heir, with: root)
    #expect(try heir.at(school.now()).takeUpInvitations().isEmpty)
    try school.synchronize(heir, with: root)
    #expect(try state(open, at: root) == .ended)
    #expect(throws: OfficeError.invitationEnded) { try confirm(open, by: root) }
  }

  @Test("nobody is named as brought in by who is stopped through a use that was only written down")
  func madeUpUse() throws {
    let colleague = try school.enrol("school/cs", by: root, roles: .reporter, person: "丙")
    try school.synchronize(inviter, with: root)
    let open = try invite("school/cs", roles: .reporter)
    try inviter.workspace.write(
      [Change(RegisterName(.invitation, open.id, .invitationUsed), .bytes(colleague.identity.device.bytes))],
      to: LogID(open.unit, .notices), as: "王五", claimedMilliseconds: school.now())
    // And one who really came by the inviter.
    let real = try confirm(try invite("school/cs", roles: .reporter), by: inviter)
    try school.synchronize(inviter, with: root)
    let left = try root.leftBehind(by: inviter.identity.device)
    #expect(left.devices.map(\.id) == [real.deviceID])
    try root.at(school.now()).revoke(try device(inviter, at: root), reason: "离任", with: left)
    #expect(try device(colleague, at: root).roles == .reporter)
  }

  @Test("one id in the notices of two units hides neither invitation; both end together")
  func sameIDTwice() throws {
    let open = try invite("school/cs/b1", roles: .reporter)
    let branch = try #require(UnitPath("school/cs/b1"))
    // The same terms once more, in the notices above.
    let terms = try #require(
      try inviter.workspace.store.read { snapshot in
        try snapshot.register(LogID(branch, .notices), RegisterName(.invitation, open.id, .invitationTerms))?.value
      })
    try inviter.workspace.write(
      [Change(RegisterName(.invitation, open.id, .invitationTerms), terms)],
      to: LogID(inviter.identity.unit, .notices), as: "王五", claimedMilliseconds: school.now())
    try school.synchronize(inviter, with: root)
    let found = try root.invitations(open.id.description)
    #expect(Set(found.map(\.log.unit.description)) == ["school/cs", "school/cs/b1"])
    let left = try root.leftBehind(by: inviter.identity.device)
    #expect(left.invitations.count == 2)
    try root.at(school.now()).revoke(found)
    #expect(try root.invitations(open.id.description).allSatisfy(\.isRevoked))
    #expect(throws: OfficeError.invitationRevoked) { try confirm(open, by: root) }
  }

  @Test("a device whose invitation ended takes another one into its folder: key, entries and what it was stay")
  func rejoin() throws {
    let campaign = try school.publishSheet(by: root)
    let colleague = try school.enrol("school/cs", by: root, person: "丙")
    try school.synchronize(colleague, with: root)
    let invitation = try invite("school/cs", roles: .reporter)
    try school.synchronize(inviter, with: root)
    let laptop = try join(invitation, "laptop")
    try school.synchronize(laptop, with: colleague)
    _ = try laptop.at(school.now()).set(
      campaign, try laptop.item("1.1", of: campaign), fields: [.remark: .text("先填的")],
      unit: try laptop.unit("school/cs"), onBehalf: false)
    try end(.stopped)
    #expect(throws: OfficeError.invitationEnded) { try confirm(invitation, by: root, key: laptop.workspace.key) }

    let (key, replica, unsent) = (laptop.identity.device, try laptop.replica(), try laptop.status().unsentEntries)
    func rejoin(_ invitation: Invitation) throws -> Office {
      try Office.rejoin(invitation, in: laptop.workspace, person: "", claimedMilliseconds: school.now())
    }
    #expect(throws: WorkspaceError.exists(path: laptop.workspace.folder)) {
      try rejoin(try invite("school/ee", roles: .reporter, by: root))
    }
    let other = try TestSchool()
    let foreign = try other.found()
    _ = try foreign.at(other.now()).addUnit("school/cs", name: "别校", kind: .committee, type: nil)
    #expect(throws: WorkspaceError.exists(path: laptop.workspace.folder)) {
      try rejoin(
        try foreign.at(other.now()).invite(
          try foreign.unit("school/cs"), roles: .reporter, hub: "", validMilliseconds: 300 * 60_000 * 60))
    }
    #expect(try laptop.workspace.pendingInvitation() == invitation.url, "refused, nothing changes")

    let new = try invite("school/cs", roles: [.reporter, .signer], by: root)
    _ = try rejoin(new)
    #expect(try laptop.workspace.pendingInvitation() == new.url)
    #expect(laptop.identity.device == key)
    #expect(try laptop.replica() == replica)
    #expect(try laptop.status().unsentEntries == unsent && unsent > 0)
    try confirm(new, by: root, key: laptop.workspace.key)
    try laptop.workspace.set(invitation: "")
    try school.synchronize(laptop, with: root)
    #expect(try device(laptop, at: root).roles == [.reporter, .signer])
    let sheet = try root.sheet(campaign, unit: try root.unit("school/cs"))
    #expect(sheet.parts.first?.registers.values.first?[.remark]?.value == .text("先填的"))
    #expect(throws: WorkspaceError.exists(path: laptop.workspace.folder)) {
      try rejoin(try invite("school/cs", roles: .reporter, by: root))
    }
  }
}
