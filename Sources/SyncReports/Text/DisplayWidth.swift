/// Columns that text takes on a terminal: a Chinese character is two, a combining mark none.
///
/// East Asian Wide and Fullwidth (Unicode Annex 11) and emoji are two; ambiguous ones such as “ and █ are one, as most
/// terminals draw them.
public enum DisplayWidth {
  public static func of(_ text: some StringProtocol) -> Int {
    text.reduce(0) { $0 + of($1) }
  }

  /// A character is as wide as its widest scalar: what is joined to it adds nothing.
  public static func of(_ character: Character) -> Int {
    var width = 0
    for scalar in character.unicodeScalars {
      if scalar.value == 0xFE0F { return 2 }
      width = max(width, of(scalar))
    }
    return width
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) { return 0 }
    if scalar.value < 0x300 { return scalar.value == 0xAD ? 0 : 1 }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
    default: break
    }
    if properties.isEmojiPresentation { return 2 }
    return isWide(scalar.value) ? 2 : 1
  }

  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
      0x1B000...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// `text` with blanks up to `columns`; longer text stays as it is.
  public static func pad(_ text: String, to columns: Int, alignment: Alignment = .left) -> String {
    let blanks = String(repeating: " ", count: max(0, columns - of(text)))
    return alignment == .left ? text + blanks : blanks + text
  }

  public enum Alignment: Sendable {
    case left
    case right
  }

  /// The start of `text` that fits into `columns`, with … where something is cut off.
  public static func cut(_ text: String, to columns: Int) -> String {
    if of(text) <= columns { return text }
    var kept = ""
    var width = 0
    for character in text {
      let next = of(character)
      if width + next > columns - 1 { break }
      kept.append(character)
      width += next
    }
    return kept + "…"
  }
}
