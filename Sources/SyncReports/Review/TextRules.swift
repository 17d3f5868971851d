/// Doubts about the words of one text, left to right.
enum TextRules {
  typealias Flag = ImportedTemplate.Flag

  static func flags(in text: String) -> [Flag] {
    confusedForms(in: text) + characters(in: text) + pairs(in: text)
  }

  /// By the first character that they are written with.
  private static let formsByStart = Dictionary(grouping: ConfusedForm.all) { $0.written.unicodeScalars.first }

  private static func confusedForms(in text: String) -> [Flag] {
    var flags: [Flag] = []
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let start = index
      scalars.formIndex(after: &index)
      guard let forms = formsByStart[scalars[start]] else { continue }
      for form in forms where scalars[start...].starts(with: form.written.unicodeScalars) {
        let end = scalars.index(start, offsetBy: form.written.unicodeScalars.count)
        let before = text[..<start].last
        let after = text[end...].first
        if before.map(form.rightAfter.contains) ?? false || after.map(form.rightBefore.contains) ?? false { continue }
        let reason = "「\(context(of: start..<end, in: text))」中的「\(form.written)」疑为「\(form.probably)」，请核对。"
        flags.append(Flag(text: form.written, reason: reason, suggestion: form.probably))
      }
    }
    return flags
  }

  /// Characters of another script form, blanks within a phrase, half-width marks in Chinese text.
  private static func characters(in text: String) -> [Flag] {
    var flags: [Flag] = []
    var index = text.startIndex
    while index < text.endIndex {
      let character = text[index]
      var next = text.index(after: index)
      if character == " " || character == "\u{3000}" || character == "\u{A0}" {
        next = text[index...].firstIndex { !" \u{3000}\u{A0}".contains($0) } ?? text.endIndex
        if isFullWidth(text[..<index].last), isFullWidth(text[next...].first) {
          let words = context(of: index..<next, in: text)
          flags.append(
            Flag(
              text: words, reason: "「\(words)」中间有空格，疑为排版留下的，请核对。", suggestion: words.filter { !$0.isWhitespace }))
        }
      } else if let usual = usualForm(of: character) {
        let words = context(of: index..<next, in: text)
        flags.append(
          Flag(
            text: String(character), reason: "「\(words)」中的「\(character)」是异体或兼容字形，疑为「\(usual)」，请核对。",
            suggestion: usual))
      } else if ",;:?!".contains(character), isFullWidth(text[..<index].last), isFullWidth(text[next...].first) {
        let words = context(of: index..<next, in: text)
        flags.append(Flag(text: words, reason: "「\(words)」用了半角标点「\(character)」，请核对。"))
      }
      index = next
    }
    return flags
  }

  private static func isFullWidth(_ character: Character?) -> Bool { character?.isFullWidth ?? false }

  /// The usual form of a variant, or of a compatibility character or radical that only looks like it.
  private static func usualForm(of character: Character) -> String? {
    if let usual = ConfusedForm.variants[character] { return String(usual) }
    guard let scalar = character.unicodeScalars.first, character.unicodeScalars.count == 1 else { return nil }
    switch scalar.value {
    case 0x2E80...0x2FDF, 0xF900...0xFAFF: return "同形的常用字"
    default: return nil
    }
  }

  private static let pairs: [(open: Unicode.Scalar, close: Unicode.Scalar)] = [
    ("《", "》"), ("“", "”"), ("（", "）"), ("(", ")"), ("〔", "〕"),
  ]

  /// Brackets, quotes and book titles that are opened or closed once too often.
  private static func pairs(in text: String) -> [Flag] {
    var counts: [Unicode.Scalar: Int] = [:]
    for scalar in text.unicodeScalars where isPaired(scalar) { counts[scalar, default: 0] += 1 }
    if counts.isEmpty { return [] }
    // （1) mixes two forms of one bracket, which reads well enough.
    let bracketsMatch =
      counts["（", default: 0] + counts["(", default: 0] == counts["）", default: 0] + counts[")", default: 0]
    return pairs.compactMap { open, close -> Flag? in
      if counts[open, default: 0] == counts[close, default: 0] { return nil }
      if bracketsMatch, open == "（" || open == "(" { return nil }
      return Flag(text: text.excerpt(), reason: "「\(open)」与「\(close)」不成对，请核对。")
    }
  }

  private static func isPaired(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "《", "》", "“", "”", "（", "）", "(", ")", "〔", "〕": true
    default: false
    }
  }

  /// The words with up to four characters on either side.
  private static func context(of range: Range<String.Index>, in text: String) -> String {
    let start = text.index(range.lowerBound, offsetBy: -4, limitedBy: text.startIndex) ?? text.startIndex
    let end = text.index(range.upperBound, offsetBy: 4, limitedBy: text.endIndex) ?? text.endIndex
    return text[start..<end].trimmed
  }
}
