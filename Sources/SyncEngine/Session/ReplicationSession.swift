import SyncModel

/// What came of one synchronisation.
public struct SyncOutcome: Hashable, Sendable {
  /// Entries sent to and received from the peer.
  public var sent = 0
  public var received = 0
  public var roundTrips = 0
  /// HTTP body bytes.
  public var bytesSent = 0
  public var bytesReceived = 0
  /// Both sides ended with the same digest over what both may read.
  public var inSync = false
  /// What the peer would not take.
  public var refusals: [Exchange.Refusal] = []
  /// The peer's wall clock minus ours, milliseconds.
  public var clockSkewMilliseconds: Int64 = 0
  public var peerUnit: UnitPath?

  public init() {}

  /// One command, several exchanges: counts add up, the rest is the last one's.
  public static func += (left: inout Self, right: Self) {
    var sum = right
    sum.sent += left.sent
    sum.received += left.received
    sum.roundTrips += left.roundTrips
    sum.bytesSent += left.bytesSent
    sum.bytesReceived += left.bytesReceived
    left = sum
  }
}

/// The calling side of the protocol as a synchronous state machine: gives the next message to send, takes the answer,
/// says when it is over. A runner performs the sends; whatever was taken in is stored, so it may stop anywhere
/// (promise 9).
public struct ReplicationSession {
  private let store: LogStore
  private let address: String
  private let frameBytes: Int
  private let signer: DeviceKey?
  private var peer: PeerPlace?
  private var phase: Phase = .arrivals
  /// The mark of the peer's store that the message under way asks it to show again.
  private var askedMark: Exchange.Remembered?
  /// The message under way carries a history.
  private var askedHistory = true
  /// The store whose past this session needs to ask no more about.
  private var settledStore: StoreID?
  /// The arrival of the own mark that the message under way carries a signature under.
  private var given: UInt64?
  /// Own arrivals that the message under way brings to the peer.
  private var sending: UInt64 = 0
  /// What the message under way holds of feeds, and how many entries.
  private var offered: (stretches: [SentRecord.Stretch], entries: Int) = ([], 0)
  /// What the peer answered to have been sent.
  private var record: SentRecord
  /// The runner took the segments out of the message under way.
  private var isWithheld = false
  /// … and nothing was left in it: the peer can only begin to compare anew.
  private var isEmptied = false
  private var quietRounds = 0
  /// The most that the peer said to hold.
  private var peerEntries: UInt64 = 0
  /// Feeds that the peer would not take, from this seq on: not offered again in this session, whatever it asks for.
  private var refused: [Exchange.Feed: UInt32] = [:]
  /// What the peer asked for and was sent: asked for again, there is nothing more of it here.
  private var served: Set<Exchange.Want> = []
  /// Where this side asked for what it owes 内容未到.
  private var askedOwed: Set<Exchange.Want> = []
  private var asksOwed = false
  /// Answers in a row that brought nothing of what was asked for so.
  private var fruitlessAsks = 0

  private var movedInPass = false
  /// The peer said in this pass that it holds more, and nothing that was sent bears that out: others write there too.
  private var toldInPass = false
  /// Passes that were begun on no more than that.
  private var toldPasses = 0
  public private(set) var outcome = SyncOutcome()

  private enum Phase {
    /// What is new since both were last in step.
    case arrivals
    /// What both hold, range by range.
    case comparing(FrontierComparison)

    var isOfArrivals: Bool { if case .arrivals = self { true } else { false } }
  }

  public enum Step {
    case send(Exchange)
    case finished(SyncOutcome)
  }

  /// Rounds in a row in which nothing new moved before the session gives up.
  public static let quietRoundLimit = 64
  /// The same while frontiers are compared, which moves nothing by itself.
  static let comparingRoundLimit = 256
  /// Fruitless answers after which a session asks no more for owed values: this peer does not have them either.
  public static let fruitlessAskLimit = 16
  public static let roundLimit = 100_000
  /// So often a session compares everything again because the peer says that others bring it entries meanwhile.
  static let toldPassLimit = 16

  /// - Parameters:
  ///   - address: how the peer is known between sessions.
  ///   - signer: the own device's key, which vouches for this store's marks: without it a peer cannot tell this device that
  ///   it was set back.
  public init(
    store: LogStore, address: String, signer: DeviceKey? = nil, frameBytes: Int = Exchange.frameByteLimit
  ) {
    precondition(frameBytes >= ExchangeBudget.leastFrameBytes, "a frame holds at least one signed stretch")
    self.store = store
    self.signer = signer
    self.address = address
    self.frameBytes = frameBytes
    record = SentRecord(frameBytes: frameBytes)
  }

