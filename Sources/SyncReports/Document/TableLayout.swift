/// Where the cells of a table come to stand, row by row; only the spans that are open are held.
struct TableLayout {
  private let columns: Int
  private let headerRows: Int
  private var index = 0
  /// By column: the cell from above that reaches below the last row.
  private var open: [PlacedCell?]

  init(_ table: DocumentTable) {
    columns = table.columns
    headerRows = table.headerRows
    open = Array(repeating: nil, count: table.columns)
  }

  /// The next row with every column covered exactly once.
  /// - Throws: ``DocumentError/Code/unevenTable`` where it holds more than there is room for.
  mutating func place(_ row: DocumentRow) throws(DocumentError) -> PlacedRow {
    var cells: [PlacedCell] = []
    var rest = row.cells[...]
    var column = 0
    while column < columns {
      let cell = open[column].map(Self.next) ?? origin(rest.popFirst() ?? .empty, at: column)
      let end = column + cell.columnSpan
      guard end <= columns, cell.continuesAbove || open[column..<end].allSatisfy({ $0 == nil }) else {
        throw .unevenTable(row: index + 1)
      }
      for covered in column..<end { open[covered] = cell.rowsBelow > 0 ? cell : nil }
      cells.append(cell)
      column = end
    }
    if !rest.isEmpty { throw .unevenTable(row: index + 1) }
    defer { index += 1 }
    return PlacedRow(index: index, isHeader: index < headerRows, leastHeight: row.leastHeight, cells: cells)
  }

  private static func next(_ cell: PlacedCell) -> PlacedCell {
    var cell = cell
    cell.continuesAbove = true
    cell.rowsBelow -= 1
    return cell
  }

  /// A header's cell ends with the header: the rows under it are not repeated with it.
  private func origin(_ cell: DocumentCell, at column: Int) -> PlacedCell {
    let room = index < headerRows ? headerRows - index : Int.max
    return PlacedCell(
      cell: cell, column: column, columnSpan: max(cell.columnSpan, 1), top: index,
      rowsBelow: min(max(cell.rowSpan, 1), room) - 1)
  }
}

struct PlacedRow {
  /// From 0.
  let index: Int
  let isHeader: Bool
  let leastHeight: Double
  /// Left to right, covering every column once.
  let cells: [PlacedCell]
}

/// One box of a row: a cell, or a further row of one that began above.
struct PlacedCell {
  let cell: DocumentCell
  let column: Int
  let columnSpan: Int
  /// The row in which it begins.
  let top: Int
  /// Rows after this one that it covers still.
  var rowsBelow: Int
  var continuesAbove = false

  func alignment(inHeader: Bool) -> DocumentCell.Alignment {
    if let alignment = cell.alignment { return alignment }
    if case .text = cell.content { return inHeader ? .centre : .left }
    return .centre
  }
}
