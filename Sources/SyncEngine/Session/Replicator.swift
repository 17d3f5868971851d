import SyncModel

/// One side's work on one message, at one moment of the store: takes the incoming parts in and composes what answers
/// them. The same for client and server; it never waits and never touches the network.
struct Replicator {
  /// A transaction, or a moment that nothing can be written in.
  let snapshot: StoreSnapshot
  let peer: Exchange.Hello
  let frameBytes: Int
  var reach = ExchangeReach.whole
  /// Feeds that the peer would not take, from this seq on: not offered again, and not spoken of where nothing of them is.
  var refused: [Exchange.Feed: UInt32] = [:]

  /// Where a log differs, its last arrival, if it is an own write behind this one, is sent before it is asked for; nil: nothing is.
  var guessesAfter: UInt64?

  /// What was to be done needs a transaction; nothing of it was.
  struct NeedsTransaction: Error {}

  /// - Throws: ``NeedsTransaction`` in a moment that is only read.
  private var transaction: StoreTransaction {
    get throws {
      guard let transaction = snapshot as? StoreTransaction else { throw NeedsTransaction() }
      return transaction
    }
  }

  /// What came of an incoming message.
  struct Intake: Sendable {
    var new = 0
    var duplicates = 0
    /// Values that were owed 内容未到 and came.
    var filled = 0
    var refusals: [Exchange.Refusal] = []
    var gaps: [Exchange.Want] = []
  }

  // MARK: Scope

  /// The logs that both sides may read, as they stand now.
  func view() throws -> FrontierView { try snapshot.frontier(with: peer.unit, reach: reach) }

  /// By the directory as it is now: what is taken in may change it.
  private func isShared(_ log: LogID) throws -> Bool {
    if reach == .notices { return try view().scope.contains(log) }
    return try snapshot.directory().isShared(log, between: snapshot.identity.unit, and: peer.unit)
  }

  /// True where the peer may read the log and this side holds it from before its unit was moved away.
  private func isHandedOn(_ log: LogID, by sender: UnitPath, to reader: UnitPath) throws -> Bool {
    let directory = try snapshot.directory()
    return directory.mayHandOn(sender, log) && directory.mayRead(reader, log)
  }

  func summary() throws -> Exchange.Summary {
    let whole = try view().whole
    return Exchange.Summary(
      digest: whole.scopeDigest, logs: whole.logs, entries: whole.entries, arrival: try snapshot.latestArrival())
  }

  // MARK: Taking in

