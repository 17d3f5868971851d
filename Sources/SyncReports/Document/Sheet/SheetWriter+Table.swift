import CXlsxwriter
import SyncModel

extension SheetWriter {
  /// A header further down than this is not frozen: it would leave no room to scroll.
  private static let frozenRowLimit = 15

  func begin(_ table: DocumentTable) throws {
    self.table = OpenTable(top: try open().row, headerRows: table.headerRows)
  }

  func row(_ row: PlacedRow) throws {
    guard var table else { return }
    let sheet = try open()
    try nextRow(height: height(of: row, in: sheet, &table))
    for placed in row.cells {
      let style = style(of: placed, inHeader: row.isHeader)
      let format = try format(style)
      if placed.continuesAbove {
        try blanks(placed.column..<placed.column + placed.columnSpan, format)
      } else {
        try content(of: placed, table: table, format)
        try blanks(placed.column + 1..<placed.column + placed.columnSpan, format)
        if placed.rowsBelow > 0 {
          table.merges[placed.column] = placed
        } else if placed.columnSpan > 1 {
          merge(sheet.row, placed)
        }
      }
      if placed.continuesAbove, placed.rowsBelow == 0 {
        merge(sheet.row, placed, top: table.top)
        table.merges[placed.column] = nil
      }
    }
    self.table = table
    try advance()
  }

  func endTable() throws {
    guard let table else { return }
    self.table = nil
    let row = try open().row
    // Spans that reach below the table end with it.
    for (_, placed) in table.merges.sorted(by: { $0.key < $1.key }) where row > 0 {
      merge(row - 1, placed, top: table.top)
    }
    let header = table.top + table.headerRows
    if table.headerRows > 0, header <= row, let sheet, !sheet.hasHeader {
      self.sheet?.hasHeader = true
      worksheet_repeat_rows(sheet.worksheet, UInt32(table.top), UInt32(header - 1))
      if header <= Self.frozenRowLimit { worksheet_freeze_panes(sheet.worksheet, UInt32(header), 0) }
    }
  }

  private func style(of placed: PlacedCell, inHeader: Bool) -> SheetStyle {
    let alignment = placed.alignment(inHeader: inHeader)
    var style = SheetStyle(
      role: inHeader ? .head : .cell, tone: placed.cell.strongestTone, alignment: alignment,
      isMiddle: inHeader)
    switch placed.cell.content {
    case .number(_, let unit, _), .sum(_, _, let unit, _): style.unit = unit
    case .text: break
    }
    return style
  }

  private func content(of placed: PlacedCell, table: OpenTable, _ format: UnsafeMutablePointer<lxw_format>) throws {
    let sheet = try open()
    let (row, column) = (UInt32(sheet.row), UInt16(placed.column))
    switch placed.cell.content {
    case .text: try string(placed.cell.text, column: placed.column, format)
    case .number(let value, _, _):
      try check(worksheet_write_number(sheet.worksheet, row, column, value.doubleValue, format))
    case .sum(let value, let ranges, _, _):
      let parts = ranges.map { range in
        let name = Sheet.columnName(range.column)
        return "\(name)\(table.top + range.rows.lowerBound + 1):\(name)\(table.top + range.rows.upperBound + 1)"
      }
      let formula = parts.isEmpty ? "=0" : "=SUM(\(parts.joined(separator: ",")))"
      try check(worksheet_write_formula_num(sheet.worksheet, row, column, formula, format, value.doubleValue))
    }
  }

  /// What its own cells need, and what is left of those that end here. 0 for one line, which the program that opens the file
  /// lets grow with what is typed.
  private func height(of row: PlacedRow, in sheet: OpenSheet, _ table: inout OpenTable) -> Double {
    let least = row.leastHeight / Self.millimetresPerInch * 72
    var height = max(least, 0)
    for placed in row.cells {
      let columns = placed.column..<placed.column + placed.columnSpan
      let needed =
        placed.continuesAbove
        ? table.owed[placed.column] ?? 0
        : SheetGeometry.height(
          placed.cell.lines, millimetres: sheet.width(columns), fontSize: SheetStyle(role: .cell).font.size)
      table.owed[placed.column] = placed.rowsBelow > 0 ? needed : nil
      if placed.rowsBelow == 0 { height = max(height, needed) }
    }
    for placed in row.cells where placed.rowsBelow > 0 { table.owed[placed.column, default: 0] -= height }
    return least > 0 || height > SheetGeometry.lineHeight ? min(height, SheetGeometry.rowHeightLimit) : 0
  }
}

extension DocumentCell {
  /// A spreadsheet's cell has one look.
  fileprivate var strongestTone: TextTone {
    let tones = Set(lines.map(\.tone))
    return [.warning, .strong, .faint].first { tones.contains($0) && ($0 != .faint || tones.count == 1) } ?? .plain
  }
}
