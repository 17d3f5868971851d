/// Gathers the text of every paragraph of a part, whatever it stands in: a table, a text box, a header.
///
/// What was deleted with revisions on is not `w:t` and stays out.
final class LineReader: MarkupHandler {
  private(set) var lines: [String] = []
  /// Paragraphs that are open: a text box holds paragraphs inside one.
  private var open: [String] = []
  private var isInText = false

  func begin(_ element: MarkupElement) {
    switch element.name {
    case "p": open.append("")
    case "t": isInText = true
    case "tab": append("\t")
    case "br", "cr": append("\n")
    default: break
    }
  }

  func text(_ text: String) {
    if isInText { append(text) }
  }

  func end(_ name: String) {
    switch name {
    case "p": if let line = open.popLast(), !line.isBlank { lines.append(line) }
    case "t": isInText = false
    default: break
    }
  }

  private func append(_ text: String) {
    if let last = open.indices.last { open[last] += text }
  }
}
