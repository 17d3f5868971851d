/// A worksheet read as a page with tables on it, so that checklists are found in it as in a Word document.
///
/// Rows with one text above a header are lines of the page, and so are notes and fields to fill in below. The grid has a
/// column for each column of the sheet that holds a text anywhere.
struct SheetDocument {
  /// Cells that merges may cover, beyond which they are left apart; a page has a few hundred.
  private static let mergedCellLimit = 500_000
  /// A column that the sheet does not size.
  private static let usualWidth = 960

  private let sheet: Sheet
  /// The sheet's columns that hold a text.
  private let grid: [Int]
  /// By row number.
  private let merges: [Int: [Sheet.Merge]]

  init(_ sheet: Sheet) {
    self.sheet = sheet
    grid = Set(sheet.rows.flatMap(\.cells.keys)).sorted()
    merges = Self.mergesByRow(of: sheet)
  }

  var document: WordDocument {
    let texts = sheet.rows.flatMap { row in row.cells.sorted { $0.key < $1.key }.map(\.value) }
    let everyLine = (texts + sheet.margins + [sheet.name]).flatMap { $0.split(separator: "\n").map(String.init) }
    // Wider than any checklist: data of another kind.
    let blocks = grid.count > WordLimits().columns ? [] : blocks
    return WordDocument(blocks: blocks, everyLine: everyLine)
  }

  private static func mergesByRow(of sheet: Sheet) -> [Int: [Sheet.Merge]] {
    var found: [Int: [Sheet.Merge]] = [:]
    var budget = mergedCellLimit
    for merge in sheet.merges {
      let first = sheet.rows.firstSorted { $0.number >= merge.rows.lowerBound }
      for row in sheet.rows[first...].prefix(while: { merge.rows.contains($0.number) }) {
        budget -= 1
        if budget < 0 { return found }
        found[row.number, default: []].append(merge)
      }
    }
    return found
  }

  // MARK: Rows

  private func row(_ row: Sheet.Row, isFirst: Bool) -> WordRow {
    var cells: [WordCell] = []
    while true {
      let start = cells.last?.columns.upperBound ?? 0
      if start >= grid.count { break }
      let column = grid[start]
      let merge = merges[row.number]?.first { $0.columns.contains(column) }
      let end = merge.map { merge in grid.firstSorted { $0 > merge.columns.upperBound } } ?? start + 1
      let continues = !isFirst && merge.map { $0.rows.lowerBound < row.number } ?? false
      let text = continues ? "" : row.cells[merge?.columns.lowerBound ?? column] ?? ""
      let paragraphs = text.split(separator: "\n").map { WordBlock.paragraph(WordParagraph(text: String($0))) }
      cells.append(WordCell(columns: start..<max(end, start + 1), continuesAbove: continues, blocks: paragraphs))
    }
    return WordRow(cells: widened(cells))
  }

  /// A heading or a note that stands alone in its row runs across the empty cells beside it.
  private func widened(_ cells: [WordCell]) -> [WordCell] {
    guard cells.count > 1, let first = cells.first, !first.isBlank,
      cells.dropFirst().allSatisfy({ $0.isBlank && !$0.continuesAbove })
    else { return cells }
    let text = first.paragraphs.phrase
    let isHeading = NumberedText(parsing: text).style != nil || NoteText.isNote(text)
    guard isHeading || first.columns.count * 2 > grid.count else { return cells }
    return [WordCell(columns: 0..<grid.count, blocks: first.blocks)]
  }

  // MARK: Blocks

  private var blocks: [WordBlock] {
    var blocks: [WordBlock] = []
    var rows: [WordRow] = []
    var last: Int?
    func closeTable() {
      blocks += table(rows, isFirst: blocks.isEmpty)
      rows = []
    }
    for group in groups {
      let isApart = last != nil && beginsTable(group)
      if isApart { closeTable() }
      for row in group { rows.append(self.row(row, isFirst: rows.isEmpty)) }
      last = group.last?.number
    }
    closeTable()
    return blocks
  }

  /// Rows between which none is empty.
  private var groups: [ArraySlice<Sheet.Row>] {
    var groups: [ArraySlice<Sheet.Row>] = []
    var start = 0
    for index in sheet.rows.indices where index > 0 && sheet.rows[index].number > sheet.rows[index - 1].number + 1 {
      groups.append(sheet.rows[start..<index])
      start = index
    }
    return groups + (start < sheet.rows.count ? [sheet.rows[start...]] : [])
  }

  /// Behind empty rows a table goes on, unless a header of known words stands there.
  private func beginsTable(_ group: ArraySlice<Sheet.Row>) -> Bool {
    let rows = group.map { row($0, isFirst: $0.number == group.first?.number) }
    let table = WordTable(rows: Array(rows.drop { $0.cells.count { !$0.isBlank } == 1 }))
    guard let header = TableHeader(of: table) else { return false }
    return header.cells.contains { $0.role != .other }
      && header.cells.allSatisfy { NumberedText(parsing: $0.text).style == nil && $0.text.contains { !$0.isNumber } }
  }

  /// The lines above, the table, the lines below.
  private func table(_ rows: [WordRow], isFirst: Bool) -> [WordBlock] {
    let above = rows.prefix { $0.cells.count { !$0.isBlank } == 1 }
    let rest = rows.dropFirst(above.count)
    let below = rest[(Self.footer(of: rest))...]
    var lines = above.map(line)
    // The tab of a sheet that has no title of its own, but for the names that programs give.
    let isNamed = sheet.name.compared.wholeMatch(of: /(?i)(sheet|工作表|table)?\d*/) == nil
    if lines.isEmpty, isFirst, isNamed { lines = [WordParagraph(text: sheet.name, isCentred: true)] }
    let table = WordTable(rows: Array(rest[..<below.startIndex]), widths: widths, isLandscape: sheet.isLandscape)
    return lines.map(WordBlock.paragraph) + [.table(table)] + below.map { .paragraph(line($0)) }
  }

  private func line(_ row: WordRow) -> WordParagraph {
    let filled = row.cells.filter { !$0.isBlank }
    return WordParagraph(
      text: filled.map(\.paragraphs.verbatim).joined(separator: "\u{3000}\u{3000}"),
      isCentred: filled.count == 1 && filled[0].columns.count > 1)
  }

  /// Where the rows at the end begin that are no rows of the table: a note, its numbered lines, and fields to fill in.
  private static func footer(of rows: ArraySlice<WordRow>) -> Int {
    var start = rows.endIndex
    for index in rows.indices.dropFirst().reversed() {
      let texts = rows[index].cells.filter { !$0.isBlank }.map(\.paragraphs.phrase)
      let isNote = texts.count == 1 && NoteText.isNote(texts[0])
      let isField = texts.allSatisfy { $0.compared.contains(":") && $0.compared.count < 20 }
      if isNote || isField {
        start = index
      } else if texts.count != 1 || NumberedText(parsing: texts[0]).style == nil {
        break
      }
    }
    return start
  }

  private var widths: [Int] {
    if sheet.widths.isEmpty { return [] }
    return grid.indices.map { index in
      let next = index + 1 < grid.count ? grid[index + 1] : grid[index] + 1
      return (grid[index]..<next).reduce(0) { $0 + (sheet.widths[$1] ?? Self.usualWidth) }
    }
  }
}
