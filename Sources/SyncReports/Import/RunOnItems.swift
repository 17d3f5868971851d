import SyncModel

/// Items that somebody wrote one behind the other: `1.甲；2.乙；3.丙`.
enum RunOnItems {
  /// Marks that may end an item before the next one's number.
  private static let endings: Set<Character> = ["；", ";", "。", "！", "？", "!", "?"]

  /// UTF-8 bytes of a line that is looked through; a longer one is nobody's list.
  private static let longest = 16_384

  /// The line cut before each number that goes on counting; whole where its first number is not followed by the next
  /// one in the same hand, as in an item that holds a list of its own.
  static func lines(_ line: String) -> [String] {
    if line.utf8.count > longest { return [line] }
    let first = NumberedText(parsing: line)
    guard let style = first.style, var ordinal = first.ordinal else { return [line] }
    var lines: [String] = []
    var start = line.startIndex
    var isAtEnd = false
    var index = line.startIndex
    while index < line.endIndex {
      let character = line[index]
      if isAtEnd, !character.isWhitespace {
        isAtEnd = false
        let next = NumberedText(parsing: line[index...].prefix(80))
        if next.style == style, next.ordinal == ordinal + 1, !next.text.isEmpty {
          lines.append(line[start..<index].trimmed)
          start = index
          ordinal += 1
        }
      }
      if endings.contains(character) { isAtEnd = true }
      index = line.index(after: index)
    }
    return lines + [line[start...].trimmed]
  }
}
