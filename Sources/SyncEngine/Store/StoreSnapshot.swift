import SyncModel

/// What can be read of a store inside one transaction: a consistent moment.
public class StoreSnapshot {
  let connection: any SQLConnection
  public let identity: StoreIdentity
  let directories: DirectoryCache
  /// Read or set in this moment.
  var counters: [Counter: UInt64] = [:]
  /// As it was last asked for in this moment.
  var directoryMemo: Directory?
  let keyring: Keyring
  /// The own unit's keys, once read.
  var sealing: Sealing?
  private var strandCache: [Int64: [Strand]] = [:]
  /// The frontier that was asked for last.
  var frontierMemo: (question: ScopeCache.Question, version: ScopeCache.Version, view: FrontierView)?
  private var storages: [Int64: SQLLogStorage] = [:]
  /// Read in this moment, where nothing in it may still be undone.
  var personNames: [PersonKey: PersonName] = [:]
  var feedClocks: [Int64: FeedClock] = [:]
  var contextWalks: [Int64: ContextWalk] = [:]
  var formerNames: [DeviceID: [String]] = [:]
  /// Logs that were read for a peer in this moment.
  private var readEngines: [LogID: LogEngine<SQLLogStorage>] = [:]

  init(_ connection: any SQLConnection, identity: StoreIdentity, directories: DirectoryCache, keyring: Keyring) {
    self.connection = connection
    self.identity = identity
    self.directories = directories
    self.keyring = keyring
  }

  // MARK: Logs

  func rowID(of log: LogID) throws -> Int64? {
    try connection.first("SELECT id FROM log WHERE key = ?", [.blob(log.key)])?[0].integer
  }

  /// Every log held here, in key order.
  public func logs() throws -> [LogSummary] {
    try connection.rows("SELECT id, key, digest, entries, waiting FROM log ORDER BY key").map { row in
      guard let digest = Digest256(bytes: row[2].blob) else { throw WorkspaceError.damaged("log") }
      return LogSummary(
        row: row[0].integer, log: try LogID(key: row[1].blob), digest: digest, entries: Int(row[3].integer),
        waiting: Int(row[4].integer))
    }
  }

  /// What stands for a log in the frontier; nil where nothing of it is held.
  func digest(of log: LogID) throws -> Digest256? {
    try connection.first("SELECT digest FROM log WHERE key = ?", [.blob(log.key)]).flatMap {
      Digest256(bytes: $0[0].blob)
    }
  }

  public func strands(of log: LogID) throws -> [Strand] {
    guard let row = try rowID(of: log) else { return [] }
    return try strands(row: row)
  }

  /// Cached for this transaction; a write transaction answers from its open engines.
  func strands(row: Int64) throws -> [Strand] {
    if let cached = strandCache[row] { return cached }
    let loaded = try storage(row: row).loadStrands()
    strandCache[row] = loaded
    return loaded
  }

  /// A log's rows, with what was read of them in this transaction; a write transaction answers with its open engine's, which
  /// holds what is not written yet.
  func storage(row: Int64) -> SQLLogStorage {
    if let known = storages[row] { return known }
    let made = SQLLogStorage(connection, log: row)
    storages[row] = made
    return made
  }

  func forgetStrands(row: Int64) { strandCache[row] = nil }

  /// For answering a peer: nil where nothing of the log is held, and nothing is made for the asking.
  func heldEngine(for log: LogID) throws -> LogEngine<SQLLogStorage>? {
    if let open = readEngines[log] { return open }
    guard let row = try rowID(of: log) else { return nil }
    let engine = try LogEngine(school: identity.school, log: log, storage: storage(row: row))
    readEngines[log] = engine
    return engine
  }

  /// Totals of stretches of logs, as this moment has them.
  func sums() throws -> LogSums { LogSums(connection: connection) }

  /// False where what is read may still be undone.
  var isCommitted: Bool { true }

  var scopes: ScopeCache { directories.scopes }

  /// A consent that was found good (``AgreementCertificate``). Only a write transaction can remember it.
  func remember(consent: [UInt8]) throws {}

