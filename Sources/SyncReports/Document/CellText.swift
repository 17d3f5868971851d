import SyncModel

/// How much text a cell takes: what Excel takes, in every format, so that the same paper says the same in all of them. Longer
/// text is cut, and says so; whole it stands in the log and in what `--json` writes.
enum CellText {
  /// UTF-16 units.
  static let limit = 32_767
  /// Excel takes 253 line feeds.
  static let lineLimit = 254

  /// `lines` as they are, or their beginning with ``mark(_:)`` behind it.
  static func fitting(_ lines: [TextLine]) -> [TextLine] {
    if fits(lines) { return lines }
    let mark = mark(lines.reduce(0) { $0 + $1.text.count })
    var budget = limit - mark.utf16.count
    var cut = beginning(of: lines, units: budget, mark: mark)
    // A spreadsheet escapes some underscores, which takes room that only the result tells.
    while !fits(cut), budget > 0 {
      budget -= max(1, units(cut) - limit)
      cut = beginning(of: lines, units: budget, mark: mark)
    }
    return cut
  }

  private static func fits(_ lines: [TextLine]) -> Bool { lines.count <= lineLimit && units(lines) <= limit }

  private static func units(_ lines: [TextLine]) -> Int {
    lines.reduce(max(0, lines.count - 1)) { $0 + SheetText.escaped($1.text).utf16.count }
  }

  private static func beginning(of lines: [TextLine], units budget: Int, mark: String) -> [TextLine] {
    var kept: [TextLine] = []
    var left = budget
    for line in lines.prefix(lineLimit) {
      let part = beginning(of: line.text, units: left)
      kept.append(TextLine(part, line.tone))
      left -= part.utf16.count + 1
      if part.utf16.count < line.text.utf16.count || left <= 0 { break }
    }
    let last = kept.popLast() ?? ""
    return kept + [TextLine(last.text + mark, last.tone)]
  }

  /// Whole characters; of one that alone is too long, whole scalars.
  private static func beginning(of text: String, units: Int) -> String {
    if text.utf16.count <= units { return text }
    var kept = ""
    var left = units
    for character in text {
      let length = character.utf16.count
      if length > left { break }
      kept.append(character)
      left -= length
    }
    if !kept.isEmpty { return kept }
    for scalar in text.unicodeScalars {
      let length = scalar.utf16.count
      if length > left { break }
      kept.unicodeScalars.append(scalar)
      left -= length
    }
    return kept
  }

  // MARK: The mark

  /// `…（以下略，共 12345 字）`.
  static func mark(_ characters: Int) -> String { "…（以下略，共 \(characters) 字）" }

  /// True where `text` says that it is the beginning of a longer one.
  static func isCut(_ text: some StringProtocol) -> Bool {
    text.compared.contains(#/…\(以下略,共\d+字\)/#)
  }
}
