import SyncModel

/// How far the logs were out of which a paper was made.
public struct PaperCut: Hashable, Sendable {
  /// Of one unit's `answers`: what was in view. Empty for a paper over several units.
  public let tips: [Tip]
  /// Over the tips of every unit on the paper.
  public let digest: Digest256

  public init(tips: [Tip], digest: Digest256) {
    self.tips = tips
    self.digest = digest
  }
}

extension PaperCut {
  /// `varint n, n × (replica ‖ varint seq ‖ 8 bytes tag)`: what a form carries.
  public var bytes: [UInt8] { Self.bytes(of: tips) }

  public static func bytes(of tips: [Tip]) -> [UInt8] {
    var writer = ByteWriter(capacity: tips.count * 32)
    writer.varint(tips.count)
    for tip in tips {
      writer.id(tip.replica)
      writer.varint(UInt64(tip.seq))
      writer.tag(tip.tag)
    }
    return writer.bytes
  }

  /// Tips of one log; more writers than that have no place in one unit.
  private static let tipLimit = 4_096

  /// - Throws: ``CodecError`` for anything that ``bytes`` would not have written.
  public static func tips(bytes: [UInt8]) throws(CodecError) -> [Tip] {
    var reader = ByteReader(bytes)
    var tips: [Tip] = []
    for _ in 0..<(try reader.count("tips", limit: tipLimit)) {
      let replica: ReplicaID = try reader.id()
      tips.append(Tip(replica: replica, seq: try reader.seq(), tag: try reader.tag()))
    }
    try reader.finish()
    return tips
  }
}

/// What came back on a paper form for one field of an item.
public struct FormAnswer: Hashable, Sendable {
  public let slot: UInt32
  public let ordinal: UInt32
  public let field: AnswerField
  public let value: Value

  public init(slot: UInt32, ordinal: UInt32, field: AnswerField, value: Value) {
    self.slot = slot
    self.ordinal = ordinal
    self.field = field
    self.value = value
  }
}

/// What came back on a paper form for a table that is filled row by row.
public struct FormRows: Sendable {
  public let ledger: Ledger
  public let added: [[Int: Value]]
  public let changed: [(row: LedgerRow, cells: [Int: Value])]

  public init(ledger: Ledger, added: [[Int: Value]], changed: [(row: LedgerRow, cells: [Int: Value])]) {
    self.ledger = ledger
    self.added = added
    self.changed = changed
  }
}

extension Office {
  /// What a paper of one unit is made of, all of one moment: a cut that was taken later would say that values were on the
  /// paper which came in meanwhile, and a form would supersede them unseen.
  public struct PaperSource: Sendable {
    public let sheet: AnswerSheet
    public let evidence: [AttachedFile]
    /// Of the parts that are filled row by row, by slot.
    public let rows: [UInt32: [LedgerRow]]
    public let cut: PaperCut
  }

  /// - Throws: ``OfficeError`` where `campaign` is not for `unit`, or a template has not come.
  public func paperSource(_ campaign: Campaign, unit: DirectoryUnit) throws -> PaperSource {
    try read { snapshot in
      guard campaign.units.contains(unit.path) else {
        throw OfficeError.campaignNotForUnit(campaign: campaign.name, unit: unit.name)
      }
      let templates = try completeTemplates(of: campaign, snapshot)
      var rows: [UInt32: [LedgerRow]] = [:]
      for (slot, template) in templates where template.kind.hasRows {
        let ledger = Ledger(campaign, slot: slot, template: template)
        rows[slot] = try Self.rows(of: ledger, unit: unit, snapshot)
      }
      return PaperSource(
        sheet: try sheet(campaign, unit: unit, templates: templates, settlements: true, snapshot),
        evidence: try evidence(of: unit, campaign: campaign, templates: templates, snapshot), rows: rows,
        cut: try Self.cut(of: [unit.path], snapshot))
    }
  }

  /// What is in view of the answers of `units`, which a paper made now is made from.
  public func cut(of units: [UnitPath]) throws -> PaperCut {
    try read { try Self.cut(of: units, $0) }
  }

  private static func cut(of units: [UnitPath], _ snapshot: StoreSnapshot) throws -> PaperCut {
    var writer = ByteWriter(capacity: 1024)
    var tips: [Tip] = []
    for unit in units.sorted() {
      let log = LogID(unit, .answers)
      tips = try snapshot.heldEngine(for: log)?.viewTips() ?? []
      writer.lengthPrefixed(log.key)
      writer.raw(PaperCut.bytes(of: tips))
    }
    return PaperCut(tips: units.count == 1 ? tips : [], digest: Hashing.sha256(writer.bytes))
  }

  /// Takes what came back on a paper form as `unit`'s entries, all of it or nothing, in one commit.
  ///
  /// - Parameters:
  ///   - base: what was in view when the form was made (``PaperCut/tips``): whatever was written since stands beside the
  ///     form's values and is settled by a person.
  ///   - onBehalf: needed where `unit` is not this one: it is recorded as 代填.
  /// - Returns: nil where there was nothing to write.
  public func take(
    _ answers: [FormAnswer], rows: [FormRows], campaign: Campaign, unit: DirectoryUnit, base: [Tip], onBehalf: Bool
  ) throws -> Workspace.Written? {
    guard campaign.units.contains(unit.path) else {
      throw OfficeError.campaignNotForUnit(campaign: campaign.name, unit: unit.name)
    }
    if unit.path != identity.unit, !onBehalf { throw OfficeError.needsOnBehalf(unit: unit.name) }
    var changes = answers.map { answer in
      Change(
        Campaign.register(campaign.id, slot: answer.slot, item: answer.ordinal, answer.field), answer.value)
    }
    for part in rows {
      for row in part.added { try Self.check(row, in: part.ledger.template) }
      changes += part.added.enumerated().flatMap { position, row in
        Self.changes(adding: row, to: part.ledger, begun: claimedMilliseconds + UInt64(position)).changes
      }
      for (row, cells) in part.changed {
        try Self.check(row.cells.compactMapValues(\.filledValue).merging(cells) { $1 }, in: part.ledger.template)
        changes += Self.changes(of: row, cells: cells, in: part.ledger)
      }
    }
    if changes.isEmpty { return nil }
    return try workspace.write(
      changes, to: LogID(unit.path, .answers), as: person, claimedMilliseconds: claimedMilliseconds, shownUpTo: .max,
      base: base)
  }

  // MARK: Forms that were taken in

  /// True where this workspace has taken in this very form before.
  public func hasTaken(form: Digest256) throws -> Bool {
    try read { try $0.setting(Self.formKey(form)) != nil }
  }

  public func remember(form: Digest256) throws {
    try workspace.store.write(wallMilliseconds: 0) { try $0.setSetting(Self.formKey(form), [1]) }
  }

  private static func formKey(_ form: Digest256) -> String { "form." + form.description.prefix(32) }
}
