import SyncModel

/// Breaks text into lines of at most so many columns. Chinese breaks anywhere but before a closing mark and after an
/// opening one; words and numbers in Latin letters stay whole where they fit.
public enum LineWrap {
  private static let closing: Set<Character> = Set("，。、；：？！”’）》】〉」』…·,.;:?!)]}%％")
  private static let opening: Set<Character> = Set("“‘（《【〈「『([{")

  /// At least one line; a line end in `text` is shown, and begins none. `columns` below 2 counts as 2.
  public static func lines(_ text: String, columns: Int) -> [String] {
    paragraph(VisibleText.line(text), columns: max(2, columns))
  }

  /// The same where somebody else's text follows a label of ours: every further line is marked, so that none passes for ours.
  public static func block(_ text: String, columns: Int) -> [String] {
    let indent = String(repeating: " ", count: text.prefix { $0 == " " }.count)
    guard let first = lines(text, columns: columns).first, first.count < VisibleText.line(text).count else {
      return lines(text, columns: columns)
    }
    let mark = indent + further
    let rest = VisibleText.line(text).dropFirst(first.count).drop { $0 == " " }
    return [first] + lines(String(rest), columns: max(2, columns - DisplayWidth.of(mark))).map { mark + $0 }
  }

  private static let further = "│ "

  private static func paragraph(_ text: String, columns: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var width = 0
    func close() {
      while line.last == " " { line.removeLast() }
      lines.append(line)
      line = ""
      width = 0
    }
    for piece in pieces(of: text) {
      let pieceWidth = DisplayWidth.of(piece)
      if width + pieceWidth <= columns || (piece == " " && width > 0) {
        line += piece
        width += pieceWidth
        continue
      }
      if width > 0 { close() }
      if piece == " " { continue }
      for character in piece {
        let next = DisplayWidth.of(character)
        if width + next > columns { close() }
        line.append(character)
        width += next
      }
    }
    if !line.isEmpty || lines.isEmpty { close() }
    return lines
  }

  /// What must not be parted: a wide character with the marks that cling to it, or a run of narrow ones.
  private static func pieces(of text: String) -> [String] {
    var pieces: [String] = []
    var previous: Character?
    for character in text {
      let clings = previous.map { previous in
        previous != " " && character != " "
          && (closing.contains(character) || opening.contains(previous)
            || (isNarrow(character) && isNarrow(previous)))
      }
      if clings == true, !pieces.isEmpty {
        pieces[pieces.count - 1].append(character)
      } else {
        pieces.append(String(character))
      }
      previous = character
    }
    return pieces
  }

  private static func isNarrow(_ character: Character) -> Bool { DisplayWidth.of(character) < 2 }
}
