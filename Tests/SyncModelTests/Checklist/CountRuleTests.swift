import SyncModel
import Testing

@Suite("Of a register only numbers go up")
struct CountRuleTests {
  private let rows = [
    ["张三", "正式党员", "12.5"], ["李四", "预备党员", "８"], ["王五", "群众", ""], ["赵六", "正式党员", "请假一次"], ["孙七"],
  ]

  @Test("rows are counted, all of them or those with the words asked for")
  func rowsCounted() {
    #expect(CountRule(key: 1, title: "在册").evaluate(rows) == .init(amount: Score(text: "5") ?? .zero, unread: 0))
    let members = CountRule(key: 2, title: "党员", condition: .init(column: 1, words: ["正式党员", "预备党员"]))
    #expect(members.evaluate(rows).amount == Score(text: "3"))
    let nobody = CountRule(key: 3, title: "无", condition: .init(column: 9, words: ["正式党员"]))
    #expect(nobody.evaluate(rows) == .init(amount: .zero, unread: 0))
  }

  @Test("a sum adds what is a number, and says how many rows were none")
  func sums() {
    let hours = CountRule(key: 1, title: "学时", sum: 2)
    #expect(hours.evaluate(rows) == .init(amount: Score(text: "20.5") ?? .zero, unread: 3))
    let members = CountRule(key: 2, title: "党员学时", condition: .init(column: 1, words: ["正式党员"]), sum: 2)
    #expect(members.evaluate(rows) == .init(amount: Score(text: "12.5") ?? .zero, unread: 1))
  }

  @Test("promise 8: a sum stays within what a number may be, and the row beyond it is said")
  func bounds() {
    let sum = CountRule(key: 1, title: "合计", sum: 0)
    #expect(sum.evaluate([["1000000"], ["0.01"], ["-1"]]) == .init(amount: Score(text: "999999") ?? .zero, unread: 1))
  }

  @Test("no words come out, whatever stands in the rows")
  func numbersOnly() {
    let secret = [["张三", "正式党员", "张三"], ["张三", "张三", "3"]]
    for rule in [CountRule(key: 1, title: "在册"), CountRule(key: 2, title: "学时", sum: 2)] {
      #expect(!"\(rule.evaluate(secret))".contains("张三"))
    }
  }
}
