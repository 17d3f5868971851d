import SyncHTTP
import SyncModel
import SyncTesting
import Testing

@testable import syncd

/// Who gets a place at a hub, who waits for one, and who gives way (promise 8).
@Suite struct PlacePoolTests {
  private static func pool(_ change: (inout PlacePool.Size) -> Void = { _ in }) -> PlacePool {
    var size = PlacePool.Size(
      places: 2, bytes: 100, largeBytes: 80, answerBytes: 100, bytesPerUnit: 60, perDevice: 2, waiting: 3)
    change(&size)
    return PlacePool(size, .standard)
  }

  private static let grace = HTTPLimit.standard.graceMilliseconds

  private static func owner(_ number: UInt64, of unit: String? = nil) -> Owner {
    guard let path = UnitPath(unit ?? "school/u\(number)") else { preconditionFailure("a path") }
    return Owner(DeviceID(high: 0, low: number), of: path)
  }

  /// Opens a request and asks for its turn. - Returns: its ticket, and what it is told.
  private static func ask(
    _ pool: inout PlacePool, _ number: UInt64, of unit: String? = nil, bytes: Int = 10, isLarge: Bool = false,
    at now: UInt64 = 0
  ) -> (ticket: UInt64, turn: PlacePool.Turn, changes: PlacePool.Changes) {
    guard let ticket = pool.open(owner(number, of: unit)) else { return (0, .never, PlacePool.Changes()) }
    let (turn, changes) = pool.ask(ticket, bytes: bytes, isLarge: isLarge, at: now)
    return (ticket, turn, changes)
  }

  // MARK: Small bodies

  @Test("places are given up to their number, then people stand in line, and beyond that nobody does")
  func numbers() {
    var pool = Self.pool()
    let turns = (1...6).map { Self.ask(&pool, UInt64($0)).turn }
    #expect(turns == [.now, .now, .later, .later, .later, .never])
    // First come, first served.
    #expect(pool.leave(2, at: 0).admitted == [3])
    #expect(pool.leave(1, at: 0).admitted == [4])
    #expect(pool.leave(1, at: 0).admitted == [], "a place is given back once")
    #expect(Self.ask(&pool, 7).turn == .later, "nobody overtakes")
    #expect(pool.leave(4, at: 0).admitted == [5])
    #expect(pool.leave(5, at: 0).admitted == [7] && pool.waiting == 0)
  }

  @Test("what bodies come to is bounded; one alone may bring more, and nobody overtakes it")
  func bytes() {
    var pool = Self.pool()
    let first = Self.ask(&pool, 1, bytes: 60)
    let second = Self.ask(&pool, 2, bytes: 60)
    let third = Self.ask(&pool, 3, bytes: 10)
    #expect([first.turn, second.turn, third.turn] == [.now, .later, .later])
    #expect(pool.hold(first.ticket, 50, at: 0).admitted == [])
    #expect(pool.hold(first.ticket, 40, at: 0).admitted == [second.ticket])
    #expect(pool.leave(second.ticket, at: 0).admitted == [third.ticket])
    _ = pool.leave(first.ticket, at: 0)
    _ = pool.leave(third.ticket, at: 0)
    #expect(Self.ask(&pool, 5, bytes: 1000).turn == .now)
    #expect(Self.ask(&pool, 6, bytes: 1).turn == .later)
  }

  @Test("a device has only so many requests, whatever they are at")
  func devices() {
    var pool = Self.pool { $0.places = 1 }
    #expect(Self.ask(&pool, 1).turn == .now)
    let waiting = Self.ask(&pool, 1)
    #expect(waiting.turn == .later && pool.open(Self.owner(1)) == nil)
    // Given up, it still is a request of that device, until it is over.
    _ = pool.giveUp(waiting.ticket, at: 0)
    #expect(pool.waiting == 0 && pool.open(Self.owner(1)) == nil)
    _ = pool.leave(waiting.ticket, at: 0)
    #expect(pool.open(Self.owner(1)) != nil)
    var none = Self.pool { $0.perDevice = 0 }
    #expect(none.open(Self.owner(1)) == nil)
  }

