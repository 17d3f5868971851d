import SyncModel

/// A plain table as a page to print: A4, the header repeated on each sheet.
public struct PrintableList: Sendable {
  public var title: String
  /// Lines above the table.
  public var notes: [String]
  public var headers: [String]
  public var rows: [[String]]

  public init(title: String, notes: [String] = [], headers: [String], rows: [[String]]) {
    self.title = title
    self.notes = notes
    self.headers = headers
    self.rows = rows
  }

  public var html: String {
    let head = headers.map { "<th>\(Self.escape($0))</th>" }.joined()
    let body = rows.map { "<tr>\($0.map { "<td>\(Self.escape($0))</td>" }.joined())</tr>" }.joined(separator: "\n")
    let lines = notes.map { "<p>\(Self.escape($0))</p>" }.joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="zh-CN">
      <head>
      <meta charset="utf-8">
      <title>\(Self.escape(title))</title>
      <style>
      @page { size: A4; margin: 18mm; }
      body { font-family: "SimSun", "Songti SC", "Noto Serif CJK SC", serif; font-size: 11pt; }
      h1 { font-size: 16pt; text-align: center; }
      table { border-collapse: collapse; width: 100%; }
      thead { display: table-header-group; }
      tr { break-inside: avoid; }
      th, td { border: 1px solid #000; padding: 4px 6px; text-align: left; }
      </style>
      </head>
      <body>
      <h1>\(Self.escape(title))</h1>
      \(lines)
      <table>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body)
      </tbody>
      </table>
      </body>
      </html>

      """
  }

  static func escape(_ text: String) -> String {
    VisibleText.line(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
