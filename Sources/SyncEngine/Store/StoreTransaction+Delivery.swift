import SyncModel

/// Taking entries into view: who may write is told by the notices, which are entries themselves.
extension StoreTransaction {
  /// Applies what is ready. The notices go first, all with one reading of the directory; where they change it, it is read
  /// again, and every log whose authors' authority that changes takes another turn. As many turns as enrolments build on
  /// each other, however many logs there are.
  func deliverAll() throws {
    while !undelivered.isEmpty {
      let notices = undelivered.filter { $0.channel == .notices }.sorted()
      let before = notices.isEmpty ? nil : try directory()
      var directoryChanged = tookNotices
      tookNotices = false
      for log in notices {
        undelivered.remove(log)
        if try deliver(log).takeViewChange(\.kind.isOfDirectory) { directoryChanged = true }
      }
      if directoryChanged {
        for engine in engines.values { try engine.flush() }
        try setCounter(.directory, try counter(.directory) + 1)
        if try directory() != before {
          try undelivered.formUnion(logsWithOtherAuthority())
          try refreshSealing()
        }
        continue
      }
      for log in undelivered.sorted() {
        undelivered.remove(log)
        let engine = try deliver(log)
        if log == LogID(identity.unit, .answers), try engine.takeViewChange({ $0.kind == .sealing }) {
          try engine.flush()
          try refreshSealing()
        }
      }
    }
    try reconcileRedactions()
  }

  private func deliver(_ log: LogID) throws -> LogEngine<SQLLogStorage> {
    let engine = try engine(for: log)
    try engine.deliver(order: try batchOrder()) { index, strand in try authority(of: strand, at: index, in: engine) }
    delivered.insert(log)
    try noteRedactions(engine)
    try noteAttachments(engine)
    return engine
  }

  /// Logs in which some author's authority is no longer what their entries were applied with.
  private func logsWithOtherAuthority() throws -> Set<LogID> {
    var found: Set<LogID> = []
    for row in try connection.rows(
      """
      SELECT l.key, s.device_key, s.standing, s.valid_through, s.strand, s.dependable_through
      FROM strand s JOIN log l ON l.id = s.log ORDER BY s.log, s.strand
      """)
    {
      let log = try LogID(key: row[0].blob)
      if found.contains(log) { continue }
      let plain = Self.plain(
        try foundAuthority(of: row[1].blob, over: log).authority, own: row[1].blob == identity.deviceKey)
      let now: Strand.Authority
      if let plain {
        now = plain
      } else {
        let engine = try engine(for: log)
        let index = Int(row[4].integer)
        now = try authority(of: engine.strands[index], at: index, in: engine)
      }
      let before = [row[2], row[3], row[5]].map(\.integer)
      if before != [Int64(now.standing.rawValue), Int64(now.validThrough), Int64(now.dependableThrough)] {
        found.insert(log)
      }
    }
    return found
  }

  private func authority(
    of strand: Strand, at index: Int, in engine: LogEngine<SQLLogStorage>
  ) throws -> Strand.Authority {
    let found = try foundAuthority(of: strand.deviceKey, over: engine.log)
    if let plain = Self.plain(found.authority, own: strand.deviceKey == identity.deviceKey) { return plain }
    // Every cut must cover an entry; within a cut, any place on whose way it lies.
    let cuts = found.cuts[strand.replica] ?? [[]]
    let through =
      try cuts.map { places -> UInt32 in
        try places.compactMap { try engine.dot($0) }
          .map { engine.topology.commonSeq(of: $0, and: index) }.max() ?? 0
      }.min() ?? 0
    return Strand.Authority(
      through == 0 ? .invalid : .valid, validThrough: through,
      dependableThrough: Self.lastNamed(cuts, strand.replica))
  }

  /// What the directory says of a device over a log, asked for once however many feeds it has there.
  struct FoundAuthority {
    let authority: WriteAuthority
    /// By feed that every cut names: the places of each cut.
    let cuts: [ReplicaID: [[FeedPlace]]]

    init(_ authority: WriteAuthority) {
      self.authority = authority
      guard case .through(let all) = authority else {
        cuts = [:]
        return
      }
      var named: [ReplicaID: [[FeedPlace]]] = [:]
      for (number, places) in all.enumerated() {
        for (replica, own) in Dictionary(grouping: places, by: \.replica)
        where named[replica, default: []].count == number { named[replica, default: []].append(own) }
      }
      cuts = named.filter { $0.value.count == all.count }
    }
  }

  private func foundAuthority(of deviceKey: [UInt8], over log: LogID) throws -> FoundAuthority {
    if let known = authorities[log]?[deviceKey] { return known }
    let found = FoundAuthority(try directory().authority(of: DeviceID(key: deviceKey), over: log))
    authorities[log, default: [:]][deviceKey] = found
    return found
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
  static func lastNamed(_ cuts: [[FeedPlace]], _ replica: ReplicaID) -> UInt32 {
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
