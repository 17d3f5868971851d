import SyncModel

/// Taking entries into view: who may write is told by the notices, which are entries themselves.
extension StoreTransaction {
  /// Entries of one log that may wait for what they depend on. Beyond it only what extends an applied feed of an entitled
  /// device is taken, which is what lets the room empty.
  public static let waitingEntryLimit = 100_000
  /// Entries and feeds of one log by devices that are unknown, or known and not entitled: stored, never shown.
  public static let unentitledEntryLimit = 2000
  public static let unentitledFeedLimit = 256

  /// - Throws: ``IngestError/waitingRoomFull``: what overflows is neither stored nor counted.
  func checkRoom(for segment: Segment, in engine: LogEngine<SQLLogStorage>) throws {
    let feed = engine.strands.filter { $0.replica == segment.replica }
    let genesis = segment.genesis.flatMap { try? FeedGenesis(bytes: $0) }
    guard let key = feed.first?.deviceKey ?? genesis?.deviceKey else { return }
    if try standing(ofKey: key, in: segment.log) == .valid {
      let extendsApplied =
        feed.isEmpty || feed.contains { $0.applied == $0.stored || undelivered.contains(segment.log) }
      if waitingAtOpen[segment.log] ?? 0 >= Self.waitingEntryLimit, !extendsApplied {
        throw IngestError.waitingRoomFull
      }
      return
    }
    let aside = engine.strands.filter { $0.standing != .valid }
    let entries = aside.reduce(0) { $0 + Int($1.stored - ($1.parent?.seq ?? 0)) }
    if entries + segment.entryCount > Self.unentitledEntryLimit
      || (feed.isEmpty && aside.count >= Self.unentitledFeedLimit)
    {
      throw IngestError.waitingRoomFull
    }
  }

  /// Applies what is ready, the notices nearest the root first: they tell who may write the rest.
  func deliverAll() throws {
    while let log = undelivered.min() {
      undelivered.remove(log)
      try deliver(log)
    }
  }

  /// Applies what is ready in `log`; where that changes the directory, the logs whose authors' standing it changes are
  /// delivered next.
  private func deliver(_ log: LogID) throws {
    let engine = try engine(for: log)
    var viewChanged = false
    while true {
      let applied = try engine.deliver(order: try batchOrder()) { try standing(ofKey: $0.deviceKey, in: log) }
      let changed = engine.takeViewCleared() || applied > 0
      viewChanged = viewChanged || changed
      if !changed || log.channel != .notices { break }
      try engine.flush()
      try setCounter(.directory, try counter(.directory) + 1)
    }
    delivered.insert(log)
    if viewChanged, log.channel == .notices { try undelivered.formUnion(logsWithOtherStanding()) }
  }

  /// Logs in which some author's standing is no longer what their entries were applied with.
  private func logsWithOtherStanding() throws -> Set<LogID> {
    for engine in engines.values { try engine.flush() }
    var found: Set<LogID> = []
    for row in try connection.rows(
      "SELECT DISTINCT l.key, s.device_key, s.standing FROM strand s JOIN log l ON l.id = s.log")
    {
      let log = try LogID(key: row[0].blob)
      if found.contains(log) { continue }
      let now = try standing(ofKey: row[1].blob, in: log)
      // A strand whose standing was pinned in this transaction stays as it is.
      if Int64(now.rawValue) != row[2].integer, engines[log]?.hasPinnedStanding != true { found.insert(log) }
    }
    return found
  }

  private func standing(ofKey key: [UInt8], in log: LogID) throws -> Strand.Standing {
    switch try directory().mayWrite(DeviceID(key: key), to: log) {
    case true?: .valid
    case false?: .invalid
    // One's own entries are in view from the first, also before the enrolment comes back.
    case nil: key == identity.deviceKey ? .valid : .unknown
    }
  }

  /// The mark of what this transaction takes into view.
  private func batchOrder() throws -> UInt64 {
    if let orderOfBatch { return orderOfBatch }
    let next = try counter(.order) + 1
    try setCounter(.order, next)
    orderOfBatch = next
    return next
  }
}
