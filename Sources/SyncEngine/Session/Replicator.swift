import SyncModel

/// One side's work on one message, inside one write transaction: takes the incoming parts in and composes what answers
/// them. The same for client and server; it never waits and never touches the network.
struct Replicator {
  let transaction: StoreTransaction
  let peer: Exchange.Hello
  let frameBytes: Int
  var reach = ExchangeReach.whole

  /// What came of an incoming message.
  struct Intake {
    var new = 0
    var duplicates = 0
    /// Values that were owed 内容未到 and came.
    var filled = 0
    var refusals: [Exchange.Refusal] = []
    var gaps: [Exchange.Want] = []
  }

  // MARK: Scope

  /// The logs that both sides may read, in key order.
  func scope() throws -> [LogSummary] {
    try transaction.logs().filter { try isShared($0.log) && $0.entries > 0 }
  }

  private func isShared(_ log: LogID) throws -> Bool {
    if reach == .notices, try log.channel != .notices || !isAtOrAbovePeer(log.unit) { return false }
    return try transaction.directory().isShared(log, between: transaction.identity.unit, and: peer.unit)
  }

  /// Where notices can speak of the peer's own devices.
  private func isAtOrAbovePeer(_ unit: UnitPath) throws -> Bool {
    let relation = try transaction.directory().tree.relation(of: unit, to: peer.unit)
    return relation == .own || relation == .above || relation == .formerlyAbove
  }

  /// True where the peer may read the log and this side holds it from before its unit was moved away.
  private func isHandedOn(_ log: LogID, by sender: UnitPath, to reader: UnitPath) throws -> Bool {
    let directory = try transaction.directory()
    return directory.mayHandOn(sender, log) && directory.mayRead(reader, log)
  }

  func summary() throws -> Exchange.Summary {
    let logs = try scope()
    return Exchange.Summary(
      digest: FrontierDigest.scope(Dictionary(uniqueKeysWithValues: logs.map { ($0.log, $0.digest) })),
      logs: UInt64(logs.count),
      entries: UInt64(logs.reduce(0) { $0 + $1.entries }), arrival: try transaction.latestArrival())
  }

  // MARK: Taking in

  /// Stores what is new of `segments`. A bad one is refused and named; the others still count.
  func take(_ segments: [[UInt8]]) throws -> Intake {
    var intake = Intake()
    transaction.source = peer.store
    for bytes in segments {
      let segment: Segment
      do throws(CodecError) {
        segment = try Segment(bytes: bytes)
      } catch {
        // Without a readable log there is nothing to name but the scope's own root.
        var reason = Exchange.Refusal.Reason.malformed
        if case .needsNewerVersion = error { reason = .newerVersion }
        intake.refusals.append(
          Exchange.Refusal(
            log: LogID(transaction.identity.rootUnit, .notices), replica: ReplicaID(high: 0, low: 0), seq: 0,
            reason: reason))
        continue
      }
      func refuse(_ seq: UInt32, _ reason: Exchange.Refusal.Reason) {
        intake.refusals.append(
          Exchange.Refusal(log: segment.log, replica: segment.replica, seq: seq, reason: reason))
      }
      guard
        try isShared(segment.log)
          || isHandedOn(segment.log, by: peer.unit, to: transaction.identity.unit)
      else {
        refuse(segment.from + 1, .scope)
        continue
      }
      do {
        let result = try transaction.ingest(segment)
        intake.new += result.new
        intake.duplicates += result.duplicates
        intake.filled += result.filled
        if result.gap {
          let tip = Tip(replica: segment.replica, seq: segment.from, tag: segment.fromHash.tag)
          intake.gaps += try FeedComparison(engine: transaction.engine(for: segment.log))
            .plan(against: [tip]).wants
        }
      } catch let error as IngestError {
        switch error {
        case .foreign: refuse(segment.from + 1, .scope)
        case .evidence(_, let seq): refuse(seq, .evidence)
        case .malformed: refuse(segment.from + 1, .malformed)
        case .waitingRoomFull, .full: refuse(segment.from + 1, .room)
        }
      }
    }
    try transaction.settle()
    return intake
  }

  // MARK: Composing

  /// Sends of one message, in log order, until the frame is full.
  struct Outgoing {
    var segments: [[UInt8]] = []
    var wants: [Exchange.Want] = []
    var probes: [Exchange.Probe] = []
    var refusals: [Exchange.Refusal] = []
    var budget: ExchangeBudget
    var entries = 0
    /// Wants of the peer that this message answers.
    var served: [Exchange.Want] = []
    /// Feeds of which this message holds something.
    private(set) var feeds: Set<Exchange.Feed> = []
    fileprivate var sentThrough: [LogID: [Int: UInt32]] = [:]

    init(frameBytes: Int) {
      budget = ExchangeBudget(frameBytes: frameBytes)
    }

    fileprivate mutating func add(_ segment: Segment, _ bytes: [UInt8]) {
      segments.append(bytes)
      entries += segment.entryCount
      feeds.insert(Exchange.Feed(log: segment.log, replica: segment.replica))
    }
  }

  func answer(_ wants: [Exchange.Want], _ probes: [Exchange.Probe], into outgoing: inout Outgoing) throws {
    for want in wants.prefix(Exchange.askLimit) where try isShared(want.log) {
      guard let engine = try transaction.heldEngine(for: want.log) else { continue }
      let comparison = FeedComparison(engine: engine)
      let before = outgoing.entries
      try add(try comparison.plan(answering: want), of: want.log, to: &outgoing)
      if outgoing.entries > before || !outgoing.budget.exhausted { outgoing.served.append(want) }
    }
    for probe in probes.prefix(Exchange.askLimit) where try isShared(probe.log) {
      guard let engine = try transaction.heldEngine(for: probe.log) else { continue }
      let comparison = FeedComparison(engine: engine)
      try add(try comparison.plan(answering: probe), of: probe.log, to: &outgoing)
    }
  }

