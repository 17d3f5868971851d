/// The text of a .docx as a reader sees it: paragraphs and tables in document order, revisions accepted.
///
/// What a text box holds stands where it is anchored. Pictures, notes, headers, footers and hidden text are left out of
/// the blocks.
public struct WordDocument: Hashable, Sendable {
  public var blocks: [WordBlock]
  /// The text of every paragraph, once more and plain, with those of text boxes, headers and footers: where a document
  /// that is 涉密 says so.
  public var everyLine: [String]
  /// Some of its text is another file that Word would show in its place, and is not here.
  public var hasForeignBody = false

  public init(blocks: [WordBlock], everyLine: [String] = []) {
    self.blocks = blocks
    self.everyLine = everyLine
  }
}

public enum WordBlock: Hashable, Sendable {
  case paragraph(WordParagraph)
  case table(WordTable)
}

public struct WordParagraph: Hashable, Sendable {
  /// The number that Word counts and shows before the text (自动编号): `（1）`, `一、`; empty where there is none.
  public var label: String
  /// As typed. A line break is `\n`, a tab `\t`, a non-breaking hyphen `-`.
  public var text: String
  public var isCentred: Bool

  public init(label: String = "", text: String, isCentred: Bool = false) {
    self.label = label
    self.text = text
    self.isCentred = isCentred
  }

  /// Label and text, as they stand on the page.
  public var shown: String { label + text }
  public var isBlank: Bool { text.allSatisfy(\.isWhitespace) }
}

public struct WordTable: Hashable, Sendable {
  public var rows: [WordRow]
  /// Of the grid's columns from 0, in twentieths of a point; shorter than the rows, or empty, where the document does not say.
  public var widths: [Int]
  /// Stands on a page printed across 横向.
  public var isLandscape: Bool

  public init(rows: [WordRow], widths: [Int] = [], isLandscape: Bool = false) {
    self.rows = rows
    self.widths = widths
    self.isLandscape = isLandscape
  }
}

public struct WordRow: Hashable, Sendable {
  /// Left to right; their columns ascend without overlap.
  public var cells: [WordCell]

  public init(cells: [WordCell]) {
    self.cells = cells
  }
}

public struct WordCell: Hashable, Sendable {
  /// Grid columns covered, from 0.
  public var columns: Range<Int>
  /// True for a cell that continues the one above it (纵向合并, `vMerge`).
  public var continuesAbove: Bool
  public var blocks: [WordBlock]
  /// As the cell itself says, in twentieths of a point; 0 where it does not.
  public var width: Int

  public init(columns: Range<Int>, continuesAbove: Bool = false, blocks: [WordBlock], width: Int = 0) {
    self.columns = columns
    self.continuesAbove = continuesAbove
    self.blocks = blocks
    self.width = width
  }

  /// The cell's paragraphs in reading order, those of nested tables among them.
  public var paragraphs: [WordParagraph] {
    blocks.flatMap { block -> [WordParagraph] in
      switch block {
      case .paragraph(let paragraph): [paragraph]
      case .table(let table): table.rows.flatMap(\.cells).flatMap(\.paragraphs)
      }
    }
  }

  public var isBlank: Bool { paragraphs.allSatisfy(\.isBlank) }
}
