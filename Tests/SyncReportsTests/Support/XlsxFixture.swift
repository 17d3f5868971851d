import SyncReports

/// Small workbooks in invented wording.
struct XlsxFixture {
  var sheets: [Page]
  /// Strings stand in the cells, or in a part of their own as Excel does it.
  var strings = Strings.shared
  var namespace = transitional
  var prefix = ""

  enum Strings {
    case inline
    case shared
  }

  struct Page {
    var name = "名册"
    var rows: [[String?]]
    var merges: [String] = []
    var state: String?
    /// Markup in place of what the rows would make.
    var markup: String?
  }

  static let transitional = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
  static let strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"

  init(_ rows: [[String?]], merges: [String] = []) {
    sheets = [Page(rows: rows, merges: merges)]
  }

  init(sheets: [Page]) {
    self.sheets = sheets
  }

  func units() throws -> UnitSheet { try UnitSheet(try Workbook(bytes: bytes)) }

  var bytes: [UInt8] { ZipFixture.archive(parts.map { (name: $0.0, content: Array($0.1.utf8)) }) }

  var parts: [(String, String)] {
    var parts = [
      ("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", workbook), ("xl/_rels/workbook.xml.rels", relations),
    ]
    if strings == .shared {
      let items = table.map { "<\(prefix)si><\(prefix)t>\(Self.escape($0))</\(prefix)t></\(prefix)si>" }.joined()
      parts.append(("xl/sharedStrings.xml", root("sst", items)))
    }
    for (index, sheet) in sheets.enumerated() {
      parts.append(("xl/worksheets/sheet\(index + 1).xml", sheet.markup ?? worksheet(sheet)))
    }
    return parts
  }

  /// Every text once, in the order of first use.
  private var table: [String] {
    var seen: Set<String> = []
    return sheets.flatMap { $0.rows.joined().compactMap { $0 } }.filter { seen.insert($0).inserted }
  }

  func root(_ name: String, _ content: String) -> String {
    let declaration = prefix.isEmpty ? "xmlns" : "xmlns:" + prefix.dropLast()
    return
      "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><\(prefix)\(name) \(declaration)=\"\(namespace)\""
      + " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\(content)</\(prefix)\(name)>"
  }

  private var workbook: String {
    let list = sheets.enumerated().map { index, sheet in
      "<\(prefix)sheet name=\"\(sheet.name)\" sheetId=\"\(index + 1)\""
        + (sheet.state.map { " state=\"\($0)\"" } ?? "") + " r:id=\"rId\(index + 1)\"/>"
    }
    return root("workbook", "<\(prefix)sheets>\(list.joined())</\(prefix)sheets>")
  }

  private var relations: String {
    let kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    let list = sheets.indices.map {
      "<Relationship Id=\"rId\($0 + 1)\" Type=\"\(kinds)/worksheet\" Target=\"worksheets/sheet\($0 + 1).xml\"/>"
    }
    return "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\(list.joined())"
      + "<Relationship Id=\"rId99\" Type=\"\(kinds)/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/></Relationships>"
  }

  private func worksheet(_ sheet: Page) -> String {
    let places = Dictionary(uniqueKeysWithValues: table.enumerated().map { ($1, $0) })
    let rows = sheet.rows.enumerated().map { number, row in
      let cells = row.enumerated().compactMap { column, text -> String? in
        guard let text else { return nil }
        let place = "\(Sheet.columnName(column))\(number + 1)"
        // Digits alone stand as a number, as Excel stores what somebody types.
        if Int(text) != nil { return "<\(prefix)c r=\"\(place)\"><\(prefix)v>\(text)</\(prefix)v></\(prefix)c>" }
        return switch strings {
        case .inline:
          "<\(prefix)c r=\"\(place)\" t=\"inlineStr\"><\(prefix)is><\(prefix)t>\(Self.escape(text))</\(prefix)t></\(prefix)is></\(prefix)c>"
        case .shared: "<\(prefix)c r=\"\(place)\" t=\"s\"><\(prefix)v>\(places[text] ?? 0)</\(prefix)v></\(prefix)c>"
        }
      }
      return "<\(prefix)row r=\"\(number + 1)\">\(cells.joined())</\(prefix)row>"
    }
    let merges = sheet.merges.map { "<\(prefix)mergeCell ref=\"\($0)\"/>" }.joined()
    return root(
      "worksheet",
      "<\(prefix)sheetData>\(rows.joined())</\(prefix)sheetData><\(prefix)mergeCells>\(merges)</\(prefix)mergeCells>")
  }

  private static func escape(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
  }
}
