import SyncEngine
import SyncModel

// What people do at one machine.
extension World {
  /// Runs `body` as `person` at the machine's own time, then looks at what it wrote.
  /// - Returns: false where it was refused with a reason that a person would be told.
  @discardableResult
  func command(
    on machine: Machine, as person: String, base: Base, _ what: String, _ body: (Office) throws -> Void
  ) throws -> Bool {
    let time = advance(machine)
    tell("\(machine.number) \(person) \(what)")
    try read(by: person, at: machine)
    let writing = Writing(person: person, claimed: time, base: base)
    let isSecond = plan.isByMessage && isFounded && !isSettling && generator.chance(percent: 10)
    let deed = try perform(on: machine, writing: writing, wall: time) {
      // At times beside a program that has the folder open already, as a command beside the hub's does.
      let office = isSecond ? try machine.secondProgram() : try machine.office()
      try body(office.at(time, as: person))
    }
    if isSecond { tally[.secondPrograms] += 1 }
    switch deed {
    case .failed: return false
    case .done: break
    case .refused(let error):
      tally[.refusals] += 1
      tell("  refused: \(error.code)")
    }
    try look(at: machine, writing: writing, wall: time)
    if case .done = deed { return true }
    return false
  }

  /// Looks at the screen without writing.
  func lookAtScreen() throws {
    guard let machine = pick(machines), let person = pick(machine.people) else { return }
    let view = view(of: machine)
    let done = try command(on: machine, as: person, base: .free, "looks") { office in
      try office.workspace.beginCommand()
      try office.workspace.endCommand(of: person)
    }
    show(view, to: person, at: machine, isCertain: done)
  }

  /// - Parameter isCertain: false where the command was cut off: whether this counts as shown is then anybody's guess.
  private func show(_ view: IDSet, to person: String, at machine: Machine, isCertain: Bool) {
    if isCertain {
      machine.image.shown[person, default: IDSet()].formUnion(view)
      machine.image.perhapsShown[person] = nil
    } else {
      machine.image.perhapsShown[person, default: IDSet()].formUnion(view)
    }
  }

  /// Fills in an item: of the own unit, or 代填 for one below.
  func answer(onBehalf: Bool) throws {
    guard let machine = pick(machines), let person = pick(machine.people) else { return }
    let directory = try machine.office().directory()
    var unit = machine.unit
    if onBehalf {
      let below = directory.sortedUnits.map(\.path).filter { directory.tree.isAbove(machine.unit, $0) }
      guard let chosen = pick(below) else { return }
      unit = chosen
    }
    guard let item = pick(items) else { return }
    // A value that somebody else may have given, too, at times; else one of its own.
    values += 1
    let number = generator.chance(percent: 10) ? Int64(generator.below(3)) : values * 10
    var fields: [AnswerField: Value] = [.selfScore: .decimal(FixedDecimal(Score(hundredths: number)))]
    if generator.chance(percent: 20) { fields[.remark] = .text("说明\(values)") }
    if generator.chance(percent: 5) { fields = [.selfScore: .nothing] }
    let style = generator.below(3)
    let view = view(of: machine)
    let base: Base = style == 0 ? .screen(view) : .mark
    let words = "answers \(item.item.id) of \(unit) with \(number), \(["shown", "as a command", "blind"][style])"
    let before = model.writes.count
    var acknowledged: FeedPlace?
    let done = try command(on: machine, as: person, base: base, words) { office in
      if style == 1 { try office.workspace.beginCommand() }
      acknowledged = try self.set(fields, of: item, unit: unit, shown: style == 0, at: machine, by: office)
      if style == 1 { try office.workspace.endCommand(of: person) }
    }
    if let acknowledged, model.id(acknowledged.hash) == nil {
      throw failure("forgot what it had acknowledged, \(acknowledged) (promise 3)", at: machine)
    }
    if style == 1, model.writes.count > before || !done {
      var seen = view
      for id in before..<model.writes.count { seen.insert(id) }
      show(seen, to: person, at: machine, isCertain: done)
    }
  }

  private func set(
    _ fields: [AnswerField: Value], of item: CampaignItem, unit: UnitPath, shown: Bool, at machine: Machine,
    by office: Office
  ) throws -> FeedPlace? {
    guard let campaign else { return nil }
    let described = try office.directory().units[unit] ?? DirectoryUnit(path: unit, name: "", kind: .branch)
    var mark: UInt64?
    if shown {
      mark = try office.standing(campaign, item, fields: fields.keys.sorted { $0.rawValue < $1.rawValue }, unit: unit)
        .mark
    }
    return try office.set(
      campaign, item, fields: fields, unit: described, onBehalf: unit != machine.unit, shownUpTo: mark
    ).written.place
  }

  /// Has a value removed 依规删除.
  func redact() throws {
    guard let machine = pick(machines), let item = pick(items), let campaign else { return }
    let directory = try machine.office().directory()
    let units = directory.sortedUnits.filter { directory.tree.contains(machine.unit, $0.path) }
    guard let unit = pick(units) else { return }
    let recorded = try machine.office().recorded(campaign, item, unit: unit).values
    guard let value = pick(recorded) else { return }
    for target in value.targets { model.id(target.place.hash).map { redacted.insert($0) } }
    let done = try command(
      on: machine, as: machine.people[0], base: .free, "has \(value.value.plainText) of \(unit.path) removed"
    ) { office in
      _ = try office.redact([value], of: unit, reason: "误填")
    }
    if done { tally[.redactions] += 1 }
  }

  /// Settles a difference 核定 by what the screen shows; at times others' entries come in before the decision is written.
  func settleDifference() throws {
    let holders = try machines.filter { try !$0.office().conflicts().isEmpty }
    guard let machine = pick(holders), let person = pick(machine.people) else { return }
    let view = view(of: machine)
    guard let conflict = pick(try machine.office().conflicts()) else { return }
    if generator.chance(percent: 25) {
      if plan.isByMessage { try sync(machine, with: upperHub(of: machine)) } else { try syncSomebody(machine) }
    }
    // By value: which alternative is shown first depends on clocks.
    let choices = conflict.alternatives.compactMap(\.value).sorted {
      $0.bytes.lexicographicallyPrecedes($1.bytes)
    }
    guard let value = pick(choices) else { return }
    let done = try command(
      on: machine, as: person, base: .screen(view), "settles \(conflict.unit.path) as \(value.plainText)"
    ) { office in
      _ = try office.resolve(conflict, value: value, note: nil)
    }
    if done { tally[.settlements] += 1 }
  }
}
