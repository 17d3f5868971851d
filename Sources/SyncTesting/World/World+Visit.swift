import SyncEngine
import SyncModel

// What people may rely on, wherever they look: their own writes, and what they saw before.
extension World {
  func client(_ person: String, _ machine: Machine) -> SessionGuarantees.Client {
    .init(person: person, home: machine.number)
  }

  /// Somebody looks at what stands in front of them.
  func read(by person: String, at machine: Machine) throws {
    try read(&guarantees, by: client(person, machine), at: machine, logs: machine.image.applied.keys.sorted())
  }

  /// Right after both were in step, somebody goes on at the hub: their own writes are there, and everything they saw.
  func visit(_ conversation: Conversation) throws {
    let (laptop, hub) = (conversation.client, conversation.hub)
    guard conversation.hubLives == hub.lives, let person = pick(laptop.people) else { return }
    let directories = [try laptop.office().directory(), try hub.office().directory()]
    let logs = laptop.image.applied.keys.sorted().filter { log in
      directories.allSatisfy { $0.isShared(log, between: laptop.unit, and: hub.unit) }
    }
    tell("\(person) of \(laptop.number) looks at \(hub.number)")
    tally[.visits] += 1
    try read(by: person, at: laptop)
    // What they see at the hub beyond that, the laptop does not have yet: it binds what they see there next time.
    var there = guarantees
    try read(&there, by: client(person, laptop), at: hub, logs: logs)
    try read(&guarantees, by: client("\(person)@\(laptop.number)", hub), at: hub, logs: logs)
  }

  private func read(
    _ guarantees: inout SessionGuarantees, by client: SessionGuarantees.Client, at machine: Machine, logs: [LogID]
  ) throws {
    tally[.reads] += 1
    for log in logs {
      let applied = machine.image.applied[log] ?? IDSet()
      let counting = applied.filter { machine.image.authority[$0] == .valid }
      if let violation = guarantees.read(applied, counting: counting, by: client, in: log) {
        throw failure("\(violation) in \(log)", at: machine)
      }
    }
  }
}
