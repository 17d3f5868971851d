import SyncModel

/// Comma-separated values as RFC 4180 has them: CRLF, quotes doubled. Starts with a byte order mark, without which Excel
/// and WPS take Chinese for another encoding.
public struct CSVWriter: Sendable {
  public private(set) var text = "\u{FEFF}"

  /// What begins a formula in a spreadsheet, full-width forms included: such a cell would run what somebody typed.
  private static let formulaStarts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]

  public init() {}

  public mutating func add(_ cells: [String]) {
    text += cells.map(Self.cell).joined(separator: ",") + "\r\n"
  }

  /// What somebody typed as one cell: never a formula, its line ends inside quotes, nothing in it unseen.
  static func cell(_ raw: String) -> String {
    var cell = VisibleText.lines(of: VisibleText.paragraphs(raw)).joined(separator: "\n")
    if isFormula(raw) { cell = "'" + cell }
    let needsQuotes = cell.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
    return needsQuotes ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
  }

  /// `cell` without the apostrophe that ``cell(_:)`` puts before a formula; any other stays.
  static func withoutApostrophe(_ cell: String) -> String {
    // By scalars: what nobody sees may cling to it.
    guard cell.unicodeScalars.first == "'" else { return cell }
    let plain = String(cell.unicodeScalars.dropFirst())
    return isFormula(plain) ? plain : cell
  }

  /// True where a spreadsheet would calculate. Some look behind blanks, line ends and what nobody sees. A plain number, `-5`,
  /// stays one.
  static func isFormula(_ text: String) -> Bool {
    // By scalars: a combining mark after the sign must not hide it.
    guard let first = text.unicodeScalars.first else { return false }
    if first == "\t" || first == "\r" { return true }
    guard let start = text.unicodeScalars.first(where: { !isPassedOver($0) }), formulaStarts.contains(start) else {
      return false
    }
    return text.wholeMatch(of: #/\s*-[0-9]+(\.[0-9]+)?\s*/#) == nil
  }

  private static func isPassedOver(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator: return true
    default: return false
    }
  }
}
