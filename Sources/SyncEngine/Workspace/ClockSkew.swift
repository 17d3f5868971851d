/// How far this machine's clock is from a hub's.
public struct ClockSkew: Hashable, Sendable {
  /// The hub's clock less this machine's.
  public let milliseconds: Int64

  /// A wrong clock is mentioned from here on.
  public static let toleranceMilliseconds: UInt64 = 5 * 60_000

  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// `本机时钟比汇总点快 1天8小时`; nil where both are near enough.
  public var sentence: String? {
    if milliseconds.magnitude <= Self.toleranceMilliseconds { return nil }
    return "本机时钟比汇总点\(milliseconds > 0 ? "慢" : "快") \(Self.text(milliseconds.magnitude))"
  }

  /// What people call such a stretch of time: `12分钟`, `8小时`, `1小时30分钟`, `1天8小时`. To the minute, from a day on to the
  /// hour.
  public static func text(_ milliseconds: UInt64) -> String {
    let minutes = (milliseconds / 1000 + 30) / 60
    let parts: [(UInt64, String)]
    if minutes < 24 * 60 {
      parts = [(minutes / 60, "小时"), (minutes % 60, "分钟")]
    } else {
      let hours = (minutes + 30) / 60
      parts = [(hours / 24, "天"), (hours % 24, "小时")]
    }
    let said = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    return said.isEmpty ? "不到1分钟" : said
  }
}
