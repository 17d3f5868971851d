import SyncHTTP
import SyncModel
import SyncTesting
import Testing

@testable import syncd

/// Who gets a place at a hub, and who waits for one (promise 8).
@Suite struct PlaceLineTests {
  private static func limit(_ change: (inout HTTPLimit) -> Void = { _ in }) -> HTTPLimit {
    var limit = HTTPLimit.standard
    limit.exchanges = 2
    limit.exchangeBytes = 100
    limit.waitingExchanges = 3
    limit.waitingBytes = 150
    change(&limit)
    return limit
  }

  private static func device(_ number: UInt64) -> DeviceID { DeviceID(high: 0, low: number) }

  private static func enter(_ line: inout PlaceLine, _ number: UInt64, bytes: Int = 10) -> PlaceLine.Entry {
    line.enter(line.nextTicket(), of: device(number), bytes: bytes)
  }

  @Test("places are given up to their number, then people stand in line, and beyond that nobody does")
  func numbers() {
    var line = PlaceLine(Self.limit())
    #expect((1...6).map { Self.enter(&line, $0) } == [.placed, .placed, .waits, .waits, .waits, .refused])
    // First come, first served.
    #expect(line.leave(2) == [3])
    #expect(line.leave(1) == [4])
    #expect(line.leave(1) == [], "a place is given back once")
    #expect(Self.enter(&line, 7) == .waits, "nobody overtakes")
    #expect(line.leave(4) == [5])
    #expect(line.leave(5) == [7] && line.waiting == 0)
  }

  @Test("what bodies announce is bounded, under way and in line; one alone may bring more, and nobody overtakes it")
  func bytes() {
    var line = PlaceLine(Self.limit())
    #expect(Self.enter(&line, 1, bytes: 60) == .placed)
    #expect(Self.enter(&line, 2, bytes: 60) == .waits)
    #expect(Self.enter(&line, 3, bytes: 10) == .waits)
    #expect(Self.enter(&line, 4, bytes: 100) == .refused)
    // It is smaller than it might have been.
    #expect(line.resize(1, to: 50) == [])
    #expect(line.resize(1, to: 40) == [2])
    // It is an answer now, and a large one.
    #expect(line.resize(1, to: 90) == [])
    #expect(line.leave(2) == [3])
    #expect(Self.enter(&line, 4, bytes: 10) == .waits)
    #expect(line.leave(1) == [5] && line.leave(3) == [] && line.leave(5) == [])
    #expect(Self.enter(&line, 5, bytes: 1000) == .placed)
    #expect(Self.enter(&line, 6, bytes: 1) == .waits)
  }

  @Test("a device has only so many, waiting ones counted")
  func devices() {
    var line = PlaceLine(Self.limit { $0.exchanges = 1 })
    #expect((1...3).map { _ in Self.enter(&line, 1) } == [.placed, .waits, .refused])
    #expect(Self.enter(&line, 2) == .waits)
    line.giveUp(2)
    #expect(Self.enter(&line, 1) == .waits)
    #expect(line.leave(1) == [4])
    var none = PlaceLine(Self.limit { $0.exchangesPerDevice = 0 })
    #expect(Self.enter(&none, 1) == .refused)
  }

  @Test("who gives up leaves room for those behind")
  func givingUp() {
    var line = PlaceLine(Self.limit())
    #expect(Self.enter(&line, 1, bytes: 60) == .placed)
    #expect(Self.enter(&line, 2, bytes: 100) == .waits)
    #expect(Self.enter(&line, 3, bytes: 10) == .waits)
    line.giveUp(2)
    #expect(line.admitted() == [3])
    line.giveUp(2)
    #expect(Self.enter(&line, 4, bytes: 150) == .waits)
  }

  @Test(
    "whatever comes and goes, limits hold, nobody is forgotten, and all places are free in the end", arguments: 1...20)
  func properties(seed: UInt64) {
    let limit = Self.limit { $0.exchanges = 3 }
    var generator = SeededGenerator(seed: seed)
    var line = PlaceLine(limit)
    var placed: [UInt64: Int] = [:]
    var waiting: [(ticket: UInt64, bytes: Int)] = []
    func letIn(_ tickets: [UInt64]) {
      for ticket in tickets {
        #expect(waiting.first?.ticket == ticket, "out of turn")
        placed[ticket] = waiting.removeFirst().bytes
      }
    }
    for _ in 0..<500 {
      switch generator.below(4) {
      case 0, 1:
        let (ticket, bytes) = (line.nextTicket(), generator.below(60))
        switch line.enter(ticket, of: Self.device(UInt64(generator.below(6))), bytes: bytes) {
        case .placed: placed[ticket] = bytes
        case .waits: waiting.append((ticket, bytes))
        case .refused: break
        }
      case 2:
        guard let ticket = placed.keys.sorted().first else { continue }
        placed[ticket] = nil
        letIn(line.leave(ticket))
      default:
        guard !waiting.isEmpty else { continue }
        line.giveUp(waiting.remove(at: generator.below(waiting.count)).ticket)
        letIn(line.admitted())
      }
      #expect(placed.count <= limit.exchanges && placed.values.reduce(0, +) <= limit.exchangeBytes)
      #expect(waiting.count <= limit.waitingExchanges && line.waiting == waiting.count)
      #expect(waiting.isEmpty || !placed.isEmpty, "somebody waits for nothing")
    }
    while let ticket = placed.keys.sorted().first {
      placed[ticket] = nil
      letIn(line.leave(ticket))
    }
    #expect(waiting.isEmpty)
    for device in 0..<3 { #expect(Self.enter(&line, UInt64(device)) == .placed) }
  }
}

/// The same with tasks that really wait.
@Suite struct GateTests {
  private let device = DeviceID(high: 1, low: 1)

  private func gate(_ change: (inout HTTPLimit) -> Void = { _ in }) -> Gate {
    var limit = HTTPLimit.standard
    limit.exchanges = 1
    limit.exchangesPerDevice = 4
    change(&limit)
    let clock = HandClock()
    return Gate(
      device: device, limit: limit, clock: HubClock(wallMilliseconds: LiveHub.startWall) { clock.milliseconds })
  }

  @Test("who waits gets the place once it is free")
  func turn() async throws {
    let gate = gate()
    var first: Gate.Place? = try await gate.beginExchange(of: device, bytes: 1)
    async let second = gate.beginExchange(of: device, bytes: 1)
    while gate.waitingExchanges == 0 { await Task.yield() }
    #expect(first != nil)
    first = nil
    _ = try await second
  }

  @Test("who has waited long enough is told to come back")
  func deadline() async throws {
    let gate = gate { $0.waitingMilliseconds = 20 }
    let first = try await gate.beginExchange(of: device, bytes: 1)
    let error = await #expect(throws: Problem.self) { _ = try await gate.beginExchange(of: device, bytes: 1) }
    #expect(error?.code == "hubBusy" && error?.status == 503 && error?.retryAfterSeconds == 1)
    #expect(gate.waitingExchanges == 0)
    withExtendedLifetime(first) {}
  }

  @Test("who goes away waits no longer, before or in line")
  func cancelled() async throws {
    let gate = gate()
    let first = try await gate.beginExchange(of: device, bytes: 1)
    for isInLine in [true, false] {
      let task = Task { [device] in _ = try await gate.beginExchange(of: device, bytes: 1) }
      if isInLine { while gate.waitingExchanges == 0 { await Task.yield() } }
      task.cancel()
      await #expect(throws: Problem.self) { try await task.value }
      #expect(gate.waitingExchanges == 0)
    }
    withExtendedLifetime(first) {}
  }
}
