import Foundation
import SyncModel
import SyncTemplates
import Testing

@testable import SyncReports

@Suite("Bundled templates on paper")
struct BundledPapersTests {
  static let checklists = BundledTemplate.all.filter { !$0.template.kind.hasRows }

  @Test("a bundled checklist that is printed and imported again is the same tree", arguments: checklists.map(\.slug))
  func again(_ slug: String) throws {
    let template = try #require(BundledTemplate.named(slug)).template
    let again = try PaperRoundTripTests.again(template)
    #expect(again.title == template.title && again.kind == template.kind && again.levels == template.levels)
    for (left, right) in zip(again.items, template.items) {
      #expect(left.node.number == right.node.number, "\(right.id)")
      #expect(left.node.text == right.node.text, "\(right.id)")
      #expect(left.node.points == right.node.points, "\(right.id)")
    }
    for item in BundledTemplate.all {
      let paper = OfficeDocument(title: item.template.title, sections: [ChecklistPaper(item.template).section])
      try DocumentFile.write(paper, format: .docx, to: "/tmp/tpl/papers/\(item.slug).docx")
    }
  }
}
