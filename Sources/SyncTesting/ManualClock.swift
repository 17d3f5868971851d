/// A wall clock that stands still until somebody moves it, forwards or back.
public struct ManualClock: Hashable, Sendable {
  /// Since 1970.
  public private(set) var milliseconds: UInt64

  /// 2026-09-26 08:00 UTC unless told otherwise.
  public init(milliseconds: UInt64 = 1_790_409_600_000) {
    self.milliseconds = milliseconds
  }

  public mutating func advance(byMilliseconds step: Int64) {
    let moved = Int64(clamping: milliseconds) + step
    milliseconds = UInt64(max(0, moved))
  }
}
