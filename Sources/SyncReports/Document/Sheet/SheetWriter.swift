import CXlsxwriter
import Foundation
import SyncModel

/// A paper as .xlsx by libxlsxwriter, a worksheet for each section: real numbers, sums as formulas, the header frozen and
/// printed on every page. In its constant-memory mode: what is held is one row.
final class SheetWriter: DocumentWriter {
  /// Excel's limits.
  static let rowLimit = 1_048_576
  static let columnLimit = 16_384
  /// UTF-16 units of one cell.
  static let cellLimit = 32_767
  /// A header further down than this is not frozen: it would leave no room to scroll.
  private static let frozenRowLimit = 15
  private static let paperA4: UInt8 = 9
  /// Excel takes footers of 255 characters.
  private static let footerCodeLimit = 64
  private static let millimetresPerInch = 25.4
  /// Of a worksheet without a table.
  private static let textColumns = 8

  private let path: String
  private let workbook: UnsafeMutablePointer<lxw_workbook>
  private var isOpen = true
  private var formats: [SheetStyle: UnsafeMutablePointer<lxw_format>] = [:]
  private var names = SheetNames()
  private let title: String
  private let footer: String

  private var sheet: OpenSheet?
  private var table: OpenTable?

  private struct OpenSheet {
    let name: String
    let worksheet: UnsafeMutablePointer<lxw_worksheet>
    /// Of the columns, in millimetres.
    let widths: [Double]
    /// The row that comes next, from 0.
    var row = 0
    var hasHeader = false

    func width(_ columns: Range<Int>) -> Double { widths[columns.clamped(to: 0..<widths.count)].reduce(0, +) }
  }

  private struct OpenTable {
    let top: Int
    let headerRows: Int
    /// By column: merged cells that reach below the last row.
    var merges: [Int: PlacedCell] = [:]
    /// By column of a merged cell: points that its text needs still.
    var owed: [Int: Double] = [:]
  }

  /// - Parameter path: of an existing file, which is overwritten.
  init(_ document: OfficeDocument, path: String) throws(DocumentError) {
    var options = lxw_workbook_options()
    options.constant_memory = 1
    guard let workbook = workbook_new_opt(path, &options) else { throw .cannotWrite(path) }
    self.path = path
    self.workbook = workbook
    title = document.title
    footer = Self.footer(document.checkCode)
    for piece in try CustomProperties.pieces(document.properties) {
      workbook_set_custom_property_string(workbook, MarkupBuffer.allowed(piece.name), piece.value)
    }
    var properties = lxw_doc_properties()
    // A fixed time: the same paper gives the same bytes, and the hour of writing is not the reader's affair.
    properties.created = Self.epoch
    MarkupBuffer.allowed(document.title).withCString { title in
      properties.title = UnsafeMutablePointer(mutating: title)
      _ = workbook_set_properties(workbook, &properties)
    }
  }

  deinit {
    if isOpen { lxw_workbook_free(workbook) }
  }

  /// 1980-01-01, where zip archives begin to count.
  private static let epoch: time_t = 315_532_800

  // MARK: Sections

  func begin(_ section: DocumentSection) throws {
    let name = names.name(section.name.isEmpty ? title : section.name)
    guard let worksheet = workbook_add_worksheet(workbook, name) else { throw DocumentError.cannotWrite(path) }
    let total = section.page.textWidthMillimetres
    let table = section.widestTable
    if let table, table.columns > Self.columnLimit {
      throw DocumentError.tooManyColumns(table.columns, limit: Self.columnLimit)
    }
    // Running text stands over several columns: a single one as wide as the page is cut where the program's digits are wider.
    let widths =
      table.map { $0.shares(of: Int(total * 100)).map { Double($0) / 100 } }
      ?? Array(repeating: total / Double(Self.textColumns), count: Self.textColumns)
    for (column, width) in widths.enumerated() {
      let column = UInt16(column)
      worksheet_set_column(worksheet, column, column, SheetGeometry.columnWidth(millimetres: width), nil)
    }
    worksheet_set_default_row(worksheet, SheetGeometry.lineHeight, 0)
    worksheet_set_paper(worksheet, Self.paperA4)
    if section.page == .landscape { worksheet_set_landscape(worksheet) }
    let (side, margin) = (
      PageSetup.sideMarginMillimetres / Self.millimetresPerInch, PageSetup.marginMillimetres / Self.millimetresPerInch
    )
    worksheet_set_margins(worksheet, side, side, margin, margin)
    worksheet_fit_to_pages(worksheet, 1, 0)
    worksheet_center_horizontally(worksheet)
    worksheet_set_footer(worksheet, footer)
    sheet = OpenSheet(name: name, worksheet: worksheet, widths: widths)
  }

  func endSection() throws {
    let sheet = try open()
    if sheet.row > 0 {
      worksheet_print_area(sheet.worksheet, 0, 0, UInt32(sheet.row - 1), UInt16(sheet.widths.count - 1))
    }
    self.sheet = nil
  }

  func finish() throws {
    isOpen = false
    // A workbook has a sheet.
    if names.isEmpty { workbook_add_worksheet(workbook, names.name(title)) }
    if workbook_close(workbook) != LXW_NO_ERROR { throw DocumentError.cannotWrite(path) }
  }

  /// Closing alone gives back the temporary files of worksheets.
  func abandon() {
    if isOpen { workbook_close(workbook) }
    isOpen = false
  }

  /// 校验码 and 第 1 页 共 3 页; in Excel's footers `&` begins a code.
  private static func footer(_ checkCode: String?) -> String {
    let code =
      checkCode.map {
        "校验码 " + MarkupBuffer.allowed(String($0.prefix(footerCodeLimit))).replacing("&", with: "&&") + "　　"
      } ?? ""
    return "&C&9" + code + "第 &P 页 共 &N 页"
  }

