/// Titles, text and lines of fields, each over all columns of the worksheet.
extension SheetWriter {
  func paragraph(_ paragraph: DocumentParagraph) throws {
    let centred = paragraph.kind == .title || paragraph.kind == .subtitle
    for line in paragraph.lines {
      let style = SheetStyle(
        role: .paragraph(paragraph.kind), tone: paragraph.kind == .heading3 ? .strong : line.tone,
        alignment: centred ? .centre : paragraph.kind == .signature ? .right : .left, isMiddle: centred)
      // A spreadsheet knows no indent of the first line alone.
      let isIndented = [.body, .heading1, .heading2, .heading3].contains(paragraph.kind) && !line.text.isEmpty
      let text = isIndented ? TextLine("　　" + line.text, line.tone) : line
      let columns = 0..<(try open().widths.count)
      try nextRow(
        height: SheetGeometry.height([text], millimetres: open().width(columns), fontSize: style.font.size))
      try wide(text.text, columns, style)
      try advance()
    }
  }

  func fields(_ fields: [DocumentField]) throws {
    let sheet = try open()
    let total = sheet.widths.reduce(0, +)
    // Each begins in the column whose left edge is nearest to its place, and ends where the next one begins.
    var starts: [Int] = []
    for position in FieldLine.positions(fields) {
      let least = (starts.last ?? -1) + 1
      let edges = sheet.widths.indices.map { (column: $0, distance: abs(sheet.width(0..<$0) / total - position)) }
      let column = edges.filter { $0.column >= least }.min { $0.distance < $1.distance }?.column
      // More fields than columns: they share the last one.
      starts.append(column ?? sheet.widths.count)
    }
    let style = SheetStyle(role: .field, isMiddle: true)
    let ends = starts.dropFirst() + [sheet.widths.count]
    var texts: [(columns: Range<Int>, text: String)] = []
    for (index, (start, end)) in zip(starts, ends).enumerated() {
      if start < sheet.widths.count {
        texts.append((start..<max(end, start + 1), fields[index].text))
      } else if let last = texts.indices.last {
        texts[last].text += "　　" + fields[index].text
      }
    }
    let heights = texts.map {
      SheetGeometry.height([TextLine($0.text)], millimetres: sheet.width($0.columns), fontSize: style.font.size)
    }
    try nextRow(height: (heights.max() ?? 0) + 4)
    for (columns, text) in texts { try wide(text, columns, style) }
    try advance()
  }

  /// One text over several columns of the row.
  private func wide(_ text: String, _ columns: Range<Int>, _ style: SheetStyle) throws {
    let sheet = try open()
    try string(text, column: columns.lowerBound, format(style))
    if columns.count > 1 {
      merge(sheet.row, columns.lowerBound, sheet.row, columns.upperBound - 1)
    }
  }
}
