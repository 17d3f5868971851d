import SyncModel

/// A line cut into its number and what follows: `（3）按期换届` → `3` and `按期换届`.
struct NumberedText: Hashable {
  /// How the number is written. Items of one list share a style; a list within an item has another.
  enum Style: Hashable {
    case bracketed, bracketedChinese, plain, chinese, dotted, circled
  }

  /// Without brackets, blanks and closing marks, digits half-width; empty where the line has none.
  let number: String
  /// nil where the line has no number.
  let style: Style?
  /// The rest, trimmed at both ends and otherwise untouched.
  let text: String

  /// The number's last component: 2 for `4.2`, 5 for `五`; nil without a number.
  var ordinal: Int? { Numerals.components(number)?.last }

  init(number: String = "", style: Style? = nil, text: some StringProtocol) {
    self.number = number
    self.style = style
    self.text = text.trimmed
  }

  /// Never fails: a line without a number keeps all of its text.
  init(parsing line: some StringProtocol) {
    let line = line.trimmed
    var scanner = NumberScanner(rest: line[...])
    if let (number, style) = scanner.number() {
      self.init(number: number, style: style, text: scanner.rest)
    } else {
      self.init(text: line)
    }
  }
}

/// Takes a number off the front of a line.
private struct NumberScanner {
  /// Behind these a decimal is a quantity, and the line has no number: `1.5倍`.
  private static let measures: Set<Character> = ["%", "％", "‰", "倍", "万", "亿", "千", "元", "米", "吨"]
  /// Behind these only the last component is a quantity: `3.20条意见` is item 3.
  private static let counts: Set<Character> = [
    "分", "个", "年", "月", "日", "号", "次", "名", "人", "项", "条", "至", "-", "~", "—",
  ]
  /// Longest component: `3.2021年…` is item 3 about the year 2021, not item 3.2021.
  private static let longestComponent = 2

  var rest: Substring

  mutating func number() -> (String, NumberedText.Style)? {
    let start = rest
    if let found = bracketed() ?? circled() ?? arabic() ?? chinese() { return found }
    rest = start
    return nil
  }

  private mutating func bracketed() -> (String, NumberedText.Style)? {
    let start = rest
    if take(["(", "（"]) {
      let arabic = digits()
      let number = arabic.isEmpty ? chineseDigits() : arabic
      if !number.isEmpty, take([")", "）"]) {
        _ = take(["、", ".", "．"])
        return (number, arabic.isEmpty ? .bracketedChinese : .bracketed)
      }
    }
    rest = start
    return nil
  }

  private mutating func circled() -> (String, NumberedText.Style)? {
    guard let first = rest.first, Numerals.circled(first) != nil else { return nil }
    rest.removeFirst()
    return (String(first), .circled)
  }

  private mutating func arabic() -> (String, NumberedText.Style)? {
    let start = rest
    let first = digits()
    if first.isEmpty { return nil }
    if isDecimalQuantity { return nil }
    if let number = dotted(after: first) { return (number, .dotted) }
    if take(["、", ".", "．", ")", "）", "\t"]) { return (first, .plain) }
    rest = start
    return nil
  }

  /// The first component is taken; the rest reads `.5倍`.
  private var isDecimalQuantity: Bool {
    guard let mark = rest.first, ".．".contains(mark) else { return false }
    let fraction = rest.dropFirst().prefix { Numerals.halfWidth(String($0)).allSatisfy(\.isASCIIDigit) }
    return !fraction.isEmpty && rest[fraction.endIndex...].first.map(Self.measures.contains) ?? false
  }

  private mutating func chinese() -> (String, NumberedText.Style)? {
    let start = rest
    let first = chineseDigits()
    if first.isEmpty { return nil }
    if let number = dotted(after: first) { return (number, .dotted) }
    if take(["、", ".", "．"]) { return (first, .chinese) }
    rest = start
    return nil
  }

  /// The further components of `4.2` or `五.1`; leaves the text alone where it is a quantity.
  private mutating func dotted(after first: String) -> String? {
    let start = rest
    var number = first
    while true {
      let before = rest
      guard take([".", "．"]) else { break }
      let component = digits()
      if component.isEmpty || component.count > Self.longestComponent {
        rest = before
        break
      }
      number += "." + component
    }
    let closed = rest != start && take([".", "．", "、"])
    if number == first || (!closed && rest.first.map(Self.counts.contains) ?? false) {
      rest = start
      return nil
    }
    return number
  }

  private mutating func take(_ characters: Set<Character>) -> Bool {
    guard let first = rest.first, characters.contains(first) else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func digits() -> String {
    let found = rest.prefix { Numerals.halfWidth(String($0)).allSatisfy(\.isASCIIDigit) }
    guard (1...3).contains(found.count) else { return "" }
    rest = rest[found.endIndex...]
    return Numerals.halfWidth(String(found))
  }

  private mutating func chineseDigits() -> String {
    let found = rest.prefix { "一二三四五六七八九十".contains($0) }
    guard (1...3).contains(found.count), Numerals.chinese(found) != nil else { return "" }
    rest = rest[found.endIndex...]
    return String(found)
  }
}
