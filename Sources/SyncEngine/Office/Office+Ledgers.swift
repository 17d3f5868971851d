import SyncModel

/// One row of a ledger as it stands, every sibling kept.
public struct LedgerRow: Sendable {
  public let id: ElementID
  public let unit: DirectoryUnit
  /// When it was begun, milliseconds since 1970; 0 where that has not come. Rows are listed in this order.
  public let begunMilliseconds: UInt64
  /// By column of the template, from 0. A column that nobody filled in is missing.
  public let cells: [Int: Register]
  /// By column: what was changed after it was settled 核定后改动.
  public internal(set) var changed: [Int: Settlement] = [:]

  /// The first eight digits of ``id``: what people name a row by.
  public var shortID: String { String(id.description.prefix(8)) }
  public var inConflict: Bool { cells.values.contains(where: \.inConflict) }
}

/// What of a 登记簿 went up: a number under a title, never a name.
public struct LedgerCount: Hashable, Sendable {
  /// The count's number in the ledger's file; final.
  public let key: UInt32
  public let value: Score

  public init(key: UInt32, value: Score) {
    self.key = key
    self.value = value
  }
}

extension Field {
  // kind count, subject = the ledger's, part = the count's key: integer, in hundredths.
  public static let countValue = Field(rawValue: 1)
}

extension Office {
  /// The tables to be filled row by row of every campaign that counts for any unit known here.
  public func campaignLedgers() throws -> [(campaign: Campaign, ledger: Ledger)] {
    try read { snapshot in
      try Self.campaigns(snapshot).all.filter { !$0.units.isEmpty }.flatMap { campaign in
        try templates(of: campaign, snapshot).sorted { $0.key < $1.key }.filter { $0.value.kind == .ledger }.map {
          (campaign, Ledger(campaign, slot: $0.key, template: $0.value))
        }
      }
    }
  }

  /// The rows of one unit, oldest first; removed ones are left out.
  public func rows(of ledger: Ledger, unit: DirectoryUnit) throws -> [LedgerRow] {
    try read { try Self.rows(of: ledger, unit: unit, $0) }
  }

  /// The rows of every unit at or below `unit` (nil: this workspace's) run together, units in path order.
  ///
  /// A 登记簿 is read in its own unit alone: of others nothing is here that opens.
  public func rows(of ledger: Ledger, under unit: UnitPath? = nil) throws -> [LedgerRow] {
    let top = unit ?? identity.unit
    return try read { snapshot in
      let directory = try snapshot.directory()
      if ledger.channel == .internal {
        guard top == identity.unit else { throw OfficeError.staysInUnit(ledger.title) }
        return try Self.rows(of: ledger, unit: try ownUnit(snapshot), snapshot)
      }
      return try directory.sortedUnits.filter { directory.tree.contains(top, $0.path) }
        .flatMap { try Self.rows(of: ledger, unit: $0, snapshot) }
    }
  }

  static func rows(of ledger: Ledger, unit: DirectoryUnit, _ snapshot: StoreSnapshot) throws -> [LedgerRow] {
    let probe = ledger.state(ElementID(high: 0, low: 0))
    var cells: [ElementID: [Int: Register]] = [:]
    var states: [ElementID: RowState] = [:]
    for register in try snapshot.registers(
      LogID(unit.path, ledger.channel), kind: probe.kind, subject: ledger.subject)
    {
      let row = register.name.element
      if let column = ledger.column(of: register.name) {
        cells[row, default: [:]][column] = register
      } else if register.name == ledger.state(row) {
        // Removed and changed meanwhile: the row stands, or what was changed would be lost.
        let found = register.values.compactMap(RowState.init)
        states[row] = found.first { !$0.isRemoved } ?? found.first
      }
    }
    var changed: [ElementID: [Int: Settlement]] = [:]
    for note in try snapshot.registers(
      LogID(unit.path, ledger.channel), kind: .settlement, subject: ledger.subject)
    {
      let name = note.name.settled(in: ledger.channel)
      guard let column = ledger.column(of: name), let register = cells[name.element]?[column],
        let settlement = try snapshot.settlement(of: register), settlement.state == .changed
      else { continue }
      changed[name.element, default: [:]][column] = settlement
    }
    return cells.compactMap { id, cells in
      if states[id]?.isRemoved == true { return nil }
      return LedgerRow(
        id: id, unit: unit, begunMilliseconds: states[id]?.begunMilliseconds ?? 0, cells: cells,
        changed: changed[id] ?? [:])
    }
    .sorted { ($0.begunMilliseconds, $0.id) < ($1.begunMilliseconds, $1.id) }
  }