  // MARK: Registers

  /// Registers of one kind (and subject) in a log with their valid siblings, in name order.
  public func registers(_ log: LogID, kind: SubjectKind, subject: SubjectID? = nil) throws -> [Register] {
    guard let row = try rowID(of: log) else { return [] }
    var found: [Register] = []
    let filter = subject == nil ? "" : "AND r.subject = ?"
    try connection.query(
      """
      SELECT r.id, r.kind, r.subject, r.element, r.part, r.field, \(Sibling.joinedColumns)
      FROM register r CROSS JOIN sibling s ON s.log = r.log AND s.register = r.id
      WHERE r.log = ? AND r.kind = ? \(filter) AND s.valid = 1
      ORDER BY r.subject, r.element, r.part, r.field
      """, [.integer(row), SQLValue(kind.rawValue)] + (subject.map { [.blob($0.bytes)] } ?? [])
    ) { values in
      guard let name = RegisterName(row: values[1...5]) else { throw WorkspaceError.damaged("register") }
      found.add(try Sibling(row: values[6...]), to: name, RegisterID(rawValue: values[0].integer), of: log)
    }
    return try shownOrder(found, row: row)
  }

  /// The directory's registers in every notices log, by log in key order.
  func directoryRegisters() throws -> [(log: LogID, registers: [Register])] {
    try noticesRegisters(of: [.school, .unit, .device])
  }

  /// Registers of some kinds (and one subject) in every notices log, by log in key order: one query, however many logs
  /// there are; with a subject it seeks each log's index.
  ///
  /// - Parameter aside: also the values of those without authority.
  func noticesRegisters(
    of kinds: [SubjectKind], subject: SubjectID? = nil, aside: Bool = false
  ) throws -> [(log: LogID, registers: [Register])] {
    var found: [(log: LogID, registers: [Register])] = []
    var rows: [Int64] = []
    let places = Array(repeating: "?", count: kinds.count).joined(separator: ", ")
    // The order of a CROSS JOIN is kept: asked to choose, SQLite reads every sibling of the store.
    try connection.query(
      """
      SELECT l.id, l.key, r.id, r.kind, r.subject, r.element, r.part, r.field, \(Sibling.joinedColumns)
      FROM log l CROSS JOIN register r ON r.log = l.id
      CROSS JOIN sibling s ON s.log = r.log AND s.register = r.id
      WHERE l.channel = ? AND r.kind IN (\(places)) \(subject == nil ? "" : "AND r.subject = ?")
      \(aside ? "" : "AND s.valid = 1")
      ORDER BY l.key, r.kind, r.subject, r.element, r.part, r.field
      """,
      [SQLValue(Channel.notices.rawValue)] + kinds.map { SQLValue($0.rawValue) }
        + (subject.map { [.blob($0.bytes)] } ?? [])
    ) { values in
      guard let name = RegisterName(row: values[3...7]) else { throw WorkspaceError.damaged("register") }
      let sibling = try Sibling(row: values[8...])
      if rows.last != values[0].integer {
        rows.append(values[0].integer)
        found.append((try LogID(key: values[1].blob), []))
      }
      let log = found[found.count - 1].log
      found[found.count - 1].registers.add(sibling, to: name, RegisterID(rawValue: values[2].integer), of: log)
    }
    for index in found.indices {
      found[index].registers = try shownOrder(found[index].registers, row: rows[index])
    }
    return found
  }

  /// One register; nil where nothing valid stands in it.
  public func register(_ log: LogID, _ name: RegisterName) throws -> Register? {
    guard let row = try rowID(of: log) else { return nil }
    let storage = storage(row: row)
    guard let id = try storage.storedRegisterID(name) else { return nil }
    let siblings = try storage.siblings(of: id).all.filter(\.valid)
    if siblings.isEmpty { return nil }
    return Register(
      log: log, id: id, name: name, siblings: try shownOrder(siblings, row: row))
  }

