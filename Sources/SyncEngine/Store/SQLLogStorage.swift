import SyncModel

/// One log's rows over SQL.
public final class SQLLogStorage: LogStorage {
  private let connection: any SQLConnection
  let log: Int64
  let entries: EntryTable
  /// Strands in which entries were written since ``takeWritten()``: they become arrivals.
  private var written: [Int: (first: UInt32, last: UInt32)] = [:]
  private let history: HistoryTable
  private let feedRegisters: FeedRegisterTable
  private var registerIDs: [RegisterName: RegisterID] = [:]
  /// The log had no register when this was opened: all there are stand in `registerIDs`.
  private var knowsAllRegisters = false
  private var nextRegister: Int64?
  /// Registers from here on were made since the last ``flush()``: nothing stands under them yet.
  private var newFrom: RegisterID?

  init(_ connection: any SQLConnection, log: Int64) {
    self.connection = connection
    self.log = log
    entries = EntryTable(connection, log: log)
    history = HistoryTable(connection, log: log)
    feedRegisters = FeedRegisterTable(connection, log: log)
  }

  func takeWritten() -> [Int: (first: UInt32, last: UInt32)] {
    defer { written = [:] }
    return written
  }

  private func key(_ values: SQLValue...) -> [SQLValue] { [.integer(log)] + values }

  // MARK: Strands

  public func loadStrands() throws -> [Strand] {
    try connection.rows(
      """
      SELECT replica, device_key, genesis, parent, fork, stored, stored_hash, applied, hlc_ms, hlc_counter,
        replicas, persons, registers, context, standing, valid_through, blocked, strand,
        dependable_through
      FROM strand WHERE log = ? ORDER BY strand
      """, key()
    ).enumerated().map { index, row in
      func number<Number: FixedWidthInteger>(_ column: Int) throws -> Number { try row[column].number("strand") }
      let fork: UInt32 = try number(4)
      let branched = row[3].optionalInteger
      guard let replica = ReplicaID(bytes: row[0].blob), let hash = Digest256(bytes: row[6].blob),
        row[17].integer == index, branched.map({ (0..<Int64(index)).contains($0) }) ?? (fork == 0),
        row[5].integer >= Int64(fork), row[7].integer <= row[5].integer
      else { throw WorkspaceError.damaged("strand") }
      let parent = branched.map { Dot(strand: Int($0), seq: fork) }
      var strand = Strand(replica: replica, deviceKey: row[1].blob, genesis: row[2].blob, parent: parent)
      strand.stored = try number(5)
      strand.storedHash = hash
      strand.applied = try number(7)
      strand.time = HybridTime(milliseconds: try number(8), counter: try number(9))
      strand.names = FeedNameCounts(
        replicas: Int(try number(10) as UInt32), persons: Int(try number(11) as UInt32),
        registers: Int(try number(12) as UInt32))
      strand.context = try StrandVector(bytes: row[13].blob)
      strand.standing = Strand.Standing(rawValue: try number(14)) ?? .unknown
      strand.validThrough = try number(15)
      strand.dependableThrough = try number(18)
      strand.blocked = row[16].optionalInteger.flatMap { UInt8(exactly: $0).flatMap(Strand.Block.init(rawValue:)) }
      return strand
    }
  }

