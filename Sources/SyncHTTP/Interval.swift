import SyncModel

/// `30s`, `15m`, `1h`, `7d`: what `--every` and `--expires` take.
public struct Interval: Hashable, Sendable {
  public let seconds: Int64

  public static let limitSeconds: Int64 = 366 * 86_400

  /// nil for anything else, zero, or more than a year.
  public init?(text: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let last = text.last, let unit = units[last], let number = Int64(text.dropLast()), number > 0,
      number <= Self.limitSeconds / unit
    else { return nil }
    seconds = number * unit
  }

  public var duration: Duration { .seconds(seconds) }
  public var milliseconds: UInt64 { UInt64(seconds) * 1000 }
}
