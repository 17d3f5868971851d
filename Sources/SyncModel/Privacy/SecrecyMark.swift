/// 密级标志 as documents carry them; texts that talk about secrecy are none.
///
/// What is looked for, line by line, blanks inside allowed:
/// 1. `机密★1年`, `绝密★`: the sign of GB/T 9704, anywhere, unless quoted in a longer line (`首页标注“秘密★1年”的文件`);
/// 2. `【机密】`, `[秘密]` anywhere, `（机密）`, `〔机密〕`, `<机密>` at either end of a line;
/// 3. `密级：机密`, `保密等级：秘密`, unless a list of levels follows (`密级：绝密、机密、秘密`);
/// 4. a line that is nothing but a level: `机密`, `秘密 1年`, `绝密级`.
///
/// 内部资料, 工作秘密, 商业秘密 and 此件不公开 are not 密级 and are not stopped.
enum SecrecyMark {
  private static let levels = ["绝密", "机密", "秘密"].map { Array($0.unicodeScalars) }
  private static let stars: Set<Unicode.Scalar> = ["★", "☆", "✩", "✭", "⭐", "✯", "❋"]
  private static let labels = ["密级", "保密等级", "保密级别", "涉密等级", "秘密等级"].map { Array($0.unicodeScalars) }
  /// Opening bracket, closing one, and whether a mark in it counts anywhere in a line.
  private static let brackets: [Unicode.Scalar: (close: Unicode.Scalar, anywhere: Bool)] = [
    "【": ("】", true), "[": ("]", true), "(": (")", false), "〔": ("〕", false), "<": (">", false), "〈": ("〉", false),
    "〖": ("〗", true), "{": ("}", false),
  ]
  private static let quotes: [Unicode.Scalar: Unicode.Scalar] = ["“": "”", "‘": "’", "「": "」", "『": "』", "\"": "\""]
  /// What follows a level where levels are listed.
  private static let listMarks: Set<Unicode.Scalar> = ["、", "/", "或", "和", "及", "与", "□", ",", "，", "|"]
  private static let ticks: Set<Unicode.Scalar> = ["☑", "√", "✓", "✔", "■", "☒"]

  static func findings(in text: ScanText) -> [PrivacyFinding] {
    var found: [PrivacyFinding] = []
    var start = 0
    while start <= text.scalars.count {
      let end = text.scalars[start...].firstIndex(of: "\n") ?? text.scalars.count
      if let line = Line(text, start..<end), let range = mark(in: line) {
        let shown = text.text(range).filter { !$0.isWhitespace }
        found.append(
          PrivacyFinding(
            rule: .secrecyMark, characters: text.characters(range), masked: String(shown.prefix(shownLimit))))
      }
      start = end + 1
    }
    return found
  }

  /// Characters of a mark that a message repeats.
  private static let shownLimit = 16

  /// The first mark of a line.
  private static func mark(in line: Line) -> Range<Int>? {
    let content = line.content
    if let end = line.level(at: content.lowerBound), line.afterPeriod(end) == content.upperBound { return content }
    for index in content {
      if let range = starred(line, at: index) ?? labelled(line, at: index) ?? bracketed(line, at: index) {
        return range
      }
    }
    return nil
  }

  private static func starred(_ line: Line, at index: Int) -> Range<Int>? {
    guard let level = line.level(at: index) else { return nil }
    let star = line.skipBlanks(level)
    guard let scalar = line[star] else { return nil }
    // An asterisk counts only before a period: it also ends footnotes.
    guard stars.contains(scalar) || (scalar == "*" && line.afterPeriod(star + 1) > line.skipBlanks(star + 1)) else {
      return nil
    }
    let end = line.afterPeriod(star + 1)
    if let open = line[index - 1], let close = quotes[open], line[line.skipBlanks(end)] == close,
      line.content != index - 1..<line.skipBlanks(end) + 1
    {
      return nil
    }
    return index..<end
  }

  private static func labelled(_ line: Line, at index: Int) -> Range<Int>? {
    guard let label = labels.lazy.compactMap({ line.after($0, at: index) }).first else { return nil }
    let colon = line.skipBlanks(label)
    guard line[colon] == ":" else { return nil }
    var value = line.skipBlanks(colon + 1)
    if let tick = line[value], ticks.contains(tick) { value = line.skipBlanks(value + 1) }
    if let open = line[value], brackets[open] != nil { value = line.skipBlanks(value + 1) }
    guard let level = line.level(at: value) else { return nil }
    if let after = line[line.skipBlanks(level)], listMarks.contains(after) { return nil }
    return index..<level
  }

  private static func bracketed(_ line: Line, at index: Int) -> Range<Int>? {
    guard let open = line[index], let bracket = brackets[open], let level = line.level(at: line.skipBlanks(index + 1))
    else { return nil }
    let close = line.afterPeriod(level)
    guard line[close] == bracket.close else { return nil }
    let range = index..<close + 1
    let atAnEnd = range.lowerBound == line.content.lowerBound || range.upperBound == line.content.upperBound
    return bracket.anywhere || atAnEnd ? range : nil
  }

  /// One line of a text and the steps that reading a mark takes.
  private struct Line {
    let text: ScanText
    /// Without blanks at both ends.
    let content: Range<Int>

    /// nil for a line without 密.
    init?(_ text: ScanText, _ line: Range<Int>) {
      guard line.contains(where: { text.scalars[$0] == "密" }), let first = line.first(where: { !text.isBlank($0) }),
        let last = line.last(where: { !text.isBlank($0) })
      else { return nil }
      self.text = text
      content = first..<last + 1
    }

    subscript(_ index: Int) -> Unicode.Scalar? { content.contains(index) ? text.scalars[index] : nil }

    func skipBlanks(_ index: Int) -> Int {
      var index = index
      while content.contains(index), text.isBlank(index) { index += 1 }
      return index
    }

    /// Behind `word` where it begins at `index`, blanks inside allowed.
    func after(_ word: [Unicode.Scalar], at index: Int) -> Int? {
      var index = index
      for (position, scalar) in word.enumerated() {
        if position > 0 { index = skipBlanks(index) }
        if self[index] != scalar { return nil }
        index += 1
      }
      return index
    }

    /// Behind a level with its 级 or 件; nil where none begins here.
    func level(at index: Int) -> Int? {
      guard let end = SecrecyMark.levels.lazy.compactMap({ after($0, at: index) }).first else { return nil }
      return self[end] == "级" || self[end] == "件" ? end + 1 : end
    }

    /// Behind blanks, a star and a period of secrecy (`1年`, `6个月`, `十年`, `长期`, a date), each where it is there.
    func afterPeriod(_ index: Int) -> Int {
      var end = skipBlanks(index)
      if let star = self[end], SecrecyMark.stars.contains(star) { end = skipBlanks(end + 1) }
      while let scalar = self[end], SecrecyMark.periodScalars.contains(scalar) { end += 1 }
      return skipBlanks(end)
    }
  }

  private static let periodScalars = Set("0123456789一二三四五六七八九十百年个月日长期.-/".unicodeScalars)
}
