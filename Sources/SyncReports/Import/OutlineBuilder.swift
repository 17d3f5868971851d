import SyncModel

/// Grows a template's tree row by row.
///
/// A cell that is empty or merged with the one above continues its node; so does one that repeats the node's number and
/// text. Whatever does not fit is kept and flagged, never dropped.
struct OutlineBuilder {
  typealias Flag = ImportedTemplate.Flag

  private var header: TableHeader
  private let roots = Draft(NumberedText(text: ""))
  /// The node each depth is adding to; nil where none is open.
  private var open: [Draft?]
  private var furtherCells: [Int: String] = [:]
  /// Set by a row across the table; such sections stand above all columns where there is only one level column.
  private var bannerSection: Draft?
  private(set) var notes: [String] = []
  private(set) var flags: [Flag] = []
  /// What a 合计 row prints.
  private(set) var printedTotal: Score?

  init(header: TableHeader) {
    self.header = header
    open = Array(repeating: nil, count: header.depth)
  }

  var sections: [Template.Node] { roots.children.map(\.node) }

  /// Adds the rows of a table; a repeated header and empty rows add nothing. `header` matches the first table's.
  mutating func add(_ rows: ArraySlice<WordRow>, under header: TableHeader) {
    if header != self.header { furtherCells = [:] }
    self.header = header
    for (index, row) in zip(rows.indices, rows) where !row.isBlank && !header.isRepeated(in: row) {
      if addBanner(row) || addTotal(row) { continue }
      let next = index + 1 < rows.endIndex ? rows[index + 1] : nil
      add(row, pointsContinue: next.flatMap { cell(of: .points, in: $0) }?.continuesAbove ?? false)
    }
  }

  /// A row of one cell across the table: a note, or a section (一、…).
  private mutating func addBanner(_ row: WordRow) -> Bool {
    let filled = row.cells.filter { !$0.isBlank }
    guard filled.count == 1, let cell = filled.first, row.cells.count == 1 || cell.columns.count >= header.columns.count
    else { return false }
    let text = cell.paragraphs.verbatim
    if NoteText.isNote(text) {
      notes.append(text)
    } else {
      let section = append(titleCell(cell.paragraphs), to: roots)
      open = open.map { _ in nil }
      if open.count > 1 { open[0] = section } else { bannerSection = section }
    }
    return true
  }

  private mutating func addTotal(_ row: WordRow) -> Bool {
    let texts = row.cells.map(\.paragraphs.phrase)
    guard let first = texts.first(where: { !$0.isEmpty }), ["合计", "总计", "总分", "小计"].contains(first.compared) else {
      return false
    }
    let points = texts.compactMap { PrintedPoints.cell($0) }
    if first.compared != "小计" { printedTotal = points.first ?? printedTotal }
    return true
  }

  private mutating func add(_ row: WordRow, pointsContinue: Bool) {
    readSideCells(of: row)
    for depth in open.indices.dropLast() {
      guard let cell = cell(of: .level(depth), in: row), !cell.continuesAbove, !cell.isBlank else { continue }
      openNode(titleCell(cell.paragraphs), depth: depth, sequence: sequence(of: depth, in: row))
    }
    guard let depth = open.indices.last else { return }
    var items: [NumberedText] = []
    if let cell = cell(of: .level(depth), in: row), !cell.continuesAbove {
      // One figure for the row: what it counts for is one item, however it is written.
      let figures = self.cell(of: .points, in: row)?.paragraphs.lines.count ?? 0
      items = ItemCell.items(in: cell.paragraphs, isOne: figures == 1)
    }
    let parent = self.parent(of: depth)
    let sequence = sequence(of: depth, in: row)
    let drafts = items.map { item in
      // Without a points column an item may print its own: …（2分）.
      let (text, points) = header.kind == .scoreSheet ? PrintedPoints.split(item.text) : (item.text, nil)
      let number = item.number.isEmpty && items.count == 1 ? sequence ?? "" : item.number
      let draft = Draft(NumberedText(number: number, style: item.style, text: text))
      draft.points = points
      draft.cells = furtherTexts
      parent.children.append(draft)
      return draft
    }
    setPoints(of: row, on: drafts, under: parent, shared: pointsContinue)
  }

  /// Remembers what merged cells of the side columns hold for the rows below.
  private mutating func readSideCells(of row: WordRow) {
    for column in header.columns where column.use == .further {
      if let cell = row.cells.first(where: { $0.columns.lowerBound == column.start }), !cell.continuesAbove {
        furtherCells[column.start] = cell.paragraphs.verbatim
      }
    }
  }

  private var furtherTexts: [String] {
    header.columns.filter { $0.use == .further }.map { furtherCells[$0.start] ?? "" }
  }

