import Foundation
import SyncModel

/// Instants as people and scripts read them, in one time zone.
public struct ClockText: Sendable {
  public let timeZone: TimeZone

  public init(timeZone: TimeZone = .current) {
    self.timeZone = timeZone
  }

  /// The day on which an instant falls here; nil outside 1900 … 2999, which no clock that works says.
  public func day(_ milliseconds: UInt64) -> CalendarDate? {
    parts(milliseconds)?.day
  }

  /// `9月26日 14:30`, with the year where it is not `thisYear`.
  public func minute(_ milliseconds: UInt64, thisYear: Int? = nil) -> String {
    guard let (day, second, _) = parts(milliseconds) else { return "时间不明" }
    return "\(Self.text(day, thisYear: thisYear)) \(Self.padded(second / 3600)):\(Self.padded(second / 60 % 60))"
  }

  /// `9月26日`.
  public func dayText(_ milliseconds: UInt64, thisYear: Int? = nil) -> String {
    parts(milliseconds).map { Self.text($0.day, thisYear: thisYear) } ?? "时间不明"
  }

  /// `9月26日`, with the year where it is not `thisYear`.
  public static func text(_ day: CalendarDate, thisYear: Int? = nil) -> String {
    (thisYear == nil || thisYear == day.year ? "" : "\(day.year)年") + "\(day.month)月\(day.day)日"
  }

  /// ISO 8601 with the offset: `2026-09-26T14:30:00+08:00`.
  public func iso8601(_ milliseconds: UInt64) -> String {
    guard let (day, second, offset) = parts(milliseconds) else { return "" }
    let time = [second / 3600, second / 60 % 60, second % 60].map(Self.padded).joined(separator: ":")
    let minutes = abs(offset) / 60
    return "\(day)T\(time)\(offset < 0 ? "-" : "+")\(Self.padded(minutes / 60)):\(Self.padded(minutes % 60))"
  }

  /// Milliseconds since 1970 of `2026-09-28T09:00:00+08:00`; nil for anything else.
  public static func milliseconds(iso8601 text: String) -> UInt64? {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime]
    guard let date = formatter.date(from: text), date.timeIntervalSince1970 >= 0 else { return nil }
    return UInt64(date.timeIntervalSince1970 * 1000)
  }

  private func parts(_ milliseconds: UInt64) -> (day: CalendarDate, second: Int, offset: Int)? {
    guard milliseconds < HybridTime.millisecondLimit else { return nil }
    let instant = Int(milliseconds / 1000)
    let offset = timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant)))
    let local = instant + offset
    let days = Int((Double(local) / 86_400).rounded(.down))
    return CalendarDate(daysSinceEpoch: days).map { ($0, local - days * 86_400, offset) }
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