  public func insertStrand(_ strand: Strand, at index: Int) throws {
    try connection.run(
      "INSERT INTO strand VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      key(
        SQLValue(index), .blob(strand.replica.bytes), .blob(strand.deviceKey), .blob(strand.genesis),
        strand.parent.map { SQLValue($0.strand) } ?? .null, SQLValue(strand.parent?.seq ?? 0))
        + state(of: strand))
  }

  public func updateStrand(_ strand: Strand, at index: Int) throws {
    try connection.run(
      """
      UPDATE strand SET stored = ?, stored_hash = ?, applied = ?, hlc_ms = ?, hlc_counter = ?, replicas = ?,
        persons = ?, registers = ?, context = ?, standing = ?, valid_through = ?, blocked = ?,
        dependable_through = ?
      WHERE log = ? AND strand = ?
      """, state(of: strand) + key(SQLValue(index)))
  }

  private func state(of strand: Strand) -> [SQLValue] {
    [
      SQLValue(strand.stored), .blob(strand.storedHash.bytes), SQLValue(strand.applied),
      SQLValue(strand.time.milliseconds), SQLValue(strand.time.counter), SQLValue(strand.names.replicas),
      SQLValue(strand.names.persons), SQLValue(strand.names.registers), .blob(strand.context.bytes),
      SQLValue(strand.standing.rawValue), SQLValue(strand.validThrough),
      strand.blocked.map { SQLValue($0.rawValue) } ?? .null, SQLValue(strand.dependableThrough),
    ]
  }

  public func refusedFeeds() throws -> Set<ReplicaID> {
    Set(
      try connection.rows("SELECT replica FROM refused WHERE log = ?", key()).compactMap {
        ReplicaID(bytes: $0[0].blob)
      })
  }

  public func setRefused(_ replica: ReplicaID, _ isRefused: Bool) throws {
    try connection.run(
      isRefused ? "INSERT OR IGNORE INTO refused VALUES (?, ?)" : "DELETE FROM refused WHERE log = ? AND replica = ?",
      key(.blob(replica.bytes)))
  }

  // MARK: Entries

  public func hash(of dot: Dot) throws -> Digest256? { try entries.hash(of: dot) }
  public func tag(of dot: Dot) throws -> ChainTag? { try entries.tag(of: dot) }
  public func entry(_ dot: Dot) throws -> StoredEntry? { try entries.entry(dot) }
  public func plainEntry(_ dot: Dot) throws -> PlainEntryView? { try entries.plainEntry(dot) }

  public func insertEntry(_ entry: StoredEntry, hash: Digest256, after previous: Digest256, at dot: Dot) throws {
    try entries.append(entry, hash: hash, after: previous, at: dot)
    let strand = Int(dot.strand)
    written[strand] = (min(written[strand]?.first ?? dot.seq, dot.seq), dot.seq)
  }

  public func updateBody(_ body: StoredEntry.Body, at dot: Dot) throws { try entries.replace(body, at: dot) }

  public func insertBatch(secret: BatchSecret) throws -> BatchID { try entries.insertBatch(secret: secret) }
  public func secret(of batch: BatchID) throws -> BatchSecret? { try entries.secret(of: batch) }
  public func eraseSecret(of batch: BatchID) throws { try entries.eraseSecret(of: batch) }

  public func flush() throws {
    try entries.flush()
    try feedRegisters.flush()
    try history.flush(newFrom: newFrom)
    newFrom = nil
  }

  public func absentValues() throws -> [(dot: Dot, change: UInt16, redacted: Bool)] {
    try connection.rows("SELECT strand, seq, change, redacted FROM absent WHERE log = ?", key()).map { row in
      (try Dot(row[0...1], "absent"), try row[2].number("absent"), row[3].integer == 1)
    }
  }

  public func setAbsent(_ dot: Dot, change: UInt16, redacted: Bool?) throws {
    let place = key(SQLValue(dot.strand), SQLValue(dot.seq), SQLValue(change))
    if let redacted {
      try connection.run(
        """
        INSERT INTO absent VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (log, strand, seq, change) DO UPDATE SET redacted = excluded.redacted
        """, place + [SQLValue(redacted)])
    } else {
      try connection.run("DELETE FROM absent WHERE log = ? AND strand = ? AND seq = ? AND change = ?", place)
    }
  }

  private func nextNumber(_ sql: String) throws -> Int64 {
    (try connection.first(sql, key())?[0].integer ?? 0) + 1
  }

  // MARK: Heads

  public func heads(of strand: Int, after: UInt32, through: UInt32) throws -> [StoredHead] {
    try connection.rows(
      """
      SELECT seq, signature, sent FROM head WHERE log = ? AND strand = ? AND seq > ? AND seq <= ? ORDER BY seq
      """, key(SQLValue(strand), SQLValue(after), SQLValue(through))
    ).map(Self.head)
  }

  public func lastHeads(of strand: Int, limit: Int) throws -> [StoredHead] {
    try connection.rows(
      "SELECT seq, signature, sent FROM head WHERE log = ? AND strand = ? ORDER BY seq DESC LIMIT ?",
      key(SQLValue(strand), SQLValue(limit))
    ).reversed().map(Self.head)
  }

  private static func head(_ row: [SQLValue]) throws -> StoredHead {
    StoredHead(
      head: Segment.SignedHead(seq: try row[0].number("head"), signature: row[1].blob), sent: row[2].integer == 1)
  }

  public func byteCount(of strand: Int, after: UInt32, through: UInt32) throws -> Int {
    try entries.byteCount(of: strand, after: after, through: through)
  }

  public func insertHead(_ head: Segment.SignedHead, of strand: Int, sent: Bool) throws {
    try connection.run(
      "INSERT INTO head VALUES (?, ?, ?, ?, ?)",
      key(SQLValue(strand), SQLValue(head.seq), .blob(head.signature), SQLValue(sent)))
  }

  public func deleteHead(of strand: Int, seq: UInt32) throws {
    try connection.run(
      "DELETE FROM head WHERE log = ? AND strand = ? AND seq = ?", key(SQLValue(strand), SQLValue(seq)))
  }

  public func markHeadsSent(of strand: Int, through seq: UInt32) throws {
    try connection.run(
      "UPDATE head SET sent = 1 WHERE log = ? AND strand = ? AND seq <= ? AND sent = 0",
      key(SQLValue(strand), SQLValue(seq)))
  }

  // MARK: Names

  public func registerID(_ name: RegisterName) throws -> RegisterID {
    if let known = registerIDs[name] { return known }
    if !knowsAllRegisters, let found = try storedRegisterID(name) {
      registerIDs[name] = found
      return found
    }
    let next = try nextRegister ?? nextNumber("SELECT max(id) FROM register WHERE log = ?")
    if nextRegister == nil, next == 1 { knowsAllRegisters = true }
    nextRegister = next + 1
    try connection.run("INSERT INTO register VALUES (?, ?, ?, ?, ?, ?, ?)", key(.integer(next)) + name.columns)
    let id = RegisterID(rawValue: next)
    registerIDs[name] = id
    newFrom = newFrom ?? id
    return id
  }

  /// nil where nothing was ever written to it.
  func storedRegisterID(_ name: RegisterName) throws -> RegisterID? {
    try connection.first(
      """
      SELECT id FROM register WHERE log = ? AND kind = ? AND subject = ? AND element = ? AND part = ? AND field = ?
      """, key() + name.columns
    ).map { RegisterID(rawValue: $0[0].integer) }
  }

  public func registerName(_ id: RegisterID) throws -> RegisterName? {
    try connection.first(
      "SELECT kind, subject, element, part, field FROM register WHERE log = ? AND id = ?", key(.integer(id.rawValue))
    ).flatMap { RegisterName(row: $0[...]) }
  }

  public func addRegister(_ id: RegisterID, index: Int, to strand: Int, introducedAt seq: UInt32) throws {
    feedRegisters.append(id, introducedAt: seq, index: index, of: strand)
  }

  public func registers(of strand: Int) throws -> [(id: RegisterID, introducedAt: UInt32)] {
    try feedRegisters.registers(of: strand)
  }

  public func register(index: Int, of strand: Int) throws -> (id: RegisterID, introducedAt: UInt32)? {
    try feedRegisters.register(index: index, of: strand)
  }

  public func addReplica(_ id: ReplicaID, index: Int, to strand: Int, introducedAt seq: UInt32) throws {
    try connection.run(
      "INSERT INTO feed_replica VALUES (?, ?, ?, ?, ?)",
      key(SQLValue(strand), SQLValue(index), .blob(id.bytes), SQLValue(seq)))
  }

  public func replicas(of strand: Int) throws -> [(id: ReplicaID, introducedAt: UInt32)] {
    try connection.rows(
      "SELECT replica, introduced FROM feed_replica WHERE log = ? AND strand = ? ORDER BY idx", key(SQLValue(strand))
    ).compactMap { row in try ReplicaID(bytes: row[0].blob).map { ($0, try row[1].number("feed_replica")) } }
  }

  public func addPerson(_ id: PersonID, index: Int, to strand: Int, introducedAt seq: UInt32) throws {
    try connection.run(
      "INSERT INTO feed_person VALUES (?, ?, ?, ?, ?)",
      key(SQLValue(strand), SQLValue(index), .blob(id.bytes), SQLValue(seq)))
  }

  public func persons(of strand: Int) throws -> [(id: PersonID, introducedAt: UInt32)] {
    try connection.rows(
      "SELECT person, introduced FROM feed_person WHERE log = ? AND strand = ? ORDER BY idx", key(SQLValue(strand))
    ).compactMap { row in try PersonID(bytes: row[0].blob).map { ($0, try row[1].number("feed_person")) } }
  }

  // MARK: The view

  public func siblings(of register: RegisterID) throws -> Siblings {
    if let newFrom, register.rawValue >= newFrom.rawValue { return Siblings() }
    return Siblings(
      try connection.rows(
        "SELECT \(Sibling.columns) FROM sibling WHERE log = ? AND register = ? ORDER BY strand, seq, change",
        key(.integer(register.rawValue))
      ).map { try Sibling(row: $0[...]) })
  }

  public func setSiblings(_ siblings: Siblings, of register: RegisterID) throws {
    var before = 0
    if newFrom.map({ register.rawValue < $0.rawValue }) ?? true {
      try connection.run("DELETE FROM sibling WHERE log = ? AND register = ?", key(.integer(register.rawValue)))
      before = connection.changedRows
    }
    if siblings.all.count > 1 {
      try connection.run("INSERT OR IGNORE INTO contested VALUES (?, ?)", key(.integer(register.rawValue)))
    } else if before > 1 {
      try connection.run("DELETE FROM contested WHERE log = ? AND register = ?", key(.integer(register.rawValue)))
    }
    for sibling in siblings.all {
      let content: (absent: Int64, bytes: [UInt8])
      switch sibling.content {
      case .value(let bytes): content = (0, bytes)
      case .absent(let digest): content = (1, digest.bytes)
      case .redacted(let digest): content = (2, digest.bytes)
      }
      try connection.run(
        "INSERT INTO sibling VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        key(
          .integer(register.rawValue), SQLValue(sibling.dot.strand), SQLValue(sibling.dot.seq),
          SQLValue(sibling.change), SQLValue(sibling.time.milliseconds), SQLValue(sibling.time.counter),
          SQLValue(sibling.order), SQLValue(sibling.valid), .integer(content.absent), .blob(content.bytes)))
    }
  }

  public func addChange(_ dot: Dot, change: UInt16, of register: RegisterID, order: UInt64) throws {
    history.append(RegisterChange(dot: dot, change: change, order: order), of: register)
  }

  public func setChangeOrder(_ order: UInt64, of dot: Dot, change: UInt16, of register: RegisterID) throws {
    try history.setOrder(order, of: dot, change: change, of: register)
  }

  public func changes(of register: RegisterID, after order: UInt64, limit: Int) throws -> [Dot] {
    try history.changes(of: register).filter { $0.order > order }
      .sorted { ($0.order, $0.dot.seq) > ($1.order, $1.dot.seq) }.prefix(limit).map(\.dot)
  }

  /// Every write of `register` taken into view, in that order, superseded ones included.
  func history(of register: RegisterID) throws -> [RegisterChange] {
    try history.changes(of: register)
  }

  public func clearView() throws {
    newFrom = nil
    try history.clear()
    try feedRegisters.clear()
    for table in ["sibling", "contested", "feed_replica", "feed_person"] {
      try connection.run("DELETE FROM \(table) WHERE log = ?", key())
    }
  }
}