  /// What the peer's items of `range` lack, and what they have that is not here.
  func answer(_ items: [Exchange.FrontierItem], in range: Exchange.KeyRange, into outgoing: inout Outgoing) throws {
    let theirs = Dictionary(items.map { ($0.log, $0.tips) }, uniquingKeysWith: { first, _ in first })
    let own = try scope().map(\.log).filter { range.contains($0.key) }
    for log in try Set(own).union(theirs.keys.filter { try isShared($0) && range.contains($0.key) }).sorted() {
      if let engine = try transaction.heldEngine(for: log) {
        let comparison = FeedComparison(engine: engine)
        try add(try comparison.plan(against: theirs[log] ?? []), of: log, to: &outgoing)
        let held = Set((theirs[log] ?? []).map(\.replica))
        outgoing.wants += try comparison.wantsOwed(except: []).filter { held.contains($0.tip.replica) }
      } else {
        outgoing.wants += Set((theirs[log] ?? []).map(\.replica)).sorted().map { .whole($0, of: log) }
      }
      if outgoing.budget.exhausted || outgoing.wants.count >= Exchange.askLimit { break }
    }
  }

  /// What arrived here after `arrival`, in that order.
  /// - Parameter refused: feeds that the peer would not take.
  /// - Returns: the arrival up to which the peer has everything once it takes this in.
  func sendArrivals(
    after arrival: UInt64, except refused: [Exchange.Feed: UInt32] = [:], into outgoing: inout Outgoing
  ) throws -> UInt64 {
    var through = arrival
    for row in try transaction.arrivals(after: arrival) {
      let isTheirs = row.source == peer.store
      if !isTheirs, try !isRefused(row, refused),
        try isShared(row.log) || isHandedOn(row.log, by: transaction.identity.unit, to: peer.unit)
      {
        try send(row.log, strand: row.strand, after: row.first - 1, into: &outgoing)
        if outgoing.sentThrough[row.log]?[row.strand] ?? 0 < row.last { break }
      }
      through = row.id
    }
    return through
  }

  private func isRefused(_ row: Arrival, _ refused: [Exchange.Feed: UInt32]) throws -> Bool {
    if refused.isEmpty { return false }
    let replica = try transaction.engine(for: row.log).strands[row.strand].replica
    return refused[Exchange.Feed(log: row.log, replica: replica)] != nil
  }

  private func add(_ plan: FeedComparison.Plan, of log: LogID, to outgoing: inout Outgoing) throws {
    outgoing.wants += plan.wants
    outgoing.probes += plan.probes
    for (strand, after) in plan.send { try send(log, strand: strand, after: after, into: &outgoing) }
  }

  /// Segments of one strand as far as the frame allows; what was already sent in this message is not sent twice.
  private func send(_ log: LogID, strand: Int, after: UInt32, into outgoing: inout Outgoing) throws {
    let engine = try transaction.engine(for: log)
    var from = max(after, outgoing.sentThrough[log]?[strand] ?? 0)
    while from < engine.strands[strand].stored, !outgoing.budget.exhausted {
      guard let segment = try engine.segment(on: strand, after: from, byteLimit: outgoing.budget.remaining) else {
        return
      }
      let bytes = segment.bytes
      guard outgoing.budget.take(bytes.count + 8) else { return }
      outgoing.add(segment, bytes)
      from += UInt32(segment.entryCount)
      // Marked before it leaves: from now on these heads are never replaced.
      try engine.markHeadsSent(on: strand, through: from)
      outgoing.sentThrough[log, default: [:]][strand] = from
    }
  }

  // MARK: Items

  /// The items from `low` on, up to the page's limit. Of feeds that were refused whole nothing is said: the peer would only
  /// ask for them again.
  func items(from low: [UInt8], except refused: [Exchange.Feed: UInt32]) throws -> (
    items: [Exchange.FrontierItem], range: Exchange.KeyRange
  ) {
    var items: [Exchange.FrontierItem] = []
    var bytes = 0
    var high: [UInt8] = []
    for summary in try scope() where !summary.log.key.lexicographicallyPrecedes(low) {
      let places = try transaction.engine(for: summary.log).tips.filter {
        refused[Exchange.Feed(log: summary.log, replica: $0.replica)] ?? .max > 1
      }
      bytes += summary.log.key.count + 8 + places.count * Self.tipBytes
      if !items.isEmpty, items.count >= Self.itemsPerPage || bytes > Self.pageBytes {
        high = summary.log.key
        break
      }
      items.append(
        Exchange.FrontierItem(
          log: summary.log, tips: places.map(\.tip), owed: UInt64(try transaction.engine(for: summary.log).owed.count)))
    }
    return (items, Exchange.KeyRange(low: low, high: high))
  }

  /// Where to ask for what is owed 内容未到 in the logs of `range`, each place once.
  func wantsOwed(in range: Exchange.KeyRange, except asked: Set<Exchange.Want>) throws -> [Exchange.Want] {
    try scope().filter { range.contains($0.log.key) }.flatMap { summary in
      try FeedComparison(engine: transaction.engine(for: summary.log)).wantsOwed(except: asked)
    }
  }

  /// A page of items: about 100 bytes a log.
  static let itemsPerPage = 1000
  static let pageBytes = 96 << 10
  /// A tip that introduces its replica.
  private static let tipBytes = 30
}

extension Exchange {
  /// One replica's feed in one log.
  struct Feed: Hashable {
    var log: LogID
    var replica: ReplicaID
  }
}
