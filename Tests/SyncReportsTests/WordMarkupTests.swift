import SyncModel
import SyncReports
import Testing

@Suite("What Word and WPS wrap around text is seen through")
struct WordMarkupTests {
  private func texts(_ markup: String) throws -> [String] {
    try DocxFixture(.markup(markup)).read().blocks.map { block in
      switch block {
      case .paragraph(let paragraph): paragraph.shown
      case .table: "table"
      }
    }
  }

  private func table(_ markup: String) throws -> WordTable {
    let blocks = try DocxFixture(.markup(markup)).read().blocks
    for case .table(let table) in blocks { return table }
    throw Missing()
  }

  private struct Missing: Error {}

  private func run(_ text: String, _ properties: String = "") -> String {
    "<w:r><w:rPr>\(properties)</w:rPr><w:t>\(text)</w:t></w:r>"
  }

  private static let guide = DocxFixture.table([["一级指标", "二级指标"], ["1.甲", "（1）子。"]])

  /// As Word writes a text box: once for new programs, once for old ones.
  private func box(_ content: String) -> String {
    """
    <w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><a:x xmlns:a="a"><w:txbxContent>\(content)</w:txbxContent>\
    </a:x></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>\(content)</w:txbxContent></w:pict></mc:Fallback>\
    </mc:AlternateContent></w:r>
    """
  }

  @Test("a text box is read once, before the paragraph that it hangs on, which goes on behind it")
  func textBox() throws {
    let markup = "<w:p>\(run("前"))\(box(DocxFixture.paragraph("框")))\(run("后"))</w:p>"
    #expect(try texts(markup) == ["框", "前后"])
    let old = "<w:p><w:r><w:pict><w:txbxContent>\(DocxFixture.paragraph("框"))</w:txbxContent></w:pict></w:r></w:p>"
    #expect(try texts(old) == ["框", ""])
    let fallbackAlone =
      "<w:p><w:r><mc:AlternateContent><mc:Fallback><w:t>旧</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    #expect(try texts(fallbackAlone) == ["旧"])
  }

  @Test("a checklist in a text box is found once, with its title; a mark drawn over a form is no part of it")
  func checklistInBox() throws {
    let boxed = "<w:p>\(box(DocxFixture.paragraph("框内指南") + Self.guide + "<w:p/>"))</w:p>"
    let found = try DocxFixture(.markup(boxed)).template()
    #expect(found.template.title == "框内指南")
    #expect(found.template.levels == [1, 1])

    let marked = Self.guide.replacing("子。</w:t></w:r>", with: "子。</w:t></w:r>\(box(DocxFixture.paragraph("样表")))")
    let form = try DocxFixture(.line("指南"), .markup(marked)).template()
    #expect(form.template.leaves.map(\.node.text) == ["子。"])
  }

  @Test("boxes within boxes and tables within boxes within tables keep their places")
  func nestedBoxes() throws {
    let inner = box(DocxFixture.paragraph("里"))
    #expect(try texts("<w:p>\(box("<w:p>\(run("中"))\(inner)</w:p>"))\(run("外"))</w:p>") == ["里", "中", "外"])
    let cell = "<w:tc><w:p>\(run("格"))\(box(Self.guide))</w:p></w:tc>"
    let table = try table("<w:tbl><w:tr>\(cell)</w:tr></w:tbl>")
    #expect(table.rows[0].cells[0].paragraphs.map(\.text).last == "格")
    #expect(table.rows[0].cells[0].blocks.count == 2)
  }

