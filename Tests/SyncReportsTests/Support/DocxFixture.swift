import SyncReports

/// Small Word documents in invented wording.
struct DocxFixture {
  var blocks: [Block]
  var numbering: String?
  var styles: String?
  /// By name within the archive, as they are.
  var otherParts: [(name: String, content: String)] = []

  init(_ blocks: Block..., numbering: String? = nil, styles: String? = nil) {
    self.blocks = blocks
    self.numbering = numbering
    self.styles = styles
  }

  /// A paragraph, a table, or markup as it is.
  enum Block {
    case line(String)
    case centred(String)
    case table([[Cell]])
    case markup(String)
  }

  /// A table cell; a literal is one paragraph per line.
  struct Cell: ExpressibleByStringLiteral {
    var text: String
    var span = 1
    /// The value of `w:vMerge`; nil for a cell that is not merged.
    var merge: String?

    init(_ text: String, span: Int = 1, merge: String? = nil) {
      self.text = text
      self.span = span
      self.merge = merge
    }

    init(stringLiteral text: String) { self.init(text) }

    static func top(_ text: String) -> Self { Self(text, merge: "restart") }
    static func wide(_ text: String, _ span: Int) -> Self { Self(text, span: span) }
    /// Continues the cell above.
    static let up = Self("", merge: "continue")
  }

  static let namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

  var documentXML: String { Self.part("document", "<w:body>" + blocks.map(Self.xml).joined() + "</w:body>") }

  var bytes: [UInt8] {
    var entries = [("[Content_Types].xml", Array("<Types/>".utf8)), ("word/document.xml", Array(documentXML.utf8))]
    if let numbering { entries.append(("word/numbering.xml", Array(Self.part("numbering", numbering).utf8))) }
    if let styles { entries.append(("word/styles.xml", Array(Self.part("styles", styles).utf8))) }
    entries += otherParts.map { ($0.name, Array($0.content.utf8)) }
    return ZipFixture.archive(entries.map { (name: $0.0, content: $0.1) })
  }

  func read() throws -> WordDocument { try WordDocument(bytes: bytes) }

  func templates() throws -> [ImportedTemplate] { try ChecklistImporter.templates(bytes: bytes) }

  /// The only template of the document.
  func template() throws -> ImportedTemplate {
    let found = try templates()
    guard found.count == 1 else { throw Unexpected(count: found.count) }
    return found[0]
  }

  struct Unexpected: Error {
    let count: Int
  }

  static func part(_ root: String, _ content: String) -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:\(root) xmlns:w=\"\(namespace)\""
      + " xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\">\(content)</w:\(root)>"
  }

  static func paragraph(_ text: String, properties: String = "") -> String {
    "<w:p><w:pPr>\(properties)</w:pPr><w:r><w:t xml:space=\"preserve\">\(escape(text))</w:t></w:r></w:p>"
  }

  private static func xml(_ block: Block) -> String {
    switch block {
    case .line(let text): paragraph(text)
    case .centred(let text): paragraph(text, properties: "<w:jc w:val=\"center\"/>")
    case .markup(let markup): markup
    case .table(let rows): table(rows)
    }
  }

  static func table(_ rows: [[Cell]]) -> String {
    let content = rows.map { row in
      let cells = row.map { cell in
        let merge = cell.merge.map { "<w:vMerge w:val=\"\($0)\"/>" } ?? ""
        let paragraphs = cell.text.split(separator: "\n", omittingEmptySubsequences: false)
          .map { paragraph(String($0)) }.joined()
        return "<w:tc><w:tcPr><w:gridSpan w:val=\"\(cell.span)\"/>\(merge)</w:tcPr>\(paragraphs)</w:tc>"
      }
      return "<w:tr>\(cells.joined())</w:tr>"
    }
    return "<w:tbl>\(content.joined())</w:tbl>"
  }

  private static func escape(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
  }
}
