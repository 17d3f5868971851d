import SyncModel

/// Reads what an item asks for in numbers out of its own words: 每月召开1次支委会, 每年不少于32个学时, 不超过50人.
///
/// What it finds are suggestions with the words they were read from; nothing enters a template unless a person accepts
/// it. It would rather miss one than read one wrongly: numbers without a period or a bound are passed over, as are periods
/// that a requirement cannot name (每两年).
public enum RequirementReader {
  /// In the order of the text. Of at most ``Template/columnLimit``, as many as an item may hold.
  public static func requirements(in text: String) -> [Requirement] {
    var found: [Requirement] = []
    for sentence in sentences(of: text) where found.count < Template.columnLimit {
      found += RequirementSentence(sentence).requirements
    }
    return Array(found.prefix(Template.columnLimit))
  }

  /// The items of a template in which something was read, in document order.
  public static func suggestions(for template: Template) -> [(item: Template.Item, requirements: [Requirement])] {
    template.items.compactMap { item in
      let found = requirements(in: item.node.text).filter { found in
        !item.node.requirements.contains { found.asksTheSame(as: $0) }
      }
      return found.isEmpty ? nil : (item, found)
    }
  }

  /// UTF-8 bytes of a sentence that is read; a longer one is not one that a person reads either.
  private static let longestSentence = 3_072

  private static func sentences(of text: String) -> [Substring] {
    text.split(whereSeparator: isStop).filter { $0.utf8.count <= longestSentence }
  }

  private static func isStop(_ character: Character) -> Bool {
    switch character {
    case "。", "；", ";", "！", "!", "？", "?", "\n": true
    default: false
    }
  }
}

extension Requirement {
  /// The same number in the same period, whatever it is called.
  fileprivate func asksTheSame(as other: Requirement) -> Bool {
    (kind, amount, measure, period) == (other.kind, other.amount, other.measure, other.period)
  }
}

/// One sentence, in which a period holds until another one is named.
struct RequirementSentence {
  private let text: RequirementText
  private let tokens: [RequirementToken]

  init(_ sentence: Substring) {
    text = RequirementText(sentence)
    tokens = text.tokens
  }

  /// An amount with what it belongs to.
  private struct Reading {
    var period: RequirementToken?
    var amount: RequirementToken?
    /// The words from which its subject is taken.
    var words: Range<Int>
  }

  /// Periods and amounts of one sentence beyond which it is a list of figures; each is looked at beside all others.
  private static let tokenLimit = 32

  var requirements: [Requirement] {
    if tokens.isEmpty || tokens.count > Self.tokenLimit { return [] }
    var found: [(start: Int, what: String, requirement: Requirement)] = []
    for reading in readings {
      let subjects = text.subjects(words: reading.words, period: reading.period, amount: reading.amount)
      for subject in subjects {
        guard var requirement = requirement(reading, subject, before: found.last?.what) else { continue }
        let what = requirement.what
        if let span = reading.period?.span, !span.isEmpty {
          requirement.what = what.isEmpty ? span : "\(what)（\(span)）"
        }
        found.append((reading.words.lowerBound, what, requirement))
      }
    }
    return found.sorted { $0.start < $1.start }.map(\.requirement)
  }

  private var readings: [Reading] {
    var readings: [Reading] = []
    var period: RequirementToken?
    var isPeriodUsed = true
    var end = 0
    func closePeriod() {
      guard let period, !isPeriodUsed, !period.needsAmount else { return }
      let words = period.isPaired ? text.entry(around: period.range) : text.clause(around: period.range)
      // A number that was not understood may be the one that is asked for.
      let isPlain = !words.contains { !period.range.contains($0) && text.plain[$0].isASCIIDigit }
      if isPlain { readings.append(Reading(period: period, amount: nil, words: words)) }
    }
    for token in tokens {
      switch token.kind {
      case .period:
        closePeriod()
        period = token
        isPeriodUsed = false
      case .amount:
        if text.isForEachTime(token, after: period?.range.upperBound ?? 0) {
          if let period, text.clause(around: period.range).contains(token.range.lowerBound) { isPeriodUsed = true }
          continue
        }
        let governing = token.period != nil ? token : period.flatMap { governs($0, token) ? $0 : nil }
        guard governing != nil || stands(token) else { continue }
        let start = max(end, text.clause(around: (governing ?? token).range).lowerBound)
        readings.append(
          Reading(period: governing, amount: token, words: start..<text.end(of: token, before: next(token))))
        end = readings.last?.words.upperBound ?? end
        if governing != nil { isPeriodUsed = true }
      case .whole, .regular, .keeper:
        let isCovered = period != nil && !isPeriodUsed && token.kind == .regular
        if !isCovered { readings.append(Reading(amount: token, words: text.words(of: token, before: tokens))) }
      }
    }
    closePeriod()
    return readings
  }

  private func next(_ token: RequirementToken) -> RequirementToken? {
    tokens.first { $0.range.lowerBound >= token.range.upperBound && $0.kind == .amount }
  }

  /// In its own clause a period is for every amount; in a later one only for what is plainly counted over time.
  private func governs(_ period: RequirementToken, _ amount: RequirementToken) -> Bool {
    let isSameClause = text.clause(around: period.range).contains(amount.range.lowerBound)
    if isSameClause { return amount.isCounted || amount.bound != nil || amount.follows(verbs: text) }
    return !period.needsAdjacency && amount.bound != .most && ["次", "学时", "课时"].contains(amount.measure)
  }

  /// True for an amount that means something without a period: with a bound, or as a post to fill.
  private func stands(_ amount: RequirementToken) -> Bool {
    amount.bound != nil || amount.measure == "名" && amount.follows(verbs: text)
  }

  private func requirement(
    _ reading: Reading, _ subject: RequirementSubject, before: String?
  ) -> Requirement? {
    let amount = reading.amount
    let last = (amount ?? reading.period)?.range.upperBound ?? reading.words.upperBound
    let quote = text.quote(reading.words.lowerBound..<max(last, reading.words.upperBound, subject.end))
    let modifiers = text.original(reading.words.lowerBound..<last)
    let isSoft = ["一般", "原则上", "力争", "尽量"].contains { modifiers.contains($0) }
    let isEach = ["每位", "每名", "每人", "人均"].contains { modifiers.contains($0) }
    var what = subject.name
    let period = reading.period?.period
    func made(_ kind: Requirement.Kind, _ value: Score?, _ measure: String) -> Requirement {
      Requirement(
        kind, what, amount: value, measure: value == nil ? "" : measure, per: period, isSoft: isSoft, isEach: isEach,
        substitute: subject.substitute, quote: quote)
    }
    switch amount?.kind {
    case .whole:
      return period == .threeYears || amount?.period == .threeYears
        ? Requirement(
          .target, what, amount: amount?.value, measure: amount?.value == nil ? "" : "%", per: .threeYears,
          isSoft: isSoft,
          quote: quote)
        : made(.quota, amount?.value, "%")
    case .regular: return made(.cadence, nil, "")
    case .keeper: return made(.quota, amount?.value, "名")
    case .amount:
      if what.isEmpty { what = before ?? "" }
      if amount?.bound == .most { return made(.limit, amount?.value, amount?.measure ?? "") }
      return made(
        reading.period == nil && amount?.period == nil ? .quota : .cadence, amount?.value, amount?.measure ?? "")
    case .period, nil:
      let isOpen = ["一定数量", "若干", "定期"].contains { quote.contains($0) }
      return made(.cadence, isOpen ? nil : Score(hundredths: 100), "次")
    }
  }
}
