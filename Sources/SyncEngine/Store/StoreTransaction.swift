import SyncModel

/// One write transaction over the logs of a store: everything in it is committed together or not at all.
public final class StoreTransaction: StoreSnapshot {
  /// Entries of one log that may wait for what they depend on; beyond it a log takes nothing in (one segment may
  /// overshoot).
  public static let waitingEntryLimit = 100_000

  /// The store's wall clock, milliseconds since 1970.
  public let wallMilliseconds: UInt64
  private var engines: [LogID: LogEngine<SQLLogStorage>] = [:]
  private var delivered: Set<LogID> = []
  private var orderOfBatch: UInt64?
  /// The peer that what is taken in comes from; nil for own writes. A peer is not sent its own entries back.
  public var source: StoreID?

  init(
    _ connection: any SQLConnection, identity: StoreIdentity, directories: DirectoryCache, wallMilliseconds: UInt64
  ) {
    self.wallMilliseconds = wallMilliseconds
    super.init(connection, identity: identity, directories: directories)
  }

  // MARK: Writing

  /// Takes a segment in; see ``LogEngine/ingest(_:receivedMilliseconds:)``. Applied by ``finish()``.
  ///
  /// - Throws: ``IngestError`` where it is refused whole, with nothing of it written: every check comes before the
  ///   first write, so the transaction can go on.
  public func ingest(_ segment: Segment) throws -> Ingested {
    let engine = try engine(for: segment.log)
    if engine.waiting >= Self.waitingEntryLimit { throw IngestError.waitingRoomFull }
    let result = try engine.ingest(segment, receivedMilliseconds: wallMilliseconds)
    if result.new > 0 {
      if ownReplica == segment.replica { try setSetting(Self.foreignContinuation, segment.replica.bytes) }
      try deliver(segment.log)
    }
    return result
  }

  /// The current replica, where entries under its name arrive from outside: a clone writes too, or this disk was set
  /// back. It must draw a new incarnation before it writes again.
  static let foreignContinuation = "foreignContinuation"

  private var ownReplica: ReplicaID? {
    guard let bytes = try? setting(Self.incarnation), let incarnation = Incarnation(bytes: bytes) else { return nil }
    return ReplicaID(school: identity.school, deviceKey: identity.deviceKey, incarnation: incarnation)
  }

  static let incarnation = "incarnation"

  /// Writes this device's next entries in `log` and takes them into view.
  public func append(
    _ changes: [Change], to log: LogID, by author: Author, continues: FeedPlace?, secret: BatchSecret,
    claimedMilliseconds: UInt64
  ) throws -> FeedPlace {
    let engine = try engine(for: log)
    var clock = HybridClock(
      last: HybridTime(
        milliseconds: try counter(.clockMilliseconds), counter: UInt32(try counter(.clockCounter))))
    let time = clock.tick(wallMilliseconds: claimedMilliseconds)
    let place = try engine.append(
      changes, by: author, continues: continues, secret: secret, time: time, wallMilliseconds: claimedMilliseconds)
    try deliver(log)
    return place
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
    engines[log] = engine
    return engine
  }

  /// The mark of what this transaction takes into view.
  private func batchOrder() throws -> UInt64 {
    if let orderOfBatch { return orderOfBatch }
    let next = try counter(.order) + 1
    try setCounter(.order, next)
    orderOfBatch = next
    return next
  }

  private func standing(_ strand: Strand, in log: LogID) throws -> Strand.Standing {
    let device = DeviceID(key: strand.deviceKey)
    switch try directory().mayWrite(device, to: log) {
    case true?: return .valid
    case false?: return .invalid
    // One's own entries are in view from the first, also before the enrolment comes back.
    case nil: return strand.deviceKey == identity.deviceKey ? .valid : .unknown
    }
  }

  /// Applies what is ready in `log`; where that changes the directory, in every log whose authors' standing it changes.
  private func deliver(_ log: LogID) throws {
    let engine = try engine(for: log)
    var applied = 0
    while true {
      let now = try engine.deliver(order: try batchOrder()) { try standing($0, in: log) }
      applied += now
      if now == 0 || log.channel != .notices { break }
      try engine.flush()
      try setCounter(.directory, try counter(.directory) + 1)
    }
    delivered.insert(log)
    if applied > 0, log.channel == .notices { try deliverWhereStandingChanged() }
  }

  private func deliverWhereStandingChanged() throws {
    for engine in engines.values { try engine.flush() }
    var changed: Set<LogID> = []
    for row in try connection.rows(
      "SELECT DISTINCT l.key, s.device_key, s.standing FROM strand s JOIN log l ON l.id = s.log")
    {
      let log = try LogID(key: row[0].blob)
      if changed.contains(log) { continue }
      let now: Strand.Standing
      switch try directory().mayWrite(DeviceID(key: row[1].blob), to: log) {
      case true?: now = .valid
      case false?: now = .invalid
      case nil: now = row[1].blob == identity.deviceKey ? .valid : .unknown
      }
      if Int64(now.rawValue) != row[2].integer { changed.insert(log) }
    }
    for log in changed.sorted() { try deliver(log) }
  }

  /// Writes back what the engines hold: strands, siblings, log digests, arrivals. Reads that follow see it.
  func settle() throws {
    for (log, engine) in engines.sorted(by: { $0.key < $1.key }) {
      try engine.flush()
      let row = engine.storage.log
      forgetStrands(row: row)
      let written = engine.storage.takeWritten()
      guard delivered.remove(log) != nil || !written.isEmpty else { continue }
      try connection.run(
        "UPDATE log SET digest = ?, entries = ?, waiting = ? WHERE id = ?",
        [
          .blob(FrontierDigest.item(log: log, tips: engine.tips).bytes), SQLValue(engine.entryCount),
          SQLValue(engine.waiting), .integer(row),
        ])
      for (strand, range) in written.sorted(by: { $0.key < $1.key }) {
        try connection.run(
          "INSERT INTO arrival (log, strand, first, last, source) VALUES (?, ?, ?, ?, ?)",
          [
            .integer(row), SQLValue(strand), SQLValue(range.first), SQLValue(range.last), SQLValue(source?.bytes),
          ])
      }
    }
  }

  /// The last step before the commit.
  func finish() throws {
    try settle()
    var clock = HybridClock(
      last: HybridTime(
        milliseconds: try counter(.clockMilliseconds), counter: UInt32(try counter(.clockCounter))))
    for engine in engines.values { clock.absorb(engine.latest, wallMilliseconds: wallMilliseconds) }
    try setCounter(.clockMilliseconds, clock.last.milliseconds)
    try setCounter(.clockCounter, UInt64(clock.last.counter))
    engines = [:]
  }

  // MARK: Settings

  func setCounter(_ name: Counter, _ value: UInt64) throws {
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
