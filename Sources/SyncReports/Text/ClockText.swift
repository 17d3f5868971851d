import Foundation
import SyncModel

/// Instants as people and scripts read them, in a school's zone.
public struct ClockText: Sendable {
  public let zone: SchoolZone

  public init(zone: SchoolZone) {
    self.zone = zone
  }

  /// The day on which an instant falls; nil outside 1900 … 2999, which no clock that works says.
  public func day(_ milliseconds: UInt64) -> CalendarDate? {
    zone.reading(milliseconds)?.day
  }

  /// `9月26日 14:30`, with the year where it is not `thisYear`.
  public func minute(_ milliseconds: UInt64, thisYear: Int? = nil) -> String {
    guard let (day, second) = zone.reading(milliseconds) else { return "时间不明" }
    return "\(Self.text(day, thisYear: thisYear)) \(Self.padded(second / 3600)):\(Self.padded(second / 60 % 60))"
  }

  /// `9月26日`.
  public func dayText(_ milliseconds: UInt64, thisYear: Int? = nil) -> String {
    day(milliseconds).map { Self.text($0, thisYear: thisYear) } ?? "时间不明"
  }

  /// `9月26日`, with the year where it is not `thisYear`.
  public static func text(_ day: CalendarDate, thisYear: Int? = nil) -> String {
    (thisYear == nil || thisYear == day.year ? "" : "\(day.year)年") + "\(day.month)月\(day.day)日"
  }

  /// ISO 8601 with the offset: `2026-09-26T14:30:00+08:00`.
  public func iso8601(_ milliseconds: UInt64) -> String {
    guard let (day, second) = zone.reading(milliseconds) else { return "" }
    let time = [second / 3600, second / 60 % 60, second % 60].map(Self.padded).joined(separator: ":")
    return "\(day)T\(time)\(zone)"
  }

  /// Milliseconds since 1970 of `2026-09-28T09:00:00+08:00`; nil for anything else.
  public static func milliseconds(iso8601 text: String) -> UInt64? {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime]
    guard let date = formatter.date(from: text), date.timeIntervalSince1970 >= 0 else { return nil }
    return UInt64(date.timeIntervalSince1970 * 1000)
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
