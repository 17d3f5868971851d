/// The parts of a .docx beside its text.
enum WordParts {
  static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
  static let namespace = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
  static let relationshipNamespace =
    "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
  static let footerRelationship = "rId4"
  static let documentName = "word/document.xml"

  private static let office = "http://schemas.openxmlformats.org/officeDocument/2006"
  private static let package = "http://schemas.openxmlformats.org/package/2006"
  private static let word = "application/vnd.openxmlformats-officedocument.wordprocessingml"

  /// Everything but the text, in its order.
  static func around(_ document: OfficeDocument) throws(DocumentError) -> [(name: String, markup: String)] {
    let custom = try CustomProperties.part(document.properties)
    return [
      ("[Content_Types].xml", contentTypes(custom: custom != nil)),
      ("_rels/.rels", packageRelationships(custom: custom != nil)),
      ("docProps/core.xml", core(document.title)), ("docProps/app.xml", app),
    ] + (custom.map { [("docProps/custom.xml", $0)] } ?? []) + [
      ("word/_rels/document.xml.rels", relationships), ("word/styles.xml", WordStyles.stylesPart),
      ("word/fontTable.xml", WordStyles.fontTable), ("word/settings.xml", settings),
      ("word/footer1.xml", footer(document.checkCode)),
    ]
  }

  private static func contentTypes(custom: Bool) -> String {
    let parts =
      [
        ("word/document.xml", "\(word).document.main+xml"), ("word/styles.xml", "\(word).styles+xml"),
        ("word/fontTable.xml", "\(word).fontTable+xml"), ("word/settings.xml", "\(word).settings+xml"),
        ("word/footer1.xml", "\(word).footer+xml"),
        ("docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
        ("docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml"),
      ]
      + (custom
        ? [("docProps/custom.xml", "application/vnd.openxmlformats-officedocument.custom-properties+xml")] : [])
    return declaration + "<Types xmlns=\"\(package)/content-types\">"
      + "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
      + "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
      + parts.map { "<Override PartName=\"/\($0.0)\" ContentType=\"\($0.1)\"/>" }.joined() + "</Types>"
  }

  private static func packageRelationships(custom: Bool) -> String {
    relationshipList(
      [
        ("\(office)/relationships/officeDocument", documentName),
        ("\(package)/relationships/metadata/core-properties", "docProps/core.xml"),
        ("\(office)/relationships/extended-properties", "docProps/app.xml"),
      ] + (custom ? [("\(office)/relationships/custom-properties", "docProps/custom.xml")] : []))
  }

  private static var relationships: String {
    relationshipList([
      ("\(office)/relationships/styles", "styles.xml"), ("\(office)/relationships/fontTable", "fontTable.xml"),
      ("\(office)/relationships/settings", "settings.xml"), ("\(office)/relationships/footer", "footer1.xml"),
    ])
  }

  private static func relationshipList(_ list: [(type: String, target: String)]) -> String {
    declaration + "<Relationships xmlns=\"\(package)/relationships\">"
      + list.enumerated().map { index, entry in
        "<Relationship Id=\"rId\(index + 1)\" Type=\"\(entry.type)\" Target=\"\(entry.target)\"/>"
      }.joined() + "</Relationships>"
  }

  /// Without times and names: neither the hour of writing nor whoever wrote is the reader's affair.
  private static func core(_ title: String) -> String {
    var buffer = MarkupBuffer()
    buffer.text(title)
    return declaration
      + "<cp:coreProperties xmlns:cp=\"\(package)/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
      + "<dc:title>\(String(decoding: buffer.bytes, as: UTF8.self))</dc:title><dc:language>zh-CN</dc:language>"
      + "</cp:coreProperties>"
  }

  private static var app: String {
    declaration + "<Properties xmlns=\"\(office)/extended-properties\"><Application>unitsync</Application></Properties>"
  }

  private static var settings: String {
    """
    \(declaration)<w:settings \(namespace)><w:defaultTabStop w:val="420"/>\
    <w:characterSpacingControl w:val="compressPunctuation"/><w:compat>\
    <w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>\
    <w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>
    """
  }

  /// 校验码 and 第 1 页 共 3 页, the numbers as fields that the reader's program fills in.
  private static func footer(_ checkCode: String?) -> String {
    var buffer = MarkupBuffer()
    buffer.raw("\(declaration)<w:ftr \(namespace)><w:p><w:pPr><w:pStyle w:val=\"Footer\"/></w:pPr>")
    func run(_ text: String) {
      buffer.raw("<w:r><w:t xml:space=\"preserve\">")
      buffer.text(text)
      buffer.raw("</w:t></w:r>")
    }
    func field(_ name: String) {
      buffer.raw(
        "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> \(name) </w:instrText></w:r>"
      )
      buffer.raw("<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>1</w:t></w:r>")
      buffer.raw("<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>")
    }
    run((checkCode.map { "校验码 \($0)　　" } ?? "") + "第 ")
    field("PAGE")
    run(" 页 共 ")
    field("NUMPAGES")
    run(" 页")
    buffer.raw("</w:p></w:ftr>")
    return String(decoding: buffer.bytes, as: UTF8.self)
  }
}
