@_spi(Simulation) import SyncEngine
import SyncModel

// Looking at a store after each action and holding it against the model.
extension World {
  /// What a write of an answer was based on.
  enum Base {
    /// What this person's screens had shown by the end of their previous command.
    case mark
    /// A screen that showed this just now.
    case screen(IDSet)
    /// The office chooses: a change of the directory.
    case free
  }

  struct Writing {
    var person: String
    var claimed: UInt64
    var base: Base
  }

  /// Reads what is new at `machine` and compares.
  /// - Parameters:
  ///   - writing: who wrote just now; nil where only others' entries may have come.
  ///   - wall: the clock by which they came.
  ///   - candidates: the machine was down: what was under way then may stand, or not.
  func look(
    at machine: Machine, writing: Writing? = nil, wall: UInt64, after candidates: [Machine.Limbo] = []
  ) throws {
    let office = try machine.office()
    try office.workspace.store.read { snapshot in
      let directory = try snapshot.directory()
      let logs = try snapshot.logs()
      let changed = logs.filter { machine.image.digests[$0.log] != $0.digest }
      let forgotten = Set(machine.image.digests.keys).subtracting(logs.map(\.log)).sorted()
      if !forgotten.isEmpty { throw failure("forgot \(forgotten) (promise 3)", at: machine) }
      for summary in changed {
        guard let engine = try snapshot.engine(reading: summary.log) else { continue }
        try takeNote(
          of: engine, at: machine, writing: writing, wall: wall, after: candidates, directory: directory)
        machine.image.digests[summary.log] = summary.digest
      }
      let directoryChanged = changed.contains { $0.log.channel == .notices }
      for summary in directoryChanged ? logs : changed {
        guard let engine = try snapshot.engine(reading: summary.log) else { continue }
        try compare(engine, snapshot, directory, at: machine)
      }
    }
  }

  // MARK: What is new

  private func takeNote(
    of engine: LogEngine<SQLLogStorage>, at machine: Machine, writing: Writing?, wall: UInt64,
    after candidates: [Machine.Limbo], directory: Directory
  ) throws {
    let log = engine.log
    var seen = machine.image.seen[log] ?? []
    var held = machine.image.held[log] ?? IDSet()
    let before = machine.image.applied[log] ?? IDSet()
    var own = IDSet()
    var isNew = false
    for (index, strand) in engine.strands.enumerated() {
      if index == seen.count {
        seen.append(strand.parent?.seq ?? 0)
        if strand.parent != nil {
          tally[.forks] += 1
          machine.image.recomputed.insert(log)
        }
      }
      guard seen[index] < strand.stored else { continue }
      for seq in seen[index] + 1...strand.stored {
        let dot = Dot(strand: index, seq: seq)
        guard let hash = try engine.storage.hash(of: dot) else { throw failure("a gap in \(log)", at: machine) }
        let came = try candidates.isEmpty ? nil : engine.storage.entry(dot)?.receivedMilliseconds
        if let id = model.id(hash) {
          held.insert(id)
          machine.image.received[id] = candidates.first { $0.wall == came }?.wall ?? wall
          isNew = true
          continue
        }
        let found = candidates.compactMap(\.writing).first { $0.claimed == came }
        if found != nil, found?.claimed != candidates.first?.writing?.claimed { tally[.resurrected] += 1 }
        let isOwn = strand.deviceKey == machine.key.publicKey || strand.deviceKey == rootDevice
        guard let writing = writing ?? found, isOwn, let entry = try engine.storage.entry(dot) else {
          throw failure("holds \(log) \(strand.replica.short):\(seq), which nobody wrote", at: machine)
        }
        let previous = try previousWrite(of: dot, engine)
        let place = FeedPlace(replica: strand.replica, seq: seq, hash: hash)
        let source = WorldModel.Source(
          log: log, place: place, deviceKey: strand.deviceKey, personName: writing.person, claimed: writing.claimed,
          previous: previous)
        let write = try model.write(entry, from: source)
        let counting = before.filter { machine.image.authority[$0] == .valid }
        let cited = previous.map { model.writes[$0].context.union(model.way(to: $0)) } ?? IDSet()
        let context = counting.union(own).union(cited)
        guard write.context == context || (tally[.uncertain] > 0 && context.isSubset(of: write.context)) else {
          throw failure("cites \(write.context), had to cite \(context) in \(log)", at: machine)
        }
        try check(write, at: machine, base: writing.base, directory: directory)
        if seq == 1, case .genesis(continuing: true) = try Self.start(of: strand) { tally[.newIncarnations] += 1 }
        let id = model.add(write)
        own.insert(id)
        held.insert(id)
        machine.image.received[id] = writing.claimed
        tally[.writes] += 1
        guarantees.write(id, by: client(writing.person, machine), in: log)
        tell("  \(machine.number) wrote #\(id) \(log) \(strand.replica.short):\(seq) \(hash.description.prefix(8))")
      }
      seen[index] = strand.stored
    }
    machine.image.seen[log] = seen
    machine.image.held[log] = held
    if isNew { try checkScope(of: log, at: machine, directory) }
  }

