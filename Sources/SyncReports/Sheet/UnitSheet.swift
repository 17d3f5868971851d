import SyncModel

/// A school's list of units as an office keeps it: found by its header row, whatever stands above, below and beside.
public struct UnitSheet: Sendable {
  /// The worksheet it was found in; empty for a .csv.
  public var sheet: String
  /// Headers of columns that say nothing about units, in their order.
  public var ignored: [String]
  public var rows: [UnitRow]
  /// Rows of sums 合计, as the sheet numbers them: no units.
  public var totals: [Int]

  /// Rows above the header (title, date) that are looked through.
  public static let headerRowLimit = 30

  private enum Column: CaseIterable {
    case name, place, upper, kind, type

    /// Header words without blanks, brackets and stars.
    var words: Set<String> {
      switch self {
      case .name:
        [
          "名称", "党组织名称", "党组织全称", "党组织", "单位名称", "组织名称", "党支部名称", "支部名称", "名称(全称)", "全称",
        ]
      case .place: ["路径", "代号", "党组织代号", "单位代号", "组织代号", "党组织路径"]
      case .upper:
        [
          "上级", "上级党组织", "上级党组织名称", "上级组织", "上级组织名称", "上级名称", "上级单位", "所属上级", "所属党总支", "所属党委",
          "所属党组织", "所属院系党委", "隶属党组织",
        ]
      case .kind: ["类别", "组织类别", "党组织类别", "党组织类型", "组织类型"]
      case .type: ["类型", "支部类型", "党支部类型"]
      }
    }
  }

  /// What stands under a list rather than in it, where the rest of its row is empty.
  private static let footers = ["注", "说明", "备注", "合计", "共计", "总计", "填表", "制表", "审核", "负责人", "联系"]

  /// The first sheet with a header: a name, and an upper unit, a kind or a path.
  /// - Throws: ``ImportError/Code/noUnits`` where there is none, or nothing under it.
  public init(_ workbook: Workbook) throws(ImportError) {
    for sheet in workbook.sheets {
      for (index, row) in sheet.rows.prefix(Self.headerRowLimit).enumerated() {
        guard let columns = Self.columns(row) else { continue }
        self.sheet = sheet.name
        ignored = row.cells.keys.sorted().filter { !columns.values.contains($0) }.compactMap {
          row.cells[$0]?.phraseOnOneLine
        }
        let below = sheet.rows[(index + 1)...]
        totals = below.filter { Self.isTotal($0, columns, header: row) }.map(\.number)
        rows = below.filter { !Self.isTotal($0, columns, header: row) }.compactMap {
          Self.unit($0, columns, header: row)
        }
        if rows.isEmpty { throw .noUnits }
        return
      }
    }
    throw .noUnits
  }

  private static func columns(_ row: Sheet.Row) -> [Column: Int]? {
    var found: [Column: Int] = [:]
    for index in row.cells.keys.sorted() {
      guard let word = row.cells[index].map(header) else { continue }
      // The first column of a meaning counts; a second one is named among those left out.
      for column in Column.allCases where column.words.contains(word) && found[column] == nil { found[column] = index }
    }
    return found[.name] != nil && found.count > 1 && Set(found.keys) != [.name, .type] ? found : nil
  }

  /// `党组织名称*（必填）` is 党组织名称.
  private static func header(_ text: String) -> String {
    let plain = text.compared.filter { $0 != "*" }
    return String(plain.prefix { $0 != "(" && $0 != "[" && $0 != "【" })
  }

  /// 合计 where a running number, a name or an upper unit belongs. 备注 and what else stands behind may speak of sums.
  private static func isTotal(_ row: Sheet.Row, _ columns: [Column: Int], header: Sheet.Row) -> Bool {
    let name = columns[.name] ?? 0
    return row.cells.contains { index, text in
      let isNumber = !columns.values.contains(index) && (index < name || header.cells[index].map(isNumbering) ?? false)
      return (isNumber || index == name || index == columns[.upper]) && TotalRow.isTotal(text)
    }
  }

  private static func isNumbering(_ header: String) -> Bool {
    ["序号", "编号", "序", "号", "NO", "NO."].contains(header.compared.uppercased())
  }

  private static func unit(_ row: Sheet.Row, _ columns: [Column: Int], header: Sheet.Row) -> UnitRow? {
    func text(_ column: Column) -> String { columns[column].flatMap { row.cells[$0] }?.phraseOnOneLine ?? "" }
    // A header repeated on each printed page.
    if columns.values.allSatisfy({ row.cells[$0] == header.cells[$0] }) { return nil }
    let unit = UnitRow(
      number: row.number, name: text(.name), place: text(.place), upper: text(.upper), kind: text(.kind),
      type: text(.type))
    let isBare = unit.place.isEmpty && unit.kind.isEmpty && unit.type.isEmpty
    // An upper unit alone is what a merged cell leaves below its last unit.
    if isBare, unit.name.isEmpty { return nil }
    if isBare, footers.contains(where: unit.name.hasPrefix) { return nil }
    return unit
  }
}

extension String {
  /// Line ends and runs of white space inside a cell: nothing between Chinese characters, one blank elsewhere.
  fileprivate var phraseOnOneLine: String {
    split(whereSeparator: \.isWhitespace).reduce(into: "") { joined, word in
      let bothPlain = joined.last.map { !$0.isFullWidth } ?? false && word.first.map { !$0.isFullWidth } ?? false
      joined += (bothPlain ? " " : "") + word
    }
  }
}
