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
    return try store.write(wallMilliseconds: wallMilliseconds) { transaction in
      let replicator = Replicator(
        transaction: transaction, peer: request.hello, frameBytes: frameBytes, reach: reach)
      let own = try transaction.storeID()
      let intake = try replicator.take(reach == .whole ? request.segments : [])
      let summary = try replicator.summary()
      var answer = Exchange(
        hello: Exchange.Hello(
          school: store.identity.school, store: own, unit: store.identity.unit, clockMilliseconds: wallMilliseconds),
        summary: summary)
      let witness = try device.flatMap { try transaction.witness(of: $0) }
      answer.history = try transaction.history(
        answering: request.history?.remembered, of: witness?.remembered)
      // Who is at the very mark needs no proof that it was there.
      let isThere = witness?.remembered.mark == request.history?.own.last
      answer.vouchers = Exchange.Vouchers(remembered: isThere ? nil : witness?.voucher)
      if let device { try remember(request, of: device, transaction) }
      var outgoing = Replicator.Outgoing(frameBytes: frameBytes)
      outgoing.refusals = intake.refusals
      if summary.digest == request.summary.digest {
        answer.cursor = Exchange.Cursor(store: own, arrival: summary.arrival)
        answer.fill(outgoing)
        return answer
      }
      try replicator.answer(request.wants, request.probes, into: &outgoing)
      if let range = request.range {
        try replicator.answer(request.items, in: range, into: &outgoing)
      } else if reach == .whole, let cursor = request.cursor, cursor.store == own {
        answer.cursor = Exchange.Cursor(
          store: cursor.store, arrival: try replicator.sendArrivals(after: cursor.arrival, into: &outgoing))
      }
      outgoing.wants += intake.gaps
      if reach == .notices { outgoing.wants = [] }
      answer.fill(outgoing)
      return answer
    }
  }

  /// Keeps the client's latest mark where its device has signed for it: what nobody vouched for could not be held against it.
  private func remember(_ request: Exchange, of device: DeviceID, _ transaction: StoreTransaction) throws {
    guard let latest = request.history?.own.last, let voucher = request.vouchers?.own,
      let key = try transaction.directory().devices[device]?.key
    else { return }
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
  /// Wants and probes of one message; what is left out is asked for in a later one.
  static let askLimit = 1000

  /// Bytes of wants and of probes, each, in one message: they and the items fit what the budget keeps free.
  static let askByteLimit = 48 << 10

  /// Refusals in one message, beside ``askByteLimit``; the sender of what was refused offers the rest again and is told of it
  /// then.
  static let refusalLimit = 1000

  mutating func fill(_ outgoing: Replicator.Outgoing) {
    segments = outgoing.segments
    wants = Self.first(Self.askLimit, of: outgoing.wants) { $0.log.key.count + 40 }
    probes = Self.first(Self.askLimit, of: outgoing.probes) { $0.log.key.count + 24 + $0.places.count * 13 }
    let feeds = Self.firstOfFeeds(outgoing.refusals)
    refusals = Self.first(Self.refusalLimit, of: feeds) { $0.log.key.count + 26 }
    more =
      outgoing.budget.exhausted || wants.count < outgoing.wants.count || probes.count < outgoing.probes.count
      || refusals.count < feeds.count
  }

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
