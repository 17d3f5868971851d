import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// Peers that share more logs than fit a message (protocol §7).
@Suite struct RangeExchangeTests {
  private let school: TestSchool
  private let root: Office
  /// Of the same unit: its scope is the whole school.
  private let laptop: Office

  private static let logs = 12_000

  init() throws {
    school = try TestSchool()
    root = try school.found()
    laptop = try school.enrol("school", by: root, roles: .all, person: "副手")
    #expect(try school.synchronize(laptop, with: root).inSync)
    for office in [root, laptop] { try office.fill(with: Self.logs) }
  }

  /// What was sent beside the segments.
  private struct Cost {
    var roundTrips = 0
    var bytes = 0
  }

  private func cost(_ client: Office, _ hub: Office, address: String? = nil, frameBytes: Int = Exchange.frameByteLimit)
    throws
    -> Cost
  {
    var cost = Cost()
    let outcome = try school.synchronize(client, with: hub, frameBytes: frameBytes, address: address) { bytes in
      let segments = (try? Exchange(bytes: bytes))?.segments ?? []
      cost.bytes += bytes.count - segments.reduce(0) { $0 + $1.count }
    }
    #expect(outcome.inSync)
    cost.roundTrips = outcome.roundTrips
    return cost
  }

  @Test("nothing new among many logs takes one round trip and few bytes, under a new address too")
  func nothingNew() throws {
    _ = try cost(laptop, root)
    let known = try cost(laptop, root)
    #expect(known.roundTrips == 1 && known.bytes < 400)
    let unknown = try cost(laptop, root, address: "test://elsewhere")
    #expect(unknown.roundTrips == 1 && unknown.bytes < 1000)
  }

  @Test("ten logs in which the hub has more are found in three round trips, beside each other or far apart")
  func hubAhead() throws {
    try root.write("一", in: 1001...1010, at: school.now())
    let adjacent = try cost(laptop, root, address: "test://one")
    #expect(adjacent.roundTrips <= 3 && adjacent.bytes <= 2400, "\(adjacent)")
    try root.write("二", in: (0..<10).map { $0 * 2711 + 5 }, at: school.now())
    let scattered = try cost(laptop, root, address: "test://two")
    #expect(scattered.roundTrips <= 3 && scattered.bytes <= 14_000, "\(scattered)")
  }

  @Test("ten logs in which the client wrote last are brought to the hub in three round trips")
  func clientAhead() throws {
    try laptop.write("一", in: 1001...1010, at: school.now())
    let adjacent = try cost(laptop, root, address: "test://one")
    #expect(adjacent.roundTrips <= 3 && adjacent.bytes <= 2400, "\(adjacent)")
    try laptop.write("二", in: (0..<10).map { $0 * 2711 + 5 }, at: school.now())
    let scattered = try cost(laptop, root, address: "test://two")
    #expect(scattered.roundTrips <= 3 && scattered.bytes <= 14_000, "\(scattered)")
  }

  @Test(
    "many logs differ at both ends, some in both: all of it arrives, frame by frame, cut off at any answer (promise 9)")
  func manyDiffer() throws {
    try root.write("汇总点", in: (1...400).map { $0 * 61 }, at: school.now())
    try laptop.write("本机", in: (1...400).map { $0 * 43 }, at: school.now())
    var rounds = 0
    while try !school.synchronize(
      laptop, with: root, frameBytes: ExchangeBudget.leastFrameBytes, address: "test://\(rounds)", stopAfter: 3
    ).inSync {
      rounds += 1
      try #require(rounds < 40)
    }
    #expect(try laptop.scopeDigest(with: root) == root.scopeDigest(with: laptop))
  }

  @Test("a new laptop is filled a frame at a time, and a hub that lost everything is filled again (promise 6)")
  func oneSideEmpty() throws {
    let school = try TestSchool()
    let root = try school.found()
    try root.write(String(repeating: "全", count: 900), in: 1...1200, at: school.now())
    let fresh = try school.enrol("school", by: root, roles: .all, person: "新机")
    let down = try school.synchronize(fresh, with: root, frameBytes: ExchangeBudget.leastFrameBytes)
    #expect(down.inSync && down.received > 1200 && (4...12).contains(down.roundTrips), "\(down.roundTrips)")
    let backup = try school.snapshot(of: root)
    try root.write(String(repeating: "后", count: 900), in: 1...1200, at: school.now())
    #expect(try school.synchronize(fresh, with: root).inSync)
    let lost = try school.setBack(root, to: backup)
    try lost.workspace.announceRestore()
    let up = try school.synchronize(fresh, with: lost, frameBytes: ExchangeBudget.leastFrameBytes)
    #expect(up.inSync && up.sent >= 1200 && (4...16).contains(up.roundTrips), "\(up.roundTrips)")
    #expect(try lost.verify().ok && fresh.verify().ok)
  }

