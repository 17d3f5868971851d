import Foundation
import SyncModel

/// Rows of a schedule 时间表: when, what, and what is due.
struct ScheduleBuilder {
  private var cells: [Int: String] = [:]
  private(set) var nodes: [Template.Node] = []
  private(set) var flags: [ImportedTemplate.Flag] = []

  /// Adds the rows of a table whose header is `header`.
  mutating func add(_ rows: ArraySlice<WordRow>, under header: TableHeader) {
    for row in rows where !row.isBlank && !header.isRepeated(in: row) {
      for cell in row.cells where !cell.continuesAbove { cells[cell.columns.lowerBound] = cell.paragraphs.verbatim }
      var number = ""
      var text = ""
      var further: [String] = []
      for column in header.columns {
        let content = cells[column.start] ?? ""
        switch column.use {
        case .level: text = content
        case .sequence: number = NumberedText(number: content, text: "").number
        case .points, .further: further.append(content)
        }
      }
      var deliverables = further.flatMap { DeliverableText.deliverables(in: $0, year: Self.year(in: further)) }
      if deliverables.count > Template.columnLimit {
        deliverables = Array(deliverables.prefix(Template.columnLimit))
        flags.append(.init(text: text.excerpt(), reason: "一行中的报送材料超过 \(Template.columnLimit) 件，后面的未列出。"))
      }
      nodes.append(Template.Node(number: number, text: text, cells: further, deliverables: deliverables))
    }
  }

  /// The year the row itself names, for deadlines such as 5月7日前.
  private static func year(in cells: [String]) -> Int? {
    cells.lazy.compactMap { Numerals.halfWidth($0).firstMatch(of: /(\d{4})年/) }.first.flatMap { Int($0.1) }
  }
}

/// Finds what is to be handed in: 3月20日前报送《甲》及乙、丙.
enum DeliverableText {
  static func deliverables(in text: String, year: Int?) -> [Template.Deliverable] {
    let deadline =
      /(?:([0-9０-９]{4})年)?([0-9０-９]{1,2})月(?:([0-9０-９]{1,2})[日号]|底|末)(?:之?前|以前)?[^，。；,;0-9０-９\n]{0,12}?(?:报送|上报|提交|报|交)/
    let matches = text.matches(of: deadline)
    return matches.indices.flatMap { index -> [Template.Deliverable] in
      let match = matches[index]
      let end = index + 1 < matches.count ? matches[index + 1].range.lowerBound : text.endIndex
      let due = date(year: match.1, month: match.2, day: match.3, inferred: year)
      return titles(in: text[match.range.upperBound..<end]).map { Template.Deliverable(title: $0, due: due) }
    }
  }

  /// nil where no year is known or no such day exists. 月底 is the month's last day.
  private static func date(year: Substring?, month: Substring, day: Substring?, inferred: Int?) -> CalendarDate? {
    func number(_ text: Substring?) -> Int? { text.flatMap { Numerals.value(Numerals.halfWidth(String($0))) } }
    guard let year = number(year) ?? inferred, let month = number(month) else { return nil }
    guard day == nil else { return number(day).flatMap { CalendarDate(year: year, month: month, day: $0) } }
    return (28...31).reversed().lazy.compactMap { CalendarDate(year: year, month: month, day: $0) }.first
  }

  /// A list is cut at lines and behind a book title (》及, 》、); 、 elsewhere may belong to one title and stays, until a
  /// book title has shown that this is a list.
  private static func titles(in text: Substring) -> [String] {
    text.split(whereSeparator: { "\n；;。".contains($0) }).flatMap { line -> [String] in
      var titles: [String] = []
      var current = ""
      var depth = 0
      var hasBookTitle = false
      for character in line {
        if "《“（(".contains(character) { depth += 1 }
        if "》”）)".contains(character) { depth = max(depth - 1, 0) }
        let isBehindTitle = current.last.map { "》）".contains($0) } ?? false
        let isSeparator = "、，,".contains(character) || isBehindTitle && "及和与".contains(character)
        let separates = depth == 0 && hasBookTitle && isSeparator
        if separates {
          titles.append(current)
          current = ""
        } else {
          current.append(character)
        }
        if character == "》" { hasBookTitle = true }
      }
      return titles + [current]
    }
    .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "：:，,、及和 \t\u{3000}")) }
    .filter { !$0.isEmpty }
  }
}
