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

  /// The time of a new local entry: strictly after everything absorbed.
  public mutating func tick(wallMilliseconds: UInt64) -> HybridTime {
    last =
      wallMilliseconds > last.milliseconds
      ? HybridTime(milliseconds: wallMilliseconds, counter: 0)
      : HybridTime(milliseconds: last.milliseconds, counter: last.counter + 1)
    return last
  }

  /// Takes a received reading into account. Returns false, and changes nothing, where it is over 24 h ahead.
  @discardableResult
  public mutating func absorb(_ received: HybridTime, wallMilliseconds: UInt64) -> Bool {
    if received.milliseconds > wallMilliseconds + Self.absorbLimitMilliseconds { return false }
    last = max(last, received)
    return true
  }
}
