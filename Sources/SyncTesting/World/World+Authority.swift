import SyncEngine
import SyncModel

// Enrolments, revocations, moves: each from wherever an administrator happens to sit, with what is known there.
extension World {
  /// A machine that may administer something, as far as it knows itself.
  private func administrator() throws -> (machine: Machine, directory: Directory)? {
    let found = try machines.filter {
      try $0.office().directory().devices[$0.key.deviceID]?.roles.contains(.admin) ?? false
    }
    guard let machine = pick(found) else { return nil }
    return (machine, try machine.office().directory())
  }

  func enrolSomebody() throws {
    guard machines.count < Plan.machineLimit, let (machine, directory) = try administrator() else { return }
    let units = directory.sortedUnits.map(\.path).filter { directory.tree.contains(machine.unit, $0) }
    guard let unit = pick(units) else { return }
    let roles: Roles = pick([.reporter, [.reporter, .reviewer], [.reporter, .admin], .all]) ?? .reporter
    do { _ = try invite(unit, roles: roles, by: machine) } catch is Refused {}
  }

  func revokeSomebody() throws {
    guard let (machine, directory) = try administrator() else { return }
    let devices = directory.devices.values.filter { !$0.roles.isEmpty }.sorted { $0.id < $1.id }
    guard let device = pick(devices) else { return }
    let roles: Roles = generator.chance(percent: 25) ? .admin : .all
    let done = try command(
      on: machine, as: machine.people[0], base: .free, "revokes \(roles.names) of \(device.name)"
    ) { office in
      _ = try office.revoke(device, roles: roles, reason: "停用")
    }
    if done { tally[.revocations] += 1 }
  }

  /// Two administrators stop each other, neither knowing of the other's step.
  func revokeEachOther() throws {
    guard let (first, directory) = try administrator(), let (second, other) = try administrator(),
      let target = directory.devices[second.key.deviceID], let back = other.devices[first.key.deviceID],
      target.id != back.id
    else { return }
    for (machine, device) in [(first, target), (second, back)] {
      let done = try command(on: machine, as: machine.people[0], base: .free, "revokes \(device.name), mutually") {
        _ = try $0.revoke(device, reason: "停用")
      }
      if done { tally[.revocations] += 1 }
    }
  }

  func undoRevocation() throws {
    guard let (machine, directory) = try administrator() else { return }
    let devices = directory.devices.values.filter { !$0.revokedRoles.isEmpty }.sorted { $0.id < $1.id }
    guard let device = pick(devices) else { return }
    let isWhole = generator.chance(percent: 50)
    let done = try command(
      on: machine, as: machine.people[0], base: .free, "\(isWhole ? "reinstates" : "accepts later of") \(device.name)"
    ) { office in
      if isWhole {
        _ = try office.reinstate(device, reason: "恢复")
      } else {
        _ = try office.acceptLater(of: device, reason: "补收")
      }
    }
    if done { tally[.reinstatements] += 1 }
  }

  func changeUnit() throws {
    guard let (machine, directory) = try administrator() else { return }
    let units = directory.sortedUnits.filter { $0.path != directory.root }
    guard let unit = pick(units), let other = pick(directory.sortedUnits) else { return }
    names += 1
    let newName = "改名\(names)"
    switch generator.below(10) {
    case ..<5:
      if try move(unit, under: other, "moves", by: machine, { _ = try $0.move(unit, under: other) }) {
        tally[.moves] += 1
      }
    case ..<6:
      if try move(unit, under: other, "merges", by: machine, { _ = try $0.merge(unit, into: other) }) {
        tally[.moves] += 1
      }
    case ..<7:
      try command(on: machine, as: machine.people[0], base: .free, "retires \(unit.path)") {
        _ = try $0.retire(unit)
      }
    default:
      try command(on: machine, as: machine.people[0], base: .free, "renames \(unit.path)") {
        _ = try $0.rename(unit, to: newName)
      }
    }
  }

  private func move(
    _ unit: DirectoryUnit, under other: DirectoryUnit, _ verb: String, by machine: Machine,
    _ body: (Office) throws -> Void
  ) throws -> Bool {
    formerParents[unit.path, default: []].insert(other.path)
    return try command(
      on: machine, as: machine.people[0], base: .free, "\(verb) \(unit.path) under \(other.path)", body)
  }
}
