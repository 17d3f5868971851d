import SyncModel

/// Why a file gave no checklist, or no list of units. Nothing of the file is kept, and trying again with the same file
/// does not help.
///
/// Both texts are for the person at the screen and hold nothing of the document but the names of its parts.
public struct ImportError: Error, Hashable, Sendable {
  /// Stable across releases; scripts may compare `rawValue`.
  public enum Code: String, CaseIterable, Sendable {
    case unreadableFile = "importUnreadableFile"
    case tooLarge = "importTooLarge"
    case oldWordFormat = "importOldWordFormat"
    case passwordProtected = "importPasswordProtected"
    case notWordDocument = "importNotWordDocument"
    case damagedFile = "importDamagedFile"
    case missingDocument = "importMissingDocument"
    case forbiddenMarkup = "importForbiddenMarkup"
    case malformedMarkup = "importMalformedMarkup"
    case noChecklist = "importNoChecklist"
    case oldSheetFormat = "importOldSheetFormat"
    case notSpreadsheet = "importNotSpreadsheet"
    case noUnits = "importNoUnits"
    case noLedgerHeader = "importNoLedgerHeader"
    case strangeColumn = "importStrangeColumn"
    case secrecyMark = "importSecrecyMark"
  }

  public let code: Code
  /// What went wrong, one Chinese sentence.
  public let message: String
  /// The next step, one Chinese sentence.
  public let hint: String
}

extension ImportError: CustomStringConvertible {
  public var description: String { message + hint }
}

extension ImportError {
  private static let saveAgain = "请用 WPS 或 Word 打开它，另存为 .docx 后再导入；打不开时请向发文单位重新索取。"

  static func unreadable(path: String) -> Self {
    Self(code: .unreadableFile, message: "无法读取文件“\(path)”。", hint: "请检查路径是否写对、文件是否存在、是否有读取权限。")
  }

  /// `what` names the thing that is bounded, `limit` its bound with the unit.
  static func tooLarge(_ what: String, limit: String) -> Self {
    Self(
      code: .tooLarge, message: "文件超出导入上限：\(what)不能超过 \(limit)。",
      hint: "请删去图片和无关内容，或只保留含表格的页，另存为 .docx 后再导入。")
  }

  static let oldWordFormat = Self(
    code: .oldWordFormat, message: "这是旧版 Word（.doc）或 WPS（.wps）文件，不是 .docx。",
    hint: "请用 WPS 或 Word 打开它，选“另存为”，类型选 .docx，再导入新文件。")

  static let passwordProtected = Self(
    code: .passwordProtected, message: "文件设有打开密码，无法读取。",
    hint: "请用密码打开它，取消“打开密码”并另存为 .docx，再导入。")

  /// `这是图片`, `这是 PDF`.
  static func isA(_ kind: String) -> String { "这是" + (kind.first?.isASCII ?? false ? " " : "") + kind }

  /// `name` says what it is, where that is known.
  static func notWordDocument(_ name: String?) -> Self {
    Self(
      code: .notWordDocument,
      message: "\(name.map { isA($0) + "，" } ?? "这")不是 Word 文档（.docx）或表格（.xlsx）。",
      hint: "请选择 .docx 或 .xlsx 文件；其他格式（PDF、图片等）请先在 WPS 或 Word 中转为 .docx。")
  }

  static func damaged(_ what: String) -> Self {
    Self(code: .damagedFile, message: "文件已损坏或不完整：\(what)。", hint: saveAgain)
  }

  /// An archive that names `body` as its text, or a usual place, and holds `names`.
  static func missingDocument(_ names: Set<String>, body: String) -> Self {
    if let kind = ArchiveKind.name(names), kind != "Word 文档" {
      return Self(code: .missingDocument, message: "\(isA(kind))，不是 Word 文档（.docx）。", hint: saveAgain)
    }
    return Self(code: .missingDocument, message: "压缩包内没有 Word 正文（\(body.excerpt(40))）。", hint: saveAgain)
  }

  static func forbiddenMarkup(part: String) -> Self {
    Self(
      code: .forbiddenMarkup, message: "文件的 \(part) 含有文档类型声明（DOCTYPE），为安全起见拒绝读取。",
      hint: "正常的 Word 文档没有这种声明；请确认文件来源，用 WPS 或 Word 另存为 .docx 后再导入。")
  }

  static func malformedMarkup(part: String, _ what: String) -> Self {
    Self(code: .malformedMarkup, message: "文件的 \(part) 无法解析：\(what)。", hint: saveAgain)
  }

  static func secrecyMark(_ finding: PrivacyFinding) -> Self {
    Self(
      code: .secrecyMark, message: "文件上有\(finding.rule.title)“\(finding.masked)”，没有导入：\(finding.rule.reason)。",
      hint: finding.rule.nextStep + "。")
  }

  static let foreignBody = Self(
    code: .noChecklist, message: "文档的正文是嵌入的另一份文件，没有找到可以导入的表样。", hint: saveAgain)

  static let noChecklist = Self(
    code: .noChecklist, message: "文件中没有找到可以导入的表样。",
    hint: "表格的表头应为下列之一：一级指标、二级指标（、三级指标）；序号、项目、内容、分值、得分；重点工作任务、完成情况；"
      + "时间、内容、备注；或只有表头、等待填写的空表。请检查表头后再导入。")

  // MARK: Spreadsheets

  private static let saveSheetAgain = "请用 WPS 表格或 Excel 打开它，另存为 .xlsx 后再导入。"

  static let oldSheetFormat = Self(
    code: .oldSheetFormat, message: "这是旧版表格（.xls 或 .et），不是 .xlsx。", hint: saveSheetAgain)

  static func notSpreadsheet(_ what: String) -> Self {
    Self(
      code: .notSpreadsheet, message: "这不是表格文件（.xlsx）：\(what)。",
      hint: "请选择 .xlsx 或 .csv 文件；其他格式请先" + saveSheetAgain.dropFirst())
  }

  static let noUnits = Self(
    code: .noUnits, message: "表格里没有找到党组织名册的表头。",
    hint: "表头要有“名称”（或“党组织名称”）一栏，并有“上级”“类别”“路径”中的至少一栏，放在前 \(UnitSheet.headerRowLimit) 行内。")

  /// The same reason with the next step for a spreadsheet in place of the one for a Word document.
  var aboutSheet: Self {
    switch code {
    case .tooLarge: Self(code: code, message: message, hint: "请删去图片和无关的工作表，只保留名册后再导入。")
    case .passwordProtected:
      Self(code: code, message: message, hint: "请用密码打开它，取消“打开密码”并另存为 .xlsx，再导入。")
    case .damagedFile, .malformedMarkup, .forbiddenMarkup: Self(code: code, message: message, hint: Self.saveSheetAgain)
    default: self
    }
  }
}

extension ImportError {
  // MARK: Rows of a ledger

  static func noLedgerHeader(columns: [String]) -> Self {
    Self(
      code: .noLedgerHeader, message: "表格里没有找到这份台账的表头。",
      hint: "表头要写这些栏目：\(columns.joined(separator: "、"))。")
  }

  /// - Parameter name: as the sheet has it.
  static func strangeColumn(_ name: String, columns: [String]) -> Self {
    Self(
      code: .strangeColumn, message: "表格里的“\(name.excerpt())”不是这份台账的栏目，没有导入。",
      hint: "请删去这一列，或改成这些栏目之一：\(columns.joined(separator: "、"))。")
  }
}
