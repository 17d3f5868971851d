import Foundation
@_spi(Simulation) import SyncEngine
import SyncModel

// What befalls machines while they work: power loss and kills at any write or sync, disks that fail or are full.
extension World {
  /// What came of a thing that a machine did.
  enum Deed<Result> {
    case done(Result)
    /// With a reason that a person would be told; nothing was written.
    case refused(any ExplainedError)
    /// The disk failed, or the machine went down and is up again; both have been looked at.
    /// - Parameter acknowledged: what the program had answered before.
    case failed(acknowledged: Result?)
  }

  /// Does `body` on a machine that may fail under it at any step.
  ///
  /// - Parameters:
  ///   - writing: what the machine writes of its own, if anything.
  ///   - wall: the clock by which things come in.
  func perform<Result>(
    on machine: Machine, writing: Writing? = nil, wall: UInt64, _ body: () throws -> Result
  ) throws -> Deed<Result> {
    _ = try machine.office()
    let disk = machine.place.disk
    let fault = nextFault()
    disk.begin(fault)
    let outcome = Swift.Result { try body() }
    let (steps, faults) = disk.end()
    let attempt = Machine.Limbo(writing: writing, wall: wall)
    if disk.isDead {
      let answered = try? outcome.get()
      if answered != nil { tally[.afterCommit] += 1 }
      if case .kill = fault {
        try bringUp(machine, isPowerLoss: false, interrupting: attempt)
      } else {
        try bringUp(machine, isPowerLoss: true, interrupting: attempt)
      }
      return .failed(acknowledged: answered)
    }
    do {
      let result = try outcome.get()
      machine.noteMarker()
      // What came before it in the file is overwritten for good.
      if steps > 0 { machine.limbo = [] }
      return .done(result)
    } catch let error where faults > 0 {
      guard error is WorkspaceError else { throw failure("explains a failing disk as \(error)", at: machine) }
      tell("  the disk of \(machine.number) fails: \(error)")
      tally[.diskErrors] += 1
      // What is reported as not saved must stand in no copy of the files.
      if case .commitInDoubt? = error as? WorkspaceError { machine.limbo.append(attempt) }
      try look(at: machine, writing: writing, wall: wall)
      return .failed(acknowledged: nil)
    } catch let error as any ExplainedError where Self.isOrdinary(error) {
      return .refused(error)
    }
  }

  /// What people and programs meet in ordinary work; anything else is a failure of the world.
  private static func isOrdinary(_ error: any ExplainedError) -> Bool {
    if error is OfficeError || error is SessionError { return true }
    if case .notAllowed? = error as? WorkspaceError { return true }
    return false
  }

  /// Short stretches mostly, as most transactions are: the rest strikes in long ones and in checkpoints.
  private func nextFault() -> FaultyDisk.Fault? {
    guard plan.diskFaults, isFounded, !isSettling, generator.chance(percent: 12) else { return nil }
    let step = generator.below(generator.chance(percent: 60) ? 12 : 90)
    return switch generator.below(10) {
    case ..<6: .powerLoss(atStep: step)
    case ..<8: .kill(atStep: step)
    default: .inputOutput(atStep: step)
    }
  }

  /// The machine starts again. What it had acknowledged must be there, and nothing that nobody wrote (promise 3).
  func bringUp(_ machine: Machine, isPowerLoss: Bool, interrupting attempt: Machine.Limbo? = nil) throws {
    machine.close()
    let isSetBack = isPowerLoss && machine.place.disk.isLying && plan.lies != .unnoticed
    let damage = machine.place.disk.reboot(isPowerLoss: isPowerLoss)
    if isPowerLoss { try shakeMarker(of: machine) }
    tell(
      "  \(machine.number) \(isPowerLoss ? "loses power" : "is killed"): \(damage.changes) files in doubt, "
        + "\(damage.survival) survives, \(damage.torn) torn")
    tally[isPowerLoss ? .powerLosses : .kills] += 1
    tally[.torn] += damage.torn
    tally[.lostChanges] += damage.changes
    let candidates = [attempt].compactMap(\.self) + machine.limbo
    machine.limbo = []
    _ = turn(to: machine)
    if isSetBack { return try learnAnew(machine) }
    try look(at: machine, wall: attempt?.wall ?? now(machine), after: candidates)
    if generator.chance(percent: 10) {
      let found = try machine.office().workspace.store.quickCheck()
      if !found.isEmpty { throw failure("is damaged after a crash: \(found)", at: machine) }
    }
  }

  /// The marker is not synced: power loss may leave an earlier one, an empty one or none.
  private func shakeMarker(of machine: Machine) throws {
    guard let file = machine.place.markerFile else { return }
    let url = URL(fileURLWithPath: file)
    switch generator.below(12) {
    case 0: try FileManager.default.removeItem(at: url)
    case 1: try Data().write(to: url)
    case 2, 3: if let earlier = pick(machine.markers) { try earlier.write(to: url) }
    default: break
    }
  }

  /// Something happens to a machine that does nothing in particular.
  func failSomewhere() throws {
    guard plan.diskFaults, let machine = pick(machines) else { return }
    _ = try machine.office()
    let disk = machine.place.disk
    if plan.lies != .none, !disk.isLying {
      tell("the disk of \(machine.number) begins to lie")
      tally[.lies] += 1
      machine.lastGood = try machine.backup()
      disk.startLying(keepsOrder: plan.lies != .unordered)
      return
    }
    switch generator.below(10) {
    case ..<3:
      tell("\(machine.number) goes down while nothing is done there")
      disk.crash()
      try bringUp(machine, isPowerLoss: generator.chance(percent: 70))
    case ..<7:
      // The last connection that goes writes everything into the one file.
      tell("\(machine.number) ends its program")
      tally[.processes] += 1
      disk.begin(nextFault())
      machine.close()
      disk.end()
      if disk.isDead { try bringUp(machine, isPowerLoss: true) }
    default:
      if disk.capacity == nil {
        tell("the disk of \(machine.number) is full")
        tally[.fullDisks] += 1
        disk.capacity = disk.image().byteCount + generator.below(40_000)
      } else {
        tell("the disk of \(machine.number) has room again")
        disk.capacity = nil
      }
    }
  }

  /// Nothing fails from now on.
  func repairDisks() throws {
    for machine in machines {
      machine.place.disk.capacity = nil
      if machine.place.disk.isLying, machine.place.occupant === machine { try bringUp(machine, isPowerLoss: true) }
    }
  }
}
