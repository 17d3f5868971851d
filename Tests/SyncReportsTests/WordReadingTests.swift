import SyncReports
import Testing

@Suite("A Word document is read as a person sees it")
struct WordReadingTests {
  private func texts(_ markup: String, numbering: String? = nil, styles: String? = nil) throws -> [String] {
    try DocxFixture(.markup(markup), numbering: numbering, styles: styles).read().blocks.map { block in
      switch block {
      case .paragraph(let paragraph): paragraph.shown
      case .table: "table"
      }
    }
  }

  @Test("breaks, tabs and non-breaking hyphens become characters")
  func specialCharacters() throws {
    let markup =
      "<w:p><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t><w:noBreakHyphen/><w:t>丁</w:t></w:r></w:p>"
    #expect(try texts(markup) == ["甲\n乙\t丙-丁"])
  }

  @Test("inserted text stays, deleted text, field codes and drawings go")
  func revisions() throws {
    let markup = """
      <w:p><w:ins><w:r><w:t>新增</w:t></w:r></w:ins><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>\
      <w:moveFrom><w:r><w:t>移走</w:t></w:r></w:moveFrom><w:r><w:instrText>PAGE</w:instrText></w:r>\
      <w:r><mc:AlternateContent><mc:Choice><w:drawing><w:p><w:r><w:t>图</w:t></w:r></w:p></w:drawing></mc:Choice>\
      <mc:Fallback><w:t>旧图</w:t></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>原有</w:t></w:r></w:p>
      """
    #expect(try texts(markup) == ["新增原有"])
  }

  @Test("a deleted paragraph mark joins two paragraphs")
  func deletedMark() throws {
    let markup = """
      <w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr><w:r><w:t>前半</w:t></w:r></w:p>\
      <w:p><w:r><w:t>后半</w:t></w:r></w:p>
      """
    #expect(try texts(markup) == ["前半后半"])
  }

  @Test("text within controls, links and tags belongs to its paragraph")
  func containers() throws {
    let markup = """
      <w:sdt><w:sdtContent><w:p><w:hyperlink><w:r><w:t>链</w:t></w:r></w:hyperlink><w:smartTag><w:r><w:t>签</w:t></w:r>\
      </w:smartTag><w:sdt><w:sdtContent><w:r><w:t>控</w:t></w:r></w:sdtContent></w:sdt></w:p></w:sdtContent></w:sdt>
      """
    #expect(try texts(markup) == ["链签控"])
  }

  @Test("cells know their columns, merges and nested tables; a deleted row is gone")
  func tables() throws {
    let nested = DocxFixture.table([["内一", "内二"]])
    let markup = """
      <w:tbl><w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>\
      \(DocxFixture.paragraph("宽"))\(nested)</w:tc><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p/></w:tc></w:tr>\
      <w:tr><w:tc><w:tcPr><w:gridSpan w:val="3"/></w:tcPr><w:p/></w:tc><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr>\
      <w:tr><w:trPr><w:del/></w:trPr><w:tc>\(DocxFixture.paragraph("删"))</w:tc></w:tr></w:tbl>
      """
    let document = try DocxFixture(.markup(markup)).read()
    guard case .table(let table) = try #require(document.blocks.first) else {
      Issue.record("no table")
      return
    }
    #expect(table.rows.count == 2)
    #expect(table.rows[0].cells.map(\.columns) == [1..<3, 3..<4])
    #expect(table.rows.map { $0.cells.map(\.continuesAbove) } == [[false, false], [false, true]])
    #expect(table.rows[0].cells[0].paragraphs.map(\.text) == ["宽", "内一", "内二"])
  }

  private static let lists = """
    <w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>\
    <w:lvlText w:val="%1、"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/>\
    <w:isLgl/><w:lvlText w:val="%1.%2"/></w:lvl><w:lvl w:ilvl="2"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl>\
    </w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="4">\
    <w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="9"/></w:lvlOverride></w:num>
    """

  private func numbered(_ text: String, _ instance: Int, level: Int) -> String {
    DocxFixture.paragraph(
      text, properties: "<w:numPr><w:ilvl w:val=\"\(level)\"/><w:numId w:val=\"\(instance)\"/></w:numPr>")
  }

  @Test("automatic numbers are counted and written as Word shows them")
  func automaticNumbers() throws {
    let markup =
      numbered("甲", 3, level: 0) + numbered("乙", 3, level: 1) + numbered("丙", 3, level: 1) + numbered("丁", 3, level: 0)
      + numbered("戊", 3, level: 1) + numbered("己", 3, level: 2) + numbered("庚", 4, level: 0)
    #expect(try texts(markup, numbering: Self.lists) == ["一、甲", "1.1乙", "1.2丙", "二、丁", "2.1戊", "己", "九、庚"])
  }

  @Test("a style brings its number along, also from the style it is based on, and numId 0 switches it off")
  func styleNumbers() throws {
    let styles = """
      <w:style w:styleId="base"><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="3"/></w:numPr></w:pPr></w:style>\
      <w:style w:styleId="item"><w:basedOn w:val="base"/></w:style>
      """
    let off = "<w:pStyle w:val=\"item\"/><w:numPr><w:numId w:val=\"0\"/></w:numPr>"
    let markup =
      DocxFixture.paragraph("甲", properties: "<w:pStyle w:val=\"item\"/>") + DocxFixture.paragraph("乙", properties: off)
      + DocxFixture.paragraph("丙", properties: "<w:pStyle w:val=\"base\"/>")
    #expect(try texts(markup, numbering: Self.lists, styles: styles) == ["一、甲", "乙", "二、丙"])
  }

  @Test("pictures with Chinese names in the archive are passed over")
  func chineseEntryNames() throws {
    let document = Array(DocxFixture(.line("正文")).documentXML.utf8)
    let bytes = ZipFixture.archive([("word/media/图一.png", [1, 2, 3]), ("word/document.xml", document)])
    #expect(try WordDocument(bytes: bytes).blocks == [.paragraph(WordParagraph(text: "正文"))])
  }

  @Test("UTF-16 with a byte order mark reads like UTF-8", arguments: [true, false])
  func utf16(highFirst: Bool) throws {
    let text = DocxFixture(.line("双字节")).documentXML.replacing("UTF-8", with: "UTF-16")
    let bytes = HostileInputTests.utf16(text, highFirst: highFirst)
    let document = try WordDocument(bytes: ZipFixture.archive([("word/document.xml", bytes)]))
    #expect(document.blocks == [.paragraph(WordParagraph(text: "双字节"))])
  }
}
