import SyncModel

/// What somebody decided about a field 核定, and whether it still is what stands (protocol §9).
public struct Settlement: Sendable {
  public enum State: String, Sendable {
    /// What stands is what was decided.
    case settled
    /// 核定后改动: somebody who had the decision in view wrote something else since. That counts, and goes back to who decided.
    case changed
  }

  /// One entry that wrote value and note together.
  public struct Decision: Sendable {
    public let value: Value?
    /// Why there is no value; nil where there is one.
    public let absence: Absence?
    public let note: Note
    public let author: Conflict.Author
  }

  /// Why it was decided so, in the words of who decided.
  public struct Note: Sendable {
    /// nil where nothing was said, or what was said is not here.
    public let text: String?
    /// Why it is not here; nil where it is.
    public let absence: Absence?
  }

  public let state: State
  /// The last ones, in the order of showing: several only where people decided without knowing of each other.
  public let decisions: [Decision]

  public static let changedTitle = "核定后改动"
}

extension StoreSnapshot {
  /// nil for a field that nobody settled, and for one of which several values stand: that is a difference as any.
  ///
  /// It follows from the entries that count and from what each had in its context alone: the same on every replica, whatever came first.
  func settlement(of register: Register) throws -> Settlement? {
    guard !register.inConflict, let name = register.name.settlement, let row = try rowID(of: register.log),
      let notes = try storage(row: row).storedRegisterID(name)
    else { return nil }
    let storage = storage(row: row)
    let walk = try contextWalk(register.log, row: row)
    let noted = Set(try storage.history(of: notes).map(\.dot))
    // Value and note are one entry's, so they count or do not count together.
    let decided = try storage.history(of: register.id).filter { noted.contains($0.dot) && walk.isValid($0.dot) }
    if decided.isEmpty { return nil }
    // What is redacted gives way to whatever else stands, as on the screen.
    let left = register.siblings.filter { !$0.content.isRedacted }
    let standing = left.isEmpty ? register.siblings : left
    let stands = decided.filter { change in standing.contains { $0.dot == change.dot } }
    if !stands.isEmpty { return Settlement(state: .settled, decisions: try decisions(stands, register, walk)) }
    let seen = try decided.filter { change in
      try standing.contains { try walk.step($0.dot)?.context.covers(change.dot) ?? false }
    }
    if seen.isEmpty { return nil }
    let last = try seen.filter { change in
      try !seen.contains { try $0.dot != change.dot && walk.step($0.dot)?.context.covers(change.dot) ?? false }
    }
    let decisions = try decisions(last, register, walk)
    let isSame = decisions.allSatisfy { decision in
      standing.contains { sibling in
        if case .value(let bytes) = sibling.content { decision.value?.bytes == bytes } else { false }
      }
    }
    return Settlement(state: isSame ? .settled : .changed, decisions: decisions)
  }

  private func decisions(
    _ changes: [RegisterChange], _ register: Register, _ walk: ContextWalk
  ) throws -> [Settlement.Decision] {
    try changes.compactMap { change -> Settlement.Decision? in
      guard let step = try walk.step(change.dot), let origin = try origin(register.log, of: change.dot) else {
        return nil
      }
      let value = step.value(Int(change.change))
      return Settlement.Decision(
        value: value, absence: try absence(register.log, change.dot, change.change, value),
        note: try settlementNote(of: register.name, in: register.log, writtenBy: change.dot)
          ?? Settlement.Note(text: nil, absence: nil),
        author: Conflict.Author(origin: origin, time: step.time))
    }.sorted { left, right in
      let (first, second) = (left.author, right.author)
      if first.time != second.time { return first.time > second.time }
      if first.origin.replica != second.origin.replica { return first.origin.replica < second.origin.replica }
      return (first.origin.seq, first.origin.hash) < (second.origin.seq, second.origin.hash)
    }
  }

  /// What an entry said beside the value with which it settled a field; nil where it settled nothing there.
  func settlementNote(of name: RegisterName, in log: LogID, writtenBy dot: Dot) throws -> Settlement.Note? {
    guard let name = name.settlement, let change = try change(of: name, in: log, writtenBy: dot) else { return nil }
    let value = try value(of: name, in: log, writtenBy: dot)
    return Settlement.Note(
      text: value?.textValue.flatMap { $0.isEmpty ? nil : $0 },
      absence: try absence(log, dot, change.change, value))
  }

  /// Fields of answers and rows that were changed after somebody had settled them, in key order.
  func changedSettlements() throws -> [(register: Register, settlement: Settlement)] {
    try connection.rows(
      """
      SELECT l.key, r.kind, r.subject, r.element, r.part, r.field
      FROM log l CROSS JOIN register r ON r.log = l.id
      WHERE l.channel IN (\(Channel.answers.rawValue), \(Channel.internal.rawValue))
        AND r.kind = \(SubjectKind.settlement.rawValue)
        AND NOT EXISTS (\(Self.standingSettlement))
      ORDER BY l.key, r.kind, r.subject, r.element, r.part, r.field
      """
    ).compactMap { row in
      guard let name = RegisterName(row: row[1...5]) else { throw WorkspaceError.damaged("register") }
      let log = try LogID(key: row[0].blob)
      guard let register = try register(log, name.settled(in: log.channel)),
        let settlement = try settlement(of: register), settlement.state == .changed
      else { return nil }
      return (register, settlement)
    }
  }

  /// Value and note of one entry both stand: nearly all that was ever settled, which is then not looked at any closer. The register is the
  /// one that the settlement speaks of (``RegisterName/settled(in:)``): one of another kind beside it says nothing.
  private static let standingSettlement = """
    SELECT 1 FROM register b
    CROSS JOIN sibling v ON v.log = b.log AND v.register = b.id AND v.valid = 1 AND v.absent = 0
    CROSS JOIN sibling n ON n.log = r.log AND n.register = r.id AND n.strand = v.strand AND n.seq = v.seq
    WHERE b.log = r.log AND b.subject = r.subject AND b.element = r.element AND b.part = r.part AND b.field = r.field
      AND b.kind = CASE
        WHEN (SELECT channel FROM log WHERE id = r.log) = \(Channel.internal.rawValue) THEN \(SubjectKind.registerRow.rawValue)
        WHEN r.field IN (\(Field.rowCell.rawValue), \(Field.rowState.rawValue)) THEN \(SubjectKind.row.rawValue)
        ELSE \(SubjectKind.answer.rawValue) END
    """
}

extension Settlement {
  /// 核定后改动: who decided is asked again. True where a device of `unit` decided last.
  public func isAsked(of unit: UnitPath, _ directory: Directory) -> Bool {
    state == .changed && decisions.contains { directory.devices[$0.author.origin.device]?.unit == unit }
  }
}

extension Conflict {
  /// ``Settlement/isAsked(of:_:)``; false for a difference.
  public func isAsked(of unit: UnitPath, _ directory: Directory) -> Bool {
    settlement?.isAsked(of: unit, directory) ?? false
  }
}
