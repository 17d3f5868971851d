import SyncEngine
import SyncModel

// The school as it is before anything happens.
extension World {
  /// Root, one or two committees with hubs of their own, one to three branches below each, devices everywhere, one small
  /// checklist for all of them.
  func found() throws {
    let place = nextPlace()
    let time = clock
    let root = try Office.foundSchool(
      in: place.folder, name: "示例大学", root: "school", rehearsal: true, person: "甲", deviceName: "组织部电脑",
      claimedMilliseconds: time, stateFolder: place.stateFolder)
    let hub = Machine(number: 0, name: "组织部电脑", office: root, place: place, people: ["甲", "乙"])
    machines.append(hub)
    rootDevice = root.identity.rootKey
    enrolments[root.identity.device] = [root.identity.unit]
    try look(at: hub, writing: Writing(person: "甲", claimed: time, base: .free), wall: time)

    let isSmall = plan.size == .small
    let counts = isSmall ? 1...1 : 1...2
    let secondPercent = isSmall ? 15 : 40
    var committees: [UnitPath] = []
    var branches: [UnitPath] = []
    for number in 1...generator.int(in: counts) {
      let committee = try addUnit("school/c\(number)", "第\(number)党总支", .committee, by: hub)
      committees.append(committee)
      for branch in 1...generator.int(in: counts) {
        branches.append(try addUnit("\(committee)/b\(branch)", "第\(number)-\(branch)支部", .branch, by: hub))
      }
    }
    try publish(by: hub)
    if generator.chance(percent: isSmall ? 15 : 50) { try enrol(hub.unit, roles: .all, by: hub) }
    for committee in committees {
      let office = try enrol(committee, roles: [.reporter, .reviewer, .inspector, .admin], by: hub)
      try sync(office, with: hub)
      if generator.chance(percent: secondPercent) { try enrol(committee, roles: [.reporter, .reviewer], by: office) }
      for branch in branches where committee.contains(branch) {
        let roles: Roles = generator.chance(percent: 30) ? [.reporter, .admin] : [.reporter, .signer]
        try enrol(branch, roles: roles, by: office)
        if generator.chance(percent: secondPercent) { try enrol(branch, roles: .reporter, by: office) }
      }
    }
    for machine in machines.dropFirst() { try sync(machine, with: upperHub(of: machine)) }
    tell("founded")
  }

  private func publish(by hub: Machine) throws {
    let template = Template(
      title: "自查表", kind: .scoreSheet,
      sections: [
        .init(
          number: "一", text: "组织生活",
          children: [
            .init(number: "1", text: "按期开会", points: Score(hundredths: 500)),
            .init(number: "2", text: "讲党课", points: Score(hundredths: 500)),
          ]),
        .init(number: "二", text: "其他", children: [.init(number: "1", text: "材料齐全", points: Score(hundredths: 500))]),
      ])
    try command(on: hub, as: "甲", base: .free, "publishes") { office in
      let stored = try office.store(template)
      self.campaign = try office.publish(
        Office.Publication(name: "自查", templates: [stored], units: try office.units(matching: ["school/**"])))
    }
    items = template.leaves.map { CampaignItem(slot: 1, template: template, item: $0) }
  }

  func addUnit(_ path: String, _ name: String, _ kind: UnitKind, by machine: Machine) throws -> UnitPath {
    guard let unit = UnitPath(path) else { throw failure("no path: \(path)") }
    try command(on: machine, as: "甲", base: .free, "adds \(path)") { office in
      _ = try office.addUnit(path, name: name, kind: kind, type: nil)
    }
    return unit
  }

  /// A device invited by `inviter` that joins offline and is confirmed at once by whoever invited it.
  @discardableResult
  func enrol(_ unit: UnitPath, roles: Roles, by inviter: Machine) throws -> Machine {
    let machine = try invite(unit, roles: roles, by: inviter)
    try confirm(machine, at: inviter)
    return machine
  }

