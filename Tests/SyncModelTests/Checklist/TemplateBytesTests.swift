import SyncModel
import Testing

@Suite("a template's bytes")
struct TemplateBytesTests {
  private func nested(_ depth: Int) -> [Template.Node] {
    depth == 0 ? [] : [Template.Node(text: "x", children: nested(depth - 1))]
  }

  @Test("four levels are read, five are refused (promise 8)")
  func depth() throws {
    let four = Template(title: "t", kind: .guide, sections: nested(Template.depthLimit))
    #expect(try Template(bytes: four.bytes) == four)
    let five = Template(title: "t", kind: .guide, sections: nested(Template.depthLimit + 1))
    #expect(throws: CodecError.self) { try Template(bytes: five.bytes) }
  }

  @Test("64 columns are read, 65 are refused; so are more bytes than a template may have")
  func limits() throws {
    let wide = Template(
      title: "t", kind: .ledger, columns: Array(repeating: "c" as Template.Column, count: Template.columnLimit))
    #expect(try Template(bytes: wide.bytes) == wide)
    let wider = Template(
      title: "t", kind: .ledger, columns: Array(repeating: "c" as Template.Column, count: Template.columnLimit + 1))
    #expect(throws: CodecError.self) { try Template(bytes: wider.bytes) }
    let long = Template(title: String(repeating: "t", count: Template.byteLimit), kind: .ledger)
    #expect(throws: CodecError.self) { try Template(bytes: long.bytes) }
  }

  @Test("deductions are points below zero, and none are none", arguments: [nil, -1, 0, 1, -100_000_000, 100_000_000])
  func points(hundredths: Int64?) throws {
    let node = Template.Node(text: "x", points: hundredths.map { Score(hundredths: $0) })
    let template = Template(title: "t", kind: .scoreSheet, sections: [node])
    #expect(try Template(bytes: template.bytes) == template)
  }

  @Test("points beyond a score's range are refused", arguments: [100_000_001, -100_000_001, Int64.max, .min])
  func pointsOutOfRange(hundredths: Int64) {
    let node = Template.Node(text: "x", points: Score(hundredths: hundredths))
    let template = Template(title: "t", kind: .scoreSheet, sections: [node])
    #expect(throws: CodecError.self) { try Template(bytes: template.bytes) }
  }
}
