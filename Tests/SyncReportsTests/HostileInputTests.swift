import Foundation
import SyncReports
import Testing

@Suite("Hostile and broken files are refused with a reason and never trap")
struct HostileInputTests {
  static func utf16(_ text: String, highFirst: Bool, mark: Bool = true) -> [UInt8] {
    ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit in
      let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
      return highFirst ? [high, low] : [low, high]
    }
  }

  private func code(_ bytes: [UInt8], limits: WordLimits = WordLimits()) -> ImportError.Code? {
    do {
      _ = try ChecklistImporter.templates(in: WordDocument(bytes: bytes, limits: limits))
      return nil
    } catch {
      return error.code
    }
  }

  private func document(_ xml: [UInt8]) -> [UInt8] { ZipFixture.archive([("word/document.xml", xml)]) }
  private func document(_ xml: String) -> [UInt8] { document(Array(xml.utf8)) }

  private static let guide = DocxFixture(
    .line("食堂指南"),
    .table([["一级指标", "二级指标"], ["1.卫生", "（1）餐具消毒。\n（2）后厨整洁。"]]))

  @Test("an archive cut at any 64th byte is damaged")
  func truncated() {
    let bytes = Self.guide.bytes
    #expect(code(bytes) == nil)
    for length in stride(from: 0, to: bytes.count, by: 64) {
      #expect(code(Array(bytes[..<length])) == .damagedFile, "cut at \(length)")
    }
    #expect(code(Array(bytes.dropLast())) == .damagedFile)
  }

  @Test("a flipped byte is refused or does no harm; it never traps")
  func flipped() {
    let bytes = Self.guide.bytes
    for index in stride(from: 0, to: bytes.count, by: 7) {
      var changed = bytes
      changed[index] ^= 0x55
      _ = code(changed)
    }
  }

  @Test("random bytes are no document", arguments: 0..<32)
  func random(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    let bytes = (0..<512).map { _ -> UInt8 in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state)
    }
    #expect(code(bytes) == .notWordDocument)
    #expect(code([0x50, 0x4B, 0x03, 0x04] + bytes) == .damagedFile)
    #expect(code(document(bytes)) != nil)
  }

  @Test("what is not a .docx is told apart")
  func signatures() {
    let compound: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
    let stream = Self.utf16("EncryptedPackage", highFirst: false, mark: false)
    #expect(code(compound + [UInt8](repeating: 0, count: 600)) == .oldWordFormat)
    #expect(code(compound + stream) == .passwordProtected)
    #expect(code(Array("%PDF-1.7".utf8)) == .notWordDocument)
    #expect(code([]) == .damagedFile)
    #expect(code(ZipFixture.archive([("xl/workbook.xml", [0x3C])])) == .missingDocument)
    let encrypted = ZipFixture.archive([("word/document.xml", Array("<w/>".utf8))], password: "开门")
    #expect(code(encrypted) == .passwordProtected)
  }

  /// What the importer says, by content, as a command would.
  private func refusal(_ bytes: [UInt8]) -> ImportError? {
    do {
      _ = try ChecklistImporter.templates(bytes: bytes)
      return nil
    } catch { return error }
  }

  @Test("other formats under a borrowed name are called by their own, in a sentence with a next step")
  func otherFormats() {
    let compound: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + [UInt8](repeating: 0, count: 504)
    let formats: [(bytes: [UInt8], code: ImportError.Code, says: String)] = [
      (compound + Self.utf16("WordDocument", highFirst: false, mark: false), .oldWordFormat, "旧版 Word"),
      (compound + Self.utf16("Workbook\0", highFirst: false, mark: false), .oldSheetFormat, "旧版表格"),
      (compound + Self.utf16("EncryptedPackage", highFirst: false, mark: false), .passwordProtected, "密码"),
      (Array("%PDF-1.7\n".utf8), .notWordDocument, "PDF"), ([0x89, 0x50, 0x4E, 0x47, 0x0D], .notWordDocument, "图片"),
      ([0xFF, 0xD8, 0xFF, 0xE0], .notWordDocument, "图片"), (Array("{\\rtf1".utf8), .notWordDocument, "RTF"),
      (Array(" <html><body>".utf8), .notWordDocument, "网页"), (Array("Rar!\u{1A}".utf8), .notWordDocument, "RAR"),
      ([0x7F, 0x45, 0x4C, 0x46], .notWordDocument, "程序"), (Array("只是文字".utf8), .notWordDocument, "不是 Word"),
      ([], .damagedFile, "空的"),
      (ZipFixture.archive([("mimetype", []), ("content.xml", Array("<a/>".utf8))]), .missingDocument, "OpenDocument"),
      (ZipFixture.archive([("ppt/presentation.xml", [0x3C])]), .missingDocument, "演示文稿"),
      (ZipFixture.archive([("OFD.xml", [0x3C])]), .missingDocument, "版式文件"),
      (ZipFixture.archive([("xl/workbook.bin", [1])]), .missingDocument, "xlsb"),
      (ZipFixture.archive([("照片.jpg", [1, 2, 3])]), .missingDocument, "没有 Word 正文"),
      (ZipFixture.archive([("xl/workbook.xml", Array("<a/>".utf8))]), .noChecklist, "没有找到"),
    ]
    for (bytes, code, says) in formats {
      let found = refusal(bytes)
      #expect(found?.code == code, "\(says)")
      #expect(found?.message.contains(says) == true, "\(says): \(found?.message ?? "nil")")
      #expect(found?.hint.isEmpty == false, "\(says)")
    }
  }

  @Test("names that point out of the archive, entries without end and parts that lean on themselves do no harm")
  func archives() {
    let xml = Array(Self.guide.documentXML.utf8)
    let slip = ["../../../../etc/passwd", "/etc/passwd", "..\\..\\a.exe", "C:\\a.exe", "word/../../b"]
    #expect(refusal(ZipFixture.archive(slip.map { ($0, [1]) } + [("word/document.xml", xml)])) == nil)
    let many = (0..<5_000).map { (name: "\($0)", content: [UInt8]()) }
    #expect(refusal(ZipFixture.archive(many + [(name: "word/document.xml", content: xml)]))?.code == .tooLarge)
    func relationship(_ target: String) -> [UInt8] {
      Array(
        """
        <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" \
        Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="\(target)"/></Relationships>
        """.utf8)
    }
    for target in [
      "../../etc/passwd", "/_rels/.rels", "_rels/.rels", "", "/", "..", "word/nothing.xml", "http://example.com/a",
    ] {
      let bytes = ZipFixture.archive([("_rels/.rels", relationship(target)), ("word/document.xml", xml)])
      #expect(refusal(bytes) != nil, "\(target)")
    }
    #expect(
      refusal(ZipFixture.archive([("_rels/.rels", relationship("word/document.xml")), ("word/document.xml", xml)]))
        == nil)
    let entity = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><Relationships>&b;</Relationships>"
    for part in ["_rels/.rels", "word/_rels/document.xml.rels", "word/styles.xml", "word/header1.xml"] {
      #expect(
        refusal(ZipFixture.archive([("word/document.xml", xml), (part, Array(entity.utf8))]))?.code == .forbiddenMarkup,
        "\(part)")
    }
  }

  @Test("attributes of a tag, elements of a part, items of a file and strings that cells share are bounded")
  func weight() {
    let attributes = (0..<300).map { " a\($0)=\"x\"" }.joined()
    #expect(code(DocxFixture(.markup("<w:p\(attributes)/>")).bytes) == .tooLarge)
    var limits = WordLimits()
    limits.elements = 100
    #expect(code(DocxFixture(.markup(String(repeating: "<w:b/>", count: 100))).bytes, limits: limits) == .tooLarge)
    let items = (0..<5_001).map { DocxFixture.paragraph("（\($0 % 99 + 1)）子") }.joined()
    let cell = "<w:tr><w:tc>\(DocxFixture.paragraph("1.甲"))</w:tc><w:tc>\(items)</w:tc></w:tr>"
    let table = DocxFixture.table([["一级指标", "二级指标"]]).replacing("</w:tbl>", with: cell + "</w:tbl>")
    #expect(code(DocxFixture(.line("指南"), .markup(table)).bytes) == .tooLarge)
    let text = String(repeating: "党", count: 4_000)
    let shared = XlsxFixture(Array(repeating: [text], count: 100))
    #expect(shared.bytes.count < 32 << 10)
    #expect(refusal(shared.bytes)?.code == .tooLarge)
  }

  @Test("running text is bounded, wherever it stands")
  func text() {
    var limits = WordLimits()
    limits.textBytes = 64
    #expect(code(Self.guide.bytes, limits: limits) == .tooLarge)
    limits.textBytes = 1 << 10
    #expect(code(Self.guide.bytes, limits: limits) == nil)
  }

  @Test("tables in tables and boxes in boxes end at the depth that is allowed")
  func deep() {
    let cell = ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>")
    let box = ("<w:p><w:r><w:pict><w:txbxContent>", "</w:txbxContent></w:pict></w:r></w:p>")
    for (open, close) in [cell, box] {
      for count in [5, 40, 100, 5_000] {
        let nested =
          String(repeating: open, count: count) + DocxFixture.table([["一级指标", "二级指标"], ["1.甲", "（1）子。"]])
          + String(repeating: close, count: count)
        let found = code(DocxFixture(.line("指南"), .markup(nested)).bytes)
        #expect(found == (count < 45 ? nil : .tooLarge), "\(count)")
      }
    }
  }

  @Test("two parts of one name are refused")
  func duplicateParts() {
    let xml = Array(Self.guide.documentXML.utf8)
    #expect(code(ZipFixture.archive([("word/document.xml", xml), ("word/document.xml", xml)])) == .damagedFile)
  }

  @Test(
    "a bomb is stopped by what comes out of it, whatever its header claims", arguments: [nil, 1, 4_096] as [UInt32?])
  func bomb(claim: UInt32?) {
    var limits = WordLimits()
    limits.inflatedBytes = 1 << 20
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: 4 << 20)
    let bytes = document(padding)
    let claiming = claim.map { ZipFixture.claimingSize($0, in: bytes) } ?? bytes
    #expect(bytes.count < 64 << 10)
    let found = code(claiming, limits: limits)
    #expect(found == .tooLarge || claim != nil && found == .damagedFile)
  }

  @Test("file size, entries, blocks, columns and depth are bounded")
  func bounds() {
    var limits = WordLimits()
    limits.fileBytes = 100
    #expect(code(Self.guide.bytes, limits: limits) == .tooLarge)
    limits = WordLimits()
    limits.entries = 1
    #expect(code(Self.guide.bytes, limits: limits) == .tooLarge)
    limits = WordLimits()
    limits.blocks = 5
    #expect(code(Self.guide.bytes, limits: limits) == .tooLarge)
    #expect(code(DocxFixture(.table([[.wide("宽", 65)]])).bytes) == .tooLarge)
    let rows = [[DocxFixture.Cell.wide("宽", 60), .wide("宽", Int.max)]]
    #expect(code(DocxFixture(.table(rows)).bytes) == .tooLarge)
    for depth in [300, 20_000] {
      let open = String(repeating: "<w:sdt>", count: depth)
      let close = String(repeating: "</w:sdt>", count: depth)
      #expect(code(document(DocxFixture.part("document", open + close))) == .tooLarge)
    }
  }

  @Test(
    "a DOCTYPE is refused in UTF-8 and UTF-16, with or without a byte order mark",
    arguments: ["<!DOCTYPE w [<!ENTITY a \"b\">]><w>&a;</w>", "<?xml version=\"1.0\"?>\n<!DOCTYPE w SYSTEM \"x\"><w/>"])
  func doctype(xml: String) {
    #expect(code(document(xml)) == .forbiddenMarkup)
    #expect(code(document([0xEF, 0xBB, 0xBF] + Array(xml.utf8))) == .forbiddenMarkup)
    for highFirst in [true, false] {
      #expect(code(document(Self.utf16(xml, highFirst: highFirst))) == .forbiddenMarkup)
      #expect(code(document(Self.utf16(xml, highFirst: highFirst, mark: false))) == .forbiddenMarkup)
    }
  }

  @Test("a DOCTYPE in numbering.xml is refused too")
  func doctypeElsewhere() {
    let parts = [("word/document.xml", Self.guide.documentXML), ("word/numbering.xml", "<!DOCTYPE x><x/>")]
    #expect(code(ZipFixture.archive(parts.map { ($0.0, Array($0.1.utf8)) })) == .forbiddenMarkup)
  }

  @Test(
    "markup that is not well formed is refused",
    arguments: [
      "", "<", "<w>", "<w:a/>", "text", "<a></b>", "<a/><b/>", "<a>&nope;</a>", "<?xml version=\"1.0\"",
      "<?xml version=\"1.0\" encoding=\"GB18030\"?><a/>", "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADw-a/>",
    ])
  func malformed(xml: String) {
    #expect(code(document(xml)) == .malformedMarkup)
  }

  @Test(
    "the parser never guesses an encoding: bytes that look like another one, a second declaration or byte order mark")
  func guessed() {
    let xml = Array(Self.guide.documentXML.utf8)
    // libxml2 took these for UCS-4 in one order or another, and crashed.
    for start: [UInt8] in [[0, 0, 0, 0x3C], [0, 0, 0x3C, 0], [0, 0x3C, 0, 0], [0x3C, 0, 0, 0], [0]] {
      #expect(code(document(start + Array("c r=\"C3\"><v>5</v></c>".utf8))) == .malformedMarkup, "\(start)")
      #expect(code(document(start + xml)) == .malformedMarkup, "\(start)")
    }
    let (first, second) = ("<?xml version=\"1.0\"?>", "<?xml version=\"1.0\" encoding=\"UTF-7\"?>")
    let root = Self.guide.documentXML.replacing(/^<\?xml[^>]*>/, with: "")
    #expect(code(document(first + root)) == nil)
    #expect(code(document("\u{FEFF}" + first + root)) == nil)
    for start in [first + second, "\u{FEFF}\u{FEFF}" + second, first + "\u{FEFF}" + second, " " + second] {
      #expect(code(document(start + root)) == .malformedMarkup, "\(start)")
      #expect(code(document(Self.utf16(start + root, highFirst: true))) == .malformedMarkup, "\(start)")
    }
    #expect(code(document(first + root.replacing("食堂指南", with: "食堂\0指南"))) == .malformedMarkup)
  }

  @Test("processing instructions are refused wherever they stand, with text or without, which the parser crashes on")
  func processingInstructions() {
    for instruction in ["<?a?>", "<?a b?>", "<?xml?>", "<?"] {
      let xml = Self.guide.documentXML
      for changed in [
        xml + instruction, xml.replacing("<w:body>", with: instruction + "<w:body>"),
        xml.replacing("食堂指南", with: instruction),
      ] {
        #expect(code(document(changed)) == .malformedMarkup, "\(instruction)")
        #expect(code(document(Self.utf16(changed, highFirst: false))) == .malformedMarkup, "\(instruction)")
      }
    }
    // Typed by a person it is text.
    #expect(code(document(Self.guide.documentXML.replacing("食堂指南", with: "食堂&lt;?指南?&gt;"))) == nil)
  }

  @Test("what has no text is no trouble: comments, CDATA, namespaces and attributes without any")
  func empty() {
    let xml = Self.guide.documentXML
    for part in ["<!---->", "<![CDATA[]]>", "<w:sectPr xmlns=\"\"/>", "<w:sectPr w:x=\"\" y=\"\"/>"] {
      #expect(code(document(xml.replacing("</w:body>", with: part + "</w:body>"))) == nil, "\(part)")
    }
    #expect(code(document(xml.replacing("<w:body>", with: "<w:sectPr xmlns:a=\"\"/><w:body>"))) == .malformedMarkup)
  }

  @Test("markup cut at any byte is refused")
  func truncatedMarkup() {
    let xml = Array(Self.guide.documentXML.utf8)
    for length in stride(from: 0, to: xml.count, by: 5) {
      #expect(code(document(Array(xml[..<length]))) == .malformedMarkup, "cut at \(length)")
    }
  }

  @Test("elements in places where they cannot stand do no harm")
  func misplaced() {
    let shuffled = """
      <w:body><w:tc><w:p><w:r><w:t>甲</w:t></w:r></w:p></w:tc><w:tr/><w:tbl><w:p/><w:tc/><w:tr><w:tbl/><w:p/><w:tr/>\
      <w:tc><w:p><w:p/><w:tbl><w:tr><w:tc/></w:tr></w:tbl></w:p></w:tc></w:tr></w:tbl><w:gridSpan w:val="-5"/></w:body>
      """
    #expect(code(document(DocxFixture.part("document", shuffled))) == .noChecklist)
    let odd = DocxFixture(.table([[.wide("甲", -3), .wide("乙", 0)]])).bytes
    #expect(code(odd) == .noChecklist || code(odd) == nil)
  }

  @Test("a missing file and a folder are unreadable")
  func unreadable() {
    for path in ["/nowhere/at/all.docx", FileManager.default.temporaryDirectory.path] {
      let error = #expect(throws: ImportError.self) { try ChecklistImporter.templates(path: path) }
      #expect(error?.code == .unreadableFile)
    }
  }

  @Test("a document without a checklist says which headers are known")
  func noChecklist() throws {
    let error = #expect(throws: ImportError.self) { try DocxFixture(.line("只有文字")).templates() }
    #expect(error?.code == .noChecklist)
    #expect(error?.hint.contains("一级指标") == true)
  }
}
