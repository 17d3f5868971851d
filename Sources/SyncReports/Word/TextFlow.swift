/// Running text under construction: the page's own, or that of a text box, which interrupts a paragraph.
struct TextFlow {
  var blocks: [WordBlock] = []
  var paragraph: OpenParagraph?
  /// Text of paragraphs whose end mark was deleted: it runs on into the next one.
  var carried: String?
  /// The innermost open table; those around it wait in `outerTables`.
  var table: OpenTable?
  var outerTables: [OpenTable] = []
  /// Depth of the picture or shape that is open; nil outside of one.
  var drawingDepth: Int?
  /// Depth of a run 隐藏文字; nil outside of one.
  var hiddenRunDepth: Int?
  /// For each content control that is open, whether it shows a prompt in place of content.
  var placeholders: [Bool] = []
  /// For each field that is open, whether its result has begun; before that stands its code.
  private var fields: [Bool] = []

  /// A block belongs to the innermost open cell. Between cells, where no block may stand, it is dropped.
  mutating func append(_ block: WordBlock) {
    if table == nil { blocks.append(block) } else { table?.row?.cell?.blocks.append(block) }
  }

  /// Adds what a reader sees to the open paragraph.
  mutating func append(_ text: String) {
    if hiddenRunDepth == nil, !fields.contains(false), !placeholders.contains(true) { paragraph?.text.append(text) }
  }

  mutating func fieldChanges(_ type: String?) {
    switch type {
    case "begin": fields.append(false)
    case "separate": if let last = fields.indices.last { fields[last] = true }
    case "end": _ = fields.popLast()
    default: break
    }
  }

  /// A code ends with its paragraph, whatever is missing: a damaged field must not swallow the page.
  mutating func endFieldCodes() {
    if !fields.isEmpty { fields = fields.map { _ in true } }
  }

  /// Says of every table from `start` on how its page lies.
  mutating func turnTables(from start: Int, isLandscape: Bool) {
    guard isLandscape else { return }
    for index in blocks.indices.dropFirst(start) {
      if case .table(var table) = blocks[index] {
        table.isLandscape = true
        blocks[index] = .table(table)
      }
    }
  }
}

struct OpenParagraph {
  var text = ""
  var numbering = ParagraphNumbering()
  var isCentred = false
  var runsOn = false
}

struct OpenTable {
  private(set) var rows: [WordRow] = []
  private(set) var widths: [Int] = []
  var row: OpenRow?

  mutating func addWidth(_ width: Int, limit: Int) {
    if widths.count < limit { widths.append(width) }
  }

  mutating func closeRow() {
    guard var cells = row?.cells, let isDeleted = row?.isDeleted else { return }
    row = nil
    if isDeleted { return }
    for index in cells.indices where cells[index].continuesAbove {
      // Nothing above that begins where it does: a cell of its own, as Word shows it.
      let start = cells[index].columns.lowerBound
      cells[index].continuesAbove = rows.last?.cells.contains { $0.columns.lowerBound == start } ?? false
    }
    rows.append(WordRow(cells: cells))
  }
}

struct OpenRow {
  private(set) var cells: [WordCell] = []
  var cell: OpenCell?
  var nextColumn = 0
  var isDeleted = false

  /// Takes the open cell over; its columns end before `end`.
  mutating func add(_ cell: OpenCell, upTo end: Int) {
    self.cell = nil
    let columns = nextColumn..<end
    nextColumn = end
    if cell.isDeleted { return }
    if cell.continuesLeft, let last = cells.indices.last {
      let left = cells[last]
      cells[last] = WordCell(
        columns: left.columns.lowerBound..<end, continuesAbove: left.continuesAbove,
        blocks: left.blocks + cell.blocks.filter { !$0.isBlank }, width: left.width + cell.width)
    } else {
      cells.append(
        WordCell(columns: columns, continuesAbove: cell.continuesAbove, blocks: cell.blocks, width: cell.width))
    }
  }
}

struct OpenCell {
  var span = 1
  var continuesAbove = false
  /// Merged with the cell on its left (`hMerge`, as old programs write it).
  var continuesLeft = false
  var isDeleted = false
  var width = 0
  var blocks: [WordBlock] = []
}

extension WordBlock {
  fileprivate var isBlank: Bool {
    if case .paragraph(let paragraph) = self { paragraph.isBlank } else { false }
  }
}
