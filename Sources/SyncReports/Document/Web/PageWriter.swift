/// A paper as one page to print: A4, headers repeated, no scripts, nothing from outside.
final class PageWriter: DocumentWriter {
  private let file: StreamedFile
  private var markup = MarkupBuffer()
  private let checkCode: String?
  private var isReport = false
  private var isInHeader = false

  init(_ document: OfficeDocument, path: String) throws(DocumentError) {
    file = try StreamedFile(path: path)
    checkCode = document.checkCode
    markup.raw(
      """
      <!DOCTYPE html>
      <html lang="zh-CN">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>
      """)
    markup.text(document.title)
    markup.raw("</title>\n<style>\n\(Self.style)\n</style>\n</head>\n<body>\n")
  }

  func begin(_ section: DocumentSection) throws {
    isReport = !section.hasTable
    markup.raw("<section class=\"\(section.page)\(isReport ? " report" : "")\">\n")
  }

  func paragraph(_ paragraph: DocumentParagraph) throws {
    let element =
      switch paragraph.kind {
      case .title: "h1"
      case .heading1: "h2"
      case .heading2: "h3"
      case .heading3: "h4"
      default: "p"
      }
    for line in paragraph.lines {
      markup.raw("<\(element) class=\"\(paragraph.kind.rawValue)\">")
      text(line)
      markup.raw("</\(element)>\n")
    }
    try flush()
  }

  func fields(_ fields: [DocumentField]) throws {
    markup.raw("<div class=\"fields\">")
    let positions = FieldLine.positions(fields)
    for (index, field) in fields.enumerated() {
      let end = index + 1 < positions.count ? positions[index + 1] : 1
      markup.raw("<span style=\"width: \(Int(((end - positions[index]) * 100).rounded()))%\">")
      markup.text(field.text)
      markup.raw("</span>")
    }
    markup.raw("</div>\n")
  }

  func begin(_ table: DocumentTable) throws {
    markup.raw("<table>\n<colgroup>")
    for share in table.shares(of: 1000) { markup.raw("<col style=\"width: \(share / 10).\(share % 10)%\">") }
    markup.raw("</colgroup>\n" + (table.headerRows > 0 ? "<thead>\n" : "<tbody>\n"))
    isInHeader = table.headerRows > 0
  }

  func row(_ row: PlacedRow) throws {
    if isInHeader, !row.isHeader {
      markup.raw("</thead>\n<tbody>\n")
      isInHeader = false
    }
    markup.raw(row.leastHeight > 0 ? "<tr style=\"height: \(row.leastHeight)mm\">" : "<tr>")
    for placed in row.cells where !placed.continuesAbove {
      let name = row.isHeader ? "th" : "td"
      markup.raw("<\(name)")
      if placed.columnSpan > 1 { markup.raw(" colspan=\"\(placed.columnSpan)\"") }
      if placed.rowsBelow > 0 { markup.raw(" rowspan=\"\(placed.rowsBelow + 1)\"") }
      let alignment = placed.alignment(inHeader: row.isHeader)
      if alignment != (row.isHeader ? .centre : .left) { markup.raw(" class=\"\(alignment)\"") }
      markup.raw(">")
      for (index, line) in placed.cell.lines.enumerated() {
        if index > 0 { markup.raw("<br>") }
        text(line)
      }
      markup.raw("</\(name)>")
    }
    markup.raw("</tr>\n")
    try flush()
  }

  func endTable() throws {
    markup.raw(isInHeader ? "</thead>\n</table>\n" : "</tbody>\n</table>\n")
  }

  func endSection() throws { markup.raw("</section>\n") }

  func finish() throws {
    if let checkCode {
      markup.raw("<footer>校验码 ")
      markup.text(checkCode)
      markup.raw("</footer>\n")
    }
    markup.raw("</body>\n</html>\n")
    try file.write(markup.take())
    try file.close()
  }

  private func text(_ line: TextLine) {
    if line.tone != .plain { markup.raw("<span class=\"\(line.tone)\">") }
    markup.text(line.text)
    if line.tone != .plain { markup.raw("</span>") }
  }

  private func flush() throws(DocumentError) {
    if markup.bytes.count >= 64 << 10 { try file.write(markup.take()) }
  }

  private static let style = """
    @page { size: A4 portrait; margin: 25mm 22mm; \
    @bottom-center { content: "第 " counter(page) " 页 共 " counter(pages) " 页"; font-size: 9pt; } }
    @page wide { size: A4 landscape; }
    body { font-family: "Times New Roman", FangSong, "仿宋_GB2312", STFangsong, serif; font-size: 10.5pt; margin: 0; }
    @media screen { section { max-width: 166mm; margin: 10mm auto; } section.landscape { max-width: 253mm; } \
    footer { text-align: center; } }
    section + section { break-before: page; }
    section.landscape { page: wide; }
    h1 { font: 18pt "方正小标宋简体", FZXiaoBiaoSong-B05S, SimSun, "Songti SC", "Noto Serif CJK SC", serif; text-align: center; }
    .report h1 { font-size: 22pt; }
    h2, .attachment, th { font-family: "Times New Roman", SimHei, "Heiti SC", "Noto Sans CJK SC", sans-serif; font-weight: normal; }
    h3, .subtitle { font-family: "Times New Roman", KaiTi, "楷体_GB2312", STKaiti, serif; font-weight: normal; }
    .attachment, h2, h3, h4, .body, .signature, .subtitle { font-size: 16pt; line-height: 28pt; margin: 0; }
    h2, h3, h4, .body { text-indent: 2em; }
    .subtitle { text-align: center; }
    .signature { text-align: right; padding-right: 2em; }
    .note { font-size: 12pt; margin: 1mm 0; }
    .fields { font-size: 14pt; margin: 1mm 0; display: flex; }
    .fields span { display: inline-block; }
    table { border-collapse: collapse; width: 100%; table-layout: fixed; }
    thead { display: table-header-group; }
    tr { break-inside: avoid; }
    th, td { border: 0.5pt solid #000; padding: 0.5mm 1.5mm; text-align: left; vertical-align: top; \
    overflow-wrap: anywhere; white-space: pre-wrap; }
    th, .centre { text-align: center; }
    th { vertical-align: middle; }
    .right { text-align: right; }
    .strong, .warning { font-weight: bold; }
    .warning { color: #c00000; }
    .faint { color: #7f7f7f; }
    footer { font-size: 9pt; margin-top: 3mm; }
    """
}
