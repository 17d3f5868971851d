import SyncEngine
import SyncModel

/// Rows of a ledger out of a spreadsheet, found by its header row, each checked in the words of the form.
public struct LedgerSheet: Sendable {
  public struct Row: Sendable {
    /// As the spreadsheet numbers it.
    public let number: Int
    /// By column of the template, from 0.
    public let cells: [Int: Value]
  }

  /// A row that cannot be taken, and why.
  public struct Problem: Sendable {
    public let row: Int
    public let error: LedgerError
  }

  public let headerRow: Int
  public let rows: [Row]
  public let problems: [Problem]
  /// Rows of sums 合计, as the spreadsheet numbers them: no rows of the ledger.
  public let totals: [Int]

  /// Rows above the header that are looked through.
  private static let headerRowLimit = 30
  private static let footers = ["合计", "总计", "注", "备注", "填表", "制表", "审核"]

  /// The first sheet with a row of which most cells name columns of the template.
  ///
  /// - Throws: ``ImportError`` where there is none, or a column of the sheet is not one of the template's.
  public init(_ workbook: Workbook, template: Template) throws(ImportError) {
    for sheet in workbook.sheets {
      for (index, row) in sheet.rows.prefix(Self.headerRowLimit).enumerated() {
        let known = row.cells.mapValues { text in
          template.columns.firstIndex { $0.title.compared == text.compared }
        }
        let found = known.values.compactMap { $0 }
        guard found.count >= min(2, template.columns.count), found.count * 2 > known.count,
          Set(found).count == found.count
        else { continue }
        if let stranger = known.filter({ $0.value == nil }).keys.min() {
          throw .strangeColumn(row.cells[stranger] ?? "", columns: template.columns.map(\.title))
        }
        self = Self.read(sheet.rows[(index + 1)...], known.compactMapValues { $0 }, template, header: row)
        return
      }
    }
    throw .noLedgerHeader(columns: template.columns.map(\.title))
  }

  private init(headerRow: Int, rows: [Row], problems: [Problem], totals: [Int]) {
    self.totals = totals
    self.headerRow = headerRow
    self.rows = rows
    self.problems = problems
  }

  /// A day as spreadsheets number it (46291 is 2026-09-26), in a column of days or months: what stands in the cell is the
  /// number, whatever it is shown as.
  static func written(_ text: String, _ column: Template.Column) -> String {
    guard [.date, .month].contains(column.content), text.utf8.count == 5, let serial = Int(text),
      let date = CalendarDate(daysSinceEpoch: serial - serialOfEpoch)
    else { return text }
    return column.content == .date ? date.description : String(date.description.prefix(7))
  }

  /// 1970-01-01 counted from 1900 (ECMA-376-1 §18.17.4.1).
  private static let serialOfEpoch = 25_569

  private static func read(
    _ rows: ArraySlice<Sheet.Row>, _ columns: [Int: Int], _ template: Template, header: Sheet.Row
  ) -> LedgerSheet {
    var taken: [Row] = []
    var problems: [Problem] = []
    var totals: [Int] = []
    for row in rows {
      let texts = row.cells.filter { cell in columns[cell.key].map { template.columns[$0].content != .sequence } ?? true
      }
      // Empty but for its running number, the header printed again, or what stands under a table.
      if texts.isEmpty || columns.keys.allSatisfy({ row.cells[$0] == header.cells[$0] }) { continue }
      if row.cells.count == 1, let only = row.cells.first, footers.contains(where: only.value.hasPrefix) { continue }
      if let first = row.cells.min(by: { $0.key < $1.key }), TotalRow.isTotal(first.value) {
        totals.append(row.number)
        continue
      }
      do throws(LedgerError) {
        var cells: [Int: Value] = [:]
        for (place, text) in texts.sorted(by: { $0.key < $1.key }) {
          guard let column = columns[place] else {
            throw LedgerError.unknownColumn(Sheet.columnName(place), columns: template.columns.map(\.title))
          }
          cells[column] = try template.columns[column].parse(Self.written(text, template.columns[column]))
        }
        try Office.check(cells, in: template)
        taken.append(Row(number: row.number, cells: cells))
      } catch {
        problems.append(Problem(row: row.number, error: error))
      }
    }
    return LedgerSheet(headerRow: header.number, rows: taken, problems: problems, totals: totals)
  }
}
