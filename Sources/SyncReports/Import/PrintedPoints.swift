import SyncModel

/// Points as printed beside a title: `（12分）`, `(满分10分)`, a line of its own `8分`.
enum PrintedPoints {
  /// Cuts the points off the end of a title; nil points where it names none.
  static func split(_ title: String) -> (text: String, points: Score?) {
    let text = title.trimmed
    guard let last = text.last else { return ("", nil) }
    if last == "）" || last == ")", let open = text.lastIndex(where: { $0 == "（" || $0 == "(" }),
      let points = points(in: text[text.index(after: open)...].dropLast())
    {
      return (text[..<open].trimmed, points)
    }
    return (text, nil)
  }

  /// A whole cell or line that is nothing but points; the unit may be missing where the column says it.
  static func cell(_ text: String, needsUnit: Bool = false) -> Score? {
    var text = text.trimmed[...]
    if let first = text.first, let last = text.last, "（(".contains(first), "）)".contains(last) {
      text = text.dropFirst().dropLast()
    }
    return needsUnit ? points(in: text) : score(text)
  }

  private static func points(in text: some StringProtocol) -> Score? {
    var text = text.trimmed[...]
    guard text.last == "分" else { return nil }
    for word in ["满分", "分值", "合计", "共计", "共", "计"] where text.hasPrefix(word) {
      text = text.dropFirst(word.count).drop { "：: 为".contains($0) }
      break
    }
    return score(text)
  }

  /// No item is worth less than nothing.
  private static func score(_ text: Substring) -> Score? {
    Score(text: String(text)).flatMap { $0 < .zero ? nil : $0 }
  }
}