  /// The first message. A peer never met is taken to stand at or above the own unit: nothing is named to it yet.
  public mutating func start(wallMilliseconds: UInt64) throws -> Exchange {
    var session = self
    let message: Exchange
    do {
      message = try store.read { try session.start(in: $0, wallMilliseconds) }
    } catch is Replicator.NeedsTransaction {
      session = self
      message = try store.write(wallMilliseconds: wallMilliseconds) { try session.start(in: $0, wallMilliseconds) }
    }
    self = session
    return message
  }

  private mutating func start(in snapshot: StoreSnapshot, _ wallMilliseconds: UInt64) throws -> Exchange {
    peer = try snapshot.peer(address: address)
    let replicator = replicator(snapshot, peer)
    let summary = try replicator.summary()
    if peer == nil, summary.logs > Replicator.wholeItemLimit { phase = .comparing(FrontierComparison()) }
    guard let message = try compose(replicator, answering: nil, summary: summary, wallMilliseconds) else {
      preconditionFailure("a first message says hello at least")
    }
    return message
  }

  /// Takes an answer in.
  /// - Parameter keeping: called once all of it is taken in, before that is committed, where the mark that is remembered of
  ///   the peer moves: whoever holds the peer to it later needs this answer as it was signed.
  /// - Throws: ``SessionError``; ``WorkspaceError``. What was stored stays.
  public mutating func receive(
    _ answer: Exchange, wallMilliseconds: UInt64, keeping: () -> Void = {}
  ) throws -> Step {
    guard answer.hello.school == store.identity.school else { throw SessionError.wrongSchool }
    outcome.roundTrips += 1
    outcome.clockSkewMilliseconds = Int64(bitPattern: answer.hello.clockMilliseconds &- wallMilliseconds)
    outcome.peerUnit = answer.hello.unit
    let sentFirst = record.add(offered.stretches)
    let learned = refuse(answer.refusals)
    if outcome.roundTrips > Self.roundLimit || record.isExhausted { throw SessionError.noProgress }
    try checkPast(answer, wallMilliseconds)
    return try store.write(wallMilliseconds: wallMilliseconds) { transaction in
      try receive(answer, sentFirst: sentFirst, learned: learned, transaction, wallMilliseconds, keeping)
    }
  }

  /// Notes what the peer will not take. Only what it was sent can be refused, and each feed counts once: of that there is an end.
  /// - Returns: true where anything of it is new.
  private mutating func refuse(_ refusals: [Exchange.Refusal]) -> Bool {
    // A segment whose log could not be read has no better name.
    let unnamed = Exchange.Feed(
      log: LogID(store.identity.rootUnit, .notices), replica: ReplicaID(high: 0, low: 0))
    var learned = false
    for refusal in refusals {
      let feed = Exchange.Feed(log: refusal.log, replica: refusal.replica)
      guard record.feeds.contains(feed) || feed == unnamed && !record.feeds.isEmpty else { continue }
      let before = refused.updateValue(min(refusal.seq, refused[feed] ?? .max), forKey: feed)
      if before != nil { continue }
      outcome.refusals.append(refusal)
      learned = learned || feed != unnamed
    }
    return learned
  }

  /// Takes the segments out of the message that was just given to the runner: nothing in it counts as sent.
  public mutating func withholdSegments(of message: inout Exchange) {
    message.segments = []
    isWithheld = true
    isEmptied = message.cursor == nil && message.ranges == nil && message.wants.isEmpty && message.probes.isEmpty
    sending = 0
    outcome.sent -= offered.entries
    offered = ([], 0)
  }

  /// Nothing of an answer is taken in that shows less, or something else, of the peer's past or of one's own.
  private func checkPast(_ answer: Exchange, _ wallMilliseconds: UInt64) throws {
    let (known, isOwnPast) = try store.read { snapshot in
      (
        try snapshot.peer(store: answer.hello.store)?.shown,
        try snapshot.isInPast(answer.history?.remembered)
      )
    }
    // Under a new address the first message could not ask yet.
    if let known, askedHistory, askedMark == Exchange.Remembered(store: answer.hello.store, mark: known),
      answer.history?.own.contains(known) != true
    {
      throw SessionError.peerSetBack()
    }
    if !isOwnPast {
      guard let remembered = answer.history?.remembered, let voucher = answer.vouchers?.remembered,
        Witness(remembered: remembered, voucher: voucher)
          .holds(for: store.identity.school, key: store.identity.deviceKey)
      else { throw SessionError.unprovenClaim }
      try store.write(wallMilliseconds: wallMilliseconds) { transaction in
        try transaction.setSetting(StoreTransaction.foreignContinuation, transaction.ownReplica().bytes)
      }
      throw SessionError.ownPastInDoubt
    }
  }

