/// Splits a cell of the innermost level into its items.
///
/// People write one item per cell, or several as paragraphs of one cell, or several lines broken by hand, or several
/// without any break; now and then a number is forgotten, and an item may hold a list of its own.
enum ItemCell {
  /// - Parameter isOne: the row counts as one item, so that what runs on in a line stays together.
  static func items(in paragraphs: [WordParagraph], isOne: Bool = false) -> [NumberedText] {
    let written = isOne ? paragraphs.lines : paragraphs.lines.flatMap(RunOnItems.lines)
    let lines = written.map { NumberedText(parsing: $0) }
    guard let style = lines.lazy.compactMap(\.style).first else { return unnumbered(lines) }
    let following = followingOrdinals(lines, style: style)
    var items: [(first: NumberedText, continued: [String])] = []
    var innerStyle: NumberedText.Style?
    for (index, line) in lines.enumerated() {
      let expected = items.last?.first.ordinal.map { $0 + 1 }
      let starts: Bool
      if line.style == style || items.isEmpty {
        starts = true
      } else if line.style != nil {
        // `2.` between （1） and （3） is the same list in another hand; anything else is a list within the item.
        starts = line.style != innerStyle && line.ordinal != nil && line.ordinal == expected
        if !starts { innerStyle = line.style }
      } else {
        // Where the next number skips one, this line is the item that lost it.
        starts = expected.map { following[index] == $0 + 1 } ?? false
      }
      if starts {
        items.append((line, []))
        innerStyle = nil
      } else {
        items[items.count - 1].continued.append(written[index])
      }
    }
    return items.map { item in
      NumberedText(
        number: item.first.number, style: item.first.style,
        text: ([item.first.text] + item.continued).joined(separator: "\n"))
    }
  }

  /// For each line the number of the next line below that is written in `style`.
  private static func followingOrdinals(_ lines: [NumberedText], style: NumberedText.Style) -> [Int?] {
    var following: [Int?] = []
    var next: Int?
    for line in lines.reversed() {
      following.append(next)
      if line.style == style { next = line.ordinal }
    }
    return following.reversed()
  }

  /// Without any number, whole sentences are items and anything else is one text broken over lines.
  private static func unnumbered(_ lines: [NumberedText]) -> [NumberedText] {
    if lines.count > 1, lines.allSatisfy(\.text.endsSentence) { return lines }
    return lines.isEmpty ? [] : [NumberedText(text: lines.map(\.text).joined(separator: "\n"))]
  }
}
