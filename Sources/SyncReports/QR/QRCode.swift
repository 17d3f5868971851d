import CQREncode

/// A QR code (ISO/IEC 18004) of a short text, at error correction level M.
public struct QRCode: Hashable, Sendable {
  /// Modules along one side, without the quiet zone.
  public let size: Int
  /// Row by row; true is dark.
  private let modules: [Bool]

  /// Light modules that must surround the code for readers to find it.
  static let quietZone = 4

  /// - Returns: nil where `text` is empty or longer than a code holds (about 2,300 bytes).
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty, let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_M) else { return nil }
    defer { QRcode_free(code) }
    size = Int(code.pointee.width)
    // The lowest bit of each byte tells dark from light.
    modules = UnsafeBufferPointer(start: code.pointee.data, count: size * size).map { $0 & 1 == 1 }
  }

  /// Side length with the quiet zone.
  var fullSize: Int { size + 2 * Self.quietZone }

  /// Coordinates count from the quiet zone's corner.
  func isDark(_ row: Int, _ column: Int) -> Bool {
    let (row, column) = (row - Self.quietZone, column - Self.quietZone)
    return (0..<size).contains(row) && (0..<size).contains(column) && modules[row * size + column]
  }

  /// Two rows of modules a line. What is light is drawn, as terminals are dark.
  public var terminalLines: [String] {
    stride(from: 0, to: fullSize, by: 2).map { row in
      String(
        (0..<fullSize).map { column -> Character in
          switch (isDark(row, column), row + 1 == fullSize || isDark(row + 1, column)) {
          case (false, false): "█"
          case (false, true): "▀"
          case (true, false): "▄"
          case (true, true): " "
          }
        })
    }
  }

  /// Columns that ``terminalLines`` take.
  public var terminalColumns: Int { fullSize }

  public var svg: String {
    var path = ""
    for row in 0..<fullSize {
      for column in 0..<fullSize where isDark(row, column) { path += "M\(column) \(row)h1v1h-1z" }
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(fullSize) \(fullSize)" shape-rendering="crispEdges">\
      <rect width="100%" height="100%" fill="#fff"/><path d="\(path)" fill="#000"/></svg>

      """
  }
}
