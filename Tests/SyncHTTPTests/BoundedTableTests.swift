import SyncHTTP
import SyncModel
import SyncTesting
import Testing

@testable import syncd

/// The tables behind the limits, against hostile amounts of keys (promise 8).
@Suite struct BoundedTableTests {
  @Test("a bucket gives its burst, then its rate; what waits is told how long")
  func rate() {
    var table = RateTable<Int>(.init(burst: 3, perSecond: 2), capacity: 10)
    for _ in 0..<3 { #expect(table.take(for: 1, at: 0) == nil) }
    #expect(table.wait(for: 1, at: 0) == 500)
    #expect(table.take(for: 1, at: 0) == 500)
    #expect(table.take(for: 2, at: 0) == nil)
    #expect(table.take(for: 1, at: 501) == nil)
    #expect(table.take(for: 1, at: 501) != nil)
    // Never more than the burst, however long nobody came.
    for _ in 0..<3 { #expect(table.take(for: 1, at: 1_000_000) == nil) }
    #expect(table.take(for: 1, at: 1_000_000) != nil)
  }

  @Test("an amount beyond the burst waits for a full bucket and is paid off afterwards")
  func debt() {
    var table = RateTable<Int>(.init(burst: 10, perSecond: 1), capacity: 10)
    #expect(table.take(25, for: 1, at: 0) == nil)
    #expect(table.take(1, for: 1, at: 15_000) != nil)
    #expect(table.take(1, for: 1, at: 16_000) == nil)
  }

  @Test("a table holds as many keys as it may, and keys beyond share one bucket (promise 8)")
  func crowd() {
    var table = RateTable<Int>(.init(burst: 1, perSecond: 1), capacity: 100)
    var admitted = 0
    for key in 0..<100_000 where table.take(for: key, at: 0) == nil { admitted += 1 }
    #expect(table.count == 100 && admitted == 101)
    // Those that are full again make room.
    #expect(table.take(for: 200_000, at: 5000) == nil && table.count == 1)
  }

  @Test("a nonce is new once, for as long as its request could be acceptable")
  func nonces() {
    var cache = NonceCache(perDevice: 10, capacity: 100, keepMilliseconds: 1000)
    let (left, right) = (DeviceID(high: 0, low: 1), DeviceID(high: 0, low: 2))
    #expect(cache.insert("a", of: left, at: 0) == .new)
    #expect(cache.insert("a", of: left, at: 999) == .replayed)
    #expect(cache.insert("a", of: right, at: 999) == .new)
    #expect(cache.insert("a", of: left, at: 1000) == .new)
  }

  @Test("a full nonce cache refuses and says when; one device cannot fill the others' room (promise 8)")
  func fullNonces() {
    var cache = NonceCache(perDevice: 3, capacity: 5, keepMilliseconds: 1000)
    let devices = (1...3).map { DeviceID(high: 0, low: UInt64($0)) }
    for index in 0..<3 { #expect(cache.insert("\(index)", of: devices[0], at: UInt64(index)) == .new) }
    #expect(cache.insert("3", of: devices[0], at: 10) == .full(990))
    #expect(cache.insert("0", of: devices[1], at: 10) == .new && cache.insert("1", of: devices[1], at: 10) == .new)
    guard case .full = cache.insert("0", of: devices[2], at: 10) else {
      Issue.record("more nonces than the cache may hold")
      return
    }
    #expect(cache.count == 5)
    #expect(cache.insert("0", of: devices[2], at: 2000) == .new && cache.count == 1)
  }

  @Test("the hub's clock goes by a clock that never jumps")
  func clock() {
    let hand = HandClock(7000)
    let clock = HubClock(wallMilliseconds: 1_790_000_000_500) { hand.milliseconds }
    hand.advance(milliseconds: 1500)
    #expect(clock.wallMilliseconds == 1_790_000_002_000 && clock.wallSeconds == 1_790_000_002)
    #expect(clock.steadyMilliseconds == 1500)
  }
}
