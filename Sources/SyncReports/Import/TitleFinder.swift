import SyncModel

/// Reads the lines between two tables: the note of the one above, the title of the one below.
struct TitleFinder {
  /// The longest text that may be a title; longer ones are prose.
  private static let longest = 80
  private static let mostLines = 5

  /// The table's title, empty where nothing above it looks like one, and the lines below the title that are filled in by
  /// hand (填报单位：　截止时间：), verbatim.
  static func find(above lines: ArraySlice<WordParagraph>) -> (title: String, preface: [String]) {
    let title = lastTitleLine(in: lines)
    // Only what stands directly above the table: farther up, a line that ends in a colon belongs to a letter.
    let directly = lines.reversed().prefix { $0.isBlank || isSkipped($0.shown) }.reversed().map(\.shown)
    let preface = directly.filter { isToFill($0) }.map(\.trimmed)
    return (title.map { self.title(endingAt: $0, in: lines) } ?? labelledTitle(in: lines), preface)
  }

  /// Straight above the table, or else the nearest centred line: an explanation may stand between.
  private static func lastTitleLine(in lines: ArraySlice<WordParagraph>) -> Int? {
    let candidates = lines.indices.filter { isTitle(lines[$0]) }
    let nearest = lines.indices.last { !lines[$0].isBlank && !isSkipped(lines[$0].shown) }
    return candidates.last { $0 == nearest } ?? candidates.last { lines[$0].isCentred }
  }

  private static func title(endingAt last: Int, in lines: ArraySlice<WordParagraph>) -> String {
    var first = last
    var parts = [lines[last].shown]
    while first > lines.startIndex, parts.count < mostLines, isTitle(lines[first - 1]),
      continues(lines[first - 1], lines[last], parts)
    {
      first -= 1
      parts.insert(lines[first].shown, at: 0)
    }
    return parts.map(\.trimmed).joined()
  }

  /// A title runs over several centred lines, or until its 《 is found.
  private static func continues(_ line: WordParagraph, _ last: WordParagraph, _ parts: [String]) -> Bool {
    if last.isCentred { return line.isCentred }
    let joined = parts.joined()
    return joined.filter { $0 == "》" }.count > joined.filter { $0 == "《" }.count
  }

  private static func isTitle(_ line: WordParagraph) -> Bool {
    let text = line.shown.trimmed
    guard let last = text.last, text.count <= longest, !isSkipped(text) else { return false }
    return !"。；：，、;:,".contains(last)
  }

  /// Lines that stand between title and table: 附件1, fields to fill in (单位：　　日期：), dates, page numbers.
  private static func isSkipped(_ text: String) -> Bool {
    AttachmentLabel(text) != nil || text.compared.allSatisfy(\.isASCIIDigit) || isToFill(text)
  }

  /// A field or several in one line (单位：　　日期：), a date, or XX党委 in front of what is the title.
  private static func isToFill(_ text: String) -> Bool {
    let text = text.trimmed
    let compared = text.compared
    if compared.isEmpty || AttachmentLabel(text) != nil { return false }
    if CalendarDate(text: text) != nil || compared.hasSuffix("年月日") { return true }
    if ["XX", "××", "__"].contains(where: compared.uppercased().hasPrefix) { return !isNameOfTable(compared) }
    guard compared.contains(":") else { return false }
    // Fields that somebody has filled in stand apart by tabs, or each has its colon.
    return compared.hasSuffix(":") || text.contains("   ") || text.contains("\t") || compared.count < 20
      || compared.count { $0 == ":" } > 1
  }

  private static func isNameOfTable(_ text: String) -> Bool {
    ["表", "账", "帐", "单", "册", "簿", "指南", "标准", "细则", "方案", "安排", "计划", ")"].contains { text.hasSuffix($0) }
  }

  /// 附件2：某某表, label and title in one line.
  private static func labelledTitle(in lines: ArraySlice<WordParagraph>) -> String {
    lines.reversed().lazy.compactMap { AttachmentLabel($0.shown)?.title }.first { !$0.isEmpty } ?? ""
  }

  /// For whom the table is: the parenthesis that ends the title, where it names people or units rather than an edition
  /// （试行） or a maximum （100分）. As written, empty where there is none.
  static func audience(of title: String) -> String {
    guard let close = title.trimmed.last, "）)".contains(close) else { return "" }
    let title = title.trimmed.dropLast()
    var depth = 1
    guard
      let open = title.indices.last(where: { index in
        if "）)".contains(title[index]) { depth += 1 }
        if "（(".contains(title[index]) { depth -= 1 }
        return depth == 0
      })
    else { return "" }
    let name = title[title.index(after: open)...]
    let isEdition = ["版", "稿", "分", "年", "试行", "日"].contains { name.hasSuffix($0) }
    let isGroup = ["党", "支部", "院", "系", "部", "处", "室", "单位", "学校", "教师", "学生", "干部", "班"].contains { name.contains($0) }
    return isGroup && !isEdition ? String(name) : ""
  }
}

/// 附件, 附件1, 附件 2：.
struct AttachmentLabel {
  /// nil where there is only one attachment.
  let number: Int?
  /// What follows on the same line; usually empty.
  let title: String

  init?(_ line: String) {
    let text = line.trimmed
    guard text.hasPrefix("附"), let kind = text.dropFirst().firstIndex(of: "件"),
      text[text.index(after: text.startIndex)..<kind].isBlank
    else { return nil }
    let rest = text[text.index(after: kind)...].drop(while: \.isWhitespace)
    let digits = rest.prefix { Numerals.value(Numerals.halfWidth(String($0))) != nil }
    let after = rest[digits.endIndex...].drop(while: \.isWhitespace)
    guard after.isEmpty || after.first == "：" || after.first == ":" else { return nil }
    number = Numerals.value(Numerals.halfWidth(String(digits)))
    title = after.dropFirst().trimmed
  }
}

/// 备注：…, 注：…, 填表说明：… under a table or in its last row.
enum NoteText {
  static func isNote(_ text: String) -> Bool {
    let compared = text.compared
    return ["备注", "注", "说明", "填表说明", "填写说明", "填报说明"].contains { word in
      compared.hasPrefix(word) && compared.dropFirst(word.count).first.map { $0 == ":" || $0.isASCIIDigit } ?? false
    }
  }

  /// The number of lines at the front of `lines` that are a note, blank ones before it included: its first line and
  /// the numbered ones that follow at once.
  static func length(in lines: ArraySlice<WordParagraph>) -> Int {
    guard let first = lines.firstIndex(where: { !$0.isBlank }), isNote(lines[first].shown) else { return 0 }
    let rest = lines[(first + 1)...].prefix { !$0.isBlank && NumberedText(parsing: $0.shown).style != nil }
    return rest.endIndex - lines.startIndex
  }
}
