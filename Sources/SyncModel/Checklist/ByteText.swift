/// Bytes as people read them: `512 B`, `3.1 MB`.
public enum ByteText {
  private static let units = ["B", "KB", "MB", "GB", "TB"]

  public static func text(_ bytes: Int) -> String {
    var (tenths, unit) = (max(0, bytes) * 10, 0)
    while tenths >= 10_240, unit < units.count - 1 {
      tenths /= 1024
      unit += 1
    }
    return unit == 0 || tenths >= 1000 || tenths % 10 == 0
      ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }

  /// `512`, `500M`, `8G`, `1T`, `8 GB`; nil for anything else, zero, or what no `Int` holds.
  public static func parse(_ text: String) -> Int? {
    var rest = text.uppercased().filter { $0 != " " }[...]
    if rest.hasSuffix("IB") { rest = rest.dropLast(2) } else if rest.hasSuffix("B") { rest = rest.dropLast() }
    var power = 0
    if let last = rest.last, let index = ["K", "M", "G", "T"].firstIndex(of: String(last)) {
      power = index + 1
      rest = rest.dropLast()
    }
    guard let number = Int(rest), number > 0, rest.allSatisfy(\.isASCIIDigit) else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (10 * power))
    return overflow ? nil : bytes
  }
}