  // MARK: Text

  func paragraph(_ paragraph: DocumentParagraph) throws {
    let centred = paragraph.kind == .title || paragraph.kind == .subtitle
    for line in paragraph.lines {
      let style = SheetStyle(
        role: .paragraph(paragraph.kind), tone: paragraph.kind == .heading3 ? .strong : line.tone,
        alignment: centred ? .centre : paragraph.kind == .signature ? .right : .left, isMiddle: centred)
      // A spreadsheet knows no indent of the first line alone.
      let isIndented = [.body, .heading1, .heading2, .heading3].contains(paragraph.kind) && !line.text.isEmpty
      let text = isIndented ? TextLine("　　" + line.text, line.tone) : line
      let columns = 0..<(try open().widths.count)
      try nextRow(
        height: SheetGeometry.height([text], millimetres: open().width(columns), fontSize: style.font.size))
      try wide(text.text, columns, style)
      try advance()
    }
  }

  func fields(_ fields: [DocumentField]) throws {
    let sheet = try open()
    let total = sheet.widths.reduce(0, +)
    // Each begins in the column whose left edge is nearest to its place, and ends where the next one begins.
    var starts: [Int] = []
    for position in FieldLine.positions(fields) {
      let least = (starts.last ?? -1) + 1
      let edges = sheet.widths.indices.map { (column: $0, distance: abs(sheet.width(0..<$0) / total - position)) }
      let column = edges.filter { $0.column >= least }.min { $0.distance < $1.distance }?.column
      // More fields than columns: they share the last one.
      starts.append(column ?? sheet.widths.count)
    }
    let style = SheetStyle(role: .field, isMiddle: true)
    let ends = starts.dropFirst() + [sheet.widths.count]
    var texts: [(columns: Range<Int>, text: String)] = []
    for (index, (start, end)) in zip(starts, ends).enumerated() {
      if start < sheet.widths.count {
        texts.append((start..<max(end, start + 1), fields[index].text))
      } else if let last = texts.indices.last {
        texts[last].text += "　　" + fields[index].text
      }
    }
    let heights = texts.map {
      SheetGeometry.height([TextLine($0.text)], millimetres: sheet.width($0.columns), fontSize: style.font.size)
    }
    try nextRow(height: (heights.max() ?? 0) + 4)
    for (columns, text) in texts { try wide(text, columns, style) }
    try advance()
  }

  /// One text over several columns of the row.
  private func wide(_ text: String, _ columns: Range<Int>, _ style: SheetStyle) throws {
    let sheet = try open()
    try string(text, column: columns.lowerBound, format(style))
    if columns.count > 1 {
      merge(sheet.row, columns.lowerBound, sheet.row, columns.upperBound - 1)
    }
  }

  // MARK: Tables

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

  // MARK: Cells

  private func open() throws(DocumentError) -> OpenSheet {
    guard let sheet else { throw .cannotWrite(path) }
    return sheet
  }

  /// - Parameter height: in points; 0 to leave it open.
  private func nextRow(height: Double) throws {
    let sheet = try open()
    if sheet.row >= Self.rowLimit { throw DocumentError.tooManyRows(limit: Self.rowLimit) }
    if height > 0 { worksheet_set_row(sheet.worksheet, UInt32(sheet.row), height, nil) }
  }

  private func advance() throws { sheet?.row += 1 }

  /// Text whatever it begins with: what somebody typed is never a formula.
  private func string(_ text: String, column: Int, _ format: UnsafeMutablePointer<lxw_format>) throws {
    let sheet = try open()
    if text.utf16.count > Self.cellLimit {
      throw DocumentError.cellTooLong(sheet: sheet.name, row: sheet.row + 1, column: column, limit: Self.cellLimit)
    }
    try check(
      worksheet_write_string(
        sheet.worksheet, UInt32(sheet.row), UInt16(column), SheetText.escaped(text), format))
  }

  private func blanks(_ columns: Range<Int>, _ format: UnsafeMutablePointer<lxw_format>) throws {
    let sheet = try open()
    for column in columns {
      try check(worksheet_write_blank(sheet.worksheet, UInt32(sheet.row), UInt16(column), format))
    }
  }

  private func merge(_ last: Int, _ placed: PlacedCell, top: Int? = nil) {
    let first = top.map { $0 + placed.top } ?? last
    merge(first, placed.column, last, placed.column + placed.columnSpan - 1)
  }

  /// Notes the range alone: with neither text nor format libxlsxwriter writes no cells, which in constant-memory mode must
  /// come in order. They were written row by row.
  private func merge(_ firstRow: Int, _ firstColumn: Int, _ lastRow: Int, _ lastColumn: Int) {
    guard let sheet, firstRow < lastRow || firstColumn < lastColumn else { return }
    worksheet_merge_range(
      sheet.worksheet, UInt32(firstRow), UInt16(firstColumn), UInt32(lastRow), UInt16(lastColumn), "", nil)
  }

  private func format(_ style: SheetStyle) throws(DocumentError) -> UnsafeMutablePointer<lxw_format> {
    if let format = formats[style] { return format }
    guard let format = style.format(in: workbook) else { throw .cannotWrite(path) }
    formats[style] = format
    return format
  }

  private func check(_ error: lxw_error) throws(DocumentError) {
    if error != LXW_NO_ERROR { throw .cannotWrite(path) }
  }
}

extension DocumentCell {
  /// A spreadsheet's cell has one look.
  fileprivate var strongestTone: TextTone {
    let tones = Set(lines.map(\.tone))
    return [.warning, .strong, .faint].first { tones.contains($0) && ($0 != .faint || tones.count == 1) } ?? .plain
  }
}
