import SyncModel

/// Answers exchanges over one store. Stateless: every message is complete in itself, stored in one transaction before
/// its answer leaves.
public struct ReplicationServer: Sendable {
  private let store: LogStore
  private let frameBytes: Int

  public init(store: LogStore, frameBytes: Int = Exchange.frameByteLimit) {
    precondition(frameBytes >= ExchangeBudget.leastFrameBytes, "a frame holds at least one signed stretch")
    self.store = store
    self.frameBytes = frameBytes
  }

  /// - Parameters:
  ///   - peer: the unit that the authenticated device belongs to: the scope goes by it, not by what the message
  ///   claims.
  ///   - device: the authenticated device; nil where there is none to remember.
  ///   - reach: how much of that scope the device is answered.
  /// - Throws: ``SessionError/wrongSchool``; ``SessionError/wrongUnit``; ``WorkspaceError``.
  public func answer(
    _ request: Exchange, peer: UnitPath, device: DeviceID? = nil, reach: ExchangeReach = .whole,
    wallMilliseconds: UInt64
  ) throws -> Exchange {
    guard request.hello.school == store.identity.school else { throw SessionError.wrongSchool }
    guard request.hello.unit == peer else { throw SessionError.wrongUnit }
    func answer(in snapshot: StoreSnapshot) throws -> Exchange {
      try self.answer(request, in: snapshot, device: device, reach: reach, wallMilliseconds: wallMilliseconds)
    }
    // Mostly nothing is new: then nothing is written, nobody who writes is waited for, and no disk.
    if request.segments.isEmpty {
      do { return try store.read(answer) } catch is Replicator.NeedsTransaction {}
    }
    return try store.write(wallMilliseconds: wallMilliseconds, answer)
  }

  /// - Throws: ``Replicator/NeedsTransaction`` where something is to be written and `snapshot` is none.
  private func answer(
    _ request: Exchange, in snapshot: StoreSnapshot, device: DeviceID?, reach: ExchangeReach, wallMilliseconds: UInt64
  ) throws -> Exchange {
    let replicator = Replicator(snapshot: snapshot, peer: request.hello, frameBytes: frameBytes, reach: reach)
    let own = try snapshot.storeID()
    let intake = try replicator.take(reach == .whole ? request.segments : [])
    let summary = try replicator.summary()
    var answer = Exchange(
      hello: Exchange.Hello(
        school: store.identity.school, store: own, unit: store.identity.unit, clockMilliseconds: wallMilliseconds),
      summary: summary)
    if let history = request.history {
      // Who shows no mark of its own only asks for the hub's.
      let witness = history.own.isEmpty ? nil : try device.flatMap { try snapshot.witness(of: $0) }
      answer.history = try snapshot.history(answering: history.remembered, of: witness?.remembered)
      // Who is at the very mark needs no proof that it was there.
      let isThere = witness?.remembered.mark == history.own.last
      answer.vouchers = Exchange.Vouchers(remembered: isThere ? nil : witness?.voucher)
    }
    if let device { try remember(request, of: device, snapshot) }
    var outgoing = Replicator.Outgoing(frameBytes: frameBytes)
    outgoing.refusals = intake.refusals
    if summary.digest == request.summary.digest {
      answer.cursor = Exchange.Cursor(store: own, arrival: summary.arrival)
      answer.fill(outgoing)
      return answer
    }
    try replicator.answer(request.wants, request.probes, into: &outgoing)
    if let ranges = request.ranges {
      var writer = RangeWriter(salt: ranges.salt, low: ranges.low)
      _ = try replicator.answer(ranges.ranges, into: &writer, &outgoing)
      answer.ranges = writer.ranges
    } else if reach == .whole, let cursor = request.cursor, cursor.store == own {
      answer.cursor = Exchange.Cursor(
        store: cursor.store, arrival: try replicator.sendArrivals(after: cursor.arrival, into: &outgoing))
    } else if request.cursor != nil || !request.asksOrBrings {
      var writer = RangeWriter(salt: .random(in: .min ... .max), low: [])
      _ = try replicator.say(.all, into: &writer)
      answer.ranges = writer.ranges
    }
    outgoing.wants += intake.gaps
    if reach == .notices { outgoing.wants = [] }
    answer.fill(outgoing)
    return answer
  }

  /// Keeps the client's latest mark where its device has signed for it: what nobody vouched for could not be held against it.
  private func remember(_ request: Exchange, of device: DeviceID, _ snapshot: StoreSnapshot) throws {
    guard let latest = request.history?.own.last, let voucher = request.vouchers?.own,
      let key = try snapshot.directory().devices[device]?.key
    else { return }
    guard let transaction = snapshot as? StoreTransaction else { throw Replicator.NeedsTransaction() }
    let witness = Witness(
      remembered: Exchange.Remembered(store: request.hello.store, mark: latest), voucher: voucher)
    if witness.holds(for: store.identity.school, key: key) { try transaction.remember(witness, of: device) }
  }
}

/// How much of the scope of a device's unit it is answered.
public enum ExchangeReach: Hashable, Sendable {
  /// Everything, both ways.
  case whole
  /// The notices of its unit and of those above it, and nothing is taken in: for a device that was stopped, so that it learns
  /// so, and learns it too where that is taken back.
  case notices
}

extension Exchange {
  /// False where nothing follows from it but a comparison.
  fileprivate var asksOrBrings: Bool { !segments.isEmpty || !wants.isEmpty || !probes.isEmpty }

  /// Wants and probes of one message; what is left out is asked for in a later one.
  static let askLimit = 1000

  /// Bytes of wants and of probes, each, in one message: they and the items fit what the budget keeps free.
  static let askByteLimit = 48 << 10

  /// Refusals in one message, beside ``askByteLimit``; the sender of what was refused offers the rest again and is told of it
  /// then.
  static let refusalLimit = 1000

  mutating func fill(_ outgoing: Replicator.Outgoing) {
    segments = outgoing.segments
    wants = Self.first(Self.askLimit, of: outgoing.wants, byteCount: Self.byteCount)
    probes = Self.first(Self.askLimit, of: outgoing.probes) { $0.log.key.count + 24 + $0.places.count * 13 }
    let feeds = Self.firstOfFeeds(outgoing.refusals)
    refusals = Self.first(Self.refusalLimit, of: feeds) { $0.log.key.count + 26 }
    more =
      outgoing.budget.exhausted || wants.count < outgoing.wants.count || probes.count < outgoing.probes.count
      || refusals.count < feeds.count
  }

  /// About as many as it takes in a message.
  static func byteCount(_ want: Want) -> Int { want.log.key.count + 40 }

  /// One refusal of each feed, the one nearest its start: the rest of the feed goes with it.
  private static func firstOfFeeds(_ refusals: [Refusal]) -> [Refusal] {
    var places: [LogID: [ReplicaID: Int]] = [:]
    var found: [Refusal] = []
    for refusal in refusals {
      if let place = places[refusal.log]?[refusal.replica] {
        if refusal.seq < found[place].seq { found[place] = refusal }
      } else {
        places[refusal.log, default: [:]][refusal.replica] = found.count
        found.append(refusal)
      }
    }
    return found
  }

  private static func first<Ask>(_ limit: Int, of asks: [Ask], byteCount: (Ask) -> Int) -> [Ask] {
    var bytes = 0
    return Array(
      asks.prefix(limit).prefix { ask in
        bytes += byteCount(ask)
        return bytes <= askByteLimit
      })
  }
}