  @Test(
    "logs that only one side takes to be shared, or cannot send, end the exchange and hold up nothing else (promise 7)")
  func unmovable() throws {
    try laptop.workspace.store.write(wallMilliseconds: 0) { transaction in
      try transaction.connection.run("UPDATE log SET digest = zeroblob(32) WHERE id % 97 = 0 AND key > ?", [.blob([])])
      try LogSums(connection: transaction.connection).rebuild()
      try transaction.setCounter(.sums, try transaction.counter(.sums) + 1)
    }
    try laptop.write("上", in: [200, 20_000], at: school.now())
    try root.write("下", in: [300, 25_000], at: school.now())
    let outcome = try school.synchronize(laptop, with: root, address: "test://other")
    #expect(!outcome.inSync && outcome.received == 2 && outcome.sent == 2)
    #expect(outcome.roundTrips < 30, "\(outcome.roundTrips)")
  }

  @Test("where nothing is new the hub answers while somebody else writes, and writes nothing itself")
  func readsOnly() throws {
    _ = try cost(laptop, root)
    _ = try cost(laptop, root)
    var session = ReplicationSession(
      store: laptop.workspace.store, address: TestSchool.address(of: root), signer: laptop.workspace.key)
    let request = try session.start(wallMilliseconds: school.now())
    let writer = try LogStore(path: root.workspace.folder + "/workspace.db")
    let answer = try writer.write(wallMilliseconds: school.now()) { _ in
      try ReplicationServer(store: root.workspace.store).answer(
        request, peer: laptop.identity.unit, device: laptop.identity.device, wallMilliseconds: school.now())
    }
    #expect(answer.summary.digest == request.summary.digest && answer.summary.logs > UInt64(Self.logs))
  }

  @Test("ranges of a hostile client are answered within bounds, whatever they claim (promise 8)")
  func hostileRequest() throws {
    var generator = SeededGenerator(seed: 4)
    var session = ReplicationSession(store: laptop.workspace.store, address: "test://new")
    var request = try session.start(wallMilliseconds: school.now())
    request.summary.digest = Digest256(a: 0, b: 0, c: 0, d: 1)
    let server = ReplicationServer(store: root.workspace.store)
    func answer(_ list: [Exchange.Range]) throws -> Exchange {
      request.ranges = .init(salt: 1, list)
      let answer = try server.answer(
        try Exchange(bytes: request.bytes), peer: laptop.identity.unit, wallMilliseconds: school.now())
      #expect(answer.bytes.count < 200_000)
      let ranges = try #require(answer.ranges)
      #expect(ranges.list.count <= Exchange.Ranges.rangeLimit)
      _ = try Exchange(bytes: answer.bytes)
      return answer
    }
    let prints = (0..<60_000).map { _ in Exchange.Fingerprint(rawValue: generator.next()) }
    let narrowed = try answer([.init(high: [], content: .logs(prints))])
    #expect(narrowed.ranges?.isOpen == true && narrowed.ranges?.list.count ?? 0 > 10)
    let keys = try (1...3000).map { try Office.filledLog($0 * 9).key }
    let many = try answer(keys.map { .init(high: $0, content: .fingerprint(prints[0])) })
    // As far as there is room; the rest is asked for again.
    #expect(many.ranges?.end.isEmpty == false)
    let strangers = try (1...500).map { number in
      Exchange.FrontierItem(
        log: LogID(try #require(UnitPath("school/x\(100_000 + number)")), .answers),
        tips: [Tip(replica: ReplicaID(high: 1, low: UInt64(number)), seq: 9, tag: ChainTag(rawValue: 7))])
    }
    let wanted = try answer([.init(high: [], content: .items(strangers))])
    #expect(wanted.wants.count <= Exchange.askLimit && !wanted.wants.isEmpty)
  }

  @Test("a hub that says something else of its ranges each time ends the session, and nothing is lost (promise 8)")
  func hostileAnswer() throws {
    try laptop.write("一", in: 1...3, at: school.now())
    let server = ReplicationServer(store: root.workspace.store)
    var session = ReplicationSession(store: laptop.workspace.store, address: "test://new")
    var message = try session.start(wallMilliseconds: school.now())
    var rounds = 0
    var generator = SeededGenerator(seed: 8)
    session: while true {
      rounds += 1
      try #require(rounds < 3000)
      message.segments = []
      var answer = try server.answer(message, peer: laptop.identity.unit, wallMilliseconds: school.now())
      answer.ranges = .init(
        salt: generator.next(), [.init(high: [], content: .fingerprint(.init(rawValue: generator.next())))])
      do {
        guard case .send(let next) = try session.receive(answer, wallMilliseconds: school.now()) else { break session }
        message = next
      } catch SessionError.noProgress {
        break session
      }
    }
    #expect(try laptop.status().unsentEntries >= 3)
  }
}
