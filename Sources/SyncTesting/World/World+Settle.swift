@_spi(Simulation) import SyncEngine
import SyncModel

// The end: everything meets everything through the hubs, and must agree.
extension World {
  private static let roundLimit = 16

  func settle() throws {
    tell("settling")
    isSettling = true
    repairNetwork()
    try repairDisks()
    var rounds = 0
    var members: [Machine] = []
    var strangers: Set<Int> = []
    var strays: [(Machine, Machine)] = []
    while true {
      rounds += 1
      let before = machines.map(\.image.digests)
      members = []
      strangers = []
      for machine in machines {
        for hub in hubsInTheEnd(of: machine) {
          if try sync(machine, with: hub) || machine === machines[0] { continue }
          // Only who is not known at the door may stay outside.
          if try knownDevice(machine.key.deviceID, at: hub) == nil {
            strangers.insert(machine.number)
          } else {
            strays.append((machine, hub))
          }
        }
        if !strangers.contains(machine.number) { members.append(machine) }
      }
      if machines.map(\.image.digests) == before, strays.isEmpty { break }
      if rounds == Self.roundLimit {
        throw failure("does not get in step: \(try strays.map { try difference($0.0, $0.1) })")
      }
      strays = []
    }
    // A twin of the school's hub has no way to it but through others, who may be stopped.
    try checkUnion(members.filter { $0 === machines[0] || $0.place !== machines[0].place })
    try checkAgreement(members)
    try deliverAllAgain()
    for machine in machines { try checkAlone(machine) }
  }

  /// What two that ought to be in step hold differently, and who thinks that they share it.
  private func difference(_ client: Machine, _ hub: Machine) throws -> String {
    let (one, other) = (try client.office().directory(), try hub.office().directory())
    let lines = Set(client.image.held.keys).union(hub.image.held.keys).sorted().compactMap { log -> String? in
      let shared = [one, other].map { $0.isShared(log, between: client.unit, and: hub.unit) }
      let held = [client, hub].map { $0.image.held[log] ?? IDSet() }
      let isSame = client.image.digests[log] == hub.image.digests[log]
      if isSame && shared[0] == shared[1] || !shared.contains(true) { return nil }
      let ends = [client, hub].map { machine in
        (try? machine.office().workspace.store.read { try $0.engine(reading: log)?.ends }) ?? nil ?? "nothing"
      }
      return "\(log) held \(held) shared \(shared) ends \(ends)"
    }
    return "\(client.number) with \(hub.number): \(lines)"
  }

  /// The school's hub last. Its twin cannot call it, as they pass for one machine: it calls the hubs below.
  private func hubsInTheEnd(of machine: Machine) -> [Machine] {
    if machine === machines[0] { return [] }
    if machine.place === machines[0].place {
      return machines.filter { $0.place !== machine.place && $0.unit.depth == 2 && $0.invitation == nil }
    }
    let upper = upperHub(of: machine)
    return upper === machine || upper === machines[0] ? [machines[0]] : [upper, machines[0]]
  }

  /// Whatever any of them holds of a log is held by all of them that read it: nothing acknowledged was lost on the way
  /// (promises 2, 3, 6).
  private func checkUnion(_ members: [Machine]) throws {
    let logs = Set(members.flatMap { Array($0.image.held.keys) }).sorted()
    for log in logs where log.channel != .internal {
      let readers = try members.filter { try $0.office().directory().mayRead($0.unit, log) }
      let all = readers.reduce(into: IDSet()) { $0.formUnion($1.image.held[log] ?? IDSet()) }
      for reader in readers where reader.image.held[log] ?? IDSet() != all {
        let lost = all.subtracting(reader.image.held[log] ?? IDSet())
        throw failure("lacks \(lost) of \(log) in the end", at: reader)
      }
    }
  }

  /// Same entries, same values owed and same directory: same registers and numbers (promise 1). Where one of them is owed a
  /// value that the other has, they hold different things: one took it off its disk for a redaction that counts no longer.
  private func checkAgreement(_ members: [Machine]) throws {
    var directories: [[LogID: IDSet]: (machine: Machine, directory: Directory)] = [:]
    for machine in members {
      let notices = machine.image.held.filter { $0.key.channel == .notices && !$0.value.isEmpty }
      let directory = try machine.office().directory()
      guard let known = directories[notices] else {
        directories[notices] = (machine, directory)
        continue
      }
      if known.directory != directory {
        throw failure("knows another directory than \(known.machine.number) from the same notices", at: machine)
      }
    }
    for (log, held) in machines[0].image.held.sorted(by: { $0.key < $1.key }) where log.channel == .answers {
      let first = machines[0]
      for machine in members where machine.image.held[log] == held {
        guard try machine.office().directory() == first.office().directory(),
          try machine.owedValues(of: log) == first.owedValues(of: log)
        else { continue }
        guard tally[.uncertain] > 0 || machine.image.applied[log] == first.image.applied[log] else {
          throw failure("has other writes of \(log) in view than \(first.number)", at: machine)
        }
        let (one, other) = (try sheet(log.unit, at: first), try sheet(log.unit, at: machine))
        if one != other { throw failure("reports other numbers of \(log.unit): \(one), \(other)", at: machine) }
        let (settled, there) = (try settled(log.unit, at: first), try settled(log.unit, at: machine))
        if settled != there {
          throw failure("has other fields of \(log.unit) settled: \(settled), \(there)", at: machine)
        }
        if machine === members.last { tally[.changedSettlements] += settled.count { $0.contains("changed") } }
      }
    }
  }

