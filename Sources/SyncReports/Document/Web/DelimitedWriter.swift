import SyncModel

/// A paper's texts as comma-separated values; sections and tables follow one another, an empty line between.
///
/// A text that spans rows stands in each of them, so that rows can be sorted and filtered; a number only in the first, so that
/// nothing counts twice.
final class DelimitedWriter: DocumentWriter {
  private let file: StreamedFile
  private let checkCode: String?
  private var isFirst = true

  init(_ document: OfficeDocument, path: String) throws(DocumentError) {
    checkCode = document.checkCode
    file = try StreamedFile(path: path)
    // The byte order mark.
    try file.write(CSVWriter().text.utf8)
  }

  func begin(_ section: DocumentSection) throws {
    if !isFirst { try add([]) }
    isFirst = false
  }

  func paragraph(_ paragraph: DocumentParagraph) throws {
    for line in paragraph.lines { try add([CSVWriter.cell(line.text)]) }
  }

  func fields(_ fields: [DocumentField]) throws {
    try add(fields.map { CSVWriter.cell($0.text) })
  }

  func begin(_ table: DocumentTable) throws {}

  func row(_ row: PlacedRow) throws {
    try add(
      row.cells.flatMap { placed -> [String] in
        let text: String
        switch placed.cell.content {
        case .text: text = CSVWriter.cell(placed.cell.text)
        case .number(let value, _, _), .sum(let value, _, _, _): text = placed.continuesAbove ? "" : value.description
        }
        return [text] + Array(repeating: "", count: placed.columnSpan - 1)
      })
  }

  func endTable() throws { try add([]) }

  func endSection() throws {}

  func finish() throws {
    if let checkCode { try add([CSVWriter.cell("校验码 " + checkCode)]) }
    try file.close()
  }

  /// - Parameter cells: as they are to stand there.
  private func add(_ cells: [String]) throws(DocumentError) {
    try file.write((cells.joined(separator: ",") + "\r\n").utf8)
  }
}
