import CXlsxwriter

/// How a cell looks; equal ones share one format of the workbook.
struct SheetStyle: Hashable {
  enum Role: Hashable {
    case head
    case cell
    case paragraph(DocumentParagraph.Kind)
    case field
  }

  var role: Role
  var tone = TextTone.plain
  var alignment = DocumentCell.Alignment.left
  /// Cells covered from above or beside are vertically like the first.
  var isMiddle = false
  /// After a number; nil for text.
  var unit: String?

  private static let warningColour: lxw_color_t = 0xC00000
  private static let faintColour: lxw_color_t = 0x7F7F7F

  func format(in workbook: UnsafeMutablePointer<lxw_workbook>) -> UnsafeMutablePointer<lxw_format>? {
    guard let format = workbook_add_format(workbook) else { return nil }
    let (font, size) = font
    format_set_font_name(format, font)
    format_set_font_size(format, size)
    format_set_text_wrap(format)
    switch alignment {
    case .left: format_set_align(format, UInt8(LXW_ALIGN_LEFT.rawValue))
    case .centre: format_set_align(format, UInt8(LXW_ALIGN_CENTER.rawValue))
    case .right: format_set_align(format, UInt8(LXW_ALIGN_RIGHT.rawValue))
    }
    format_set_align(format, UInt8((isMiddle ? LXW_ALIGN_VERTICAL_CENTER : LXW_ALIGN_VERTICAL_TOP).rawValue))
    if role == .head || role == .cell { format_set_border(format, UInt8(LXW_BORDER_THIN.rawValue)) }
    switch tone {
    case .plain: break
    case .strong: format_set_bold(format)
    case .warning:
      format_set_bold(format)
      format_set_font_color(format, Self.warningColour)
    case .faint: format_set_font_color(format, Self.faintColour)
    }
    if let unit {
      format_set_num_format(format, Self.numberFormat(unit))
    } else if role == .cell {
      // Text stays text where somebody edits it: 1.1 does not become a number, 3-5 no date.
      format_set_num_format(format, "@")
    }
    return format
  }

  /// As short as the number: `2`, `1.5`; the unit is shown and not part of it.
  private static func numberFormat(_ unit: String) -> String {
    let plain = unit.filter { $0 != "\"" && $0 != "\\" }
    return plain.isEmpty ? "General" : "General\"\(plain)\""
  }

  /// In points.
  var font: (name: String, size: Double) {
    switch role {
    case .head: ("黑体", 10.5)
    case .cell: ("宋体", 10.5)
    case .field: ("宋体", 11)
    case .paragraph(.title): ("方正小标宋简体", 18)
    case .paragraph(.subtitle): ("楷体", 14)
    case .paragraph(.attachment), .paragraph(.heading1): ("黑体", 14)
    case .paragraph(.heading2): ("楷体", 14)
    case .paragraph(.heading3), .paragraph(.body), .paragraph(.signature): ("仿宋", 14)
    case .paragraph(.note): ("宋体", 10.5)
    }
  }
}