  @Test("while a body is read and while an answer is taken no place is held")
  func peersTurn() {
    var pool = Self.pool { $0.places = 1 }
    // Eight whose bodies do not come.
    for number in 10..<18 { #expect(pool.open(Self.owner(UInt64(number))) != nil) }
    let first = Self.ask(&pool, 1)
    #expect(first.turn == .now && pool.placed == 1)
    let second = Self.ask(&pool, 2)
    #expect(second.turn == .later)
    // Its answer is there, and nobody takes it.
    #expect(pool.answer(first.ticket, holding: 30, of: 30, at: 0).admitted == [second.ticket])
    #expect(pool.answerBytes == 30 && pool.reservedBytes == 10)
  }

  // MARK: Turns

  @Test("the next place is for the unit that has least under way; within a unit, first come first served")
  func fairTurns() {
    var pool = Self.pool {
      $0.places = 3
      $0.waiting = 10
    }
    let busy = (1...3).map { Self.ask(&pool, UInt64($0), of: "school/a").ticket }
    let more = (4...6).map { Self.ask(&pool, UInt64($0), of: "school/a").ticket }
    let other = (7...8).map { Self.ask(&pool, UInt64($0), of: "school/b").ticket }
    #expect(pool.leave(busy[0], at: 0).admitted == [other[0]])
    #expect(pool.leave(busy[1], at: 0).admitted == [more[0]], "both have one now, and this one came before")
    #expect(pool.leave(busy[2], at: 0).admitted == [more[1]])
    #expect(pool.leave(more[0], at: 0).admitted == [more[2]])
    #expect(pool.leave(other[0], at: 0).admitted == [other[1]])
  }

  @Test("a full line loses the last of the unit that has most in it, never one who has little there")
  func fullLine() {
    var pool = Self.pool { $0.places = 1 }
    _ = Self.ask(&pool, 1, of: "school/a")
    let waiting = (2...4).map { Self.ask(&pool, UInt64($0), of: "school/a").ticket }
    let other = Self.ask(&pool, 5, of: "school/b")
    #expect(other.turn == .later && other.changes.refused.map(\.ticket) == [waiting[2]])
    #expect(other.changes.refused.map(\.refusal) == [.full])
    #expect(Self.ask(&pool, 6, of: "school/a").turn == .never)
    #expect(pool.waiting == 3)
  }

  @Test("a /48 has the share of sixteen /64s, whichever of its addresses are used")
  func sites() {
    func address(_ site: UInt8, _ network: UInt8) -> ClientAddress {
      ClientAddress(bytes: [0x20, 0x01, 0, 0, 0, site, 0, network] + [UInt8](repeating: 1, count: 8))
    }
    var pool = Self.pool {
      $0.places = 20
      $0.bytes = 10_000
      $0.waiting = 100
    }
    var tickets: [UInt64] = []
    for number in 0..<20 {
      guard let ticket = pool.open(Owner(DeviceID(high: 1, low: UInt64(number)), at: address(1, UInt8(number)))) else {
        continue
      }
      tickets.append(ticket)
      #expect(pool.ask(ticket, bytes: 1, isLarge: false, at: 0).0 == .now)
    }
    // Twenty networks of one site against one network of another: the site has more than it may, by any of them.
    let ofSite = pool.open(Owner(DeviceID(high: 1, low: 50), at: address(1, 50))) ?? 0
    #expect(pool.ask(ofSite, bytes: 1, isLarge: false, at: 0).0 == .later)
    let ofOther = pool.open(Owner(DeviceID(high: 2, low: 1), at: address(2, 1))) ?? 0
    #expect(pool.ask(ofOther, bytes: 1, isLarge: false, at: 0).0 == .later)
    #expect(pool.leave(tickets[0], at: 0).admitted == [ofOther])
  }

  // MARK: Large bodies

  @Test("large bodies wait with nothing read, count with all they may come to while they come in good time")
  func inGoodTime() {
    var pool = Self.pool { $0.places = 10 }
    let first = Self.ask(&pool, 1, bytes: 40, isLarge: true)
    let second = Self.ask(&pool, 2, bytes: 40, isLarge: true)
    let third = Self.ask(&pool, 3, bytes: 40, isLarge: true)
    #expect([first.turn, second.turn, third.turn] == [.now, .now, .later])
    #expect(pool.reservedBytes == 80 && pool.placed == 0)
    // Small ones have the rest of the room, and do not wait behind the large one.
    #expect(Self.ask(&pool, 4, bytes: 20).turn == .now)
    #expect(pool.take(first.ticket, 30, at: 0).0)
    let (isWhole, changes) = pool.complete(first.ticket, inflated: 10, at: 0)
    #expect(isWhole && changes.admitted == [], "large ones on their way have room again, all together have not")
    #expect(pool.leave(first.ticket, at: 0).admitted == [third.ticket])
    #expect(!pool.take(third.ticket, 41, at: 0).0, "more than was announced")
  }

  @Test("a body that comes just fast enough holds no place: others are served meanwhile, and it is once it is whole")
  func inNoHurry() {
    var pool = Self.pool { $0.places = 2 }
    let slow = (1...4).map { Self.ask(&pool, UInt64($0), bytes: 10, isLarge: true) }
    #expect(slow.allSatisfy { $0.turn == .now } && pool.placed == 0)
    let small = (5...7).map { Self.ask(&pool, UInt64($0), bytes: 5) }
    #expect(small.map(\.turn) == [.now, .now, .later])
    for one in slow { #expect(pool.complete(one.ticket, inflated: 0, at: 10).0) }
    #expect(pool.placed == 6, "the hub works at what is whole")
  }

  @Test("a unit's large bodies have a share of their own, which delays nobody else")
  func unitShare() {
    var pool = Self.pool {
      $0.places = 10
      $0.waiting = 10
    }
    #expect(Self.ask(&pool, 1, of: "school/a", bytes: 40, isLarge: true).turn == .now)
    #expect(Self.ask(&pool, 2, of: "school/a", bytes: 40, isLarge: true).turn == .later)
    #expect(Self.ask(&pool, 3, of: "school/b", bytes: 40, isLarge: true).turn == .now)
    #expect(Self.ask(&pool, 4, of: "school/a", bytes: 10).turn == .now)
  }

  @Test("who falls behind counts with what came, takes no place, and others' turn comes")
  func behind() {
    var pool = Self.pool()
    let slow = (1...2).map { Self.ask(&pool, UInt64($0), bytes: 40, isLarge: true).ticket }
    for ticket in slow { #expect(pool.take(ticket, 2, at: 10).0) }
    let next = Self.ask(&pool, 3, bytes: 40, isLarge: true, at: 20)
    #expect(next.turn == .later && pool.placed == 0)
    let changes = pool.judge(at: Self.grace + 1)
    #expect(changes.admitted == [next.ticket] && changes.refused.isEmpty)
    #expect(pool.reservedBytes == 44 && pool.placed == 0)
    // They may go on as long as there is room.
    #expect(pool.take(slow[0], 36, at: Self.grace + 10).0 && pool.reservedBytes == 80)
  }

  @Test("where the pool is full, or somebody waits, the slowest of those who fell behind is refused, nobody else")
  func slowestGivesWay() {
    var pool = Self.pool { $0.places = 10 }
    let slow = (1...2).map { Self.ask(&pool, UInt64($0), bytes: 40, isLarge: true).ticket }
    #expect(pool.take(slow[0], 30, at: 0).0 && pool.take(slow[1], 20, at: 0).0)
    _ = pool.judge(at: 19_000)
    let next = Self.ask(&pool, 3, bytes: 40, isLarge: true, at: 19_000)
    // 50 bytes are there, 80 may be: the one that is slower makes room.
    #expect(next.turn == .now && next.changes.refused.map(\.ticket) == [slow[1]])
    #expect(!pool.take(slow[1], 1, at: 19_000).0, "it has been refused")
    #expect(pool.reservedBytes == 70)
    // The other one gets what is left, and is the slowest itself beyond that.
    #expect(pool.take(slow[0], 10, at: 19_001).0)
    var full = Self.pool()
    let both = (1...2).map { Self.ask(&full, UInt64($0), bytes: 80, isLarge: true, at: UInt64($0 - 1) * 5000) }
    #expect(both.map(\.turn) == [.now, .now], "the first fell behind meanwhile")
    #expect(full.reservedBytes == 80)
    #expect(!full.take(both[0].ticket, 1, at: 5000).0, "the room is another's, who is in good time")
    #expect(full.take(both[1].ticket, 80, at: 5000).0)
  }

  @Test("what a body inflates to is reserved with its last piece; without room for it nothing is kept")
  func inflation() {
    var pool = Self.pool { $0.places = 10 }
    let slow = Self.ask(&pool, 1, bytes: 60, isLarge: true)
    #expect(pool.take(slow.ticket, 9, at: 0).0)
    _ = pool.judge(at: 5000)
    #expect(pool.reservedBytes == 9)
    #expect(Self.ask(&pool, 2, bytes: 60, at: 5000).turn == .now)
    // Nobody waits while holding.
    #expect(!pool.complete(slow.ticket, inflated: 50, at: 5000).0)
    #expect(pool.reservedBytes == 60 && pool.waiting == 0)
    let prompt = Self.ask(&pool, 3, bytes: 40, isLarge: true, at: 5000)
    #expect(prompt.turn == .now && pool.take(prompt.ticket, 10, at: 5000).0)
    #expect(pool.complete(prompt.ticket, inflated: 30, at: 5000).0 && pool.reservedBytes == 100)
  }

  @Test("below the least rate a body is refused and an answer given up, though nobody waits")
  func leastRate() {
    let limit = HTTPLimit.standard
    let window = limit.leastRateMilliseconds
    let least = limit.leastBytesPerSecond * Int(window) / 1000
    var pool = Self.pool {
      $0.places = 10
      $0.bytes = 10 << 20
      $0.largeBytes = 10 << 20
      $0.bytesPerUnit = 10 << 20
      $0.answerBytes = 10 << 20
    }
    let (enough, little) = (
      Self.ask(&pool, 1, bytes: 4 << 20, isLarge: true).ticket, Self.ask(&pool, 2, bytes: 4 << 20, isLarge: true).ticket
    )
    let taker = Self.ask(&pool, 3, bytes: 1).ticket
    _ = pool.answer(taker, holding: 1 << 20, of: 1 << 20, at: 0)
    var refused: [UInt64] = []
    for second in 1...60 {
      let now = UInt64(second) * 1000
      #expect(pool.take(enough, least / 20 + 1, at: now).0)
      if !refused.contains(little) { #expect(pool.take(little, least / 20 - 1, at: now).0) }
      let changes = pool.judge(at: now)
      if second < 20 { #expect(changes.refused.isEmpty, "\(second)") }
      for (ticket, why) in changes.refused { #expect(why == (ticket == taker ? .answer : .slow)) }
      refused += changes.refused.map(\.ticket)
    }
    #expect(refused.sorted() == [little, taker].sorted())
    // It stops: a good beginning does not help.
    #expect(pool.judge(at: 62_000).refused.map(\.ticket) == [enough])
    #expect(pool.reservedBytes == 0 && pool.answerBytes == 0)
  }

  // MARK: Answers

  @Test("nobody's turn comes while answers fill their room, unless who takes one too slowly gives way")
  func answers() {
    var pool = Self.pool { $0.bytesPerUnit = 1000 }
    let takers = (1...2).map { Self.ask(&pool, UInt64($0)).ticket }
    for ticket in takers { _ = pool.answer(ticket, holding: 50, of: 50, at: 0) }
    pool.taken(takers[0], 40, at: 10)
    let next = Self.ask(&pool, 3, at: 20)
    #expect(next.turn == .later && pool.placed == 0)
    let changes = pool.judge(at: Self.grace + 1)
    #expect(changes.admitted == [next.ticket] && changes.refused.map(\.ticket) == [takers[1]])
    #expect(changes.refused.map(\.refusal) == [.answer])
    #expect(pool.leave(takers[0], at: Self.grace + 1).admitted == [] && pool.answerBytes == 0)
  }

  @Test("a unit with more answers than its share gives way to others, not to itself")
  func answersOfUnit() {
    var pool = Self.pool()
    let takers = (1...2).map { Self.ask(&pool, UInt64($0), of: "school/a").ticket }
    for ticket in takers { _ = pool.answer(ticket, holding: 50, of: 50, at: 0) }
    pool.taken(takers[0], 40, at: 0)
    let own = Self.ask(&pool, 3, of: "school/a", at: 1)
    #expect(own.turn == .later)
    let other = Self.ask(&pool, 4, of: "school/b", at: 1)
    #expect(other.turn == .now && other.changes.refused.map(\.ticket) == [takers[1]])
    #expect(other.changes.admitted == [own.ticket], "there is room for both now")
  }

  // MARK: All of it

  @Test(
    "whatever comes and goes, limits hold, nobody is forgotten, and everything is free in the end", arguments: 1...20)
  func properties(seed: UInt64) {
    let size = PlacePool.Size(
      places: 3, bytes: 100, largeBytes: 80, answerBytes: 100, bytesPerUnit: 60, perDevice: 4, waiting: 5)
    var generator = SeededGenerator(seed: seed)
    var pool = PlacePool(size, .standard)
    enum At { case waiting, coming, working, taking }
    var all: [UInt64: (at: At, isLarge: Bool, left: Int)] = [:]
    var counts: [PlacePool.Refusal: Int] = [:]
    var now: UInt64 = 0
    // Those that are to leave.
    var over: [UInt64] = []
    func apply(_ changes: PlacePool.Changes) {
      for ticket in changes.admitted {
        #expect(all[ticket]?.at == .waiting, "nobody else has a turn")
        let isLarge = all[ticket]?.isLarge == true
        all[ticket]?.at = isLarge ? .coming : .working
      }
      for (ticket, why) in changes.refused {
        #expect(all[ticket]?.at != .working, "who has a place keeps it")
        counts[why, default: 0] += 1
        all[ticket] = nil
        over.append(ticket)
      }
    }
    for _ in 0..<2000 {
      now += UInt64(generator.below(900))
      let tickets = all.keys.sorted()
      let one = tickets.isEmpty ? 0 : tickets[generator.below(tickets.count)]
      switch (generator.below(4), all[one]?.at) {
      case (0, _), (_, nil):
        let number = UInt64(generator.below(12))
        guard let ticket = pool.open(Self.owner(number, of: "school/u\(number % 4)")) else { continue }
        let (isLarge, bytes) = (generator.below(2) == 0, 1 + generator.below(50))
        all[ticket] = (.waiting, isLarge, bytes)
        let (turn, changes) = pool.ask(ticket, bytes: bytes, isLarge: isLarge, at: now)
        if turn == .now { all[ticket]?.at = isLarge ? .coming : .working }
        if turn == .never {
          all[ticket] = nil
          over.append(ticket)
        }
        apply(changes)
      case (1, _): apply(pool.judge(at: now))
      case (_, .waiting?):
        all[one] = nil
        apply(pool.giveUp(one, at: now))
        over.append(one)
      case (_, .coming?):
        let left = all[one]?.left ?? 0
        let bytes = min(left, 1 + generator.below(20))
        let isLast = bytes == left
        let (isTaken, changes) = isLast ? pool.complete(one, inflated: bytes, at: now) : pool.take(one, bytes, at: now)
        all[one]?.left = left - bytes
        if isLast { all[one]?.at = .working }
        if !isTaken {
          all[one] = nil
          over.append(one)
        }
        apply(changes)
      case (_, .working?):
        all[one]?.at = .taking
        let bytes = generator.below(40)
        apply(pool.answer(one, holding: bytes, of: bytes, at: now))
      case (_, .taking?):
        all[one] = nil
        over.append(one)
      }
      while let ticket = over.popLast() { apply(pool.leave(ticket, at: now)) }
      #expect(pool.reservedBytes <= size.bytes)
      #expect(pool.placed <= size.places + all.values.count { $0.at == .working && $0.isLarge })
      #expect(pool.waiting <= size.waiting && pool.waiting == all.values.count { $0.at == .waiting })
    }
    #expect(counts[.full, default: 0] > 0 && counts[.answer, default: 0] > 0)
    for ticket in all.keys.sorted() { apply(pool.leave(ticket, at: now)) }
    while let ticket = over.popLast() { apply(pool.leave(ticket, at: now)) }
    #expect(pool.isEmpty && pool.reservedBytes == 0 && pool.answerBytes == 0)
    for number in 0..<3 { #expect(Self.ask(&pool, UInt64(number), at: now).turn == .now) }
  }
}

/// The same with tasks that really wait.
@Suite struct GateTests {
  private let owner = PlacePoolTests.firstOwner

  private func gate(_ change: (inout HTTPLimit) -> Void = { _ in }) -> Gate {
    var limit = HTTPLimit.standard
    limit.exchanges = 1
    limit.exchangesPerDevice = 4
    change(&limit)
    let clock = HandClock()
    return Gate(
      device: owner.device, limit: limit, clock: HubClock(wallMilliseconds: LiveHub.startWall) { clock.milliseconds })
  }

  private func begin(_ gate: Gate) throws -> Gate.Place {
    try gate.begin(.exchange, of: owner, over: ConnectionID(of: gate))
  }

  @Test("who waits gets the place once it is free")
  func turn() async throws {
    let gate = gate()
    var first: Gate.Place? = try begin(gate)
    try await first?.enter(bytes: 1)
    let second = try begin(gate)
    async let waits: Void = second.enter(bytes: 1)
    while gate.waiting(.exchange) == 0 { await Task.yield() }
    first = nil
    try await waits
    #expect(gate.placed(.exchange) == 1)
  }

  @Test("who has waited long enough is told to come back")
  func deadline() async throws {
    let gate = gate { $0.waitingMilliseconds = 20 }
    let first = try begin(gate)
    try await first.enter(bytes: 1)
    let error = await #expect(throws: Problem.self) { try await begin(gate).enter(bytes: 1) }
    #expect(error?.code == "hubBusy" && error?.status == 503 && error?.retryAfterSeconds == 1)
    #expect(gate.waiting(.exchange) == 0)
    withExtendedLifetime(first) {}
  }

  @Test("who goes away waits no longer, before or in line")
  func cancelled() async throws {
    let gate = gate()
    let first = try begin(gate)
    try await first.enter(bytes: 1)
    for isInLine in [true, false] {
      let task = Task { try await begin(gate).enter(bytes: 1) }
      if isInLine { while gate.waiting(.exchange) == 0 { await Task.yield() } }
      task.cancel()
      await #expect(throws: Problem.self) { try await task.value }
      #expect(gate.waiting(.exchange) == 0)
    }
    withExtendedLifetime(first) {}
  }
}

extension PlacePoolTests {
  fileprivate static var firstOwner: Owner { owner(1) }
}
