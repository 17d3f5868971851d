import SyncModel

/// One register of a unit's answers with more than one value: 填写不一致; or one that was changed after it was settled: 核定后改动.
public struct Conflict: Sendable {
  /// The same on every replica: eight hexadecimal digits over (log, register).
  public let id: String
  public let unit: DirectoryUnit
  public let campaign: Campaign?
  public let item: Template.Item?
  public let field: AnswerField?
  /// The place in a table that is filled row by row; nil for an item.
  public let row: RowPlace?
  public let register: Register
  /// What stood before the values diverged; nil where nothing did.
  public let base: Version?
  /// Different values, first shown first; equal ones are one.
  public let alternatives: [Version]
  /// The device of which two copies wrote different values without knowing of each other 同一台设备的两份资料: its folder was
  /// set back or copied. nil where the difference is between devices, or between people at one.
  public let twoCopiesOf: DeviceID?
  /// Where the unit's own devices alone differ and this workspace is above it: when that arrived here, milliseconds
  /// since 1970 (``daysLeft(at:)``).
  public let innerSinceMilliseconds: UInt64?
  /// Of a field that was changed after it was settled 核定后改动, of which one value stands; nil for a difference.
  public let settlement: Settlement?

  /// One value with everybody who wrote it.
  public struct Version: Sendable {
    /// nil: 内容未到 or 依规删除.
    public let value: Value?
    /// Why there is no value; nil where there is one.
    public let absence: Absence?
    public let authors: [Author]
  }

  public struct Author: Sendable {
    public let origin: Origin
    public let time: HybridTime

    /// The author's own wall clock when it was written, milliseconds since 1970.
    public var claimedMilliseconds: UInt64 {
      UInt64(max(0, Int64(time.milliseconds) + (origin.rawOffsetMilliseconds ?? 0)))
    }
  }

  /// A row's cell, or whether the row stands.
  public struct RowPlace: Sendable {
    public let row: ElementID
    /// The campaign, or the ledger's own identifier.
    public let subject: SubjectID
    /// nil while the table's template is not here, and for a ledger outside any campaign.
    public let ledger: Ledger?
    /// From 0; nil where the difference is whether the row stands.
    public let column: Int?

  }

  /// One cell of a row of which it is open whether it stands.
  public struct RowCell: Sendable {
    /// From 0.
    public let column: Int
    /// What stands in it, first shown first.
    public let versions: [Version]
    /// What whoever took the row off had before them; nil where the cell was empty, or nobody took the row off.
    public let base: Version?
    /// It was written by somebody who did not know that the row was taken off, and whose writing the remover did not know.
    public let isChanged: Bool
  }

  public func display(_ value: Value?) -> String {
    guard let value else { return "内容未到" }
    if let row, row.column == nil, let state = RowState(value) { return state.isRemoved ? "删除这一行" : "保留这一行" }
    return field?.display(value) ?? (value == .nothing ? Value.clearedTitle : value.plainText)
  }
}

extension Office {
  /// Open differences in the answers that this workspace holds, in the order of units and items.
  public func conflicts(unit: UnitPath? = nil) throws -> [Conflict] {
    try read { try conflicts(unit: unit, $0) }
  }

  /// Fields that were changed after somebody had settled them 核定后改动, in the order of units and items: the value that stands counts, and
  /// whoever decided is asked again (``Conflict/isAsked(of:_:)``).
  public func changedAfterSettling(unit: UnitPath? = nil) throws -> [Conflict] {
    try read { try changedAfterSettling(unit: unit, $0) }
  }

  /// What was decided about one field, and whether it still stands; nil where nobody settled it, or different values stand.
  public func settlement(
    of field: AnswerField, _ item: CampaignItem, _ campaign: Campaign, unit: UnitPath
  ) throws -> Settlement? {
    let name = Campaign.register(campaign.id, slot: item.slot, item: item.item.ordinal, field)
    return try read { snapshot in
      try snapshot.register(LogID(unit, .answers), name).flatMap { try snapshot.settlement(of: $0) }
    }
  }

