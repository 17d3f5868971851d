/// Comma-separated values as RFC 4180 has them: CRLF, quotes doubled. Starts with a byte order mark, without which Excel
/// and WPS take Chinese for another encoding.
public struct CSVWriter: Sendable {
  public private(set) var text = "\u{FEFF}"

  /// What begins a formula in a spreadsheet, full-width forms included: such a cell would run what somebody typed.
  private static let formulaStarts: Set<Character> = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"]

  public init() {}

  public mutating func add(_ cells: [String]) {
    text += cells.map(Self.cell).joined(separator: ",") + "\r\n"
  }

  static func cell(_ raw: String) -> String {
    var cell = raw
    // By scalars: a combining mark after the sign must not hide it.
    if let first = cell.unicodeScalars.first, formulaStarts.contains(Character(first)) { cell = "'" + cell }
    let needsQuotes = cell.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
    return needsQuotes ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
  }
}
