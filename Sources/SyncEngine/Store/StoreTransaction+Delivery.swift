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
    let end = segment.from + UInt32(clamping: segment.entryCount)
    if try counts(segment.replica, ofKey: key, through: end, in: segment.log) {
      let extendsApplied =
        feed.isEmpty || feed.contains { $0.applied == $0.stored || undelivered.contains(segment.log) }
      if waitingAtOpen[segment.log] ?? 0 >= Self.waitingEntryLimit, !extendsApplied {
        throw IngestError.waitingRoomFull
      }
      return
    }
    let aside = engine.strands.filter { $0.standing != .valid || $0.validThrough < $0.stored }
    let entries = aside.reduce(0) { count, strand in
      let counted = strand.standing == .valid ? strand.validThrough : 0
      return count + Int(strand.stored) - Int(min(strand.stored, max(counted, strand.parent?.seq ?? 0)))
    }
    if entries + segment.entryCount > Self.unentitledEntryLimit
      || (feed.isEmpty && aside.count >= Self.unentitledFeedLimit)
    {
      throw IngestError.waitingRoomFull
    }
  }

  /// True where what the feed holds up to `seq` counts, as far as the directory is known.
  private func counts(_ replica: ReplicaID, ofKey key: [UInt8], through seq: UInt32, in log: LogID) throws -> Bool {
    switch try directory().authority(of: DeviceID(key: key), over: log) {
    case .full: true
    case .through(let cuts): seq <= Self.lastNamed(cuts, replica)
    case .none, .unknown: false
    }
  }

  /// Applies what is ready. The notices go first, all with one reading of the directory; where they change it, it is read
  /// again, and every log whose authors' authority that changes takes another turn. As many turns as enrolments build on
  /// each other, however many logs there are.
  func deliverAll() throws {
    while !undelivered.isEmpty {
      let notices = undelivered.filter { $0.channel == .notices }.sorted()
      let before = notices.isEmpty ? nil : try directory()
      var directoryChanged = false
      for log in notices {
        undelivered.remove(log)
        if try deliver(log).takeViewChange(\.kind.isOfDirectory) { directoryChanged = true }
      }
      if directoryChanged {
        for engine in engines.values { try engine.flush() }
        try setCounter(.directory, try counter(.directory) + 1)
        if try directory() != before { try undelivered.formUnion(logsWithOtherAuthority()) }
        continue
      }
      for log in undelivered.sorted() {
        undelivered.remove(log)
        _ = try deliver(log)
      }
    }
    try reconcileRedactions()
  }

  private func deliver(_ log: LogID) throws -> LogEngine<SQLLogStorage> {
    let engine = try engine(for: log)
    try engine.deliver(order: try batchOrder()) { index, strand in try authority(of: strand, at: index, in: engine) }
    delivered.insert(log)
    try noteRedactions(engine)
    return engine
  }

  /// Logs in which some author's authority is no longer what their entries were applied with.
  private func logsWithOtherAuthority() throws -> Set<LogID> {
    var found: Set<LogID> = []
    for row in try connection.rows(
      """
      SELECT l.key, s.device_key, s.standing, s.valid_through, s.strand
      FROM strand s JOIN log l ON l.id = s.log ORDER BY s.log, s.strand
      """)
    {
      let log = try LogID(key: row[0].blob)
      if found.contains(log) { continue }
      let plain = Self.plain(
        try directory().authority(of: DeviceID(key: row[1].blob), over: log), own: row[1].blob == identity.deviceKey)
      let now: Strand.Authority
      if let plain {
        now = plain
      } else {
        let engine = try engine(for: log)
        let index = Int(row[4].integer)
        now = try authority(of: engine.strands[index], at: index, in: engine)
      }
      if Int64(now.standing.rawValue) != row[2].integer || Int64(now.validThrough) != row[3].integer {
        found.insert(log)
      }
    }
    return found
  }

  private func authority(
    of strand: Strand, at index: Int, in engine: LogEngine<SQLLogStorage>
  ) throws -> Strand.Authority {
    let found = try directory().authority(of: DeviceID(key: strand.deviceKey), over: engine.log)
    if let plain = Self.plain(found, own: strand.deviceKey == identity.deviceKey) { return plain }
    guard case .through(let cuts) = found else { preconditionFailure("anything else is plain") }
    // Every cut must cover an entry; within a cut, any place on whose way it lies.
    let through =
      try cuts.map { places -> UInt32 in
        try places.filter { $0.replica == strand.replica }.compactMap { try engine.dot($0) }
          .map { engine.topology.commonSeq(of: $0, and: index) }.max() ?? 0
      }.min() ?? 0
    return Strand.Authority(
      through == 0 ? .invalid : .valid, validThrough: through,
      dependableThrough: Self.lastNamed(cuts, strand.replica))
  }

  /// nil where it depends on how far the feed's places reach.
  private static func plain(_ authority: WriteAuthority, own: Bool) -> Strand.Authority? {
    switch authority {
    case .full: Strand.Authority(.valid)
    case .none: Strand.Authority(.invalid, dependableThrough: 0)
    // One's own entries are in view from the first, also before the enrolment comes back.
    case .unknown: Strand.Authority(own ? .valid : .unknown)
    case .through: nil
    }
  }

  /// The last seq of a feed that all cuts name.
  private static func lastNamed(_ cuts: [[FeedPlace]], _ replica: ReplicaID) -> UInt32 {
    cuts.map { $0.filter { $0.replica == replica }.map(\.seq).max() ?? 0 }.min() ?? 0
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
