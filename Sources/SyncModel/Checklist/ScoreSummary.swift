/// What one unit's answers to one checklist come to, honest while differences are open (promise 12).
///
/// low and high are the sums of the least and greatest value that stands in each item; 未填, a cleared field and 不适用 add
/// 0. 不适用 takes an item's points out of what is attainable, which is an interval for the same reason.
public struct ScoreSummary: Hashable, Sendable {
  public var low: Score = .zero
  public var high: Score = .zero
  public var attainableLow: Score = .zero
  public var attainableHigh: Score = .zero
  /// Registers with more than one value.
  public var conflicts = 0
  public var filled = 0
  /// Items to be answered.
  public var total = 0
  /// How many items are in each distinct state: 未填 is none of them.
  public var zeros = 0
  public var notApplicable = 0

  public init() {}

  /// The answers to one item: for each field every value that stands.
  public typealias Answers = [AnswerField: [Value]]

  public init(_ template: Template, answers: (Template.Item) -> Answers) {
    for item in template.leaves { add(item, answers(item)) }
  }

  public mutating func add(_ item: Template.Item, _ answers: Answers) {
    total += 1
    conflicts += answers.values.count { $0.count > 1 }
    if Self.isFilled(item, answers) { filled += 1 }
    let statuses = answers[.status] ?? []
    let mayBeExempt = statuses.contains(.choice(AnswerStatus.notApplicable.rawValue))
    let isExempt = mayBeExempt && statuses.allSatisfy { $0 == .choice(AnswerStatus.notApplicable.rawValue) }
    if isExempt { notApplicable += 1 }
    guard let points = item.node.points else { return }
    attainableHigh += isExempt ? .zero : points
    attainableLow += mayBeExempt ? .zero : points
    let scores = (answers[.selfScore] ?? []).map { $0.scoreValue ?? .zero }
    guard !isExempt, let least = scores.min(), let greatest = scores.max() else { return }
    low += mayBeExempt ? .zero : least
    high += greatest
    if greatest == .zero { zeros += 1 }
  }

  /// A scored item wants a score or 不适用; any other a status or a text on how far it is.
  public static func isFilled(_ item: Template.Item, _ answers: Answers) -> Bool {
    func stands(_ field: AnswerField) -> Bool { answers[field]?.contains { $0 != .nothing } == true }
    if item.node.points != nil {
      return stands(.selfScore)
        || answers[.status]?.contains(.choice(AnswerStatus.notApplicable.rawValue)) == true
    }
    return stands(.status) || stands(.completion)
  }
}

extension ScoreSummary {
  /// `82–86`, or `84` where nothing is open.
  public var interval: String { low == high ? "\(low)" : "\(low)–\(high)" }

  public var attainable: String {
    attainableLow == attainableHigh ? "\(attainableLow)" : "\(attainableLow)–\(attainableHigh)"
  }
}