  /// Adds rows, all of them or none.
  ///
  /// - Parameters:
  ///   - rows: values by column from 0; cells that are ``Value/nothing`` are not written.
  ///   - onBehalf: a reviewer above `unit` fills in for it 代填.
  /// - Throws: ``LedgerError`` where a row lacks what its template requires, or there are too many; ``OfficeError``.
  public func add(
    _ rows: [[Int: Value]], to ledger: Ledger, unit: DirectoryUnit, onBehalf: Bool = false
  ) throws -> (ids: [ElementID], written: Workspace.Written) {
    try checkWritable(ledger, unit: unit, onBehalf: onBehalf)
    for row in rows { try Self.check(row, in: ledger.template) }
    let standing = try self.rows(of: ledger, unit: unit).count
    if standing + rows.count > Ledger.rowLimit { throw LedgerError.full(title: ledger.title) }
    // Rows of one command keep their order.
    let made = rows.enumerated().map {
      Self.changes(adding: $1, to: ledger, begun: claimedMilliseconds + UInt64($0))
    }
    return (made.map(\.id), try writeRows(made.flatMap(\.changes), ledger, unit))
  }

  /// Changes cells of a row; a cell that is ``Value/nothing`` is cleared. What others wrote meanwhile stands beside it.
  /// - Throws: ``LedgerError/missing(columns:)`` where it would clear what makes the row one.
  public func change(
    _ row: LedgerRow, cells: [Int: Value], of ledger: Ledger, onBehalf: Bool = false
  ) throws -> Workspace.Written {
    try checkWritable(ledger, unit: row.unit, onBehalf: onBehalf)
    if cells.isEmpty { throw LedgerError.emptyRow }
    let merged = row.cells.compactMapValues(\.filledValue).merging(cells) { $1 }
    try Self.check(merged, in: ledger.template)
    return try writeRows(Self.changes(of: row, cells: cells, in: ledger), ledger, row.unit)
  }

  static func changes(
    adding row: [Int: Value], to ledger: Ledger, begun: UInt64
  ) -> (id: ElementID, changes: [Change]) {
    let id = ElementID.random()
    let state = RowState(isRemoved: false, begunMilliseconds: begun)
    return (
      id,
      [Change(ledger.state(id), state.value)]
        + row.sorted { $0.key < $1.key }.filter { $0.value != .nothing }
        .map { Change(ledger.cell(id, column: $0.key), $0.value) }
    )
  }

  /// The state is said again: somebody who takes the row off meanwhile then meets a difference, not a silent loss.
  static func changes(of row: LedgerRow, cells: [Int: Value], in ledger: Ledger) -> [Change] {
    let state = RowState(isRemoved: false, begunMilliseconds: row.begunMilliseconds)
    return [Change(ledger.state(row.id), state.value)]
      + cells.sorted { $0.key < $1.key }.map { Change(ledger.cell(row.id, column: $0.key), $0.value) }
  }

  /// Takes a row off the table. Its cells stay in the log; a cell that somebody changed meanwhile brings the row back.
  public func remove(_ row: LedgerRow, of ledger: Ledger, onBehalf: Bool = false) throws -> Workspace.Written {
    try checkWritable(ledger, unit: row.unit, onBehalf: onBehalf)
    let state = RowState(isRemoved: true, begunMilliseconds: row.begunMilliseconds)
    return try writeRows([Change(ledger.state(row.id), state.value)], ledger, row.unit)
  }

  /// - Throws: ``LedgerError/emptyRow``, ``LedgerError/missing(columns:)``.
  public static func check(_ row: [Int: Value], in template: Template) throws(LedgerError) {
    let filled = row.filter { $0.value != .nothing }
    if filled.isEmpty { throw LedgerError.emptyRow }
    let missing = template.columns.indices.filter { template.columns[$0].isRequired && filled[$0] == nil }
    if !missing.isEmpty { throw LedgerError.missing(columns: missing.map { template.columns[$0] }) }
  }

  private func checkWritable(_ ledger: Ledger, unit: DirectoryUnit, onBehalf: Bool) throws {
    if unit.path == identity.unit { return }
    if ledger.channel == .internal { throw OfficeError.staysInUnit(ledger.title) }
    if !onBehalf { throw OfficeError.needsOnBehalf(unit: unit.name) }
  }

  private func writeRows(
    _ changes: [Change], _ ledger: Ledger, _ unit: DirectoryUnit
  ) throws -> Workspace.Written {
    try workspace.write(
      changes, to: LogID(unit.path, ledger.channel), as: person, claimedMilliseconds: claimedMilliseconds)
  }

  // MARK: Counts

  /// Puts numbers out of a 登记簿 into this unit's answers, where the units above read them.
  public func report(_ counts: [LedgerCount], of ledger: Ledger) throws -> Workspace.Written {
    try write(
      counts.map {
        Change(RegisterName(.count, ledger.subject, part: UInt64($0.key), .countValue), .integer($0.value.hundredths))
      },
      to: LogID(identity.unit, .answers))
  }

  /// The numbers that `unit` last put up, by key, first shown first: several where two of its computers put up different
  /// ones without knowing of each other.
  public func counts(of ledger: Ledger, unit: UnitPath) throws -> [UInt32: [Score]] {
    try read { snapshot in
      var found: [UInt32: [Score]] = [:]
      for register in try snapshot.registers(LogID(unit, .answers), kind: .count, subject: ledger.subject) {
        let values = register.values.compactMap(\.integerValue).filter {
          $0.magnitude <= UInt64(Score.limit.hundredths)
        }
        guard let key = UInt32(exactly: register.name.part), !values.isEmpty else { continue }
        found[key] = values.map { Score(hundredths: $0) }
      }
      return found
    }
  }
}
