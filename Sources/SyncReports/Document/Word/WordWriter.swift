/// A paper as .docx. The text goes into the archive as it comes; no page of it is held.
final class WordWriter: DocumentWriter {
  /// Word takes no more.
  static let columnLimit = 63
  /// What is gathered before it is compressed, bytes.
  private static let chunk = 64 << 10
  private static let twipsPerMillimetre = 1440 / 25.4

  private let package: PackageWriter
  private var markup = MarkupBuffer()
  private let sections: [DocumentSection]
  private var section = 0
  /// The grid of the open table, in twips.
  private var widths: [Int] = []
  private var isAfterTable = false

  init(_ document: OfficeDocument, path: String) throws(DocumentError) {
    package = try PackageWriter(path: path)
    sections = document.sections
    for part in try WordParts.around(document) { try package.part(part.name, part.markup) }
    try package.begin(WordParts.documentName)
    markup.raw(
      "\(WordParts.declaration)<w:document \(WordParts.namespace) \(WordParts.relationshipNamespace)><w:body>")
  }

  func begin(_ section: DocumentSection) throws {
    isAfterTable = false
  }

  func paragraph(_ paragraph: DocumentParagraph) throws {
    let style = WordStyles.id(of: paragraph.kind, inReport: !sections[section].hasTable)
    for line in paragraph.lines { self.line(line, style: style) }
    try flush()
  }

  func fields(_ fields: [DocumentField]) throws {
    let width = twips(sections[section].page.textWidthMillimetres)
    let stops = FieldLine.positions(fields).dropFirst().map {
      "<w:tab w:val=\"left\" w:pos=\"\(Int(Double(width) * $0))\"/>"
    }
    let text = fields.map(\.text).joined(separator: "\t")
    line(TextLine(text), style: "Fields", properties: stops.isEmpty ? "" : "<w:tabs>\(stops.joined())</w:tabs>")
    try flush()
  }

  func begin(_ table: DocumentTable) throws {
    if table.columns > Self.columnLimit { throw DocumentError.tooManyColumns(table.columns, limit: Self.columnLimit) }
    // Two tables without a paragraph between them would be one.
    if isAfterTable { gap() }
    widths = table.shares(of: twips(sections[section].page.textWidthMillimetres))
    markup.raw(
      "<w:tbl><w:tblPr><w:tblStyle w:val=\"TableGrid\"/><w:tblW w:w=\"\(widths.reduce(0, +))\" w:type=\"dxa\"/>"
        + "<w:jc w:val=\"center\"/><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>"
        + widths.map { "<w:gridCol w:w=\"\($0)\"/>" }.joined() + "</w:tblGrid>")
  }

  func row(_ row: PlacedRow) throws {
    markup.raw("<w:tr><w:trPr>")
    // A row that is not divided must fit on a page.
    if row.isHeader || row.cells.allSatisfy({ fitsTogether($0) }) { markup.raw("<w:cantSplit/>") }
    if row.leastHeight > 0 { markup.raw("<w:trHeight w:val=\"\(twips(row.leastHeight))\" w:hRule=\"atLeast\"/>") }
    if row.isHeader { markup.raw("<w:tblHeader/>") }
    markup.raw("</w:trPr>")
    for cell in row.cells { self.cell(cell, inHeader: row.isHeader) }
    markup.raw("</w:tr>")
    try flush()
  }

  func endTable() throws {
    markup.raw("</w:tbl>")
    isAfterTable = true
  }

  func endSection() throws {
    let isLast = section == sections.count - 1
    if isLast {
      // Behind a table Word wants a paragraph.
      if isAfterTable { gap() }
      sectionProperties(sections[section].page)
    } else {
      markup.raw("<w:p><w:pPr><w:pStyle w:val=\"Gap\"/>")
      sectionProperties(sections[section].page)
      markup.raw("</w:pPr></w:p>")
    }
    section += 1
  }

  func finish() throws {
    if sections.isEmpty { sectionProperties(.portrait) }
    markup.raw("</w:body></w:document>")
    try package.write(markup.take())
    try package.close()
  }

  // MARK: Markup

