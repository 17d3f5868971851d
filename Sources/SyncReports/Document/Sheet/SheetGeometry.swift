/// Widths and heights as a spreadsheet counts them. Heights are estimates: not every program fits a row to its text when it
/// opens a file, and none does where cells are merged.
enum SheetGeometry {
  /// In digits of the default font, 7 pixels each, with 5 pixels of margin; a pixel is 1/96 inch.
  static func columnWidth(millimetres: Double) -> Double {
    min(max((millimetres / 25.4 * 96 - 5) / 7, 1), 255)
  }

  /// Excel's limit, in points.
  static let rowHeightLimit = 409.0

  /// What a row is high that says nothing of it, in points; one line of a cell's font fits.
  static let lineHeight = 18.0

  /// Points that `lines` need in `millimetres`, at most ``rowHeightLimit``.
  static func height(_ lines: [TextLine], millimetres: Double, fontSize: Double) -> Double {
    // Half a Chinese character is half the font's size wide; a cell keeps a margin of about 2 mm.
    let perLine = max(Int((millimetres - 2) / 25.4 * 72 / (fontSize / 2)), 2)
    let count = lines.reduce(0) { $0 + wrapped($1.text, perLine) }
    return min(Double(max(count, 1)) * fontSize * 1.4 + 3, rowHeightLimit)
  }

  /// Lines of `perLine` half characters. By bytes, for this is asked of every cell of a long table: what takes three is wide.
  private static func wrapped(_ text: String, _ perLine: Int) -> Int {
    var lines = 1
    var width = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n") {
        lines += 1
        width = 0
        continue
      }
      let next = byte < 0x80 ? 1 : byte < 0xC0 ? 0 : byte < 0xE0 ? 1 : 2
      if width + next > perLine {
        lines += 1
        width = 0
      }
      width += next
    }
    return lines
  }
}
