import SyncModel

/// The header of a table that holds a checklist, and which of its columns mean what.
struct TableHeader: Hashable {
  /// One header cell.
  struct Cell: Hashable {
    /// Verbatim.
    let text: String
    let columns: Range<Int>
    let role: ColumnRole
    /// In twentieths of a point; 0 where the document does not say.
    var width = 0
  }

  /// One column of the body, from the grid column where it starts.
  struct Column: Hashable {
    enum Use: Hashable {
      /// Depth 0 is a section.
      case level(Int)
      /// Numbers the level of this depth.
      case sequence(Int)
      case points
      /// Neither text nor points of the item: kept in its cells, or to be filled.
      case further
    }

    let start: Int
    let use: Use
  }

  let kind: Template.Kind
  let cells: [Cell]
  let columns: [Column]
  /// Rows above the header that caption the table.
  let captions: [String]
  /// Rows above the header of several cells, to be filled in by hand (填报单位：　截止时间：).
  let fields: [String]
  let isLandscape: Bool
  /// Each header row's texts, for comparing.
  let rowTexts: [[String]]
  /// The first row below the header.
  let bodyStart: Int

  /// Same header: the same table going on, though perhaps on another grid.
  func matches(_ other: TableHeader) -> Bool {
    cells.map(\.text.compared) == other.cells.map(\.text.compared) && columns.map(\.use) == other.columns.map(\.use)
  }

  /// True for the header row printed again at the top of a page.
  func isRepeated(in row: WordRow) -> Bool {
    rowTexts.contains(row.comparedTexts)
  }

  /// As a template has them. The spans of all give the columns of the body again, so far as a template holds so many.
  var templateColumns: [Template.Column] {
    cells.map { cell in
      let span = columns.count { cell.columns.contains($0.start) }
      return Template.Column(
        cell.text, span: max(span, 1), width: cell.width,
        content: kind.hasRows ? ColumnRole.content(header: cell.text, role: cell.role) : .text)
    }
  }

  var depth: Int {
    columns.reduce(0) { depth, column in
      if case .level(let level) = column.use { max(depth, level + 1) } else { depth }
    }
  }
}

extension WordRow {
  var isBlank: Bool { cells.allSatisfy(\.isBlank) }

  var comparedTexts: [String] { cells.map(\.paragraphs.phrase.compared) }

  /// A single cell across the table.
  var isCaption: Bool { cells.count == 1 }

  /// Nothing but fields to fill in above a header: 填报单位：　|　日期：.
  var isFields: Bool {
    cells.contains { !$0.isBlank } && cells.allSatisfy { $0.isBlank || $0.paragraphs.phrase.compared.contains(":") }
  }
}

extension WordCell {
  /// Longer texts are content.
  static let longestHeader = 20

  var holdsTable: Bool {
    blocks.contains { if case .table = $0 { true } else { false } }
  }

  var isHeaderText: Bool { (1...Self.longestHeader).contains(paragraphs.phrase.count) }
}
