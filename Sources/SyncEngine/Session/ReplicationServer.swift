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

  /// On whose behalf an exchange is answered.
  public struct Caller: Hashable, Sendable {
    /// The unit that the authenticated device belongs to: the scope goes by it, not by what the message claims.
    public var unit: UnitPath
    /// The authenticated device; nil where there is none to remember.
    public var device: DeviceID?
    /// How much of that scope the device is answered.
    public var reach: ExchangeReach

    public init(unit: UnitPath, device: DeviceID? = nil, reach: ExchangeReach = .whole) {
      self.unit = unit
      self.device = device
      self.reach = reach
    }
  }

  /// One exchange to be answered.
  public struct Call: Sendable {
    public let request: Exchange
    let caller: @Sendable (Directory) throws -> Caller

    /// - Parameter caller: says whose it is by the directory of the moment that answers; what it throws is the answer, and
    ///   nothing is written then.
    public init(_ request: Exchange, caller: @escaping @Sendable (Directory) throws -> Caller) {
      self.request = request
      self.caller = caller
    }
  }

  /// What was taken in of a call and is durable: what its answer says of it.
  public struct Taken: Sendable {
    let caller: Caller
    /// The store as it was then; answered as any other, it would speak of another past.
    let own: StoreID
    let then: Exchange.Mark?
    let witness: Witness?
    let intake: Replicator.Intake
  }

  /// One step towards an answer that needs a transaction.
  public enum Step: Sendable {
    case take(Call)
    /// nil: it is taken in first.
    case answer(Call, Taken?)

    public var call: Call {
      switch self {
      case .take(let call), .answer(let call, _): call
      }
    }
  }

  /// What came of a step.
  public struct Done: Sendable {
    public let taken: Taken
    /// nil where it was only taken in.
    public let answer: Exchange?
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
    let caller = Caller(unit: peer, device: device, reach: reach)
    let call = Call(request) { _ in caller }
    if let answer = try answerReading(call, wallMilliseconds: wallMilliseconds) { return answer }
    guard let answer = try perform([.answer(call, nil)], wallMilliseconds: wallMilliseconds)[0].get().answer else {
      preconditionFailure("what is to be answered is")
    }
    return answer
  }

  /// The answer to what brings nothing and is not to be remembered, or was taken in before: mostly nothing is new, or much is
  /// fetched. Nothing is written, nobody who writes is waited for, and no disk.
  ///
  /// - Returns: nil where something must be written, by a ``Step``.
  /// - Throws: as ``answer(_:peer:device:reach:wallMilliseconds:)``, and what the call's caller throws.
  public func answerReading(_ call: Call, after taken: Taken? = nil, wallMilliseconds: UInt64) throws -> Exchange? {
    if taken == nil, !call.request.segments.isEmpty { return nil }
    do {
      return try store.read { snapshot in
        let taken = try taken ?? take(call.request, caller(of: call, snapshot), snapshot)
        guard try snapshot.storeID() == taken.own else { return nil }
        return try answer(call.request, taken, in: snapshot, wallMilliseconds: wallMilliseconds)
      }
    } catch is Replicator.NeedsTransaction {
      return nil
    }
  }

  /// Performs steps one after another, each as if it were alone, with one commit and one wait for the disk for all: when this
  /// returns, everything that came of them is durable (promise 3).
  ///
  /// None costs another its turn: where one fails, nothing of any stays, and each is performed in a transaction of its own.
  /// - Returns: what came of each step in order.
  public func perform(_ steps: [Step], wallMilliseconds: UInt64) -> [Result<Done, any Error>] {
    var done: [Result<Done, any Error>] = []
    done.reserveCapacity(steps.count)
    do {
      try store.write(wallMilliseconds: wallMilliseconds, turns: steps.count) { turn, transaction in
        done.append(try perform(steps[turn], transaction, wallMilliseconds: wallMilliseconds))
      }
      return done
    } catch {
      if steps.count == 1 { return [.failure(error)] }
      return steps.flatMap { perform([$0], wallMilliseconds: wallMilliseconds) }
    }
  }

  /// - Returns: a failure where nothing was written.
  private func perform(
    _ step: Step, _ transaction: StoreTransaction, wallMilliseconds: UInt64
  ) throws -> Result<Done, any Error> {
    let taken: Taken
    if case .answer(_, let before?) = step, try transaction.storeID() == before.own {
      taken = before
    } else {
      let caller: Caller
      do { caller = try self.caller(of: step.call, transaction) } catch { return .failure(error) }
      taken = try take(step.call.request, caller, transaction)
    }
    guard case .answer = step else { return .success(Done(taken: taken, answer: nil)) }
    let answer = try answer(step.call.request, taken, in: transaction, wallMilliseconds: wallMilliseconds)
    return .success(Done(taken: taken, answer: answer))
  }

  private func caller(of call: Call, _ snapshot: StoreSnapshot) throws -> Caller {
    guard call.request.hello.school == store.identity.school else { throw SessionError.wrongSchool }
    let caller = try call.caller(try snapshot.directory())
    guard call.request.hello.unit == caller.unit else { throw SessionError.wrongUnit }
    return caller
  }

  private func replicator(_ request: Exchange, _ caller: Caller, _ snapshot: StoreSnapshot) -> Replicator {
    Replicator(snapshot: snapshot, peer: request.hello, frameBytes: frameBytes, reach: caller.reach)
  }

  /// - Throws: ``Replicator/NeedsTransaction`` where something is to be written and `snapshot` is none.
  private func take(_ request: Exchange, _ caller: Caller, _ snapshot: StoreSnapshot) throws -> Taken {
    let own = try snapshot.storeID()
    let then = try snapshot.mark(answering: request.history?.remembered)
    let intake = try replicator(request, caller, snapshot).take(caller.reach == .whole ? request.segments : [])
    var witness: Witness?
    if request.history != nil, let known = try caller.device.flatMap({ try snapshot.witness(of: $0) }),
      request.isInDoubt(about: known.remembered)
    {
      witness = known
    }
    if let device = caller.device { try remember(request, of: device, snapshot) }
    return Taken(caller: caller, own: own, then: then, witness: witness, intake: intake)
  }

  /// - Throws: ``Replicator/NeedsTransaction`` where something is to be written and `snapshot` is none.
  private func answer(
    _ request: Exchange, _ taken: Taken, in snapshot: StoreSnapshot, wallMilliseconds: UInt64
  ) throws -> Exchange {
    let (own, intake, reach) = (taken.own, taken.intake, taken.caller.reach)
    let replicator = replicator(request, taken.caller, snapshot)
    let summary = try replicator.summary()
    var answer = Exchange(
      hello: Exchange.Hello(
        school: store.identity.school, store: own, unit: store.identity.unit, clockMilliseconds: wallMilliseconds),
      summary: summary)
    if taken.caller.reach == .whole { answer.filesMark = try snapshot.filesMark() }
    if let history = request.history {
      answer.history = try snapshot.history(then: taken.then, of: taken.witness?.remembered)
      // What the request brought may have led here just now; only where this store was is shown as its past.
      if taken.then == nil, history.remembered?.store == own { answer.history?.own = [] }
      answer.vouchers = Exchange.Vouchers(remembered: taken.witness?.voucher)
    }
    var outgoing = Replicator.Outgoing(frameBytes: frameBytes)
    outgoing.refusals = intake.refusals
    if summary.digest == request.summary.digest {
      answer.fill(outgoing)
      return answer
    }
    try replicator.answer(request.wants, request.probes, into: &outgoing)
    if let ranges = request.ranges {
      var writer = RangeWriter(salt: ranges.salt, low: ranges.low)
      _ = try replicator.answer(ranges.ranges, into: &writer, &outgoing)
      // None where the first log of all takes more than a frame: it is asked for again.
      answer.ranges = writer.isEmpty ? nil : writer.ranges
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
  /// True for a mark of the sender's own store that it does not show itself to have been at. Who shows none at all only asks for
  /// the hub's.
  fileprivate func isInDoubt(about remembered: Remembered) -> Bool {
    guard let own = history?.own, !own.isEmpty, remembered.store == hello.store else { return false }
    return !own.contains(remembered.mark)
  }

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