  private mutating func receive(
    _ answer: Exchange, sentFirst: Int, learned: Bool, _ transaction: StoreTransaction, _ wallMilliseconds: UInt64,
    _ keeping: () -> Void
  ) throws -> Step {
    var answer = answer
    answer.wants.removeAll {
      isWithheld || refused[Exchange.Feed(log: $0.log, replica: $0.tip.replica)] != nil || served.contains($0)
    }
    answer.probes.removeAll { refused[Exchange.Feed(log: $0.log, replica: $0.replica)] != nil }
    let inStep = peer?.store == answer.hello.store
    var place =
      try transaction.peer(store: answer.hello.store)
      ?? PeerPlace(store: answer.hello.store, unit: answer.hello.unit, address: address, received: 0, sent: 0)
    place.address = address
    place.unit = answer.hello.unit
    let isChecked = place.shown.map { askedMark == Exchange.Remembered(store: place.store, mark: $0) } ?? true
    let shown = isChecked ? answer.history?.own.last ?? place.shown : place.shown
    let isMarkNew = shown != place.shown
    place.shown = shown
    if let given { place.vouched = given }

    if isChecked, askedHistory { settledStore = place.store }

    let replicator = replicator(transaction, place)
    let intake = try replicator.take(answer.segments)
    outcome.received += intake.new
    let summary = try replicator.summary()
    if inStep, phase.isOfArrivals {
      // What was refused or could not be placed is not there yet: only an equal digest tells then.
      if refused.isEmpty, answer.wants.isEmpty { place.sent = max(place.sent, sending) }
      if let cursor = answer.cursor, cursor.store == answer.hello.store { place.received = cursor.arrival }
    }
    let equal = summary.digest == answer.summary.digest
    if equal {
      place.received = answer.summary.arrival
      place.sent = summary.arrival
    }
    try transaction.remember(place)
    if let mark = answer.filesMark { try transaction.note(mark, shownBy: place.store) }
    if isMarkNew { keeping() }
    peer = place
    if equal {
      outcome.inSync = true
      return .finished(outcome)
    }
    // Only what got stored on either side counts as progress, not what was sent; and that the peer stored anything is believed
    // only where the message that it answers brought it something for the first time.
    if asksOwed { fruitlessAsks = intake.filled > 0 ? 0 : fruitlessAsks + 1 }
    let isTold = answer.summary.entries > peerEntries
    let progressed = intake.new > 0 || intake.filled > 0 || (isTold && sentFirst > 0) || learned
    peerEntries = max(peerEntries, answer.summary.entries)
    quietRounds = progressed ? 0 : quietRounds + 1
    let limit = phase.isOfArrivals ? Self.quietRoundLimit : Self.comparingRoundLimit
    if quietRounds > limit { throw SessionError.noProgress }
    if isEmptied, !progressed, !isTold { return .finished(outcome) }
    movedInPass = movedInPass || progressed
    toldInPass = toldInPass || isTold
    let peerAsks = !answer.wants.isEmpty || !answer.probes.isEmpty || answer.more || !intake.gaps.isEmpty
    try advance(
      inStep: inStep, asked: peerAsks, stood: !progressed, answer, transaction)
    let next = try compose(replicator, answering: (answer, intake), summary: summary, wallMilliseconds)
    return next.map { .send($0) } ?? .finished(outcome)
  }

  /// Chooses what the next message speaks of.
  /// - Parameters:
  ///   - inStep: the peer is the one that was expected.
  ///   - asked: it wants more of what the last message spoke of.
  ///   - stood: nothing moved.
  private mutating func advance(
    inStep: Bool, asked: Bool, stood: Bool, _ answer: Exchange, _ transaction: StoreTransaction
  ) throws {
    switch phase {
    case .arrivals:
      if inStep {
        let sent = peer?.sent ?? 0
        let unsent = try transaction.arrivals(after: sent).contains { $0.source != peer?.store }
        // Once anything was refused no place moves forward: what is unsent would be the same for ever.
        guard !asked, !unsent || !refused.isEmpty || isWithheld else { return }
      }
      // A peer never met, or one whose store is new, or what is left cannot be told by when it came.
      var comparison = FrontierComparison()
      comparison.take(answer, stood: false)
      phase = .comparing(comparison)
      (movedInPass, toldInPass) = (false, false)
    case .comparing(var comparison):
      comparison.take(answer, stood: stood)
      phase = .comparing(comparison)
    }
  }

