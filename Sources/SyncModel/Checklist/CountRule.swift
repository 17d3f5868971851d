/// What may go up from a register 登记簿 as a number: so many rows, or the sum of a column of numbers.
///
/// Rows stay in the unit. Whatever stands in them, nothing but numbers comes out of ``evaluate(_:)``.
public struct CountRule: Hashable, Sendable {
  /// Stable within the template, from 1: what names the number above the unit.
  public var key: UInt32
  /// 党员人数.
  public var title: String
  /// nil counts every row.
  public var condition: Condition?
  /// The column of numbers that is added up; nil counts rows.
  public var sum: Int?

  /// Rows whose cell in this column is one of these words.
  public struct Condition: Hashable, Sendable {
    public var column: Int
    public var words: [String]

    public init(column: Int, words: [String]) {
      self.column = column
      self.words = words
    }
  }

  public init(key: UInt32, title: String, condition: Condition? = nil, sum: Int? = nil) {
    self.key = key
    self.title = title
    self.condition = condition
    self.sum = sum
  }
}

extension CountRule {
  /// What a rule makes of a register's rows.
  public struct Tally: Hashable, Sendable {
    /// A count of rows is whole; a sum keeps two decimals.
    public var amount: Score
    /// Rows that belong to it and whose cell is empty or no number: left out of ``amount``, and to be said.
    public var unread: Int

    public init(amount: Score, unread: Int) {
      self.amount = amount
      self.unread = unread
    }
  }

  /// Counts `rows`, each a list of cells by column. Cells beyond a row's end are empty. A sum beyond ``Score/limit`` stays
  /// at the limit, and the row that would exceed it counts as unread.
  public func evaluate(_ rows: some Sequence<[String]>) -> Tally {
    var hundredths: Int64 = 0
    var unread = 0
    for row in rows where applies(to: row) {
      let step: Int64?
      if let sum {
        step = row.indices.contains(sum) ? Score(text: row[sum])?.hundredths : nil
      } else {
        step = 100
      }
      if let step, abs(hundredths + step) <= Score.limit.hundredths {
        hundredths += step
      } else {
        unread += 1
      }
    }
    return Tally(amount: Score(hundredths: hundredths), unread: unread)
  }

  private func applies(to row: [String]) -> Bool {
    guard let condition else { return true }
    return row.indices.contains(condition.column) && condition.words.contains(row[condition.column])
  }
}
