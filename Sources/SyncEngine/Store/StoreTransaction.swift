import SyncModel

/// One write transaction over the logs of a store: everything in it is committed together or not at all.
public final class StoreTransaction: StoreSnapshot {
  /// The store's wall clock, milliseconds since 1970.
  public let wallMilliseconds: UInt64
  var engines: [LogID: LogEngine<SQLLogStorage>] = [:]
  private var enginesByRow: [Int64: LogEngine<SQLLogStorage>] = [:]
  /// Entries were taken in here and are not applied yet.
  var undelivered: Set<LogID> = []
  /// Notices were taken in since the directory was last worked out. A cut may name one of them: it covers what is held.
  var tookNotices = false
  var delivered: Set<LogID> = []
  var orderOfBatch: UInt64?
  /// Logs whose stored values are to be held against redactions that came or went.
  var redactionsDue: Set<LogID> = []
  /// Engines that were told the redactions in force when this transaction first took something in.
  var toldRedactions: Set<LogID> = []
  /// Attachments, and whole logs of them, whose index is behind what is in view; logs in which values were erased.
  var attachmentsDue: [LogID: Set<RegisterName>] = [:]
  var attachmentLogsDue: Set<LogID> = []
  var attachmentLogsErased: Set<LogID> = []
  /// Something was taken off the disk: its pages are to be written anew after the commit.
  var hasErased: Bool { engines.values.contains(where: \.hasErased) || hadErased }
  private var hadErased = false
  /// Entries that waited in a log when this transaction opened it.
  var waitingAtOpen: [LogID: Int] = [:]
  /// What stands aside in a log by devices of one kind, as far as it was counted here.
  var asideRooms: [AsideRoom: AsideRoom.Load] = [:]
  /// Logs whose items changed and are not in the sums yet.
  var sumChanges: [LogID: LogSums.Change] = [:]
  /// The peer that what is taken in comes from; nil for own writes. A peer is not sent its own entries back.
  public var source: StoreID?
  /// What the directory says of who writes where, until it changes.
  var authorities: [LogID: [[UInt8]: FoundAuthority]] = [:]
  /// Shared by all that is committed together.
  private let uncommitted: UncommittedDirectory

  init(
    _ connection: any SQLConnection, identity: StoreIdentity, directories: DirectoryCache, keyring: Keyring,
    uncommitted: UncommittedDirectory, wallMilliseconds: UInt64
  ) {
    self.wallMilliseconds = wallMilliseconds
    self.uncommitted = uncommitted
    super.init(connection, identity: identity, directories: directories, keyring: keyring)
  }

  // MARK: Writing

  /// Takes a segment in; see ``LogEngine/ingest(_:receivedMilliseconds:)``. Applied by ``settle()``, once a message.
  ///
  /// - Throws: ``IngestError`` where it is refused whole, with nothing of it written: every check comes before the
  ///   first write, so the transaction can go on.
  public func ingest(_ segment: Segment) throws -> Ingested { try ingest(ReadSegment(segment)) }

  func ingest(_ read: ReadSegment) throws -> Ingested {
    let segment = read.segment
    let engine = try engine(for: segment.log)
    let result: Ingested
    do {
      try checkRoom(for: segment, in: engine)
      try tellRedactions(to: engine)
      result = try engine.ingest(read, receivedMilliseconds: wallMilliseconds)
    } catch IngestError.waitingRoomFull {
      if try engine.noteRefusal(of: segment.replica) { undelivered.insert(segment.log) }
      throw IngestError.waitingRoomFull
    }
    if result.filled > 0 { undelivered.insert(segment.log) }
    if result.new > 0 {
      if try ownReplica() == segment.replica { try setSetting(Self.foreignContinuation, segment.replica.bytes) }
      undelivered.insert(segment.log)
      if segment.log.channel == .notices { tookNotices = true }
    }
    return result
  }

  /// The current replica, where entries under its name arrive from outside: a clone writes too, or this disk was set
  /// back. It must draw a new incarnation before it writes again.
  static let foreignContinuation = "foreignContinuation"

  static let incarnation = "incarnation"
  static let store = "store"

  /// Writes this device's next entries in `log` and takes them into view: at once, or with everything else in
  /// ``settle()`` where many logs are written. Every own write comes through here.
  ///
  /// - Throws: ``PrivacyError``, ``ChannelRuleError``, ``NameError`` for what is never written, before anything is.
  public func append(
    _ changes: [Change], to log: LogID, by author: Author, continues: FeedPlace?, secret: BatchSecret,
    claimedMilliseconds: UInt64, delivering: Bool = true
  ) throws -> FeedPlace {
    try OwnWrite.check(changes, in: log.channel, stands: standsAlready)
    if log.channel == .internal {
      try prepareSealing(log, by: author, claimedMilliseconds: claimedMilliseconds)
    }
    let engine = try engine(for: log)
    var clock = HybridClock(
      last: HybridTime(
        milliseconds: try counter(.clockMilliseconds), counter: UInt32(try counter(.clockCounter))))
    let time = clock.tick(wallMilliseconds: claimedMilliseconds)
    let place = try engine.append(
      changes, by: author, continues: continues, secret: secret, time: time, wallMilliseconds: claimedMilliseconds)
    undelivered.insert(log)
    if delivering { try deliverAll() }
    return place
  }

