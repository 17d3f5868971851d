/// Widths and heights as a spreadsheet counts them. Heights are estimates: they are only written where the program that
/// opens the file does not fit the row to its text by itself, which is where cells are merged.
enum SheetGeometry {
  /// In digits of the default font, 7 pixels each, with 5 pixels of margin; a pixel is 1/96 inch.
  static func columnWidth(millimetres: Double) -> Double {
    min(max((millimetres / 25.4 * 96 - 5) / 7, 1), 255)
  }

  /// Excel's limit, in points.
  static let rowHeightLimit = 409.0

  /// Points that `lines` need in `millimetres`, at most ``rowHeightLimit``.
  static func height(_ lines: [TextLine], millimetres: Double, fontSize: Double) -> Double {
    // Half a Chinese character's width in points is half the font's size; cells keep a margin of about 2 mm.
    let perLine = max(Int((millimetres - 2) / 25.4 * 72 / (fontSize / 2)), 2)
    let count = lines.reduce(0) { count, line in
      count
        + line.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).reduce(0) {
          $0 + max((DisplayWidth.of($1) + perLine - 1) / perLine, 1)
        }
    }
    return min(Double(max(count, 1)) * fontSize * 1.35 + 2, rowHeightLimit)
  }
}
