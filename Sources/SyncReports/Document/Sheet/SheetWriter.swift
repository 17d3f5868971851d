import CXlsxwriter
import Foundation

/// A paper as .xlsx by libxlsxwriter, a worksheet for each section: real numbers, sums as formulas, the header frozen and
/// printed on every page. In its constant-memory mode: what is held is one row.
final class SheetWriter: DocumentWriter {
  /// Excel's limits.
  static let rowLimit = 1_048_576
  static let columnLimit = 16_384
  private static let paperA4: UInt8 = 9
  /// Excel takes footers of 255 characters.
  private static let footerCodeLimit = 64
  static let millimetresPerInch = 25.4
  /// Of a worksheet without a table.
  private static let textColumns = 8

  private let path: String
  private let workbook: UnsafeMutablePointer<lxw_workbook>
  private var isOpen = true
  private var formats: [SheetStyle: UnsafeMutablePointer<lxw_format>] = [:]
  private var names = SheetNames()
  private let title: String
  private let footer: String

  var sheet: OpenSheet?
  var table: OpenTable?

  struct OpenSheet {
    let name: String
    let worksheet: UnsafeMutablePointer<lxw_worksheet>
    /// Of the columns, in millimetres.
    let widths: [Double]
    /// The row that comes next, from 0.
    var row = 0
    var hasHeader = false

    func width(_ columns: Range<Int>) -> Double { widths[columns.clamped(to: 0..<widths.count)].reduce(0, +) }
  }

  struct OpenTable {
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

  // MARK: Cells

  func open() throws(DocumentError) -> OpenSheet {
    guard let sheet else { throw .cannotWrite(path) }
    return sheet
  }

  /// - Parameter height: in points; 0 to leave it open.
  func nextRow(height: Double) throws {
    let sheet = try open()
    if sheet.row >= Self.rowLimit { throw DocumentError.tooManyRows(limit: Self.rowLimit) }
    if height > 0 { worksheet_set_row(sheet.worksheet, UInt32(sheet.row), height, nil) }
  }

  func advance() throws { sheet?.row += 1 }

  /// Text whatever it begins with: what somebody typed is never a formula. Cut where it is more than a cell takes.
  func string(_ text: String, column: Int, _ format: UnsafeMutablePointer<lxw_format>) throws {
    let sheet = try open()
    let text = CellText.fitting(TextLine.lines(of: text)).map(\.text).joined(separator: "\n")
    try check(
      worksheet_write_string(
        sheet.worksheet, UInt32(sheet.row), UInt16(column), SheetText.escaped(text), format))
  }

  func blanks(_ columns: Range<Int>, _ format: UnsafeMutablePointer<lxw_format>) throws {
    let sheet = try open()
    for column in columns {
      try check(worksheet_write_blank(sheet.worksheet, UInt32(sheet.row), UInt16(column), format))
    }
  }

  func merge(_ last: Int, _ placed: PlacedCell, top: Int? = nil) {
    let first = top.map { $0 + placed.top } ?? last
    merge(first, placed.column, last, placed.column + placed.columnSpan - 1)
  }

  /// Notes the range alone: with neither text nor format libxlsxwriter writes no cells, which in constant-memory mode must
  /// come in order. They were written row by row.
  func merge(_ firstRow: Int, _ firstColumn: Int, _ lastRow: Int, _ lastColumn: Int) {
    guard let sheet, firstRow < lastRow || firstColumn < lastColumn else { return }
    worksheet_merge_range(
      sheet.worksheet, UInt32(firstRow), UInt16(firstColumn), UInt32(lastRow), UInt16(lastColumn), "", nil)
  }

  func format(_ style: SheetStyle) throws(DocumentError) -> UnsafeMutablePointer<lxw_format> {
    if let format = formats[style] { return format }
    guard let format = style.format(in: workbook) else { throw .cannotWrite(path) }
    formats[style] = format
    return format
  }

  func check(_ error: lxw_error) throws(DocumentError) {
    if error != LXW_NO_ERROR { throw .cannotWrite(path) }
  }
}
