import SyncModel

/// Why a document was not written. Whatever stood at its path is as it was, and nothing half-written is left.
public struct DocumentError: ExplainedError, Hashable {
  public enum Code: String, CaseIterable, Sendable {
    case cannotWrite = "documentCannotWrite"
    case tooManyRows = "documentTooManyRows"
    case tooManyColumns = "documentTooManyColumns"
    case unevenTable = "documentUnevenTable"
    case propertiesTooLarge = "documentPropertiesTooLarge"
  }

  public let reason: Code
  public let message: String
  public let hint: String
  public var retry = false

  public var code: String { reason.rawValue }
}

extension DocumentError {
  static func cannotWrite(_ path: String) -> Self {
    Self(
      reason: .cannotWrite, message: "无法写入文件“\(path)”", hint: "请检查文件夹是否存在、是否有写入权限、磁盘是否已满，文件是否正被其他程序打开",
      retry: true)
  }

  static func tooManyRows(limit: Int) -> Self {
    Self(reason: .tooManyRows, message: "表格超过 \(limit) 行，表格文件装不下", hint: "请按党组织或时间分开导出，或改用 .csv 格式")
  }

  static func tooManyColumns(_ count: Int, limit: Int) -> Self {
    Self(reason: .tooManyColumns, message: "表格有 \(count) 列，超过 \(limit) 列", hint: "请减少列数，或改用 .xlsx、.csv 格式")
  }

  /// - Parameter row: from 1, header rows included.
  static func unevenTable(row: Int) -> Self {
    Self(reason: .unevenTable, message: "表格第 \(row) 行的单元格与列数对不上，无法排版", hint: "请检查表样这一行的合并单元格")
  }

  static func propertiesTooLarge(limit: Int) -> Self {
    Self(reason: .propertiesTooLarge, message: "文件要携带的校验信息超过 \(limit >> 10) KiB", hint: "请减少一次导出的党组织")
  }
}
