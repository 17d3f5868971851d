import SyncModel
import Testing

@Suite("What answers come to")
struct ScoreSummaryTests {
  private static func decimal(_ text: String) throws -> Value {
    .decimal(FixedDecimal(try #require(Score(text: text))))
  }

  private static let template = Template(
    title: "评分表", kind: .scoreSheet,
    sections: [.init(text: "一", children: [.init(text: "甲", points: Score(hundredths: 300))])])

  private static func summary(_ values: [Value], owed: Bool = false) throws -> ScoreSummary {
    var summary = ScoreSummary()
    let item = try #require(template.leaves.first)
    summary.add(item, values.isEmpty ? [:] : [.selfScore: values], owed: owed ? [.selfScore] : [])
    return summary
  }

  @Test("a cleared score is as if there were none")
  func cleared() throws {
    #expect(try Self.summary([.nothing]) == Self.summary([]))
  }

  @Test("a blank beside a score adds nothing, is one difference, and leaves the sum open")
  func oneSided() throws {
    let both = try Self.summary([.nothing, try Self.decimal("2")])
    #expect(both == (try Self.summary([try Self.decimal("2"), .nothing])))
    #expect(both.low == Score(hundredths: 200) && both.high == both.low)
    #expect(both.conflicts == 1 && both.oneSided == 1 && both.zeros == 0 && both.filled == 1)
    #expect(!both.isSettled && both.interval == "2–2")
    let zero = try Self.summary([.nothing, try Self.decimal("0")])
    #expect(zero.zeros == 1 && zero.interval == "0–0")
  }

  @Test("what has not come, and what this version cannot read, may be anything")
  func unknown() throws {
    let owed = try Self.summary([.nothing], owed: true)
    #expect(owed.low == .zero && owed.high == Score(hundredths: 300) && owed.conflicts == 1)
    let strange = try Self.summary([.text("三分")])
    #expect(strange.low == .zero && strange.high == Score(hundredths: 300) && strange.filled == 1)
  }

  @Test("where there are no items nothing is 填完; a table lacks something until it has a row")
  func tables() {
    var summary = ScoreSummary()
    #expect(!summary.isComplete && !summary.lacksAnswers)
    summary.add(ledgerOf: 0)
    #expect(!summary.isComplete && summary.lacksAnswers && !summary.hasBegun)
    summary.add(ledgerOf: 2)
    #expect(!summary.isComplete && !summary.lacksAnswers && summary.hasBegun)
  }
}