  private func shownOrder(_ registers: [Register], row: Int64) throws -> [Register] {
    try registers.map { register in
      var register = register
      register.siblings = try shownOrder(register.siblings, row: row)
      return register
    }
  }

  /// Greatest HLC first, then replica, seq and chain hash: every replica computes the same order. It chooses no winner;
  /// it only says which value is shown first.
  private func shownOrder(_ siblings: [Sibling], row: Int64) throws -> [Sibling] {
    if siblings.count < 2 { return siblings }
    let strands = try strands(row: row)
    let storage = storage(row: row)
    func replica(_ sibling: Sibling) -> ReplicaID { strands[Int(sibling.dot.strand)].replica }
    // Whole hashes cost reading, and tell apart only what two branches of a feed hold at one place.
    let isForked = Set(siblings.map(replica)).count < Set(siblings.map(\.dot.strand)).count
    let keyed = try siblings.map { sibling in
      (sibling, replica(sibling), isForked ? try storage.hash(of: sibling.dot) : nil)
    }
    return keyed.sorted { left, right in
      if left.0.time != right.0.time { return left.0.time > right.0.time }
      if left.1 != right.1 { return left.1 < right.1 }
      if left.0.dot.seq != right.0.dot.seq { return left.0.dot.seq < right.0.dot.seq }
      if let first = left.2, let second = right.2, first != second { return first < second }
      return left.0.change < right.0.change
    }.map(\.0)
  }

  // MARK: Directory and counters

  public func directory() throws -> Directory {
    if let directoryMemo { return directoryMemo }
    let directory = try findDirectory()
    directoryMemo = directory
    return directory
  }

  func findDirectory() throws -> Directory {
    let version = try counter(.directory)
    return try directories.directory(version: version) {
      try keptDirectory(version: version) ?? DirectoryReader.read(self)
    }
  }

  func counter(_ name: Counter) throws -> UInt64 {
    if let known = counters[name] { return known }
    let value = try readCounter(name)
    counters[name] = value
    return value
  }

  private func readCounter(_ name: Counter) throws -> UInt64 {
    guard let row = try connection.first("SELECT value FROM meta WHERE key = ?", [.text(name.rawValue)]) else {
      return 0
    }
    var reader = ByteReader(row[0].blob)
    return try reader.bigEndian()
  }

  public func setting(_ key: String) throws -> [UInt8]? {
    try connection.first("SELECT value FROM meta WHERE key = ?", [.text(key)])?[0].blob
  }

  /// The database's life: what cursors into it name. Drawn anew with the incarnation, perhaps by another process, so it is
  /// read in each transaction: cursors that peers remember of an earlier life do not apply to this one.
  public func storeID() throws -> StoreID {
    try setting(StoreTransaction.store).flatMap { StoreID(bytes: $0) } ?? identity.firstStore
  }

  enum Counter: String {
    /// Grows whenever a notices log changes: what caches of the directory go by.
    case directory
    /// Grows whenever some log's item changes.
    case sums
    /// Grows with every transaction that takes entries into view (``Sibling/order``).
    case order
    /// Commits of this replica: what the marker outside the folder is compared with.
    case ownCommits
    case clockMilliseconds
    case clockCounter
  }

  // MARK: Entries

  /// Who wrote an entry, where and when.
  public func origin(_ log: LogID, of dot: Dot) throws -> Origin? {
    guard let row = try rowID(of: log) else { return nil }
    let strands = try strands(row: row)
    let storage = storage(row: row)
    guard Int(dot.strand) < strands.count, let stored = try storage.entry(dot), let hash = try storage.hash(of: dot)
    else { return nil }
    let strand = strands[Int(dot.strand)]
    let entry = try readable(stored, of: strand.replica, seq: dot.seq, in: log)
    var person: PersonID?
    var rawOffset: Int64?
    let counts = try FeedNames(storage: storage, strands: strands).counts(before: dot)
    if let header = entry.header.flatMap({ try? EntryHeader(bytes: $0, after: counts) }) {
      switch header.person {
      case .new(let id): person = id
      case .known(let index):
        let known = try FeedNames(storage: storage, strands: strands).persons(of: Int(dot.strand))
        person = index < known.count ? known[index] : nil
      }
      rawOffset = header.time.rawOffsetMilliseconds
    }
    let device = DeviceID(key: strand.deviceKey)
    let known = try directory().devices[device]
    return Origin(
      replica: strand.replica, device: device, deviceName: known?.name ?? "",
      formerNames: try known.map(formerNames) ?? [],
      seq: dot.seq, person: person,
      name: try person.map { try personName($0, by: strand.deviceKey, in: log) } ?? .missing,
      rawOffsetMilliseconds: rawOffset, receivedMilliseconds: entry.receivedMilliseconds, hash: hash)
  }
}