  func changedAfterSettling(unit: UnitPath? = nil, _ snapshot: StoreSnapshot) throws -> [Conflict] {
    let changed = try snapshot.changedSettlements().filter { unit?.contains($0.register.log.unit) ?? true }
    let directory = try snapshot.directory()
    // Drafts that are not open are above the unit for those alone who decided.
    return try conflicts(changed.map { ($0.register, $0.settlement) }, inner: [:], snapshot).filter {
      $0.campaign?.opensDrafts != false || $0.unit.path == identity.unit || $0.isAsked(of: identity.unit, directory)
    }
  }

  func conflicts(unit: UnitPath?, _ snapshot: StoreSnapshot) throws -> [Conflict] {
    let found = try snapshot.conflicts().filter { unit?.contains($0.log.unit) ?? true }
    return try conflicts(found.map { ($0, nil) }, inner: try snapshot.innerDifferences(), snapshot)
  }

  private func conflicts(
    _ registers: [(Register, Settlement?)], inner: [StoreSnapshot.Contested: UInt64], _ snapshot: StoreSnapshot
  ) throws -> [Conflict] {
    if registers.isEmpty { return [] }
    let campaigns = try Self.campaigns(snapshot)
    var templates: [Campaign.Key: [UInt32: Template]] = [:]
    let directory = try snapshot.directory()
    var found: [Conflict] = []
    for (register, settlement) in registers {
      let campaign = campaigns.counting(register.name.subject, for: register.log.unit)
      var item: Template.Item?
      var row: Conflict.RowPlace?
      if let campaign, let place = Campaign.place(of: register.name) {
        if templates[campaign.key] == nil { templates[campaign.key] = try self.templates(of: campaign, snapshot) }
        item = templates[campaign.key]?[place.slot]?.items.first { $0.ordinal == place.item }
      }
      if register.name.kind.isRow {
        if let campaign, templates[campaign.key] == nil {
          templates[campaign.key] = try self.templates(of: campaign, snapshot)
        }
        row = Self.row(register.name, campaign, campaign.flatMap { templates[$0.key] } ?? [:])
      }
      found.append(
        try conflict(
          register, directory: directory, campaign: campaign, item: item, row: row,
          innerSince: inner[StoreSnapshot.Contested(log: register.log, register: register.id)],
          settlement: settlement, snapshot))
    }
    return found
  }

  static func row(
    _ name: RegisterName, _ campaign: Campaign?, _ templates: [UInt32: Template]
  ) -> Conflict.RowPlace {
    let slot = UInt32(name.part >> 32)
    let ledger = templates[slot].map {
      Ledger(subject: name.subject, slot: slot, template: $0, campaignName: campaign?.name ?? "")
    }
    let column = name.field == .rowCell ? Int(UInt32(truncatingIfNeeded: name.part)) - 1 : nil
    // A column that the template here does not have: named by its number.
    let isKnown = column.map { ledger?.template.columns.indices.contains($0) ?? false } ?? true
    return Conflict.RowPlace(row: name.element, subject: name.subject, ledger: isKnown ? ledger : nil, column: column)
  }

  private func conflict(
    _ register: Register, directory: Directory, campaign: Campaign?, item: Template.Item?, row: Conflict.RowPlace?,
    innerSince: UInt64?, settlement: Settlement?, _ snapshot: StoreSnapshot
  ) throws -> Conflict {
    func author(_ dot: Dot, _ time: HybridTime) throws -> Conflict.Author? {
      try snapshot.origin(register.log, of: dot).map { Conflict.Author(origin: $0, time: time) }
    }
    let history = try snapshot.history(of: register)
    // What stood before is what was decided.
    let base = try (settlement == nil ? history.commonBase : nil).map { write in
      Conflict.Version(
        value: write.value, absence: try snapshot.absence(register.log, write.dot, write.change, write.value),
        authors: try [author(write.dot, write.time)].compactMap { $0 })
    }
    let path = register.log.unit
    return Conflict(
      id: Self.conflictID(register.log, register.name),
      unit: directory.units[path] ?? DirectoryUnit(path: path, name: path.description, kind: .branch),
      campaign: campaign, item: item, field: row == nil ? AnswerField(register.name.field) : nil, row: row,
      register: register, base: base,
      alternatives: try snapshot.versions(of: register), twoCopiesOf: try twoCopies(register, history, snapshot),
      innerSinceMilliseconds: innerSince, settlement: settlement)
  }

