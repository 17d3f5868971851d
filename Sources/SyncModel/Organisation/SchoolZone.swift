/// The zone in which a school reckons its days: fixed minutes east of UTC, the same on every replica (protocol §8).
/// Whatever zone a machine is set to takes no part.
public struct SchoolZone: Hashable, Sendable {
  /// −720 … 840.
  public let minutesEast: Int

  public static let minuteBounds = -12 * 60...14 * 60

  /// +08:00: of a school whose founding entry says nothing else, and before a school is known.
  public static let standard = SchoolZone(within: 8 * 60)

  /// nil out of bounds.
  public init?(minutesEast: Int) {
    guard Self.minuteBounds.contains(minutesEast) else { return nil }
    self.init(within: minutesEast)
  }

  private init(within minutesEast: Int) {
    self.minutesEast = minutesEast
  }

  /// Reads `+08:00`, `-05:30` or `+8`, full-width too; nil for anything else and out of bounds.
  public init?(text: String) {
    let half = Numerals.halfWidth(text).trimmingBlanks()
    guard let sign = half.first, "+-−".contains(sign) else { return nil }
    let parts = half.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    guard half.dropFirst().allSatisfy({ $0 == ":" || $0.isASCIIDigit }), (1...2).contains(parts.count),
      (1...2).contains(parts[0].count), let hours = Int(parts[0])
    else { return nil }
    var minutes = 0
    if parts.count == 2 {
      guard parts[1].count == 2, let found = Int(parts[1]), found < 60 else { return nil }
      minutes = found
    }
    self.init(minutesEast: (sign == "+" ? 1 : -1) * (hours * 60 + minutes))
  }

  /// The day on which an instant falls and the second of that day; the one place where days are made of milliseconds.
  /// nil outside 1900 … 2999, which no clock that works says.
  public func reading(_ milliseconds: UInt64) -> (day: CalendarDate, second: Int)? {
    guard milliseconds < HybridTime.millisecondLimit else { return nil }
    let local = Int(milliseconds / 1000) + minutesEast * 60
    let second = (local % Self.daySeconds + Self.daySeconds) % Self.daySeconds
    return CalendarDate(daysSinceEpoch: (local - second) / Self.daySeconds).map { ($0, second) }
  }

  private static let daySeconds = 86_400
}

extension SchoolZone: CustomStringConvertible {
  /// As in ISO 8601: `+08:00`.
  public var description: String {
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let minutes = abs(minutesEast)
    return "\(minutesEast < 0 ? "-" : "+")\(padded(minutes / 60)):\(padded(minutes % 60))"
  }
}
