import SyncModel
import Testing

@Suite("Rows are looked at before numbers go up")
struct RowCheckTests {
  private let rows = [
    ["2026-09", "张三", "20", "20", "按月交清"], ["2026-09", "李四", "20", "15", "欠交"],
    ["2026-09", "张　三 ", "20", "20", "按月交清"], ["2026-10", "张三", "20", "", "按月交清"],
    ["2026-09", "李四", "20", "19.99", "已补交"],
    ["2026-09", "王五", "0", "", "按月交清"], ["2026-09", "赵六", "免", "1", "按月交清"],
  ]

  @Test("rows that are alike where they may not be are named together, blanks inside names aside")
  func once() {
    let check = RowCheck(title: "同一人同一月", rule: .once(columns: [0, 1]))
    #expect(check.doubts(in: rows) == [[0, 2], [1, 4]])
    #expect(check.doubts(in: [["", ""], ["", ""], []]) == [], "nothing is no name")
    let composed = RowCheck(title: "同名", rule: .once(columns: [0]))
    #expect(composed.doubts(in: [["Jos\u{E9}"], ["Jose\u{301}"]]) == [[0, 1]])
  }

  @Test("less paid than due, an empty cell being nothing paid, only where the words say otherwise")
  func least() {
    let check = RowCheck(
      title: "少交", rule: .atLeast(column: 3, of: 2, where: .init(column: 4, words: ["按月交清", "已补交"])))
    #expect(check.doubts(in: rows) == [[3], [4]])
    #expect(check.doubts(in: [["2026-09"]]) == [])
  }
}