  private func sheet(_ unit: UnitPath, at machine: Machine) throws -> [ScoreSummary] {
    try parts(unit, at: machine).map(\.summary)
  }

  private func parts(_ unit: UnitPath, at machine: Machine) throws -> [AnswerSheet.Part] {
    let office = try machine.office()
    guard let campaign, let described = try office.directory().units[unit], campaign.units.contains(unit) else {
      return []
    }
    return try office.sheet(campaign, unit: described).parts
  }

  /// What somebody settled, whether it still stands, and what was decided, a line for each field.
  private func settled(_ unit: UnitPath, at machine: Machine) throws -> [String] {
    try parts(unit, at: machine).flatMap { part in
      part.settlements.flatMap { item, fields in
        fields.map { field, settlement in
          let decided = settlement.decisions.map { "\($0.author.origin.hash.short) \($0.value?.plainText ?? "?")" }
          return "\(part.slot):\(item) \(field) \(settlement.state) \(decided)"
        }
      }.sorted()
    }
  }

  /// Chains and signatures hold (promise 5), and every value leads to who, which device, when claimed, when received
  /// (promise 11).
  private func checkAlone(_ machine: Machine) throws {
    let office = try machine.office()
    let verification = try office.verify()
    if !verification.ok { throw failure("does not verify: \(verification.problems)", at: machine) }
    let directory = try office.directory()
    let registers = try office.workspace.store.read { snapshot in
      try snapshot.logs().filter { $0.log.channel == .answers }.flatMap {
        try snapshot.registers($0.log, kind: .answer)
      }
    }
    for (register, versions) in zip(registers, try office.versions(of: registers)) {
      if register.inConflict { tally[.conflicts] += 1 }
      let authors = versions.flatMap(\.authors)
      // What is removed is not shown beside what stands.
      let removed = register.siblings.count(where: \.content.isRedacted)
      guard authors.count == register.siblings.count || authors.count == register.siblings.count - removed else {
        throw failure("a value without origin in \(register.log)", at: machine)
      }
      for author in authors {
        guard let id = model.id(author.origin.hash) else { throw failure("an origin that is nobody's", at: machine) }
        try check(author, of: id, directory, at: machine)
      }
    }
    tally[.aside] += machine === machines[0] ? machine.image.authority.values.count { $0 == .invalid } : 0
  }

  private func check(
    _ author: Conflict.Author, of id: Int, _ directory: Directory, at machine: Machine
  ) throws {
    let origin = author.origin
    let write = model.writes[id]
    let claimed = author.claimedMilliseconds
    let apart = max(claimed, write.claimed) - min(claimed, write.claimed)
    guard origin.device == write.device, origin.person == write.person else {
      throw failure("names another author for #\(id)", at: machine)
    }
    guard origin.personName == write.personName else {
      throw failure("calls the author of #\(id) \(origin.personName ?? "nobody"), not \(write.personName)", at: machine)
    }
    guard apart <= UInt64(EntryHeader.TimeDelta.rawThresholdMilliseconds) else {
      throw failure("says \(claimed) for what was claimed at \(write.claimed), #\(id)", at: machine)
    }
    guard origin.receivedMilliseconds == machine.image.received[id] else {
      throw failure("received #\(id) at \(machine.image.received[id] ?? 0), says otherwise", at: machine)
    }
    if directory.devices[write.device] != nil, origin.deviceName.isEmpty {
      throw failure("has no name for the device of #\(id)", at: machine)
    }
    // Whoever shows stood, once, in or above the unit (promise 7).
    let units = enrolments[write.device] ?? []
    guard units.contains(where: { isOrWasAbove($0, write.log.unit) }) else {
      throw failure("shows #\(id) by a device that was never entitled", at: machine)
    }
  }

  private func isOrWasAbove(_ upper: UnitPath, _ lower: UnitPath) -> Bool {
    var seen: Set<UnitPath> = []
    var line = [lower]
    while let next = line.popLast() {
      guard seen.insert(next).inserted else { continue }
      if next == upper { return true }
      line += formerParents[next] ?? []
      if let parent = next.parent { line.append(parent) }
    }
    return false
  }

  /// What stands in the end, machine by machine, as sets of values: the same whatever the clocks said (promise 10).
  public func outcome() throws -> [String: Set<String>] {
    try SimulatedSurroundings.$current.withValue(surroundings) { try standing() }
  }

  private func standing() throws -> [String: Set<String>] {
    var outcome: [String: Set<String>] = [:]
    for machine in machines {
      try machine.office().workspace.store.read { snapshot in
        for summary in try snapshot.logs() where summary.log.channel == .answers {
          for register in try snapshot.registers(summary.log, kind: .answer) {
            outcome["\(machine.number) \(summary.log) \(register.name.part) \(register.name.field.rawValue)"] =
              Set(register.values.map(\.plainText))
          }
        }
      }
    }
    return outcome
  }
}

extension LogEngine {
  /// What two stores compare, in words.
  fileprivate var ends: String {
    let tips = tips.map { "\($0.replica.short):\($0.seq) \($0.hash.description.prefix(8))" }
    let owed = (try? owed)?.map { "\($0.replica.short):\($0.seq).\($0.change)" } ?? []
    return "\(tips) owed \(owed)"
  }
}