  private func cell(_ placed: PlacedCell, inHeader: Bool) {
    let width = widths[placed.column..<placed.column + placed.columnSpan].reduce(0, +)
    markup.raw("<w:tc><w:tcPr><w:tcW w:w=\"\(width)\" w:type=\"dxa\"/>")
    if placed.columnSpan > 1 { markup.raw("<w:gridSpan w:val=\"\(placed.columnSpan)\"/>") }
    if placed.continuesAbove {
      markup.raw("<w:vMerge/></w:tcPr><w:p><w:pPr><w:pStyle w:val=\"TableText\"/></w:pPr></w:p></w:tc>")
      return
    }
    if placed.rowsBelow > 0 { markup.raw("<w:vMerge w:val=\"restart\"/>") }
    let alignment = placed.alignment(inHeader: inHeader)
    if inHeader { markup.raw("<w:vAlign w:val=\"center\"/>") }
    markup.raw("</w:tcPr>")
    let usual: DocumentCell.Alignment = inHeader ? .centre : .left
    let properties = alignment == usual ? "" : "<w:jc w:val=\"\(alignment.word)\"/>"
    let lines = placed.cell.lines
    for line in lines.isEmpty ? [""] : lines {
      self.line(line, style: inHeader ? "TableHead" : "TableText", properties: properties)
    }
    markup.raw("</w:tc>")
  }

  private func line(_ line: TextLine, style: String, properties: String = "") {
    isAfterTable = false
    markup.raw("<w:p><w:pPr><w:pStyle w:val=\"\(style)\"/>\(properties)</w:pPr>")
    if !line.text.isEmpty {
      markup.raw("<w:r>\(line.tone.word)")
      // Tabs and line ends are elements of their own.
      var rest = line.text[...]
      while !rest.isEmpty {
        let text = rest.prefix { $0 != "\t" && !$0.isNewline }
        if !text.isEmpty {
          markup.raw("<w:t xml:space=\"preserve\">")
          markup.text(text)
          markup.raw("</w:t>")
        }
        rest = rest[text.endIndex...]
        if let mark = rest.popFirst() { markup.raw(mark == "\t" ? "<w:tab/>" : "<w:br/>") }
      }
      markup.raw("</w:r>")
    }
    markup.raw("</w:p>")
  }

  private func gap() {
    markup.raw("<w:p><w:pPr><w:pStyle w:val=\"Gap\"/></w:pPr></w:p>")
  }

  private func sectionProperties(_ page: PageSetup) {
    let (side, margin) = (twips(PageSetup.sideMarginMillimetres), twips(PageSetup.marginMillimetres))
    markup.raw(
      "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"\(WordParts.footerRelationship)\"/>"
        + "<w:pgSz w:w=\"\(twips(page.widthMillimetres))\" w:h=\"\(twips(page.heightMillimetres))\""
        + (page == .landscape ? " w:orient=\"landscape\"/>" : "/>")
        + "<w:pgMar w:top=\"\(margin)\" w:right=\"\(side)\" w:bottom=\"\(margin)\" w:left=\"\(side)\""
        + " w:header=\"851\" w:footer=\"851\" w:gutter=\"0\"/></w:sectPr>")
  }

  /// About half a page of text.
  private func fitsTogether(_ cell: PlacedCell) -> Bool {
    let width = widths[cell.column..<cell.column + cell.columnSpan].reduce(0, +)
    // A character of 10.5 points is 210 twips wide.
    let perLine = max(width / 210, 1)
    return cell.continuesAbove || cell.cell.lines.reduce(0) { $0 + $1.text.utf16.count / perLine + 1 } <= 25
  }

  private func twips(_ millimetres: Double) -> Int { Int((millimetres * Self.twipsPerMillimetre).rounded()) }

  private func flush() throws(DocumentError) {
    if markup.bytes.count >= Self.chunk { try package.write(markup.take()) }
  }
}

extension DocumentCell.Alignment {
  fileprivate var word: String {
    switch self {
    case .left: "left"
    case .centre: "center"
    case .right: "right"
    }
  }
}

extension TextTone {
  fileprivate var word: String {
    switch self {
    case .plain: ""
    case .strong: "<w:rPr><w:b/></w:rPr>"
    case .warning: "<w:rPr><w:b/><w:color w:val=\"C00000\"/></w:rPr>"
    case .faint: "<w:rPr><w:color w:val=\"7F7F7F\"/></w:rPr>"
    }
  }
}
