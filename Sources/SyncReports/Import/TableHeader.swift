import SyncModel

/// The header of a table that holds a checklist, and which of its columns mean what.
struct TableHeader: Hashable {
  /// One header cell.
  struct Cell: Hashable {
    /// Verbatim.
    let text: String
    let columns: Range<Int>
    let role: ColumnRole
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
}

extension WordCell {
  /// Longer texts are content.
  static let longestHeader = 20

  var isHeaderText: Bool { (1...Self.longestHeader).contains(paragraphs.phrase.count) }
}
