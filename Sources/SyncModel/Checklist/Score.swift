/// Points with at most two decimals, held exactly as hundredths. Range ±1,000,000.00.
public struct Score: Hashable, Comparable, Sendable {
  public let hundredths: Int64

  public static let zero = Score(hundredths: 0)
  public static let limit = Score(hundredths: 100_000_000)

  public init(hundredths: Int64) {
    self.hundredths = hundredths
  }

  /// Reads `2`, `1.5`, `０．５` or `2分`. nil for anything else, more than two decimals, or out of range.
  public init?(text: String) {
    var text = Numerals.halfWidth(text).filter { !$0.isWhitespace }
    if text.hasSuffix("分") { text.removeLast() }
    let negative = text.hasPrefix("-")
    if negative { text.removeFirst() }
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, !whole.isEmpty, whole.count <= 7, whole.allSatisfy(\.isASCIIDigit),
      let units = Int64(whole)
    else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      guard (1...2).contains(parts[1].count), parts[1].allSatisfy(\.isASCIIDigit), let digits = Int64(parts[1])
      else { return nil }
      fraction = parts[1].count == 1 ? digits * 10 : digits
    }
    let total = units * 100 + fraction
    guard total <= Score.limit.hundredths else { return nil }
    hundredths = negative ? -total : total
  }

  public static func < (left: Self, right: Self) -> Bool { left.hundredths < right.hundredths }
  public static func + (left: Self, right: Self) -> Score { Score(hundredths: left.hundredths + right.hundredths) }
  public static func - (left: Self, right: Self) -> Score { Score(hundredths: left.hundredths - right.hundredths) }
  public static func += (left: inout Self, right: Self) { left = left + right }
}

extension Score: CustomStringConvertible {
  /// The shortest decimal: `2`, `1.5`, `0.25`.
  public var description: String {
    let magnitude = hundredths.magnitude
    let sign = hundredths < 0 ? "-" : ""
    let whole = magnitude / 100
    let rest = magnitude % 100
    if rest == 0 { return "\(sign)\(whole)" }
    if rest % 10 == 0 { return "\(sign)\(whole).\(rest / 10)" }
    return "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// For JSON numbers.
  public var doubleValue: Double { Double(hundredths) / 100 }
}

extension Character {
  public var isASCIIDigit: Bool { isASCII && isWholeNumber }
}
