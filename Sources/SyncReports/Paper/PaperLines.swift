import SyncEngine
import SyncModel

/// What is printed on a paper, line by line: a paragraph, or a table's row. Two papers are the same where their lines are,
/// whatever program has saved them since.
public struct PaperLines: Hashable, Sendable {
  public struct Line: Hashable, Sendable {
    /// Without blanks and marks between cells: what is compared.
    let key: String
    /// As people read it: `1.｜2分｜1.5`.
    public let text: String

    init(_ parts: [String]) {
      let filled = parts.filter { !$0.isBlank }
      text = filled.map { $0.split(whereSeparator: \.isNewline).map { String($0).trimmed }.joined(separator: " ") }
        .joined(separator: "｜")
      key = filled.map(\.compared).joined()
    }

    public static func == (left: Line, right: Line) -> Bool { left.key == right.key }
    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
  }

  public let lines: [Line]

  /// As `format` shows it: a number in .xlsx stands without its unit.
  public init(_ document: OfficeDocument, format: DocumentFormat) {
    lines = document.sections.flatMap(\.blocks).flatMap { block -> [Line] in
      switch block {
      case .paragraph(let paragraph): paragraph.lines.map { Line([$0.text]) }
      case .fields(let fields): [Line(fields.map(\.text))]
      case .table(let table): table.rows.map { row in Line(row.cells.map { Self.text($0, format) }) }
      }
    }.filter { !$0.key.isEmpty }
  }

  private static func text(_ cell: DocumentCell, _ format: DocumentFormat) -> String {
    guard format == .xlsx else { return cell.text }
    switch cell.content {
    case .text: return cell.text
    case .number(let value, _, _), .sum(let value, _, _, _): return value.description
    }
  }

  /// Of a .docx or .xlsx.
  public init(bytes: [UInt8]) throws(ImportError) {
    var found: [Line] = []
    for document in try ChecklistImporter.documents(bytes: bytes) {
      for block in document.blocks {
        switch block {
        case .paragraph(let paragraph):
          found += paragraph.shown.split(whereSeparator: \.isNewline).map { Line([String($0)]) }
        case .table(let table):
          found += table.rows.map { row in
            Line(row.cells.filter { !$0.continuesAbove }.map(\.paragraphs.verbatim))
          }
        }
      }
    }
    lines = found.filter { !$0.key.isEmpty }
  }

  /// Over everything printed.
  public var digest: Digest256 { Digest256(hashing: Array(lines.map(\.key).joined(separator: "\n").utf8)) }

  /// What stands only here, and what only there, in order; where a line of each stand at one place they are a pair.
  public func differences(from other: PaperLines) -> [(here: String?, there: String?)] {
    var here: [String] = []
    var there: [String] = []
    for change in lines.difference(from: other.lines) {
      switch change {
      case .insert(_, let line, _): here.append(line.text)
      case .remove(_, let line, _): there.append(line.text)
      }
    }
    // Removals come from the end.
    there.reverse()
    return (0..<max(here.count, there.count)).map { index in
      (index < here.count ? here[index] : nil, index < there.count ? there[index] : nil)
    }
  }
}
