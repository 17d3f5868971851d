import SyncModel

/// Why a value that stands somewhere is not here.
public enum Absence: Sendable {
  /// 内容未到: its digest alone is here, and nobody with authority has redacted it; asked of every peer.
  case owed
  /// 依规删除; nil where the redaction that was in force cannot be read here.
  case redacted(Redaction?)

  public static let owedTitle = "内容未到"
  public static let redactedTitle = "依规删除"

  /// On the screen, where there is no room for who and why.
  public var title: String {
    switch self {
    case .owed: Self.owedTitle
    case .redacted: Self.redactedTitle
    }
  }
}

/// Who had a value removed, and why.
public struct Redaction: Sendable {
  public let author: Conflict.Author
  /// nil where the reason is not here: owed, or redacted itself.
  public let reason: String?
}

extension StoreSnapshot {
  /// nil where the value is here.
  func absence(_ log: LogID, _ dot: Dot, _ change: UInt16, _ value: Value?) throws -> Absence? {
    guard value == nil, let row = try rowID(of: log) else { return nil }
    guard let found = try redacted(dot, change, row: row) else { return nil }
    return found ? .redacted(try redaction(log, dot, change)) : .owed
  }

  func isRedacted(_ dot: Dot, _ change: UInt16, row: Int64) throws -> Bool {
    try redacted(dot, change, row: row) ?? false
  }

  /// nil for a value that is here, false for one that is owed.
  private func redacted(_ dot: Dot, _ change: UInt16, row: Int64) throws -> Bool? {
    try connection.first(
      "SELECT redacted FROM absent WHERE log = ? AND strand = ? AND seq = ? AND change = ?",
      [.integer(row), SQLValue(dot.strand), SQLValue(dot.seq), SQLValue(change)]
    ).map { $0[0].integer == 1 }
  }

  private func redaction(_ log: LogID, _ dot: Dot, _ change: UInt16) throws -> Redaction? {
    guard let origin = try origin(log, of: dot) else { return nil }
    let target = RedactionTarget(
      log: log, place: FeedPlace(replica: origin.replica, seq: dot.seq, hash: origin.hash), change: change)
    for source in RedactionTarget.sources(of: log) {
      let name = RegisterName(.redaction, target.subject, .redactionTarget)
      guard let sibling = try register(source, name)?.siblings.last, let by = try self.origin(source, of: sibling.dot)
      else { continue }
      // The reason is the redactor's own word: another entry's stands in the same register without being theirs.
      let reason = try value(
        of: RegisterName(.redaction, target.subject, .redactionReason), in: source, writtenBy: sibling.dot)?.textValue
      return Redaction(author: Conflict.Author(origin: by, time: sibling.time), reason: reason)
    }
    return nil
  }

  /// Where one entry wrote into a register, superseded or not; nil where it did not.
  func change(of name: RegisterName, in log: LogID, writtenBy dot: Dot) throws -> RegisterChange? {
    guard let row = try rowID(of: log), let register = try storage(row: row).storedRegisterID(name) else { return nil }
    return try storage(row: row).history(of: register).first { $0.dot == dot }
  }

  /// What one entry wrote into a register; nil where it wrote nothing there, or what it wrote is not here.
  func value(of name: RegisterName, in log: LogID, writtenBy dot: Dot) throws -> Value? {
    guard let row = try rowID(of: log), let change = try change(of: name, in: log, writtenBy: dot),
      let stored = try storage(row: row).entry(dot)
    else { return nil }
    let strand = try strands(row: row)[Int(dot.strand)]
    let values = try readable(stored, of: strand.replica, seq: dot.seq, in: log).values
    return Int(change.change) < values.count ? values[Int(change.change)] : nil
  }

  /// A register's different values with everybody who wrote them, in the order of showing.
  func versions(of register: Register) throws -> [Conflict.Version] {
    try register.alternatives.map { alternative in
      var value: Value?
      if case .value(let bytes) = alternative.content { value = try? Value(bytes: bytes) }
      return Conflict.Version(
        value: value,
        absence: try alternative.siblings.first.flatMap { try absence(register.log, $0.dot, $0.change, value) },
        authors: try alternative.siblings.compactMap { sibling in
          try origin(register.log, of: sibling.dot).map { Conflict.Author(origin: $0, time: sibling.time) }
        })
    }
  }
}