  @Test("content controls around runs, paragraphs, cells and rows are transparent; a prompt to type is no text")
  func contentControls() throws {
    func control(_ content: String, _ properties: String = "") -> String {
      "<w:sdt><w:sdtPr>\(properties)</w:sdtPr><w:sdtContent>\(content)</w:sdtContent></w:sdt>"
    }
    let cell = control("<w:tc>\(control(DocxFixture.paragraph("甲")))</w:tc>")
    let row = control("<w:tr>\(cell)<w:tc><w:p>\(control(run("乙")))</w:p></w:tc></w:tr>")
    #expect(
      try table("<w:tbl>\(row)</w:tbl>").rows.map(\.cells).joined().map { $0.paragraphs.map(\.text) } == [["甲"], ["乙"]])
    let prompt = control(run("单击此处输入文字。"), "<w:showingPlcHdr/>")
    #expect(try texts("<w:p>\(run("单位："))\(prompt)\(run("（章）"))</w:p>") == ["单位：（章）"])
  }

  @Test("a field shows its result, not its code, also one within another; a damaged one swallows nothing")
  func fields() throws {
    func mark(_ type: String) -> String { "<w:r><w:fldChar w:fldCharType=\"\(type)\"/></w:r>" }
    let code = "<w:r><w:instrText>PAGE</w:instrText></w:r>"
    let simple = "<w:fldSimple w:instr=\"PAGE\">\(run("3"))</w:fldSimple>"
    #expect(try texts("<w:p>\(run("第"))\(simple)\(run("页"))</w:p>") == ["第3页"])
    let nested =
      mark("begin") + code + mark("begin") + code + mark("separate") + run("内") + mark("end") + mark("separate")
    #expect(try texts("<w:p>\(nested)\(run("5"))\(mark("end"))\(run("页"))</w:p>") == ["5页"])
    #expect(try texts("<w:p>\(mark("begin"))\(run("码"))</w:p><w:p>\(run("正文"))</w:p>") == ["", "正文"])
  }

  @Test("hidden runs, paragraphs and rows do not show")
  func hidden() throws {
    #expect(
      try texts("<w:p>\(run("见"))\(run("藏", "<w:vanish/>"))\(run("着", "<w:vanish w:val=\"0\"/>"))</w:p>") == ["见着"])
    let mark = "<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>\(run("藏", "<w:vanish/>"))</w:p>"
    #expect(try texts(mark + "<w:p>\(run("见"))</w:p>") == ["见"])
    let rows = "<w:tr><w:trPr><w:hidden/></w:trPr><w:tc>\(DocxFixture.paragraph("藏"))</w:tc></w:tr>"
    #expect(try table("<w:tbl>\(rows)<w:tr><w:tc>\(DocxFixture.paragraph("见"))</w:tc></w:tr></w:tbl>").rows.count == 1)
  }

  @Test("symbols, soft hyphens, readings above characters, notes and comments")
  func specialCharacters() throws {
    let ruby = "<w:ruby><w:rt>\(run("dang"))</w:rt><w:rubyBase>\(run("党"))</w:rubyBase></w:ruby>"
    let markup = """
      <w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:sym w:font="Wingdings" w:char="A8"/><w:sym w:char="F0E0"/>\
      <w:t>甲</w:t><w:softHyphen/><w:t>乙</w:t><w:cr/><w:footnoteReference w:id="2"/><w:commentReference w:id="1"/>\
      \(ruby)<w:ptab/><w:t>丙</w:t></w:r></w:p>
      """
    #expect(try texts(markup) == ["☑□甲乙\n党\t丙"])
  }

  @Test("revisions: what was moved away is gone with its mark, what was moved here stays, a deleted cell is none")
  func revisions() throws {
    let gone = """
      <w:p><w:pPr><w:rPr><w:moveFrom w:id="1"/></w:rPr></w:pPr><w:moveFrom w:id="2">\(run("旧处"))</w:moveFrom></w:p>
      """
    #expect(try texts(gone + "<w:p><w:moveTo w:id=\"3\">\(run("新处"))</w:moveTo></w:p>") == ["新处"])
    let cells =
      "<w:tc><w:tcPr><w:cellDel w:id=\"4\"/></w:tcPr>\(DocxFixture.paragraph("删"))</w:tc><w:tc>\(DocxFixture.paragraph("留"))</w:tc>"
    let row = try table("<w:tbl><w:tr><w:trPr><w:ins w:id=\"5\"/></w:trPr>\(cells)</w:tr></w:tbl>").rows[0]
    #expect(row.cells.map { $0.paragraphs.map(\.text) } == [["留"]])
    #expect(row.cells[0].columns == 1..<2)
  }

  @Test("cells merged in the old way belong to the first; a merge without a cell above begins one")
  func merges() throws {
    func cell(_ text: String, _ properties: String) -> String {
      "<w:tc><w:tcPr>\(properties)</w:tcPr>\(DocxFixture.paragraph(text))</w:tc>"
    }
    let first = cell("甲", "<w:hMerge w:val=\"restart\"/>") + cell("", "<w:hMerge/>") + cell("乙", "<w:vMerge/>")
    let second = cell("丙", "") + cell("丁", "") + cell("", "<w:vMerge w:val=\"continue\"/>")
    let rows = try table("<w:tbl><w:tr>\(first)</w:tr><w:tr>\(second)</w:tr></w:tbl>").rows
    #expect(rows.map { $0.cells.map(\.columns) } == [[0..<2, 2..<3], [0..<1, 1..<2, 2..<3]])
    #expect(rows.map { $0.cells.map(\.continuesAbove) } == [[false, false], [false, false, true]])
    #expect(rows[0].cells[0].paragraphs.map(\.text) == ["甲"])
  }

  @Test("rows that begin later and end earlier keep their columns")
  func gridBeforeAndAfter() throws {
    let row = """
      <w:tr><w:trPr><w:gridBefore w:val="2"/><w:gridAfter w:val="1"/></w:trPr><w:tc>\(DocxFixture.paragraph("甲"))</w:tc></w:tr>
      """
    #expect(try table("<w:tbl>\(row)</w:tbl>").rows[0].cells.map(\.columns) == [2..<3])
  }

  @Test("a text split over many runs is one text, so that numbers and headers are known")
  func splitRuns() throws {
    let split = Self.guide.replacing("一级指标", with: "一</w:t></w:r><w:proofErr/><w:r><w:t>级指</w:t></w:r><w:r><w:t>标")
      .replacing("（1）", with: "（</w:t></w:r><w:bookmarkStart w:id=\"0\"/><w:r><w:t>1</w:t></w:r><w:r><w:t>）")
    let found = try DocxFixture(.line("指南"), .markup(split)).template()
    #expect(found.template.leaves.map(\.node.number) == ["1"])
  }

  // MARK: Parts

  private static let strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"

  private func package(_ parts: [(String, String)]) throws -> ImportedTemplate {
    let found = try ChecklistImporter.templates(bytes: ZipFixture.archive(parts.map { ($0.0, Array($0.1.utf8)) }))
    guard found.count == 1 else { throw Missing() }
    return found[0]
  }

  private func relationships(_ list: [(kind: String, target: String)]) -> String {
    let items = list.enumerated().map {
      "<Relationship Id=\"r\($0)\" Type=\"http://purl.oclc.org/ooxml/officeDocument/relationships/\($1.kind)\" Target=\"\($1.target)\"/>"
    }
    return
      "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\(items.joined())</Relationships>"
  }

  @Test("the text stands where the relationships say, and so do its lists, also in the Strict form")
  func otherParts() throws {
    let numbering = """
      <w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:lvlText w:val="（%1）"/></w:lvl></w:abstractNum>\
      <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
      """
    let item = DocxFixture.paragraph("子。", properties: "<w:numPr><w:numId w:val=\"1\"/></w:numPr>")
    let body = Self.guide.replacing(DocxFixture.paragraph("（1）子。"), with: item)
    let main = DocxFixture.part("document", "<w:body>\(DocxFixture.paragraph("别处的指南"))\(body)</w:body>")
    let found = try package([
      ("_rels/.rels", relationships([("officeDocument", "/text/main.xml")])),
      ("text/main.xml", main.replacing(DocxFixture.namespace, with: Self.strict)),
      ("text/_rels/main.xml.rels", relationships([("numbering", "../lists/n.xml")])),
      ("lists/n.xml", DocxFixture.part("numbering", numbering).replacing(DocxFixture.namespace, with: Self.strict)),
      ("word/document.xml", DocxFixture.part("document", "<w:body/>")),
    ])
    #expect(found.template.title == "别处的指南")
    #expect(found.template.leaves.map(\.node.number) == ["1"])
  }

  @Test("a header under any name is looked at for 密级")
  func namedHeader() {
    let parts = [
      ("word/document.xml", DocxFixture(.line("指南"), .markup(Self.guide)).documentXML),
      ("word/_rels/document.xml.rels", relationships([("header", "header77.xml")])),
      ("word/header77.xml", DocxFixture.part("hdr", DocxFixture.paragraph("机密★1年"))),
    ]
    let error = #expect(throws: ImportError.self) { try package(parts) }
    #expect(error?.code == .secrecyMark)
  }

  @Test("a document that only embeds another file says so")
  func foreignBody() {
    let chunk = DocxFixture(.markup("<w:altChunk xmlns:r=\"r\" r:id=\"rId5\"/>"))
    let error = #expect(throws: ImportError.self) { try chunk.templates() }
    #expect(error?.code == .noChecklist)
    #expect(error?.message.contains("嵌入") == true)
  }

  @Test("relationships and lists in UTF-16 are read like the text")
  func utf16Parts() throws {
    let rels = relationships([("officeDocument", "word/document.xml")])
    let bytes = ZipFixture.archive([
      ("_rels/.rels", HostileInputTests.utf16(rels, highFirst: true)),
      (
        "word/document.xml",
        HostileInputTests.utf16(
          DocxFixture(.line("指南"), .markup(Self.guide)).documentXML.replacing("UTF-8", with: "UTF-16"), highFirst: false
        )
      ),
    ])
    #expect(try ChecklistImporter.templates(bytes: bytes).map(\.template.title) == ["指南"])
  }
}
