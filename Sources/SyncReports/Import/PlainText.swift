import SyncModel

/// What the importer asks of a text without ever changing it.
extension StringProtocol {
  /// Without white space at both ends.
  var trimmed: String {
    let head = drop(while: \.isWhitespace)
    guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(head[...last])
  }

  /// For comparing: without white space anywhere, ASCII half-width. `项  目` and `项目` are one.
  var compared: String { Numerals.halfWidth(String(self)).filter { !$0.isWhitespace } }

  var isBlank: Bool { allSatisfy(\.isWhitespace) }

  /// Ends as a sentence or an entry of a list does.
  var endsSentence: Bool { last.map { "。；;！!？?".contains($0) } ?? false }

  /// At most `count` characters, with an ellipsis where some are missing.
  func excerpt(_ count: Int = 24) -> String {
    self.count > count ? prefix(count) + "…" : String(self)
  }

  /// The parts between single brackets of a pair: `《甲》和《乙》` → `甲`, `乙`.
  func enclosed(by open: Character, _ close: Character) -> [Substring] where SubSequence == Substring {
    split(separator: open, omittingEmptySubsequences: false).dropFirst().compactMap { part in
      part.firstIndex(of: close).map { part[..<$0] }
    }
  }
}

extension Character {
  /// A Chinese character or full-width mark, beside which no blank is typed.
  var isFullWidth: Bool {
    unicodeScalars.first.map { scalar in
      switch scalar.value {
      case 0x2018...0x201D, 0x2026, 0x2014, 0x3001...0x303F, 0x3400...0x9FFF, 0xF900...0xFAFF, 0xFF01...0xFF60,
        0x20000...0x3FFFF:
        true
      default: false
      }
    } ?? false
  }
}

extension [WordParagraph] {
  /// The lines that hold text, labels included, trimmed. A line break counts as a new line.
  var lines: [String] {
    flatMap { $0.isBlank ? [] : $0.shown.split(separator: "\n").map(\.trimmed).filter { !$0.isEmpty } }
  }

  /// The lines as one phrase: what a narrow cell broke belongs together, words of another script stay apart.
  var phrase: String {
    lines.reduce(into: "") { joined, line in
      let bothPlain = joined.last.map { !$0.isFullWidth } ?? false && line.first.map { !$0.isFullWidth } ?? false
      joined += (bothPlain ? " " : "") + line
    }
  }

  /// The lines one under the other.
  var verbatim: String { lines.joined(separator: "\n") }
}
