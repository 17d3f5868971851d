/// The look of an official document (GB/T 9704) as named styles, so that whoever edits the file can change it in one place.
enum WordStyles {
  /// Families as the offices' documents name them; ``fontTable`` says what stands in where one is not installed.
  enum Font: String, CaseIterable {
    case song = "宋体"
    case hei = "黑体"
    case fangSong = "仿宋_GB2312"
    case kai = "楷体_GB2312"
    case title = "方正小标宋简体"

    var substitute: String? {
      switch self {
      case .song, .hei: nil
      case .fangSong: "仿宋"
      case .kai: "楷体"
      case .title: "宋体"
      }
    }
  }

  private struct Style {
    var id: String
    var name: String
    var font: Font
    /// In half points.
    var size: Int
    var bold = false
    /// Inside `w:pPr`.
    var paragraph = ""
  }

  /// Running text: lines of 28 points, 22 to a page.
  private static let lines = "<w:spacing w:line=\"560\" w:lineRule=\"exact\"/>"
  private static let indented = "<w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/>"

  /// Lines of 15 points in tables: whichever font stands in, the pages are the same.
  private static let rows = "<w:spacing w:line=\"300\" w:lineRule=\"exact\"/>"

  private static let styles = [
    Style(
      id: "SectionTitle", name: "Title", font: .title, size: 36,
      paragraph: "<w:keepNext/><w:spacing w:before=\"120\" w:after=\"240\"/><w:jc w:val=\"center\"/>"),
    Style(
      id: "ReportTitle", name: "Report Title", font: .title, size: 44,
      paragraph: "<w:keepNext/><w:spacing w:before=\"240\" w:after=\"360\"/><w:jc w:val=\"center\"/>"),
    Style(
      id: "Subtitle", name: "Subtitle", font: .kai, size: 32,
      paragraph: "<w:keepNext/><w:spacing w:after=\"240\"/><w:jc w:val=\"center\"/>"),
    Style(id: "Attachment", name: "Attachment", font: .hei, size: 32, paragraph: "<w:keepNext/>"),
    Style(
      id: "Heading1", name: "heading 1", font: .hei, size: 32,
      paragraph: "<w:keepNext/>\(lines)\(indented)<w:outlineLvl w:val=\"0\"/>"),
    Style(
      id: "Heading2", name: "heading 2", font: .kai, size: 32,
      paragraph: "<w:keepNext/>\(lines)\(indented)<w:outlineLvl w:val=\"1\"/>"),
    Style(
      id: "Heading3", name: "heading 3", font: .fangSong, size: 32, bold: true,
      paragraph: "<w:keepNext/>\(lines)\(indented)<w:outlineLvl w:val=\"2\"/>"),
    Style(
      id: "BodyText", name: "Body Text", font: .fangSong, size: 32,
      paragraph: "\(lines)\(indented)<w:jc w:val=\"both\"/>"),
    Style(
      id: "Signature", name: "Signature", font: .fangSong, size: 32,
      paragraph: "\(lines)<w:ind w:rightChars=\"200\" w:right=\"640\"/><w:jc w:val=\"right\"/>"),
    Style(
      id: "Fields", name: "Fields", font: .fangSong, size: 28,
      paragraph: "<w:keepNext/><w:spacing w:before=\"60\" w:after=\"60\"/>"),
    Style(id: "Note", name: "Note", font: .fangSong, size: 24, paragraph: "<w:spacing w:before=\"60\"/>"),
    Style(
      id: "TableHead", name: "Table Head", font: .hei, size: 21,
      paragraph: "<w:keepNext/>\(rows)<w:jc w:val=\"center\"/>"),
    Style(id: "TableText", name: "Table Text", font: .fangSong, size: 21, paragraph: rows),
    // What Word wants below a table and between sections: as good as no line.
    Style(
      id: "Gap", name: "Gap", font: .song, size: 2, paragraph: "<w:spacing w:line=\"20\" w:lineRule=\"exact\"/>"),
    Style(
      id: "Footer", name: "footer", font: .song, size: 18,
      paragraph: "<w:snapToGrid w:val=\"0\"/><w:jc w:val=\"center\"/>"),
  ]

  static var stylesPart: String {
    let list = styles.map { style in
      "<w:style w:type=\"paragraph\" w:customStyle=\"\(isBuiltIn(style) ? 0 : 1)\" w:styleId=\"\(style.id)\">"
        + "<w:name w:val=\"\(style.name)\"/><w:basedOn w:val=\"Normal\"/><w:qFormat/>"
        + "<w:pPr>\(style.paragraph)</w:pPr><w:rPr>\(run(style.font, size: style.size, bold: style.bold))</w:rPr></w:style>"
    }
    return """
      \(WordParts.declaration)<w:styles \(WordParts.namespace)><w:docDefaults><w:rPrDefault><w:rPr>\
      \(run(.song, size: 21))<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>\
      <w:pPrDefault/></w:docDefaults>\
      <w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>\
      <w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>\
      <w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/>\
      <w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>\
      <w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>\
      <w:tblPr><w:tblBorders>\(borders)</w:tblBorders><w:tblCellMar><w:top w:w="28" w:type="dxa"/>\
      <w:left w:w="85" w:type="dxa"/><w:bottom w:w="28" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>\
      </w:tblPr></w:style>\
      \(list.joined())</w:styles>
      """
  }

  private static func isBuiltIn(_ style: Style) -> Bool {
    ["Title", "Subtitle", "heading 1", "heading 2", "heading 3", "Body Text", "Signature", "footer"].contains(
      style.name)
  }

  private static var borders: String {
    ["top", "left", "bottom", "right", "insideH", "insideV"]
      .map { "<w:\($0) w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/>" }.joined()
  }

  /// Latin letters and digits in Times New Roman.
  private static func run(_ font: Font, size: Int, bold: Bool = false) -> String {
    "<w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"\(font.rawValue)\""
      + " w:cs=\"Times New Roman\"/>" + (bold ? "<w:b/>" : "") + "<w:sz w:val=\"\(size)\"/><w:szCs w:val=\"\(size)\"/>"
  }

  /// What the fonts are and what may stand in for them.
  static var fontTable: String {
    let fonts = Font.allCases.map { font in
      "<w:font w:name=\"\(font.rawValue)\">" + (font.substitute.map { "<w:altName w:val=\"\($0)\"/>" } ?? "")
        + "<w:charset w:val=\"86\"/><w:family w:val=\"auto\"/><w:pitch w:val=\"variable\"/></w:font>"
    }
    return """
      \(WordParts.declaration)<w:fonts \(WordParts.namespace)><w:font w:name="Times New Roman"><w:charset w:val="00"/>\
      <w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>\(fonts.joined())</w:fonts>
      """
  }

  static func id(of kind: DocumentParagraph.Kind, inReport: Bool) -> String {
    switch kind {
    case .title: inReport ? "ReportTitle" : "SectionTitle"
    case .subtitle: "Subtitle"
    case .attachment: "Attachment"
    case .heading1: "Heading1"
    case .heading2: "Heading2"
    case .heading3: "Heading3"
    case .body: "BodyText"
    case .note: "Note"
    case .signature: "Signature"
    }
  }
}
