import SyncModel
import Testing

@Suite("Cells of a ledger")
struct LedgerCellTests {
  private func column(_ content: Template.Column.Content, _ choices: [String] = []) -> Template.Column {
    Template.Column("栏", content: content, choices: choices)
  }

  @Test("what people type becomes one value, and reads the same again")
  func parsed() throws {
    #expect(try column(.text).parse(" 甲 ") == .text("甲") && column(.person).parse("张三") == .text("张三"))
    #expect(try column(.number).parse("１.５") == .decimal(FixedDecimal(#require(Score(text: "1.5")))))
    #expect(try column(.date).display(column(.date).parse("2026年9月6日")) == "2026-09-06")
    for text in ["2026-9", "2026年9月", "2026.09"] { #expect(try column(.month).parse(text) == .text("2026-09")) }
    #expect(try column(.choice, ["甲", "乙"]).parse("乙") == .text("乙"))
    for content in Template.Column.Content.allCases { #expect(try column(content).parse("  ") == .nothing) }
  }

  @Test("promise 8: what does not fit its column is refused with the column's name and the next step")
  func refused() {
    let cases: [(Template.Column, String)] = [
      (column(.number), "三"), (column(.date), "下月"), (column(.month), "2026-13"), (column(.choice, ["甲"]), "乙"),
      (column(.sequence), "1"), (column(.text), String(repeating: "字", count: Ledger.cellLimit + 1)),
    ]
    for (column, text) in cases {
      let error = #expect(throws: LedgerError.self) { try column.parse(text) }
      #expect(error?.message.contains("“栏”") == true && error?.hint.isEmpty == false)
    }
  }

  @Test("a column is found by its title or a part of it that only one has")
  func named() throws {
    let template = Template(title: "t", kind: .ledger, columns: ["存在问题", "整改措施", "整改时限"])
    #expect(try template.column(named: "问题") == 0 && template.column(named: "整改 措施") == 1)
    #expect(throws: LedgerError.self) { try template.column(named: "整改") }
    #expect(throws: LedgerError.self) { try template.column(named: "") }
  }

  @Test("registers of cells and of the row never meet those of another column, slot or ledger")
  func names() throws {
    let template = Template(title: "t", kind: .ledger, columns: ["甲", "乙"])
    let ledger = Ledger(subject: SubjectID(high: 1, low: 1), slot: 2, template: template)
    let row = ElementID(high: 3, low: 3)
    #expect(ledger.column(of: ledger.cell(row, column: 1)) == 1 && ledger.column(of: ledger.state(row)) == nil)
    let other = Ledger(subject: ledger.subject, slot: 3, template: template)
    #expect(other.column(of: ledger.cell(row, column: 1)) == nil)
    #expect(ledger.channel == .answers)
    let register = Ledger(subject: ledger.subject, slot: 0, template: Template(title: "t", kind: .register))
    #expect(register.channel == .internal && register.state(row).kind == .registerRow)
    let state = RowState(isRemoved: true, begunMilliseconds: 1_790_000_000_000)
    #expect(
      RowState(state.value) == state && RowState(.text("1")) == nil
        && RowState(.list([.choice(3), .integer(1)])) == nil)
  }
}
