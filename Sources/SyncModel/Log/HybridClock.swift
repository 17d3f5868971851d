/// A hybrid logical clock reading (Kulkarni et al. 2014): wall-clock milliseconds since 1970 that never run backwards
/// along a causal chain, and a counter for what falls into one millisecond.
public struct HybridTime: Hashable, Comparable, Sendable {
  public let milliseconds: UInt64
  public let counter: UInt32

  public static let zero = HybridTime(milliseconds: 0, counter: 0)
  /// Year 10,000 or so; later readings are malformed.
  public static let millisecondLimit: UInt64 = 1 << 48

  public init(milliseconds: UInt64, counter: UInt32) {
    self.milliseconds = milliseconds
    self.counter = counter
  }

  /// The least reading after this one. A full counter carries into the milliseconds, so that a peer's greatest reading
  /// cannot stop the clock.
  public var next: HybridTime {
    counter < .max
      ? HybridTime(milliseconds: milliseconds, counter: counter + 1)
      : HybridTime(milliseconds: milliseconds + 1, counter: 0)
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.milliseconds != right.milliseconds
      ? left.milliseconds < right.milliseconds : left.counter < right.counter
  }
}

/// The clock of one store. It only orders and labels; no winner is ever chosen by it (promise 10).
public struct HybridClock: Hashable, Sendable {
  public private(set) var last: HybridTime

  /// A reading further ahead than this of the local clock is not absorbed.
  public static let absorbLimitMilliseconds: UInt64 = 24 * 3600 * 1000

  public init(last: HybridTime = .zero) {
    self.last = last
  }

  /// The time of a new local entry: strictly after everything absorbed. A wall clock at or beyond
  /// ``HybridTime/millisecondLimit`` is nonsense and is not followed: the entry would be malformed for everybody.
  public mutating func tick(wallMilliseconds: UInt64) -> HybridTime {
    let sane = wallMilliseconds < HybridTime.millisecondLimit
    last =
      sane && wallMilliseconds > last.milliseconds
      ? HybridTime(milliseconds: wallMilliseconds, counter: 0) : last.next
    return last
  }

  /// Takes a received reading into account. Returns false, and changes nothing, where it is over 24 h ahead.
  @discardableResult
  public mutating func absorb(_ received: HybridTime, wallMilliseconds: UInt64) -> Bool {
    let wall = min(wallMilliseconds, HybridTime.millisecondLimit)
    if received.milliseconds > wall + Self.absorbLimitMilliseconds { return false }
    if received.milliseconds >= HybridTime.millisecondLimit { return false }
    last = max(last, received)
    return true
  }
}
