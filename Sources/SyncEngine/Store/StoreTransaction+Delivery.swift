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

  /// Applies what is ready. The notices go first, all with one reading of the directory; where they change it, it is read
  /// again, and every log whose authors' standing that changes takes another turn. As many turns as enrolments build on
  /// each other, however many logs there are.
  func deliverAll() throws {
    while !undelivered.isEmpty {
      let notices = undelivered.filter { $0.channel == .notices }.sorted()
      var directoryChanged = false
      for log in notices {
        undelivered.remove(log)
        if try deliver(log).takeViewChange(\.kind.isOfDirectory) { directoryChanged = true }
      }
      if directoryChanged {
        for engine in engines.values { try engine.flush() }
        try setCounter(.directory, try counter(.directory) + 1)
        try undelivered.formUnion(logsWithOtherStanding())
        try refreshSealing()
        continue
      }
      for log in undelivered.sorted() {
        undelivered.remove(log)
        let engine = try deliver(log)
        if log == LogID(identity.unit, .answers), try engine.takeViewChange({ $0.kind == .sealing }) {
          try refreshSealing()
        }
      }
    }
  }

  private func deliver(_ log: LogID) throws -> LogEngine<SQLLogStorage> {
    let engine = try engine(for: log)
    try engine.deliver(order: try batchOrder()) { try standing(ofKey: $0.deviceKey, in: log) }
    delivered.insert(log)
    return engine
  }

  /// Logs in which some author's standing is no longer what their entries were applied with.
  private func logsWithOtherStanding() throws -> Set<LogID> {
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