  /// The device joins from the invitation alone; some hub confirms it at first contact.
  func invite(_ unit: UnitPath, roles: Roles, by inviter: Machine) throws -> Machine {
    var made: Invitation?
    try command(on: inviter, as: inviter.people[0], base: .free, "invites \(roles.names) to \(unit)") { office in
      made = try office.invite(
        try office.directory().units[unit] ?? DirectoryUnit(path: unit, name: unit.description, kind: .branch),
        roles: roles, hub: "", validMilliseconds: Invitation.lifeLimitMilliseconds)
    }
    guard let invitation = made else { throw Refused() }
    let place = nextPlace()
    let number = machines.count
    let people = ["张\(number)", "李\(number)"]
    let office = try Office.join(
      invitation, in: place.folder, person: people[0], deviceName: "设备\(number)",
      // The inviter's clock may be years behind: whoever joins is not kept from it, the hub judges.
      claimedMilliseconds: min(clock, invitation.expires), stateFolder: place.stateFolder)
    let machine = Machine(
      number: number, name: "设备\(number)", office: office, place: place, people: people, invitation: invitation)
    machines.append(machine)
    enrolments[office.identity.device, default: []].insert(unit)
    tally[.enrolments] += 1
    tell("\(number) joins \(unit) with \(roles.names)")
    return machine
  }

  func confirm(_ machine: Machine, at hub: Machine) throws {
    if try show(machine.invitation, of: machine, to: hub), try reinvite(machine, by: hub) {
      _ = try show(machine.invitation, of: machine, to: hub)
    }
  }

  /// - Returns: true where the invitation is over: its issuer was stopped, or somebody's clock is years off.
  private func show(_ invitation: Invitation?, of machine: Machine, to hub: Machine) throws -> Bool {
    guard let invitation else { return false }
    let school = try machine.office().identity.school
    var isOver = false
    let done = try command(on: hub, as: "汇总点", base: .free, "confirms \(machine.number)") { office in
      do {
        try office.confirm(
          invitation: invitation.id, secret: invitation.secret, deviceKey: machine.key.publicKey,
          agreement: try machine.key.agreementCertificate(school: school, unit: machine.unit).bytes,
          deviceName: machine.name)
      } catch let error as OfficeError {
        isOver = [.invitationEnded, .invitationExpired].contains(error)
        throw error
      }
    }
    if done {
      machine.invitation = nil
      try machine.office().workspace.set(invitation: "")
    }
    return isOver
  }

  /// Another invitation from whoever was asked, taken into the folder that is there.
  private func reinvite(_ machine: Machine, by hub: Machine) throws -> Bool {
    var made: Invitation?
    let roles = machine.invitation?.roles ?? .reporter
    let done = try command(on: hub, as: hub.people[0], base: .free, "invites \(machine.number) again") { office in
      made = try office.invite(
        try office.directory().units[machine.unit]
          ?? DirectoryUnit(path: machine.unit, name: machine.unit.description, kind: .branch),
        roles: roles, hub: "", validMilliseconds: Invitation.lifeLimitMilliseconds)
    }
    guard done, let invitation = made else { return false }
    let office = try machine.office()
    do {
      _ = try Office.rejoin(invitation, in: office.workspace, person: "", claimedMilliseconds: 0)
    } catch WorkspaceError.exists {
      // Somebody has let it in meanwhile, as far as it knows.
      return false
    }
    machine.invitation = invitation
    tell("\(machine.number) takes another invitation")
    return true
  }

  /// The first machine of the unit above, or of the nearest one that has any.
  func upperHub(of machine: Machine) -> Machine {
    var unit = machine.unit.parent
    while let above = unit {
      if let hub = machines.first(where: { $0.unit == above && $0 !== machine }) { return hub }
      unit = above.parent
    }
    return machines[0]
  }

  /// Thrown where a step of the plan was refused for a reason that a person would be told.
  struct Refused: Error {}
}