  private mutating func openNode(_ title: (text: NumberedText, points: Score?), depth: Int, sequence: String?) {
    let number = title.text.number.isEmpty ? sequence ?? "" : title.text.number
    let found = NumberedText(number: number, style: title.text.style, text: title.text.text)
    if let current = open[depth], current.isContinued(by: found) {
      if current.text.compared != found.text.compared {
        flags.append(Flag(text: found.text.excerpt(), reason: "编号 \(number) 再次出现时文字与前面不同，按同一项处理，请核对。"))
      } else if current.text != found.text {
        flags.append(Flag(text: found.text.excerpt(), reason: "编号 \(number) 再次出现时空格与前面不同，按同一项处理，请核对。"))
      }
      return
    }
    let parent = parent(of: depth)
    open[depth] = append((found, title.points), to: parent)
    for deeper in open.indices where deeper > depth { open[deeper] = nil }
  }

  private func append(_ title: (text: NumberedText, points: Score?), to parent: Draft) -> Draft {
    let draft = Draft(title.text)
    draft.points = title.points
    parent.children.append(draft)
    return draft
  }

  /// The nearest open node above `depth`: a section without its own level-2 title holds its items itself.
  private func parent(of depth: Int) -> Draft {
    open[..<depth].lazy.compactMap(\.self).last ?? bannerSection ?? roots
  }

  /// A title cell: lines that only print points are taken off, broken lines joined.
  private func titleCell(_ paragraphs: [WordParagraph]) -> (text: NumberedText, points: Score?) {
    var points: Score?
    let text = paragraphs.filter { paragraph in
      guard let found = PrintedPoints.cell(paragraph.text, needsUnit: true) else { return true }
      points = points ?? found
      return false
    }
    let (title, trailing) = PrintedPoints.split(text.phrase)
    return (NumberedText(parsing: title), points ?? trailing)
  }

  private mutating func setPoints(of row: WordRow, on items: [Draft], under parent: Draft, shared: Bool) {
    guard let cell = cell(of: .points, in: row), !cell.continuesAbove, !cell.isBlank else { return }
    let lines = cell.paragraphs.lines
    let points = lines.compactMap { PrintedPoints.cell($0) }
    if points.count != lines.count {
      flags.append(Flag(text: cell.paragraphs.phrase.excerpt(), reason: "分值不是一个数，未计入，请核对后在系统中补填。"))
    } else if points.count == items.count, !shared {
      for (item, points) in zip(items, points) { item.points = points }
    } else if let first = points.first, points.count == 1, !shared || parent.points == nil, parent !== roots {
      // One figure beside several items counts for them together.
      if parent.points == nil { parent.points = first }
      flags.append(Flag(text: cell.paragraphs.phrase, reason: "一个分值对应多项，未拆分到每一项，请核对后在系统中补填。"))
    } else {
      flags.append(Flag(text: cell.paragraphs.phrase.excerpt(), reason: "分值与项数对不上，未计入，请核对后在系统中补填。"))
    }
  }

  /// The cell that starts the column; one that a horizontal merge has swallowed is no cell.
  private func cell(of use: TableHeader.Column.Use, in row: WordRow) -> WordCell? {
    guard let column = header.columns.first(where: { $0.use == use }) else { return nil }
    return row.cells.first { $0.columns.lowerBound == column.start }
  }

  private func sequence(of depth: Int, in row: WordRow) -> String? {
    guard let cell = cell(of: .sequence(depth), in: row), !cell.isBlank else { return nil }
    let text = cell.paragraphs.phrase
    let parsed = NumberedText(parsing: text)
    if parsed.text.isEmpty, !parsed.number.isEmpty { return parsed.number }
    return Numerals.halfWidth(text).trimmed
  }
}

/// A node under construction; shared by reference while rows below still add to it.
private final class Draft {
  let number: String
  let text: String
  var points: Score?
  var cells: [String] = []
  var children: [Draft] = []

  init(_ text: NumberedText) {
    number = text.number
    self.text = text.text
  }

  /// Same number and much the same text, or no number and the same text. A number used twice for different texts is two
  /// items, or the second text would be lost.
  func isContinued(by other: NumberedText) -> Bool {
    guard Numerals.components(number) == Numerals.components(other.number) else { return false }
    let (own, others) = (Array(text.compared), Array(other.text.compared))
    if own == others { return true }
    if number.isEmpty { return false }
    let prefix = zip(own, others).prefix { $0 == $1 }.count
    let suffix = zip(own.reversed(), others.reversed()).prefix { $0 == $1 }.count
    return (prefix + suffix) * 5 >= max(own.count, others.count) * 3
  }

  var node: Template.Node {
    Template.Node(
      number: number, text: text, points: points, cells: cells.allSatisfy(\.isEmpty) ? [] : cells,
      children: children.map(\.node))
  }
}