  /// Whether a change says again what a unit or a person is called here already.
  private func standsAlready(_ change: Change) throws -> Bool {
    guard let text = change.value.textValue else { return false }
    func isSame(_ known: String?) -> Bool { known.map { $0.utf8.elementsEqual(text.utf8) } ?? false }
    switch (change.register.kind, change.register.field) {
    case (.unit, .unitName), (.unit, .unitPath):
      let unit = try directory().units.values.first { SubjectID(unit: $0.path) == change.register.subject }
      return isSame(change.register.field == .unitName ? unit?.name : unit?.path.description)
    case (.person, .personName): return try people(named: text).contains { isSame($0.name) }
    default: return false
    }
  }

  /// The end of this device's earlier feed in `log`: what a new incarnation continues.
  public func lastOwnPlace(in log: LogID, except replica: ReplicaID) throws -> FeedPlace? {
    try engine(for: log).strands.filter { $0.deviceKey == identity.deviceKey && $0.replica != replica }
      .map { FeedPlace(replica: $0.replica, seq: $0.stored, hash: $0.storedHash) }
      .last
  }

  public func engine(for log: LogID) throws -> LogEngine<SQLLogStorage> {
    if let open = engines[log] { return open }
    let row: Int64
    if let known = try rowID(of: log) {
      row = known
    } else {
      try connection.run(
        "INSERT INTO log (key, channel, digest, entries, waiting) VALUES (?, ?, ?, 0, 0)",
        [
          .blob(log.key), SQLValue(log.channel.rawValue),
          .blob(FrontierDigest.item(log: log, tips: []).bytes),
        ])
      guard let inserted = try rowID(of: log) else { throw WorkspaceError.damaged("log") }
      row = inserted
    }
    let engine = try LogEngine(
      school: identity.school, log: log, storage: SQLLogStorage(connection, log: row))
    engine.sealing = try sealing(of: log)
    engines[log] = engine
    enginesByRow[row] = engine
    waitingAtOpen[log] = engine.waiting
    return engine
  }

  override func heldEngine(for log: LogID) throws -> LogEngine<SQLLogStorage>? {
    try engines[log] ?? (rowID(of: log) == nil ? nil : engine(for: log))
  }

  override func remember(consent: [UInt8]) throws {
    try connection.run("INSERT OR IGNORE INTO consent VALUES (?)", [.blob(consent)])
  }

  override func storage(row: Int64) -> SQLLogStorage { enginesByRow[row]?.storage ?? super.storage(row: row) }

  /// As the open engine has them, where there is one: what is stored may be older.
  override func strands(row: Int64) throws -> [Strand] {
    try enginesByRow[row]?.strands ?? super.strands(row: row)
  }

  override var isCommitted: Bool { false }

  override func findDirectory() throws -> Directory {
    guard uncommitted.isChanged else { return try super.findDirectory() }
    return try uncommitted.directory(version: counter(.directory)) { try DirectoryReader.read(self) }
  }

  override func sums() throws -> LogSums {
    try settleSums()
    return try super.sums()
  }

  /// Writes back what the engines hold: strands, siblings, log digests, arrivals. Reads that follow see it.
  func settle() throws {
    try deliverAll()
    for (log, engine) in engines.sorted(by: { $0.key < $1.key }) {
      try engine.flush()
      let row = engine.storage.log
      forgetStrands(row: row)
      let written = engine.storage.takeWritten()
      guard delivered.remove(log) != nil || !written.isEmpty else { continue }
      let item = FrontierDigest.item(log: log, tips: engine.tips, owed: try engine.owed)
      try note(log, row: row, becomes: item, entries: engine.entryCount)
      try connection.run(
        "UPDATE log SET digest = ?, entries = ?, waiting = ? WHERE id = ?",
        [.blob(item.bytes), SQLValue(engine.entryCount), SQLValue(engine.waiting), .integer(row)])
      for (strand, range) in written.sorted(by: { $0.key < $1.key }) {
        let end = engine.strands[strand]
        let chain = try nextMark(
          log, FeedPlace(replica: end.replica, seq: range.last, hash: end.storedHash), range.first)
        try connection.run(
          "INSERT INTO arrival (log, strand, first, last, source, chain) VALUES (?, ?, ?, ?, ?, ?)",
          [
            .integer(row), SQLValue(strand), SQLValue(range.first), SQLValue(range.last), SQLValue(source?.bytes),
            .blob(chain.bytes),
          ])
      }
    }
    try indexAttachments()
  }

  /// The last step before the commit.
  func finish() throws {
    try settle()
    try settleSums()
    if uncommitted.isChanged { try keepDirectory() }
    let before = HybridTime(
      milliseconds: try counter(.clockMilliseconds), counter: UInt32(try counter(.clockCounter)))
    var clock = HybridClock(last: before)
    for engine in engines.values { clock.absorb(engine.latest, wallMilliseconds: wallMilliseconds) }
    // A transaction that changed nothing writes nothing, and so waits for no disk.
    if clock.last != before {
      try setCounter(.clockMilliseconds, clock.last.milliseconds)
      try setCounter(.clockCounter, UInt64(clock.last.counter))
    }
    hadErased = hasErased
    // Each mark is another: what another process erases meanwhile stays due.
    if hadErased { try setSetting(Self.scrubDue, Incarnation.random().bytes) }
    engines = [:]
    enginesByRow = [:]
  }

  // MARK: Settings

  func setCounter(_ name: Counter, _ value: UInt64) throws {
    if name == .directory {
      uncommitted.change()
      directoryMemo = nil
      authorities = [:]
    }
    counters[name] = value
    var writer = ByteWriter(capacity: 8)
    writer.bigEndian(value)
    try setSetting(name.rawValue, writer.bytes)
  }

  public func setSetting(_ key: String, _ value: [UInt8]) throws {
    try connection.run(
      "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      [.text(key), .blob(value)])
  }
}