  private enum FeedStart { case genesis(continuing: Bool) }

  private static func start(of strand: Strand) throws -> FeedStart {
    .genesis(continuing: try FeedGenesis(bytes: strand.genesis).continues != nil)
  }

  private func previousWrite(of dot: Dot, _ engine: LogEngine<SQLLogStorage>) throws -> Int? {
    if dot.seq == 1 { return nil }
    let holder = engine.topology.holder(of: dot.seq - 1, on: Int(dot.strand))
    return try engine.storage.hash(of: Dot(strand: holder, seq: dot.seq - 1)).flatMap { model.id($0) }
  }

  /// What was not shown is kept (promise 2), and nothing is kept that was never seen.
  private func check(
    _ write: WorldModel.Write, at machine: Machine, base: Base, directory: Directory
  ) throws {
    for (name, change) in write.changes {
      let written = model.writes(of: name, in: write.log).intersection(write.context)
      tally[.keptDots] += change.kept.count
      guard change.kept.isSubset(of: written) else {
        throw failure("keeps \(change.kept.subtracting(written)), which it never saw", at: machine)
      }
      guard write.log.channel == .answers, name.kind == .answer else { continue }
      let shown: IDSet
      var perhaps = IDSet()
      switch base {
      case .mark:
        shown = machine.image.shown[write.personName] ?? IDSet()
        perhaps = machine.image.perhapsShown[write.personName] ?? IDSet()
      case .screen(let set): shown = set
      case .free: continue
      }
      let valid = written.filter { machine.image.authority[$0] == .valid }
      let invalid = written.subtracting(valid)
      let aside = invalid.subtracting(model.superseded(of: name, by: valid))
      let own = valid.filter {
        model.writes[$0].place.replica == write.place.replica && model.writes[$0].person == write.person
      }
      let unseen = written.subtracting(shown).subtracting(own).union(aside)
      let required = written.subtracting(shown.union(perhaps)).subtracting(own).union(aside)
      guard required.isSubset(of: change.kept) else {
        throw failure("supersedes \(required.subtracting(change.kept)), which its author was not shown", at: machine)
      }
      // What has no content to be shown is kept.
      let isRemoved = !written.intersection(redacted).isEmpty
      guard machine.image.recomputed.contains(write.log) || isRemoved || change.kept.isSubset(of: unseen)
      else {
        throw failure("keeps \(change.kept.subtracting(unseen)), which its author was shown", at: machine)
      }
    }
  }

  /// Nothing comes to a store that its unit may not read, now or before a move (promise 7).
  private func checkScope(of log: LogID, at machine: Machine, _ directory: Directory) throws {
    let reader = machine.unit
    func ways(up unit: UnitPath) -> Set<UnitPath> {
      var above: Set<UnitPath> = []
      var line = [unit]
      while let next = line.popLast() {
        guard above.insert(next).inserted else { continue }
        line += formerParents[next] ?? []
        if let parent = next.parent { line.append(parent) }
      }
      return above
    }
    let readable =
      switch log.channel {
      case .answers: ways(up: log.unit).contains(reader)
      case .notices:
        ways(up: log.unit).contains(reader) || ways(up: reader).contains(log.unit)
          || formerParents.keys.contains { ways(up: $0).isSuperset(of: [reader, log.unit]) }
      case .internal: reader == log.unit
      case .inspection: reader != log.unit && ways(up: log.unit).contains(reader)
      }
    if !readable { throw failure("got \(log), which it may not read", at: machine) }
  }

  // MARK: What stands

  func authority(of id: Int, held: IDSet, _ directory: Directory, at machine: Machine) -> WorldModel.Authority {
    let write = model.writes[id]
    switch directory.authority(of: write.device, over: write.log) {
    case .unknown: return write.deviceKey == machine.key.publicKey ? .valid : .unknown
    case .none: return .invalid
    case .full: return .valid
    case .through(let cuts):
      let counts = cuts.allSatisfy { places in
        places.contains { place in
          guard let end = model.id(place.hash), held.contains(end) else { return false }
          return model.way(to: end).contains(id)
        }
      }
      return counts ? .valid : .invalid
    }
  }