  /// - Returns: nil where a whole pass moved nothing: the rest is refused, or waits for others.
  private mutating func compose(
    _ replicator: Replicator, answering: (answer: Exchange, intake: Replicator.Intake)?, summary: Exchange.Summary,
    _ wallMilliseconds: UInt64
  ) throws -> Exchange? {
    let snapshot = replicator.snapshot
    var message = Exchange(hello: try hello(snapshot, wallMilliseconds), summary: summary)
    var outgoing = Replicator.Outgoing(frameBytes: frameBytes)
    if let answering {
      try replicator.answer(answering.answer.wants, answering.answer.probes, into: &outgoing)
      outgoing.wants += answering.intake.gaps
      served.formUnion(outgoing.served)
    }
    asksOwed = false
    (isWithheld, isEmptied) = (false, false)
    switch phase {
    case .arrivals:
      guard let peer else { break }
      message.cursor = Exchange.Cursor(store: peer.store, arrival: peer.received)
      sending = try replicator.sendArrivals(after: peer.sent, into: &outgoing)
    case .comparing(var comparison):
      try askForOwed(replicator, &outgoing)
      message.ranges = try comparison.say(replicator, into: &outgoing, naming: peer != nil)
      if message.ranges == nil, outgoing.isEmpty {
        if !movedInPass {
          guard toldInPass, toldPasses < Self.toldPassLimit else { return nil }
          toldPasses += 1
        }
        // Once more from the start, under another salt: what is left differs, and perhaps hid.
        (movedInPass, toldInPass) = (false, false)
        comparison = FrontierComparison()
        message.ranges = try comparison.say(replicator, into: &outgoing)
      }
      phase = .comparing(comparison)
    }
    askedMark = peer.flatMap { peer in peer.shown.map { .init(store: peer.store, mark: $0) } }
    askedHistory = peer.map { $0.store != settledStore } ?? true
    if askedHistory {
      // Where the peer remembers the one that it was given last, it needs not show it.
      let given = try peer.flatMap { try snapshot.mark(at: $0.vouched) }
      message.history = try snapshot.history(then: given, of: askedMark)
      // Own marks were shown in the first message: what was in doubt about them is settled.
      if answering != nil { message.history?.own = [] }
    }
    message.vouchers = try vouchers(for: message)
    outcome.sent += outgoing.entries
    offered = (outgoing.stretches, outgoing.entries)
    message.fill(outgoing)
    return message
  }

  private mutating func askForOwed(_ replicator: Replicator, _ outgoing: inout Replicator.Outgoing) throws {
    guard fruitlessAsks < Self.fruitlessAskLimit else { return }
    let owed = try replicator.wantsOwed(except: askedOwed)
    askedOwed.formUnion(owed)
    outgoing.wants += owed
    asksOwed = !owed.isEmpty
  }

  /// The own device's signature under the mark that a message shows of this store, once for each mark.
  private mutating func vouchers(for message: Exchange) throws -> Exchange.Vouchers? {
    given = nil
    guard let signer, let mark = message.history?.own.last, mark.arrival != peer?.vouched else { return nil }
    given = mark.arrival
    let said = Exchange.Remembered(store: message.hello.store, mark: mark)
    return Exchange.Vouchers(own: try signer.sign(Witness.message(store.identity.school, said)))
  }

  private func hello(_ snapshot: StoreSnapshot, _ wallMilliseconds: UInt64) throws -> Exchange.Hello {
    Exchange.Hello(
      school: store.identity.school, store: try snapshot.storeID(), unit: store.identity.unit,
      clockMilliseconds: wallMilliseconds)
  }

  /// - Parameter peer: nil for one never met.
  private func replicator(_ snapshot: StoreSnapshot, _ peer: PeerPlace?) -> Replicator {
    Replicator(
      snapshot: snapshot,
      peer: Exchange.Hello(
        school: store.identity.school, store: peer?.store ?? store.identity.firstStore,
        unit: peer?.unit ?? store.identity.unit, clockMilliseconds: 0),
      frameBytes: frameBytes, refused: refused, guessesAfter: peer?.sent ?? 0)
  }

  /// Counts body bytes; the runner calls it for each message.
  public mutating func count(sent: Int, received: Int) {
    outcome.bytesSent += sent
    outcome.bytesReceived += received
  }
}
