@_spi(Simulation) import SyncEngine
import SyncModel

// Disks that say that they have synced and have not: nothing can be promised on them but to notice, or to go on rightly from
// what is left.
extension World {
  /// A machine whose disk lied is up again with whatever was left. Where that is damaged, somebody must be told, and puts back
  /// a copy; where it is not, it is the past, and the model learns anew what stands there.
  func learnAnew(_ machine: Machine) throws {
    if let damage = damage(of: machine) {
      tell("  \(machine.number) is found damaged: \(damage)")
      tally[.damageNoticed] += 1
      guard let copy = machine.lastGood else { throw failure("has no copy", at: machine) }
      machine.close()
      try machine.putBack(copy)
      machine.image = copy.image
    } else {
      machine.image = try remembered(machine)
    }
    machine.lives += 1
    guarantees.restart(home: machine.number)
    try look(at: machine, wall: now(machine))
  }

  /// What opening it, SQLite's own check or the check of all chains say; nil where they find nothing.
  private func damage(of machine: Machine) -> String? {
    do {
      let office = try machine.office()
      let found = try office.workspace.store.quickCheck()
      if let first = found.first { return first }
      return try office.verify().problems.first.map { "\($0)" }
    } catch {
      return "\(error)"
    }
  }

  /// What a machine holds and when it came, as far as both the disk and the model know it; what it shows is compared after.
  private func remembered(_ machine: Machine) throws -> Machine.Image {
    let before = machine.image
    var image = Machine.Image()
    try machine.office().workspace.store.read { snapshot in
      for summary in try snapshot.logs() {
        guard let engine = try snapshot.engine(reading: summary.log) else { continue }
        var held = IDSet()
        for (index, strand) in engine.strands.enumerated() {
          let first = strand.parent?.seq ?? 0
          for seq in first..<max(first, strand.stored) {
            let dot = Dot(strand: index, seq: seq + 1)
            guard let entry = try engine.storage.entry(dot), let hash = try engine.storage.hash(of: dot),
              let id = model.id(hash)
            else { throw failure("holds in \(summary.log) what nobody wrote", at: machine) }
            held.insert(id)
            image.received[id] = entry.receivedMilliseconds
            if let known = before.received[id], known != entry.receivedMilliseconds {
              throw failure("received #\(id) at \(known), says otherwise", at: machine)
            }
          }
        }
        image.seen[summary.log] = engine.strands.map(\.stored)
        image.held[summary.log] = held
        image.recomputed.insert(summary.log)
      }
    }
    // How much of what was shown is remembered as shown is anybody's guess.
    image.perhapsShown = before.shown.merging(before.perhapsShown) { $0.union($1) }
    return image
  }
}
