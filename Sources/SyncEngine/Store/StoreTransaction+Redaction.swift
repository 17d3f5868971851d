import SyncModel

/// Redactions 依规删除 are registers like any other: what they do to stored values follows from which of them are valid.
extension StoreTransaction {
  static let scrubDue = "scrubDue"
  static let lastScrub = "lastScrub"

  /// An engine is told once before something is taken in; what changes later in this transaction is reconciled.
  func tellRedactions(to engine: LogEngine<SQLLogStorage>) throws {
    guard toldRedactions.insert(engine.log).inserted else { return }
    engine.redactions = try redactionsInForce(for: engine.log)
  }

  /// After a delivery: where redactions came, or their authors' authority changed, the logs they may speak of are due.
  func noteRedactions(_ engine: LogEngine<SQLLogStorage>) throws {
    guard
      try connection.first(
        "SELECT 1 FROM register WHERE log = ? AND kind = ? LIMIT 1",
        [.integer(engine.storage.log), SQLValue(SubjectKind.redaction.rawValue)]) != nil,
      try engine.hasViewChange({ $0.kind == .redaction })
    else { return }
    redactionsDue.insert(engine.log)
    if engine.log.channel == .notices {
      let others = Channel.allCases.map { LogID(engine.log.unit, $0) }
      redactionsDue.formUnion(try others.filter { try rowID(of: $0) != nil })
    }
  }

  /// Erases what valid redactions name, and asks again for what none names any longer. In the transaction that learns it.
  func reconcileRedactions() throws {
    if redactionsDue.isEmpty { return }
    for engine in engines.values { try engine.flush() }
    for log in redactionsDue.sorted() {
      let engine = try engine(for: log)
      toldRedactions.insert(log)
      try engine.reconcile(try redactionsInForce(for: log))
      delivered.insert(log)
      try noteErasedAttachments(log)
    }
    redactionsDue = []
  }
}

extension StoreSnapshot {
  /// What valid redactions say of values of `log`: of those beside them only what a device of the unit itself wrote counts
  /// in `answers`, where reviewers above write too; of those in the unit's notices all, which are its administrators'. What
  /// was written about the unit in `inspection` is removed by administrators above it alone.
  func redactionsInForce(for log: LogID) throws -> RedactionsInForce {
    var found: RedactionsInForce = [:]
    for source in RedactionTarget.sources(of: log) {
      guard let row = try rowID(of: source) else { continue }
      for columns in try connection.rows(
        // The order of a CROSS JOIN is kept: asked to choose, SQLite reads every sibling of the log.
        """
        SELECT r.subject, s.strand, s.content FROM register r CROSS JOIN sibling s ON s.log = r.log AND s.register = r.id
        WHERE r.log = ? AND r.kind = ? AND r.field = ? AND s.valid = 1 AND s.absent = 0
        """,
        [.integer(row), SQLValue(SubjectKind.redaction.rawValue), SQLValue(Field.redactionTarget.rawValue)])
      {
        guard let target = (try? Value(bytes: columns[2].blob)).flatMap(RedactionTarget.init), target.log == log,
          target.subject.bytes == columns[0].blob,
          try mayRedact(in: source, of: log, strand: Int(columns[1].integer), row: row)
        else { continue }
        found[target.place, default: []].insert(target.change)
      }
    }
    return found
  }

  private func mayRedact(in source: LogID, of log: LogID, strand: Int, row: Int64) throws -> Bool {
    let isOwn = source == log && log.channel == .answers
    guard isOwn || (source != log && log.channel == .inspection) else { return true }
    let key = try strands(row: row)[strand].deviceKey
    if isOwn, key == identity.deviceKey { return identity.unit == log.unit }
    let directory = try directory()
    let grants = directory.devices[DeviceID(key: key)]?.grants ?? [:]
    return grants.contains { unit, roles in
      switch directory.tree.relation(of: unit, to: log.unit) {
      case .own: isOwn
      case .above, .formerlyAbove: !isOwn && roles.contains(.admin)
      case .below, .unrelated: false
      }
    }
  }
}
