/// What one unit's answers to one checklist come to, honest while differences are open (promise 12).
///
/// low and high are the sums of the least and greatest score that stands in each item; a cleared field is 未填, which adds
/// nothing and is no 零分, as 不适用 adds nothing. Where a blank stands beside a score, the score is what is added, and the
/// sum is open all the same: 一方空白. 不适用 takes an item's points out of what is attainable, which is an interval for the same reason. A value that is owed
/// 内容未到, or that this version cannot read, may be anything that its field takes; one that was redacted 依规删除 will never be known and adds 0, as 未填 does.
public struct ScoreSummary: Hashable, Sendable {
  public var low: Score = .zero
  public var high: Score = .zero
  public var attainableLow: Score = .zero
  public var attainableHigh: Score = .zero
  /// Registers with more than one value.
  public var conflicts = 0
  /// Items of which some score is blank and another is not 一方空白; each is one of ``conflicts``.
  public var oneSided = 0
  public var filled = 0
  /// Items in which a score stands: what ``low`` and ``high`` are made of.
  public var scored = 0
  /// Items to be answered.
  public var total = 0
  /// How many items are in each distinct state: 未填 is none of them.
  public var zeros = 0
  public var notApplicable = 0
  /// Items of which some value has not come 内容未到, or was redacted 依规删除.
  public var owed = 0
  public var redacted = 0
  /// Tables to be filled in row by row, and the rows that stand in them. They have no end, so they are never 填完.
  public var ledgers = 0
  public var rows = 0

  public init() {}

  /// The answers to one item: for each field every value that stands.
  public typealias Answers = [AnswerField: [Value]]

  public init(_ template: Template, answers: (Template.Item) -> Answers) {
    for item in template.leaves { add(item, answers(item)) }
  }

  /// - Parameters:
  ///   - owed: fields in which a value stands that has not come.
  ///   - redacted: true where nothing is left of some field but that it was redacted.
  public mutating func add(
    _ item: Template.Item, _ answers: Answers, owed: Set<AnswerField> = [], redacted: Bool = false
  ) {
    total += 1
    conflicts += answers.count { $0.value.count + (owed.contains($0.key) ? 1 : 0) > 1 }
    if !owed.isEmpty { self.owed += 1 }
    if redacted { self.redacted += 1 }
    if Self.isFilled(item, answers, owed: owed) { filled += 1 }
    let statuses = answers[.status] ?? []
    let mayBeExempt = owed.contains(.status) || statuses.contains(.choice(AnswerStatus.notApplicable.rawValue))
    let isExempt =
      mayBeExempt && !owed.contains(.status)
      && statuses.allSatisfy { $0 == .choice(AnswerStatus.notApplicable.rawValue) }
    if isExempt { notApplicable += 1 }
    guard let points = item.node.points else { return }
    attainableHigh += isExempt ? .zero : points
    attainableLow += mayBeExempt ? .zero : points
    let values = answers[.selfScore] ?? []
    let scores =
      values.filter { $0 != .nothing }.flatMap { $0.scoreValue.map { [$0] } ?? [.zero, points] }
      + (owed.contains(.selfScore) ? [.zero, points] : [])
    guard !isExempt, let least = scores.min(), let greatest = scores.max() else { return }
    scored += 1
    if values.contains(.nothing) { oneSided += 1 }
    low += mayBeExempt ? .zero : least
    high += greatest
    if greatest == .zero { zeros += 1 }
  }

  /// A scored item wants a score or 不适用; any other a status or a text on how far it is. What is owed was filled in.
  public static func isFilled(_ item: Template.Item, _ answers: Answers, owed: Set<AnswerField> = []) -> Bool {
    func stands(_ field: AnswerField) -> Bool {
      owed.contains(field) || answers[field]?.contains { $0 != .nothing } == true
    }
    if item.node.points != nil {
      return stands(.selfScore) || owed.contains(.status)
        || answers[.status]?.contains(.choice(AnswerStatus.notApplicable.rawValue)) == true
    }
    return stands(.status) || stands(.completion)
  }
}

extension ScoreSummary {
  /// Adds a table that is filled in row by row, with the rows that stand in it.
  public mutating func add(ledgerOf rows: Int) {
    ledgers += 1
    self.rows += rows
  }

  /// Something is filled in, or recorded in a table.
  public var hasBegun: Bool { filled > 0 || rows > 0 }

  /// Every item is filled in. Where there are none, nothing can be said to be 填完.
  public var isComplete: Bool { total > 0 && filled == total }

  /// What was asked for and is not there: items that are empty; of a campaign of tables alone, any row at all.
  public var lacksAnswers: Bool { total > 0 ? filled < total : ledgers > 0 && rows == 0 }

  /// False while the scores add up to more than one sum, or some score has a blank beside it.
  public var isSettled: Bool { low == high && oneSided == 0 }

  /// `82–86`, or `84` where nothing is open; `2–2` where a blank stands beside the 2.
  public var interval: String { isSettled ? "\(low)" : "\(low)–\(high)" }

  public var attainable: String {
    attainableLow == attainableHigh ? "\(attainableLow)" : "\(attainableLow)–\(attainableHigh)"
  }
}