/// A log as the store's index has it.
public struct LogSummary: Hashable, Sendable {
  let row: Int64
  public let log: LogID
  public let digest: Digest256
  public let entries: Int
  /// Stored and not applied.
  public let waiting: Int
}

/// A register with its valid siblings in the order in which they are shown.
public struct Register: Hashable, Sendable {
  public let log: LogID
  public let id: RegisterID
  public let name: RegisterName
  public var siblings: [Sibling]

  /// Different contents, each with who wrote it: equal ones are shown as one. What is redacted 依规删除 is one of them only
  /// where nothing else stands.
  public var alternatives: [(content: Sibling.Content, siblings: [Sibling])] {
    var found: [(content: Sibling.Content, siblings: [Sibling])] = []
    let left = siblings.filter { !$0.content.isRedacted }
    if left.isEmpty, let first = siblings.first { return [(first.content, siblings)] }
    for sibling in left {
      if let index = found.firstIndex(where: { $0.content == sibling.content }) {
        found[index].siblings.append(sibling)
      } else {
        found.append((sibling.content, [sibling]))
      }
    }
    return found
  }

  /// True where more than one value stands: 填写不一致.
  public var inConflict: Bool {
    let left = siblings.filter { !$0.content.isRedacted }
    guard let first = left.first else { return false }
    return left.contains { $0.content != first.content }
  }

  /// The values that stand, first shown first; what is absent is left out.
  public var values: [Value] {
    alternatives.compactMap { alternative in
      if case .value(let bytes) = alternative.content { try? Value(bytes: bytes) } else { nil }
    }
  }

  /// The value shown first.
  public var value: Value? { values.first }

  /// The first that is not blank: what a row has, whoever cleared it meanwhile.
  public var filledValue: Value? { values.first { $0 != .nothing } }

  /// True where some value that stands has not come: 内容未到.
  public var isOwed: Bool { siblings.contains { if case .absent = $0.content { true } else { false } } }

  /// True where all that stands was redacted: 依规删除.
  public var isRedacted: Bool { siblings.allSatisfy(\.content.isRedacted) }
}

/// Where an entry comes from.
public struct Origin: Hashable, Sendable {
  public let replica: ReplicaID
  public let device: DeviceID
  public let deviceName: String
  /// What else the device was ever called by those who may name it.
  public let formerNames: [String]
  public let seq: UInt32
  public let person: PersonID?
  /// What this device called them.
  public let name: PersonName
  /// Claimed wall clock minus HLC, where it was written.
  public let rawOffsetMilliseconds: Int64?
  public let receivedMilliseconds: UInt64
  public let hash: Digest256

  public var personName: String? { name.text }
}

extension StoredEntry {
  /// nil while sealed.
  var header: [UInt8]? {
    switch body {
    case .plain(let header, _, _): header
    case .explicit(let header, _): header
    case .sealed: nil
    }
  }
}

extension [Register] {
  /// Rows come in name order: a sibling of the last register, or of the next.
  fileprivate mutating func add(_ sibling: Sibling, to name: RegisterName, _ id: RegisterID, of log: LogID) {
    if last?.name == name {
      self[count - 1].siblings.append(sibling)
    } else {
      append(Register(log: log, id: id, name: name, siblings: [sibling]))
    }
  }
}
