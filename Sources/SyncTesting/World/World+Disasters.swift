import SyncEngine
import SyncModel

// Disks set back and copied, clocks that jump.
extension World {
  private static let backupLimit = 3

  func backUp() throws {
    guard let machine = pick(machines) else { return }
    try settleLimbo(of: machine)
    tell("\(machine.number) is backed up")
    if machine.backups.count == Self.backupLimit { machine.backups.removeFirst() }
    machine.backups.append(try machine.backup())
  }

  /// A commit in doubt may stand for whoever opens the files next, also in a copy of them, and the person was told so: before
  /// a copy is made the machine's next program has looked which it is.
  private func settleLimbo(of machine: Machine) throws {
    guard let last = machine.limbo.last else { return }
    let candidates = machine.limbo
    machine.close()
    machine.limbo = []
    try look(at: machine, wall: last.wall, after: candidates)
  }

  func restore() throws {
    guard let machine = pick(machines.filter { !$0.backups.isEmpty }), let backup = pick(machine.backups),
      let way = pick(Machine.Restore.allCases)
    else { return }
    tell("\(machine.number) is set back, \(way)")
    try machine.restore(backup, way)
    guarantees.restart(home: machine.number)
    tally[.restores] += 1
    if way == .machine {
      tally[.unnoticedRestores] += 1
      if generator.chance(percent: 25) { try announceRestore(of: machine) }
    }
  }

  func clone() throws {
    guard machines.count < Plan.machineLimit, let machine = pick(machines) else { return }
    let number = machines.count
    try settleLimbo(of: machine)
    if generator.chance(percent: 50) {
      tell("\(machine.number) is copied as \(number)")
      machines.append(try machine.clone(number: number, to: nextPlace()))
      tally[.clones] += 1
    } else {
      tell("\(machine.number) has a twin \(number)")
      machines.append(try machine.twin(number: number))
      tally[.twins] += 1
    }
  }

  /// Up to eight years, either way.
  func jumpClock() {
    guard let machine = pick(machines) else { return }
    let hours = Int64(generator.below(2 * 8 * 365 * 24)) - 8 * 365 * 24
    machine.clockOffset = generator.chance(percent: 30) ? 0 : hours * 3_600_000
    tell("\(machine.number) has its clock off by \(machine.clockOffset / 3_600_000) hours")
    tally[.clockJumps] += 1
  }
}
