import SyncModel

/// A table with merged cells. A cell that spans rows or columns is said once, at its upper left; rows below leave out
/// what it covers, as in HTML. A row that says fewer cells than there are columns is filled up with empty ones.
public struct DocumentTable: Hashable, Sendable {
  /// One for each column, above 0: they share the page's text width in proportion. Millimetres do as well as 1, 3, 6.
  public var weights: [Double]
  /// Rows from the top that head the table: printed in 黑体, centred, and again on every page.
  public var headerRows: Int
  /// Header rows first.
  public var rows: [DocumentRow]

  public init(weights: [Double], headerRows: Int = 1, rows: [DocumentRow] = []) {
    self.weights = weights
    self.headerRows = headerRows
    self.rows = rows
  }

  public var columns: Int { weights.count }
}

public struct DocumentRow: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// Left to right, without those that cells from above cover.
  public var cells: [DocumentCell]
  /// Room to write in by hand, in millimetres; the row grows with its text. 0 for as low as the text allows.
  public var leastHeight: Double

  public init(_ cells: [DocumentCell], leastHeight: Double = 0) {
    self.cells = cells
    self.leastHeight = leastHeight
  }

  public init(arrayLiteral cells: DocumentCell...) { self.init(cells) }
}

/// What stands in one box of a table.
public struct DocumentCell: Hashable, Sendable, ExpressibleByStringLiteral {
  public let content: Content
  /// Columns covered, from 1.
  public var columnSpan: Int
  /// Rows covered, from 1; what reaches below the table's last row ends there.
  public var rowSpan: Int
  /// nil for what is usual: header rows and numbers centred, text at the left.
  public var alignment: Alignment?

  public enum Content: Hashable, Sendable {
    /// A paragraph each, cut where it is more than a cell takes (``CellText``). Stays text in every format, whatever it begins with: `=1+1` is never a formula.
    case text([TextLine])
    /// A number in .xlsx, exact to two decimals, shown with its unit (`2分`); the unit is no part of the number.
    case number(Score, unit: String, tone: TextTone)
    /// A SUM formula in .xlsx over `ranges`, of which `value` is the result; the value alone elsewhere.
    case sum(Score, of: [CellRange], unit: String, tone: TextTone)
  }

  public enum Alignment: Hashable, Sendable {
    case left
    case centre
    case right
  }

  public init(_ content: Content, columnSpan: Int = 1, rowSpan: Int = 1, alignment: Alignment? = nil) {
    if case .text(let lines) = content { self.content = .text(CellText.fitting(lines)) } else { self.content = content }
    self.columnSpan = columnSpan
    self.rowSpan = rowSpan
    self.alignment = alignment
  }

  /// Text, a paragraph for each of its lines.
  public init(
    _ text: String, tone: TextTone = .plain, columnSpan: Int = 1, rowSpan: Int = 1, alignment: Alignment? = nil
  ) {
    self.init(
      .text(TextLine.lines(of: text, tone)), columnSpan: columnSpan, rowSpan: rowSpan, alignment: alignment)
  }

  public init(stringLiteral text: String) { self.init(text) }

  public static let empty = DocumentCell("")

  /// `2分`, a number to whatever calculates.
  public static func points(_ score: Score, tone: TextTone = .plain) -> DocumentCell {
    DocumentCell(.number(score, unit: "分", tone: tone))
  }

  /// A bare number: a score that was given, a serial number.
  public static func number(_ score: Score, tone: TextTone = .plain) -> DocumentCell {
    DocumentCell(.number(score, unit: "", tone: tone))
  }

  public static func number(_ count: Int, tone: TextTone = .plain) -> DocumentCell {
    DocumentCell(.number(Score(hundredths: Int64(count) * 100), unit: "", tone: tone))
  }

  /// What is read on the page, a line for each paragraph.
  public var lines: [TextLine] {
    switch content {
    case .text(let lines): lines
    case .number(let value, let unit, let tone), .sum(let value, _, let unit, let tone):
      [TextLine(value.description + unit, tone)]
    }
  }

  /// What is read on the page; paragraphs are divided by line ends.
  public var text: String { lines.map(\.text).joined(separator: "\n") }
}

/// Cells of one column, named by their place in the same table: both counted from 0, header rows included.
public struct CellRange: Hashable, Sendable {
  public var column: Int
  public var rows: ClosedRange<Int>

  public init(column: Int, rows: ClosedRange<Int>) {
    self.column = column
    self.rows = rows
  }
}