  /// Stores what is new of `segments`. A bad one is refused and named; the others still count.
  func take(_ segments: [[UInt8]]) throws -> Intake {
    var intake = Intake()
    if segments.isEmpty { return intake }
    let transaction = try transaction
    transaction.source = peer.store
    for result in ReadSegment.all(segments) {
      let read: ReadSegment
      do throws(CodecError) {
        read = try result.get()
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
      let segment = read.segment
      func refuse(_ seq: UInt32, _ reason: Exchange.Refusal.Reason) {
        intake.refusals.append(
          Exchange.Refusal(log: segment.log, replica: segment.replica, seq: seq, reason: reason))
      }
      guard
        try isShared(segment.log)
          || isHandedOn(segment.log, by: peer.unit, to: snapshot.identity.unit)
      else {
        refuse(segment.from + 1, .scope)
        continue
      }
      do {
        let result = try transaction.ingest(read)
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
    /// What this message holds of feeds.
    private(set) var stretches: [SentRecord.Stretch] = []
    private var wantBytes: Int { wants.reduce(0) { $0 + Exchange.byteCount($1) } }
    var isEmpty: Bool { segments.isEmpty && wants.isEmpty && probes.isEmpty && !budget.exhausted }
    /// As many wants as a message holds, or no room for segments.
    var isFull: Bool { budget.exhausted || wants.count >= Exchange.askLimit || wantBytes >= Exchange.askByteLimit }
    fileprivate var guessed = 0
    fileprivate var sentThrough: [LogID: [Int: UInt32]] = [:]

    init(frameBytes: Int) {
      budget = ExchangeBudget(frameBytes: frameBytes)
    }

    fileprivate mutating func add(_ segment: Segment, of strand: Int, _ bytes: [UInt8]) {
      segments.append(bytes)
      entries += segment.entryCount
      stretches.append(
        SentRecord.Stretch(
          feed: Exchange.Feed(log: segment.log, replica: segment.replica), strand: strand, after: segment.from,
          through: segment.from + UInt32(segment.entryCount), byteCount: bytes.count))
    }
  }

  func answer(_ wants: [Exchange.Want], _ probes: [Exchange.Probe], into outgoing: inout Outgoing) throws {
    for want in wants.prefix(Exchange.askLimit) where try isShared(want.log) {
      guard let engine = try snapshot.heldEngine(for: want.log) else { continue }
      let comparison = FeedComparison(engine: engine)
      let before = outgoing.entries
      try add(try comparison.plan(answering: want), of: want.log, to: &outgoing)
      if outgoing.entries > before || !outgoing.budget.exhausted { outgoing.served.append(want) }
    }
    for probe in probes.prefix(Exchange.askLimit) where try isShared(probe.log) {
      guard let engine = try snapshot.heldEngine(for: probe.log) else { continue }
      let comparison = FeedComparison(engine: engine)
      try add(try comparison.plan(answering: probe), of: probe.log, to: &outgoing)
    }
  }

  /// What arrived here after `arrival`, in that order.
  /// - Returns: the arrival up to which the peer has everything once it takes this in.
  func sendArrivals(after arrival: UInt64, into outgoing: inout Outgoing) throws -> UInt64 {
    var through = arrival
    for row in try snapshot.arrivals(after: arrival) {
      let isTheirs = row.source == peer.store
      if !isTheirs, try !isRefused(row),
        try isShared(row.log) || isHandedOn(row.log, by: snapshot.identity.unit, to: peer.unit)
      {
        try send(row.log, strand: row.strand, after: row.first - 1, into: &outgoing)
        if outgoing.sentThrough[row.log]?[row.strand] ?? 0 < row.last { break }
      }
      through = row.id
    }
    return through
  }

  private func isRefused(_ row: Arrival) throws -> Bool {
    if refused.isEmpty { return false }
    guard let replica = try snapshot.heldEngine(for: row.log)?.strands[row.strand].replica else { return false }
    return refused[Exchange.Feed(log: row.log, replica: replica)] != nil
  }

  func add(_ plan: FeedComparison.Plan, of log: LogID, to outgoing: inout Outgoing) throws {
    outgoing.wants += plan.wants
    outgoing.probes += plan.probes
    for (strand, after) in plan.send { try send(log, strand: strand, after: after, into: &outgoing) }
  }

  /// Of this many bytes in a message something may be sent that the peer turns out to have.
  private static let guessByteLimit = 16 << 10

  /// Sends what was written here last, where it may be what the peer lacks: a round trip less for what was written offline.
  func guess(_ log: LogID, into outgoing: inout Outgoing) throws {
    guard let guessesAfter, let transaction = snapshot as? StoreTransaction,
      let last = try transaction.lastArrival(in: log), last.source == nil, last.id > guessesAfter
    else { return }
    let engine = try transaction.engine(for: log)
    let bytes = try engine.storage.byteCount(of: last.strand, after: last.first - 1, through: last.last)
    guard outgoing.guessed + bytes <= Self.guessByteLimit else { return }
    outgoing.guessed += bytes
    try send(log, strand: last.strand, after: last.first - 1, into: &outgoing)
  }

  /// Segments of one strand as far as the frame allows; what was already sent in this message is not sent twice.
  /// - Throws: ``NeedsTransaction`` where something goes out for the first time and nothing can be written.
  private func send(_ log: LogID, strand: Int, after: UInt32, into outgoing: inout Outgoing) throws {
    guard let engine = try snapshot.heldEngine(for: log) else { return }
    if refused[Exchange.Feed(log: log, replica: engine.strands[strand].replica)] != nil { return }
    var from = max(after, outgoing.sentThrough[log]?[strand] ?? 0)
    while from < engine.strands[strand].stored, !outgoing.budget.exhausted {
      guard let segment = try engine.segment(on: strand, after: from, byteLimit: outgoing.budget.remaining) else {
        return
      }
      let bytes = segment.bytes
      guard outgoing.budget.take(bytes.count + 8) else { return }
      outgoing.add(segment, of: strand, bytes)
      let start = from
      from += UInt32(segment.entryCount)
      // Marked before it leaves: from now on these heads are never replaced. What others wrote is marked since it came.
      if try !engine.areHeadsSent(on: strand, after: start, through: from) {
        _ = try transaction
        try engine.markHeadsSent(on: strand, through: from)
      }
      outgoing.sentThrough[log, default: [:]][strand] = from
    }
  }

  /// Where to ask for what is owed 内容未到, each place once.
  func wantsOwed(except asked: Set<Exchange.Want>) throws -> [Exchange.Want] {
    try snapshot.owingLogs().filter { try isShared($0) }.flatMap { log in
      try snapshot.heldEngine(for: log).map { try FeedComparison(engine: $0).wantsOwed(except: asked) } ?? []
    }
  }
}

extension Exchange {
  /// One replica's feed in one log.
  struct Feed: Hashable {
    var log: LogID
    var replica: ReplicaID
  }
}
