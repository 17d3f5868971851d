import Foundation
import SyncModel
import SyncReports
import Testing

@Suite("A document that carries 密级 is not imported")
struct MarkedDocumentTests {
  private static let table = DocxFixture.Block.table([["一级指标", "二级指标"], ["1. 组织建设", "（1）按期换届。"]])

  private func code(_ blocks: DocxFixture.Block..., parts: [(name: String, content: String)] = []) -> ImportError.Code?
  {
    var fixture = DocxFixture()
    fixture.blocks = blocks
    fixture.otherParts = parts
    do {
      _ = try fixture.templates()
      return nil
    } catch {
      return (error as? ImportError)?.code
    }
  }

  @Test(
    "wherever the mark stands: above the title, in a text box, in a table, in a header",
    arguments: ["机密★1年", "秘密", "密级：绝密"])
  func places(mark: String) {
    #expect(code(.line("指标指南"), Self.table) == nil)
    #expect(code(.line("000001"), .line(mark), .line("指标指南"), Self.table) == .secrecyMark)
    let box = "<w:p><w:r><w:pict><w:txbxContent>\(DocxFixture.paragraph(mark))</w:txbxContent></w:pict></w:r></w:p>"
    #expect(code(.markup(box), .line("指标指南"), Self.table) == .secrecyMark)
    #expect(code(.table([["份号", "000001"], [.init(mark), ""]]), .line("指标指南"), Self.table) == .secrecyMark)
    let header = DocxFixture.part("hdr", DocxFixture.paragraph(mark))
    #expect(code(.line("指标指南"), Self.table, parts: [("word/header2.xml", header)]) == .secrecyMark)
  }

  @Test("runs of one paragraph are read together, and a notice about secrecy is imported")
  func runs() {
    let split = "<w:p><w:r><w:t>机</w:t></w:r><w:r><w:t>密★</w:t></w:r><w:r><w:t>1年</w:t></w:r></w:p>"
    #expect(code(.markup(split), .line("指标指南"), Self.table) == .secrecyMark)
    #expect(code(.line("做好保密工作，学习机密文件管理制度。"), .line("指标指南"), Self.table) == nil)
  }

  private static let folder = ProcessInfo.processInfo.environment["UNITSYNC_SEEDS"]

  @Test(
    "no line and no template of a document as it was issued is stopped",
    .enabled(if: folder != nil, "要有下发文件的文件夹（UNITSYNC_SEEDS）"), arguments: 0...4)
  func issued(number: Int) throws {
    let document = try WordDocument(path: "\(try #require(Self.folder))/00\(number).docx")
    #expect(document.everyLine.count > 20)
    for line in document.everyLine { #expect(PrivacyScan.findings(in: line) == []) }
    for imported in try ChecklistImporter.templates(in: document) { try OwnWriteRules.check(imported.template) }
  }
}
