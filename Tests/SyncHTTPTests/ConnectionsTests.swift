import SyncHTTP
import SyncModel
import Synchronization
import Testing

@testable import syncd

/// Which connections give way where there are too many (promise 8).
@Suite struct ConnectionsTests {
  /// A connection that only says that it was closed.
  private final class Fake: Sendable {
    let isClosed = Mutex(false)
    var id: ConnectionID { ConnectionID(of: self) }
  }

  private static func ipv4(_ number: Int) -> ClientAddress {
    ClientAddress(bytes: [10, 0, UInt8(number / 256), UInt8(number % 256)])
  }

  private static func ipv6(_ site: Int, _ network: Int) -> ClientAddress {
    ClientAddress(
      bytes: [0x20, 0x01, 0, 0, UInt8(site / 256), UInt8(site % 256), UInt8(network / 256), UInt8(network % 256)]
        + [UInt8](repeating: 9, count: 8))
  }

  private static func owner(_ number: UInt64, of unit: String) throws -> Owner {
    Owner(DeviceID(high: 3, low: number), of: try #require(UnitPath(unit)))
  }

  private static func open(_ connections: Connections, _ address: ClientAddress) -> Fake {
    let fake = Fake()
    connections.opened(
      fake.id, from: address,
      Connections.Handle {
        fake.isClosed.withLock { $0 = true }
      } cut: {
      })
    return fake
  }

  private static func isClosed(_ fake: Fake) -> Bool { fake.isClosed.withLock { $0 } }

  @Test("addresses are IPv4 addresses, also within IPv6, and /64s, each within its /48")
  func addresses() {
    let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 10, 0, 0, 1]
    #expect(ClientAddress(bytes: mapped) == Self.ipv4(1) && Self.ipv4(1).shares.map(\.times) == [1])
    #expect(Self.ipv6(1, 1).shares.map(\.times) == [1, 16])
    #expect(Self.ipv6(1, 1).shares[1] == Self.ipv6(1, 2).shares[1] && Self.ipv6(1, 1) != Self.ipv6(1, 2))
    #expect(Self.ipv6(1, 1).shares[1] != Self.ipv6(2, 1).shares[1])
  }

  @Test("an address beyond its share loses the one that waits longest for its peer, not the newcomer")
  func shareOfAddress() {
    var limit = HTTPLimit.standard
    limit.connectionsPerAddress = 3
    let connections = Connections(limit)
    let own = (0..<3).map { _ in Self.open(connections, Self.ipv4(1)) }
    let other = Self.open(connections, Self.ipv4(2))
    connections.worksFor(own[0].id)
    let newcomer = Self.open(connections, Self.ipv4(1))
    #expect(own.map(Self.isClosed) == [false, true, false] && !Self.isClosed(newcomer) && !Self.isClosed(other))
    #expect(connections.count == 4)
    connections.closed(own[2].id)
    #expect(connections.count == 3)
  }

  @Test("who keeps the hub waiting again goes behind, and whoever the hub works for keeps its connection")
  func turns() {
    var limit = HTTPLimit.standard
    limit.connections = 2
    let connections = Connections(limit)
    let (first, second) = (Self.open(connections, Self.ipv4(1)), Self.open(connections, Self.ipv4(1)))
    connections.worksFor(first.id)
    connections.waitsFor(first.id)
    let third = Self.open(connections, Self.ipv4(1))
    #expect([first, second, third].map(Self.isClosed) == [false, true, false])
    connections.worksFor(first.id)
    connections.worksFor(third.id)
    // Nobody waits but the newcomer itself.
    #expect(Self.isClosed(Self.open(connections, Self.ipv4(2))) && connections.count == 2)
  }

  @Test("a device whose address nobody else uses keeps its connection against 511 addresses and 31 /48s (promise 8)")
  func networks() {
    let limit = HTTPLimit.standard
    let connections = Connections(limit)
    let alone = Self.open(connections, Self.ipv4(60_000))
    var hostile: [Fake] = []
    for round in 0..<4 {
      for number in 0..<511 { hostile.append(Self.open(connections, Self.ipv4(number))) }
      #expect(!Self.isClosed(alone) && connections.count <= limit.connections, "\(round)")
    }
    let sites = Connections(limit)
    let newcomer = Self.open(sites, Self.ipv4(60_000))
    for network in 0..<100 { for site in 0..<31 { hostile.append(Self.open(sites, Self.ipv6(site, network))) } }
    #expect(!Self.isClosed(newcomer) && sites.count == limit.connections)
    // With so many of them the one that has waited longest goes.
    for number in 600..<1200 { hostile.append(Self.open(connections, Self.ipv4(number))) }
    #expect(Self.isClosed(alone))
  }

  @Test("a connection that an enrolled device has signed on counts for it, and no longer for its address")
  func identified() throws {
    var limit = HTTPLimit.standard
    limit.connectionsPerAddress = 2
    limit.connectionsPerDevice = 2
    limit.connections = 6
    let connections = Connections(limit)
    let devices = try (0..<2).map { number in
      let fake = Self.open(connections, Self.ipv4(1))
      connections.identify(fake.id, as: try Self.owner(UInt64(number), of: "school/u\(number)"))
      return fake
    }
    let strangers = (0..<3).map { _ in Self.open(connections, Self.ipv4(1)) }
    #expect(!devices.contains(where: Self.isClosed) && strangers.map(Self.isClosed) == [true, false, false])
    // A device beyond its share loses its own.
    let more = try (0..<2).map { _ in
      let fake = Self.open(connections, Self.ipv4(3))
      connections.identify(fake.id, as: try Self.owner(0, of: "school/u0"))
      return fake
    }
    #expect(Self.isClosed(devices[0]) && !more.contains(where: Self.isClosed) && !Self.isClosed(devices[1]))
    // A unit with more than anybody else loses one of its own where all are taken.
    let third = Self.open(connections, Self.ipv4(4))
    connections.identify(third.id, as: try Self.owner(7, of: "school/u0"))
    #expect(connections.count == 6)
    let newcomer = Self.open(connections, Self.ipv4(5))
    #expect(Self.isClosed(more[0]) && !Self.isClosed(third) && !Self.isClosed(newcomer) && !Self.isClosed(devices[1]))
  }

  @Test("a /48 asks sixteen times as much as a /64, at whichever of its addresses, and guesses no more either")
  func rates() throws {
    var limit = HTTPLimit.standard
    limit.addressRequests = .init(burst: 2, perSecond: 0.001)
    limit.addressGuesses = .init(burst: 1, perSecond: 0.001)
    let clock = HandClock()
    let gate = Gate(
      device: DeviceID(high: 1, low: 1), limit: limit,
      clock: HubClock(wallMilliseconds: LiveHub.startWall) { clock.milliseconds })
    func taken(_ address: ClientAddress) -> Bool {
      do {
        try gate.admitStranger(address)
        return true
      } catch {
        return false
      }
    }
    #expect((0..<4).map { _ in taken(Self.ipv6(1, 0)) } == [true, true, false, false])
    #expect((1...100).count { taken(Self.ipv6(1, $0)) } == 30, "sixteen times two, less what one has used")
    #expect(taken(Self.ipv6(2, 0)) && taken(Self.ipv4(1)))
    for network in 0..<16 { gate.countGuess(Self.ipv6(3, network)) }
    #expect(throws: Problem.self) { try gate.admitGuess(Self.ipv6(3, 77)) }
    #expect(throws: Never.self) { try gate.admitGuess(Self.ipv6(4, 77)) }
  }
}
