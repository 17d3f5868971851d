import SyncModel
import SyncTemplates
import Testing

@Suite("Templates that come with the product")
struct BundledTemplatesTests {
  private func template(_ slug: String) throws -> Template {
    try #require(BundledTemplate.named(slug)).template
  }

  @Test("the score sheet has 12 sections, 44 items and exactly 100 points")
  func scoreSheet() throws {
    let sheet = try template("score-sheet-100")
    #expect(sheet.kind == .scoreSheet)
    #expect(sheet.levels == [12, 44])
    #expect(sheet.points == Score(text: "100"))
    #expect(
      sheet.sections.map { $0.points?.description }
        == "12 10 6 8 12 8 14 8 8 4 6 4".split(separator: " ").map(String.init))
    #expect(sheet.leaves.count { $0.node.points == Score(text: "2") } == 38)
    #expect(sheet.leaves.count { $0.node.points == Score(text: "4") } == 6)
    #expect(sheet.sections.map(\.number) == (1...12).map { Numerals.chinese($0) })
  }

  @Test("the branch guide has 7 sections and 27 items on two levels")
  func branchGuide() throws {
    let guide = try template("branch-guide-27")
    #expect(guide.kind == .guide)
    #expect(guide.sections.map(\.children.count) == [4, 4, 4, 3, 5, 4, 3])
    #expect(guide.points == nil)
  }

  @Test("every bundled item is a short phrase, said once, and survives the canonical bytes")
  func phrases() throws {
    #expect(Set(BundledTemplate.all.map(\.slug)).count == BundledTemplate.all.count)
    for bundled in BundledTemplate.all {
      let (slug, template) = (bundled.slug, bundled.template)
      let texts = template.leaves.map(\.node.text)
      #expect(texts.allSatisfy { (8...25).contains($0.count) }, "\(slug)")
      #expect(Set(texts).count == texts.count)
      #expect(try Template(bytes: template.bytes) == template)
    }
  }
}
