/// Builds a document's blocks from the elements of `word/document.xml` as they stream by; no tree of XML is kept.
///
/// Elements it does not know (`w:ins`, `w:hyperlink`, `w:smartTag`, `w:sdt`, …) are transparent: their text is the
/// paragraph's.
final class BodyReader: MarkupHandler {
  /// What does not show as running text: deleted revisions, field codes, earlier formatting, drawings, and the copy that
  /// `mc:AlternateContent` keeps for old readers.
  private static let skipped: Set<String> = [
    "moveFrom", "delText", "instrText", "delInstrText", "pPrChange", "rPrChange", "tblPrChange", "trPrChange",
    "tcPrChange", "sectPrChange", "sectPr", "drawing", "pict", "object", "rt", "other:Fallback",
  ]

  private(set) var blocks: [WordBlock] = []

  private let limits: WordLimits
  private var numberer: ParagraphNumberer
  private var blockCount = 0
  private var path: [String] = []
  /// Length of `path` where a skipped element began; nil outside of one.
  private var skippedDepth: Int?
  private var paragraph: OpenParagraph?
  /// Text of paragraphs whose end mark was deleted: it runs on into the next one.
  private var carried: String?
  /// The innermost open table; those around it wait in `outerTables`.
  private var table: OpenTable?
  private var outerTables: [OpenTable] = []

  init(numberer: ParagraphNumberer, limits: WordLimits) {
    self.numberer = numberer
    self.limits = limits
  }

  func begin(_ element: MarkupElement) throws(ImportError) {
    let parent = path.last
    path.append(element.name)
    if skippedDepth != nil { return }
    if Self.skipped.contains(element.name) {
      skippedDepth = path.count
      return
    }
    switch (element.name, parent) {
    case ("p", _):
      try countBlock()
      closeParagraph()
      paragraph = OpenParagraph(text: carried ?? "")
      carried = nil
    case ("tbl", _):
      try countBlock()
      closeRun()
      if let table { outerTables.append(table) }
      table = OpenTable()
    case ("tr", _):
      try countBlock()
      table?.row = OpenRow()
    case ("tc", _):
      try countBlock()
      table?.row?.cell = OpenCell()
    case ("del", "trPr"): table?.row?.isDeleted = true
    case ("del", "rPr"): if path.dropLast(2).last == "pPr" { paragraph?.runsOn = true }
    case ("del", _): skippedDepth = path.count
    case ("gridBefore", "trPr"): table?.row?.nextColumn = Self.columns(element, limits, least: 0)
    case ("gridSpan", "tcPr"): table?.row?.cell?.span = Self.columns(element, limits, least: 1)
    case ("vMerge", "tcPr"): table?.row?.cell?.continuesAbove = element.value != "restart"
    case ("pStyle", "pPr"): paragraph?.numbering.style = element.value
    case ("numId", "numPr"): paragraph?.numbering.instance = element.value
    case ("ilvl", "numPr"): paragraph?.numbering.level = element.value.flatMap { Int($0) }
    case ("jc", "pPr"): paragraph?.isCentred = element.value == "center"
    case ("br", "r"), ("cr", "r"): paragraph?.text.append("\n")
    case ("tab", "r"): paragraph?.text.append("\t")
    case ("noBreakHyphen", "r"): paragraph?.text.append("-")
    default: break
    }
  }

  func text(_ text: String) {
    if skippedDepth == nil, path.last == "t" { paragraph?.text.append(text) }
  }

  func end(_ name: String) throws(ImportError) {
    if let depth = skippedDepth {
      if depth == path.count { skippedDepth = nil }
      path.removeLast()
      return
    }
    path.removeLast()
    switch name {
    case "p": closeParagraph()
    case "tc": try closeCell()
    case "tr": table?.closeRow()
    case "body": closeRun()
    case "tbl":
      closeRun()
      guard let finished = table else { return }
      table = outerTables.popLast()
      append(.table(WordTable(rows: finished.rows)))
    default: break
    }
  }

  private func countBlock() throws(ImportError) {
    blockCount += 1
    if blockCount > limits.blocks { throw .tooLarge("段落、表格和单元格", limit: "\(limits.blocks) 个") }
  }

  private func closeParagraph() {
    guard let open = paragraph else { return }
    paragraph = nil
    if open.runsOn {
      carried = open.text
      return
    }
    let label = numberer.label(for: open.numbering)
    append(.paragraph(WordParagraph(label: label, text: open.text, isCentred: open.isCentred)))
  }

  /// Closes the paragraph where no further one follows that carried text could join.
  private func closeRun() {
    closeParagraph()
    if let carried { append(.paragraph(WordParagraph(text: carried))) }
    carried = nil
  }

  private func closeCell() throws(ImportError) {
    closeRun()
    guard let row = table?.row, let cell = row.cell else { return }
    let end = row.nextColumn + cell.span
    if end > limits.columns { throw .tooLarge("表格的列", limit: "\(limits.columns) 列") }
    table?.row?.cells.append(
      WordCell(columns: row.nextColumn..<end, continuesAbove: cell.continuesAbove, blocks: cell.blocks))
    table?.row?.nextColumn = end
    table?.row?.cell = nil
  }

  /// A block belongs to the innermost open cell. Between cells, where no block may stand, it is dropped.
  private func append(_ block: WordBlock) {
    if table == nil { blocks.append(block) } else { table?.row?.cell?.blocks.append(block) }
  }

  private static func columns(_ element: MarkupElement, _ limits: WordLimits, least: Int) -> Int {
    min(max(element.value.flatMap { Int($0) } ?? least, least), limits.columns + 1)
  }
}

private struct OpenParagraph {
  var text = ""
  var numbering = ParagraphNumbering()
  var isCentred = false
  var runsOn = false
}

private struct OpenTable {
  var rows: [WordRow] = []
  var row: OpenRow?

  mutating func closeRow() {
    if let row, !row.isDeleted { rows.append(WordRow(cells: row.cells)) }
    row = nil
  }
}

private struct OpenRow {
  var cells: [WordCell] = []
  var cell: OpenCell?
  var nextColumn = 0
  var isDeleted = false
}

private struct OpenCell {
  var span = 1
  var continuesAbove = false
  var blocks: [WordBlock] = []
}
