import SyncModel

/// The index from files to the attachments that name them: who may send or fetch a file follows from it. Kept in the
/// transaction that takes attachments into view, or out of it.
extension StoreTransaction {
  /// After a delivery: which attachments changed in view.
  func noteAttachments(_ engine: LogEngine<SQLLogStorage>) throws {
    guard engine.log.channel == .answers || engine.log.channel == .inspection,
      try connection.first(
        "SELECT 1 FROM register WHERE log = ? AND kind = ? LIMIT 1",
        [.integer(engine.storage.log), SQLValue(SubjectKind.attachment.rawValue)]) != nil
    else { return }
    var names: Set<RegisterName> = []
    let isWhole = try engine.hasViewChange { name in
      if name.kind == .attachment { names.insert(name) }
      return false
    }
    if isWhole {
      attachmentLogsDue.insert(engine.log)
    } else {
      attachmentsDue[engine.log, default: []].formUnion(names)
    }
  }

  /// After values were erased: what of them were attachments is looked for among all that the index knows.
  func noteErasedAttachments(_ log: LogID) throws {
    guard let row = try rowID(of: log),
      try connection.first("SELECT 1 FROM attachment WHERE log = ? LIMIT 1", [.integer(row)]) != nil
    else { return }
    attachmentLogsDue.insert(log)
    attachmentLogsErased.insert(log)
  }

  /// Once the view is written: brings the index up to it.
  func indexAttachments() throws {
    for log in attachmentLogsDue.sorted() {
      attachmentsDue[log] = nil
      guard let row = try rowID(of: log) else { continue }
      try connection.run("UPDATE attachment SET stands = 0 WHERE log = ?", [.integer(row)])
      for register in try registers(log, kind: .attachment) { try index(register, row: row) }
    }
    for (log, names) in attachmentsDue.sorted(by: { $0.key < $1.key }) {
      guard let row = try rowID(of: log) else { continue }
      for name in names.sorted() {
        try connection.run(
          "UPDATE attachment SET stands = 0 WHERE log = ? AND name = ?", [.integer(row), .blob(name.bytes)])
        if let register = try register(log, name) { try index(register, row: row) }
      }
    }
    for log in attachmentLogsErased.sorted() { try forgetErased(log) }
    attachmentsDue = [:]
    attachmentLogsDue = []
    attachmentLogsErased = []
  }

  /// Add-wins: every value that stands in it names its file, whatever stands beside.
  private func index(_ register: Register, row: Int64) throws {
    for attachment in register.values.compactMap(Attachment.init) {
      try connection.run(
        """
        INSERT INTO attachment (log, name, hash, bytes, stands) VALUES (?, ?, ?, ?, 1)
        ON CONFLICT (log, name, hash, bytes) DO UPDATE SET stands = 1
        """,
        [
          .integer(row), .blob(register.name.bytes), .blob(attachment.hash.bytes), SQLValue(attachment.byteCount),
        ])
    }
  }

  /// A file of which the value that named it was redacted 依规删除 goes at once, detached before or not: nothing may lead
  /// to it any more.
  private func forgetErased(_ log: LogID) throws {
    guard let row = try rowID(of: log) else { return }
    let rows = try connection.rows(
      "SELECT name, hash, bytes FROM attachment WHERE log = ? AND stands = 0", [.integer(row)])
    var readable: [RegisterName: Set<Digest256>] = [:]
    var walked: Set<RegisterName> = []
    for columns in rows {
      let name = try RegisterName(bytes: columns[0].blob)
      // By item: its attachments differ in their elements alone.
      if walked.insert(RegisterName(name.kind, name.subject, part: name.part, name.field)).inserted {
        for (name, writes) in try writes(in: log, kind: .attachment, subject: name.subject, part: name.part) {
          readable[name] = Set(writes.compactMap { $0.value.flatMap(Attachment.init)?.hash })
        }
      }
      guard let hash = Digest256(bytes: columns[1].blob), readable[name]?.contains(hash) != true else { continue }
      try connection.run(
        "DELETE FROM attachment WHERE log = ? AND name = ? AND hash = ? AND bytes = ?",
        [.integer(row), columns[0], columns[1], columns[2]])
      try connection.run("UPDATE file SET unnamed_ms = 0 WHERE hash = ?", [columns[1]])
    }
  }
}