extension Sibling {
  /// ``columns`` of a table joined as `s`.
  static let joinedColumns = columns.split(separator: ", ").map { "s.\($0)" }.joined(separator: ", ")

  static let columns = "strand, seq, change, hlc_ms, hlc_counter, ord, valid, absent, content"

  init(row: ArraySlice<SQLValue>) throws {
    let row = Array(row)
    let content: Content
    if row[7].integer != 0 {
      guard let digest = Digest256(bytes: row[8].blob) else { throw WorkspaceError.damaged("sibling") }
      content = row[7].integer == 1 ? .absent(digest) : .redacted(digest)
    } else {
      content = .value(row[8].blob)
    }
    self.init(
      dot: try Dot(row[0...1], "sibling"), change: try row[2].number("sibling"),
      time: HybridTime(milliseconds: try row[3].number("sibling"), counter: try row[4].number("sibling")),
      order: try row[5].number("sibling"), valid: row[6].integer == 1, content: content)
  }
}

extension Dot {
  /// From strand and seq.
  /// - Throws: ``WorkspaceError/damaged(_:)`` with the table's name.
  init(_ row: ArraySlice<SQLValue>, _ table: String) throws {
    let row = Array(row)
    let strand: Int32 = try row[0].number(table)
    if strand < 0 { throw WorkspaceError.damaged(table) }
    self.init(strand: Int(strand), seq: try row[1].number(table))
  }
}

extension SQLValue {
  /// A number that a damaged file may hold must not reach arithmetic that traps.
  /// - Throws: ``WorkspaceError/damaged(_:)`` with the table's name.
  func number<Number: FixedWidthInteger>(_ table: String) throws -> Number {
    guard let number = Number(exactly: integer) else { throw WorkspaceError.damaged(table) }
    return number
  }
}

extension RegisterName {
  /// Kind, subject, element (empty for none), part, field.
  var columns: [SQLValue] {
    [
      SQLValue(kind.rawValue), .blob(subject.bytes), .blob(element.isZero ? [] : element.bytes),
      .integer(Int64(bitPattern: part)), SQLValue(field.rawValue),
    ]
  }

  /// From kind, subject, element, part, field.
  init?(row: ArraySlice<SQLValue>) {
    let row = Array(row)
    let element = row[2].blob.isEmpty ? ElementID(high: 0, low: 0) : ElementID(bytes: row[2].blob)
    guard let subject = SubjectID(bytes: row[1].blob), let element else { return nil }
    self.init(
      SubjectKind(rawValue: UInt16(row[0].integer)), subject, part: UInt64(bitPattern: row[3].integer),
      element: element, Field(rawValue: UInt16(row[4].integer)))
  }
}
