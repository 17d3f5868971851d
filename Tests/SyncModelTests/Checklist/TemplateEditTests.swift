import SyncModel
import Testing

@Suite("An edited template is a new one")
struct TemplateEditTests {
  private static func two(_ text: String) -> Template.Node {
    .init(number: text, text: "项" + text, points: Score(text: "2"))
  }
  private static let sheet = Template(
    title: "表", kind: .scoreSheet, columns: ["内容", "分值"],
    sections: [
      .init(number: "一", text: "甲", points: Score(text: "4"), children: [two("1"), two("2")]),
      .init(number: "二", text: "乙", points: Score(text: "2"), children: [two("1")]),
    ])

  private func item(_ id: String) throws -> Template.Item {
    try #require(Self.sheet.items.first { $0.id == id })
  }

  private func failure(_ edits: [TemplateEdit]) -> TemplateEditError? {
    do {
      _ = try Self.sheet.edited(by: edits)
      return nil
    } catch { return error as? TemplateEditError }
  }

  @Test("every change is made to the item that it names, and the old template stays as it is")
  func changes() throws {
    let asked = Requirement(.cadence, "例会", amount: Score(text: "1"), measure: "次", per: .month)
    let new = try Self.sheet.edited(by: [
      .title("新表"), .text(item: item("1.2"), "改过"), .number(item: item("2.1"), "5"),
      .points(item: item("1.1"), Score(text: "1")),
      .points(item: item("1.2"), Score(text: "3")), .addRequirements(item: item("2.1"), [asked, asked]),
      .add(below: nil, .init(number: "三", text: "丙")), .column(index: 0, .init("内容", isRequired: true)),
    ])
    #expect(new.title == "新表")
    #expect(new.items.map(\.node.text) == ["甲", "项1", "改过", "乙", "项1", "丙"])
    #expect(new.sections[0].children.map(\.points) == [Score(text: "1"), Score(text: "3")])
    #expect(new.sections[1].children[0].number == "5")
    #expect(new.sections[1].children[0].requirements == [asked])
    #expect(new.columns[0].isRequired)
    #expect(new.bytes != Self.sheet.bytes)
    #expect(try Template(bytes: new.bytes) == new)
    let without = try new.edited(by: [
      .removeRequirements(item: try #require(new.items.first { !$0.node.requirements.isEmpty }), place: 1)
    ])
    #expect(without.items.allSatisfy { $0.node.requirements.isEmpty })
  }

  @Test("an item is added behind its siblings and removed with what is below it")
  func structure() throws {
    let new = try Self.sheet.edited(by: [
      .add(below: item("1"), .init(number: "3", text: "增")), .remove(item: item("2")), .text(item: item("2.1"), "不存在了"),
    ])
    #expect(new.items.map(\.node.text) == ["甲", "项1", "项2", "增"])
  }

  @Test("what could not be filled in, or has a new fault, is refused")
  func refused() throws {
    #expect(failure([]) == .nothingChanged)
    #expect(failure([.title(" ")]) == .emptyTitle)
    #expect(failure([.text(item: try item("1.1"), "")]) == .emptyText("1.1"))
    #expect(failure([.remove(item: try item("1")), .remove(item: try item("2"))]) == .noItems)
    #expect(failure([.number(item: try item("1.2"), "1")]) == .doubledNumber("第 一 项下的 1"))
    #expect(
      failure([.points(item: try item("1.2"), Score(text: "3"))])
        == .unevenPoints("甲", printed: Score(hundredths: 400), sum: Score(hundredths: 500)))
    #expect(failure([.points(item: try item("1.2"), Score(hundredths: -100))])?.code == "templatePointsOutOfRange")
    #expect(failure([.removeRequirements(item: try item("1.1"), place: 2)])?.code == "templateNoRequirement")
    let deep = Template.Node(
      text: "1", children: [.init(text: "2", children: [.init(text: "3", children: [.init(text: "4")])])])
    #expect(failure([.add(below: try item("1.1"), deep)])?.code == "templateTooDeep")
    let many = (0..<65).map { Requirement(.cadence, "例会\($0)") }
    #expect(failure([.addRequirements(item: try item("1.1"), many)])?.code == "templateTooManyRequirements")
  }

  @Test("a fault that was there before does not stand in the way of another change")
  func oldFaults() throws {
    var uneven = Self.sheet
    uneven.sections[0].points = Score(text: "9")
    uneven.sections[1].children.append(Self.two("1"))
    let item = try #require(uneven.items.first { $0.id == "1.1" })
    #expect(try uneven.edited(by: [.text(item: item, "改")]).unevenSections.count == 2)
    #expect(throws: TemplateEditError.self) { try uneven.edited(by: [.points(item: item, Score(text: "3"))]) }
  }
}