  private func twoCopies(
    _ register: Register, _ history: RegisterHistory, _ snapshot: StoreSnapshot
  ) throws -> DeviceID? {
    let strands = try snapshot.strands(of: register.log)
    func device(_ dot: Dot) -> DeviceID { DeviceID(key: strands[Int(dot.strand)].deviceKey) }
    for (index, left) in register.siblings.enumerated() {
      for right in register.siblings.dropFirst(index + 1) where left.content != right.content {
        if device(left.dot) == device(right.dot), history.areConcurrent(left.dot, right.dot) {
          return device(left.dot)
        }
      }
    }
    return nil
  }

  /// The cells of a row that was taken off by one and changed by another: what is decided about. Empty for any other
  /// difference.
  public func rowCells(of conflict: Conflict) throws -> [Conflict.RowCell] {
    guard let row = conflict.row, row.column == nil else { return [] }
    let state = conflict.register
    return try read { snapshot in
      func author(_ write: RegisterHistory.Write) throws -> [Conflict.Author] {
        try snapshot.origin(state.log, of: write.dot).map { [Conflict.Author(origin: $0, time: write.time)] } ?? []
      }
      let removals = Set(
        state.siblings.filter { $0.value.flatMap(RowState.init)?.isRemoved == true }.map(\.dot))
      let seen = try snapshot.history(of: state).writes.filter { removals.contains($0.dot) }.map(\.context)
      var cells: [Conflict.RowCell] = []
      for register in try snapshot.registers(state.log, kind: state.name.kind, subject: state.name.subject)
      where register.name.element == row.row && register.name.field == .rowCell
        && register.name.part >> 32 == state.name.part >> 32
      {
        let writes = try snapshot.history(of: register).writes
        let known = writes.filter { write in seen.contains { $0.covers(write.dot) } }
        let base = known.last { write in !known.contains { $0.dot != write.dot && $0.context.covers(write.dot) } }
        cells.append(
          Conflict.RowCell(
            column: Int(UInt32(truncatingIfNeeded: register.name.part)) - 1,
            versions: try snapshot.versions(of: register),
            base: try base.map { write in
              Conflict.Version(
                value: write.value, absence: try snapshot.absence(state.log, write.dot, write.change, write.value),
                authors: try author(write))
            },
            isChanged: !seen.isEmpty
              && register.siblings.contains { sibling in !seen.contains { $0.covers(sibling.dot) } }))
      }
      return cells.sorted { $0.column < $1.column }
    }
  }

  static func conflictID(_ log: LogID, _ name: RegisterName) -> String {
    String(Hashing.sha256(log.key + name.bytes).description.prefix(8))
  }

  /// By id or a start of it.
  public func conflict(_ id: String) throws -> Conflict {
    let matches = try (conflicts() + changedAfterSettling()).filter {
      $0.id == id || (id.count >= 4 && $0.id.hasPrefix(id))
    }
    guard let only = matches.first, matches.count == 1 else { throw OfficeError.unknownConflict(id) }
    return only
  }

  /// Settles a field 核定: writes `value`, superseding exactly what `conflict` shows, and in the same entry that it is settled, with a
  /// note where given: the note stands for this value and for no later one (protocol §9).
  public func resolve(_ conflict: Conflict, value: Value, note: String?) throws -> Workspace.Written {
    let register = conflict.register
    var changes = [Change(register.name, value)]
    if let name = register.name.settlement { changes.append(Change(name, .text(note?.trimmingBlanks() ?? ""))) }
    return try workspace.write(
      changes, to: register.log, as: person, claimedMilliseconds: claimedMilliseconds,
      shownUpTo: register.siblings.map(\.order).max() ?? 0)
  }
}
