/// Numbers as people write them in these documents: `5.1`, `五.1`, `5．1`, `(1)`, `（1）`, `十二`, `①`.
public enum Numerals {
  /// Full-width ASCII (U+FF01–FF5E) and the ideographic space become their half-width forms; 、and 。stay.
  public static func halfWidth(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0xff01...0xff5e: scalars.append(Unicode.Scalar(scalar.value - 0xfee0) ?? scalar)
      case 0x3000: scalars.append(" ")
      default: scalars.append(scalar)
      }
    }
    return String(scalars)
  }

  private static let digits: [Character: Int] = [
    "〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
  ]

  /// Chinese numerals 一 … 九十九; nil for anything else.
  public static func chinese(_ text: some StringProtocol) -> Int? {
    let parts = text.split(separator: "十", maxSplits: 1, omittingEmptySubsequences: false)
    func digit(_ part: some StringProtocol) -> Int? { part.count == 1 ? part.first.flatMap { digits[$0] } : nil }
    switch parts.count {
    case 1: return digit(parts[0])
    case 2:
      guard let tens = parts[0].isEmpty ? 1 : digit(parts[0]), tens > 0,
        let ones = parts[1].isEmpty ? 0 : digit(parts[1])
      else { return nil }
      return tens * 10 + ones
    default: return nil
    }
  }

  /// ① … ⑳; nil for anything else.
  public static func circled(_ character: Character) -> Int? {
    guard character.unicodeScalars.count == 1, let scalar = character.unicodeScalars.first,
      (0x2460...0x2473).contains(scalar.value)
    else { return nil }
    return Int(scalar.value) - 0x245F
  }

  /// A number in ASCII digits, Chinese numerals or a circled digit, 0 … 9,999; nil for anything else.
  public static func value(_ text: some StringProtocol) -> Int? {
    if text.count == 1, let number = text.first.flatMap(circled) { return number }
    if !text.isEmpty, text.count <= 4, text.allSatisfy(\.isASCIIDigit) { return Int(text) }
    return chinese(text)
  }

  /// The components of an item's number as typed: `五.1` and `五1` → [5, 1], `（3）` → [3], `4.2（1）` → [4, 2, 1].
  /// nil where some part is no number.
  public static func components(_ text: String) -> [Int]? {
    let separators: Set<Character> = [".", "、", "(", ")", "-", " ", "．", "。"]
    let parts = halfWidth(text).split(whereSeparator: { separators.contains($0) })
    guard !parts.isEmpty else { return nil }
    var numbers: [Int] = []
    for part in parts {
      // A Chinese numeral and the digits behind it are two numbers, with or without a mark between them.
      let digits = part.reversed().prefix(while: \.isASCIIDigit).count
      let pieces = digits > 0 && digits < part.count ? [part.dropLast(digits), part.suffix(digits)] : [part]
      for piece in pieces {
        guard let number = value(piece) else { return nil }
        numbers.append(number)
      }
    }
    return numbers
  }

  /// `n` as 一 … 九十九, in ASCII digits beyond.
  public static func chinese(_ number: Int) -> String {
    let names = Array("〇一二三四五六七八九")
    guard (0...99).contains(number) else { return String(number) }
    if number < 10 { return String(names[number]) }
    let tens = number / 10 == 1 ? "" : String(names[number / 10])
    return tens + "十" + (number % 10 == 0 ? "" : String(names[number % 10]))
  }
}