  /// Beyond the last place that the directory names of a device that was stopped: need not be waited for.
  private func isBeyondCut(_ id: Int, _ directory: Directory) -> Bool {
    let write = model.writes[id]
    switch directory.authority(of: write.device, over: write.log) {
    case .unknown, .full: return false
    case .none: return true
    case .through(let cuts):
      return cuts.contains { places in
        !places.contains { $0.replica == write.place.replica && $0.seq >= write.place.seq }
      }
    }
  }

  private func compare(
    _ engine: LogEngine<SQLLogStorage>, _ snapshot: StoreSnapshot, _ directory: Directory, at machine: Machine
  ) throws {
    let log = engine.log
    let held = machine.image.held[log] ?? IDSet()
    var authority: [Int: WorldModel.Authority] = [:]
    for id in held.ascending { authority[id] = self.authority(of: id, held: held, directory, at: machine) }
    for id in held.ascending where machine.image.authority[id] != authority[id] {
      if machine.image.authority[id] != nil { machine.image.recomputed.insert(log) }
      machine.image.authority[id] = authority[id]
    }
    let (expected, uncertain) = model.applied(
      of: held, authority: { authority[$0] ?? .unknown }, isBeyondCut: { self.isBeyondCut($0, directory) })
    var applied = IDSet()
    var stored = IDSet()
    for (index, strand) in engine.strands.enumerated() where strand.stored > strand.parent?.seq ?? 0 {
      for seq in (strand.parent?.seq ?? 0) + 1...strand.stored {
        guard let id = try engine.storage.hash(of: Dot(strand: index, seq: seq)).flatMap({ model.id($0) }) else {
          throw failure("a stored entry of \(log) is nobody's", at: machine)
        }
        stored.insert(id)
        if seq <= strand.applied { applied.insert(id) }
      }
    }
    guard held.isSubset(of: stored) else {
      throw failure("forgot \(held.subtracting(stored)) of \(log) (promise 3)", at: machine)
    }
    guard stored == held else { throw failure("stores \(stored), not \(held) of \(log)", at: machine) }
    guard engine.waiting == stored.count - applied.count else { throw failure("counts waiting wrongly", at: machine) }
    if uncertain { tally[.uncertain] += 1 }
    guard applied == expected || uncertain else {
      throw failure("applied \(applied), not \(expected) of \(log)", at: machine)
    }
    let new = applied.subtracting(machine.image.applied[log] ?? IDSet())
    let violation = guarantees.taken(new, into: applied) { isBeyondCut($0, directory) }
    if let violation { throw failure("\(violation) in \(log)", at: machine) }
    machine.image.applied[log] = applied
    try compareView(log, engine, snapshot, authority, exact: !uncertain, at: machine)
  }

  /// Per register, the writes that stand with their values: by the model's definition, all pairs compared.
  private func compareView(
    _ log: LogID, _ engine: LogEngine<SQLLogStorage>, _ snapshot: StoreSnapshot,
    _ authority: [Int: WorldModel.Authority], exact: Bool, at machine: Machine
  ) throws {
    let names = model.registers(of: log)
    var shown: [RegisterName: IDSet] = [:]
    for kind in Set(names.map(\.kind)).sorted(by: { $0.rawValue < $1.rawValue }) {
      for register in try snapshot.registers(log, kind: kind) {
        for sibling in register.siblings {
          guard let id = try engine.storage.hash(of: sibling.dot).flatMap({ model.id($0) }),
            let change = model.writes[id].changes[register.name],
            isContent(sibling.content, of: change, by: id)
          else { throw failure("shows in \(log) what nobody wrote there", at: machine) }
          shown[register.name, default: IDSet()].insert(id)
        }
      }
    }
    let applied = machine.image.applied[log] ?? IDSet()
    for name in names {
      let expected = model.siblings(of: name, in: log, among: applied) { authority[$0] == .valid }
      let actual = shown[name] ?? IDSet()
      guard actual == expected || (!exact && expected.isSubset(of: actual)) else {
        throw failure("shows \(actual), not \(expected) in \(log) \(name)", at: machine)
      }
    }
  }

  private func isContent(_ content: Sibling.Content, of change: WorldModel.Change, by id: Int) -> Bool {
    switch content {
    case .value(let value): value == change.value
    case .absent, .redacted: redacted.contains(id)
    }
  }

  /// Everything in view at a machine.
  func view(of machine: Machine) -> IDSet {
    machine.image.applied.values.reduce(into: IDSet()) { $0.formUnion($1) }
  }
}
