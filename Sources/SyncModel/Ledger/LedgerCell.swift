extension Template.Column {
  /// Reads what a person typed into a cell; an empty text clears it.
  /// - Throws: ``LedgerError`` with the next step.
  public func parse(_ text: String) throws(LedgerError) -> Value {
    let trimmed = text.trimmingBlanks()
    if trimmed.isEmpty { return .nothing }
    if trimmed.count > Ledger.cellLimit { throw .tooLong(column: title, count: trimmed.count) }
    switch content {
    case .text, .person: return .text(trimmed)
    case .sequence: throw .counted(column: title)
    case .number:
      guard let number = Score(text: trimmed) else { throw .notANumber(trimmed, column: title) }
      return .decimal(FixedDecimal(number))
    case .date:
      guard let date = CalendarDate(text: trimmed) else { throw .notADate(trimmed, column: title) }
      return .date(date)
    case .month:
      guard let month = Self.month(trimmed) else { throw .notAMonth(trimmed, column: title) }
      return .text(month)
    case .choice:
      guard choices.contains(trimmed) else { throw .notAChoice(trimmed, column: title, choices: choices) }
      return .text(trimmed)
    }
  }

  /// `2026-09` from `2026-9`, `2026.09`, `2026年9月`; nil for anything else.
  private static func month(_ text: String) -> String? {
    let parts = Numerals.halfWidth(text).split(whereSeparator: { "-./年月 ".contains($0) })
    guard parts.count == 2, let year = Numerals.value(parts[0]), let month = Numerals.value(parts[1]),
      CalendarDate(year: year, month: month, day: 1) != nil
    else { return nil }
    return "\(year)-\(month < 10 ? "0" : "")\(month)"
  }

  /// A cell as people read it; empty where it was cleared.
  public func display(_ value: Value) -> String {
    switch value {
    case .nothing: ""
    case .unknown: "需要新版本"
    default: value.plainText
    }
  }
}

extension Template {
  /// The column that a person means: by its title, blanks and brackets aside, or by a part of it that only one has.
  /// - Throws: ``LedgerError/unknownColumn(_:columns:)``.
  public func column(named text: String) throws(LedgerError) -> Int {
    let wanted = Self.compared(text)
    let titles = columns.map { Self.compared($0.title) }
    if let exact = titles.firstIndex(of: wanted) { return exact }
    let parts = titles.indices.filter { !wanted.isEmpty && titles[$0].contains(wanted) }
    guard parts.count == 1 else { throw .unknownColumn(text, columns: columns.map(\.title)) }
    return parts[0]
  }

  private static func compared(_ text: String) -> String {
    String(Numerals.halfWidth(text).filter { !$0.isWhitespace })
  }
}

/// Why a row is not accepted; nothing was saved.
public enum LedgerError: ExplainedError, Hashable {
  case unknownColumn(String, columns: [String])
  case counted(column: String)
  case notANumber(String, column: String)
  case notADate(String, column: String)
  case notAMonth(String, column: String)
  case notAChoice(String, column: String, choices: [String])
  case tooLong(column: String, count: Int)
  /// A row without what makes it one: 名册 without 姓名.
  case missing(columns: [Template.Column])
  case emptyRow
  case unknownRow(String)
  case full(title: String)

  public var code: String {
    switch self {
    case .unknownColumn: "unknownColumn"
    case .counted: "countedColumn"
    case .notANumber: "notANumber"
    case .notADate: "notADate"
    case .notAMonth: "notAMonth"
    case .notAChoice: "notAChoice"
    case .tooLong: "textTooLong"
    case .missing: "missingColumns"
    case .emptyRow: "emptyRow"
    case .unknownRow: "unknownRow"
    case .full: "ledgerFull"
    }
  }

  public var message: String {
    switch self {
    case .unknownColumn(let name, _): "没有“\(name)”这一栏，没有保存"
    case .counted(let column): "“\(column)”由软件依次编号，不用填"
    case .notANumber(let text, let column): "“\(column)”要填数字，不能是“\(text)”"
    case .notADate(let text, let column): "“\(column)”要填日期，不能是“\(text)”"
    case .notAMonth(let text, let column): "“\(column)”要填月份，不能是“\(text)”"
    case .notAChoice(let text, let column, _): "“\(column)”没有“\(text)”这个选项"
    case .tooLong(let column, let count): "“\(column)”太长（\(count) 字，最多 \(Ledger.cellLimit) 字）"
    case .missing(let columns): "缺少“\(columns.map(\.title).joined(separator: "”“"))”"
    case .emptyRow: "这一行没有内容，没有保存"
    case .unknownRow(let text): "没有编号 \(text) 的行，或不止一行"
    case .full(let title): "“\(title)”已有 \(Ledger.rowLimit) 行，不能再加"
    }
  }

  public var hint: String {
    switch self {
    case .unknownColumn(_, let columns): "栏目有：\(columns.joined(separator: "、"))"
    case .counted: "请去掉这一栏"
    case .notANumber: "例如 2、1.5"
    case .notADate: "例如 2026-09-26、2026年9月26日"
    case .notAMonth: "例如 2026-09、2026年9月"
    case .notAChoice(_, _, let choices): "可选：\(choices.joined(separator: "、"))"
    case .tooLong: "请写得简短些，详细内容作为佐证材料附上"
    case .missing(let columns):
      "请补上再保存"
        + columns.filter { !$0.choices.isEmpty }.map { "；\($0.title)可选：\($0.choices.joined(separator: "、"))" }.joined()
    case .emptyRow: "请写 栏目=内容，例如 时间=2026-09-26"
    case .unknownRow: "行的编号见 unitcli ledger list"
    case .full: "请另起一份台账"
    }
  }
}
