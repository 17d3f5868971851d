import SyncModel

/// Hands over rows one by one, so that a table of any length takes the memory of a row.
public typealias DocumentRows = (_ add: (DocumentRow) throws -> Void) throws -> Void

/// Spells a paper in one format, from top to bottom.
protocol DocumentWriter: AnyObject {
  func begin(_ section: DocumentSection) throws
  func paragraph(_ paragraph: DocumentParagraph) throws
  func fields(_ fields: [DocumentField]) throws
  func begin(_ table: DocumentTable) throws
  func row(_ row: PlacedRow) throws
  func endTable() throws
  func endSection() throws
  /// The last call: what was written is a whole file now.
  func finish() throws
  /// The last call where one before it threw: what was written is no file.
  func abandon()
}

extension DocumentWriter {
  func abandon() {}

  /// - Parameter more: rows that follow those of the paper's last table.
  func write(_ document: OfficeDocument, adding more: DocumentRows?) throws {
    do {
      try writeAll(of: document, adding: more)
    } catch {
      abandon()
      throw error
    }
  }

  private func writeAll(of document: OfficeDocument, adding more: DocumentRows?) throws {
    let last = document.lastTable
    precondition(more == nil || last != nil, "rows are added to a table, and the paper has none")
    for (index, section) in document.sections.enumerated() {
      try begin(section)
      for (place, block) in section.blocks.enumerated() {
        switch block {
        case .paragraph(let content): try paragraph(content)
        case .fields(let line): try fields(line)
        case .table(let table):
          precondition(
            !table.weights.isEmpty && table.weights.allSatisfy { $0 > 0 && $0.isFinite }, "a column without width")
          try begin(table)
          var layout = TableLayout(table)
          for content in table.rows { try row(layout.place(content)) }
          if let more, let last, last == (index, place) { try more { try row(layout.place($0)) } }
          try endTable()
        }
      }
      try endSection()
    }
    try finish()
  }
}

extension OfficeDocument {
  /// Its section and block; nil where there is no table.
  fileprivate var lastTable: (Int, Int)? {
    for (index, section) in sections.enumerated().reversed() {
      for (place, block) in section.blocks.enumerated().reversed() {
        if case .table = block { return (index, place) }
      }
    }
    return nil
  }
}
