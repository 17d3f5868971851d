/// What a person looks at before numbers out of a register 登记簿 go up: rows that would be counted twice, or that say one thing
/// in words and another in numbers.
///
/// Nothing is refused for it while rows are written: a slip of the register is a slip of paper. It is asked about before a
/// number is sent.
public struct RowCheck: Hashable, Sendable {
  /// 同一人同一月写了不止一行.
  public var title: String
  public var rule: Rule

  public enum Rule: Hashable, Sendable {
    /// Rows that are alike in these columns are one written twice.
    case once(columns: [Int])
    /// Rows of the condition whose number in one column is less than in the other; an empty cell is 0.
    case atLeast(column: Int, of: Int, where: CountRule.Condition)
  }

  public init(title: String, rule: Rule) {
    self.title = title
    self.rule = rule
  }

  /// Positions of rows to be looked at, those that belong together in one group, in the order of the rows.
  ///
  /// - Parameter rows: each a list of cells by column, as ``CountRule/evaluate(_:)`` takes them.
  public func doubts(in rows: [[String]]) -> [[Int]] {
    func cell(_ row: [String], _ column: Int) -> String { row.indices.contains(column) ? row[column] : "" }
    switch rule {
    case .once(let columns):
      var groups: [[String]: [Int]] = [:]
      for (index, row) in rows.enumerated() {
        // 张　三 and 张三 are one person; names are compared as Unicode has them, however they were typed.
        let key = columns.map { cell(row, $0).filter { !$0.isWhitespace } }
        if key.contains(where: { !$0.isEmpty }) { groups[key, default: []].append(index) }
      }
      return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    case .atLeast(let column, let other, let condition):
      return rows.indices.filter { index in
        guard condition.words.contains(cell(rows[index], condition.column)),
          let due = Score(text: cell(rows[index], other))
        else { return false }
        let text = cell(rows[index], column)
        return text.isEmpty ? due > .zero : Score(text: text).map { $0 < due } ?? false
      }.map { [$0] }
    }
  }
}
