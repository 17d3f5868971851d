import SyncModel

/// Words of a sentence that say how often or how many.
struct RequirementToken: Hashable {
  enum Kind: Hashable {
    case period, amount
    /// 全覆盖, 普遍: all of them.
    case whole
    /// 定期, 经常: again and again, without a number.
    case regular
    /// 专人: somebody whose task it is.
    case keeper
  }

  enum Bound: Hashable {
    case least, most
  }

  let kind: Kind
  /// By character within the sentence.
  let range: Range<Int>
  var period: Requirement.Period?
  /// One stretch of time and no other: 上半年, 第四季度, 本年度. What is asked for in it is asked for once, not in each.
  var span = ""
  /// A period that means something only beside a number: 上半年, 按年度.
  var needsAmount = false
  /// One whose number stands in the same clause: 一年.
  var needsAdjacency = false
  /// 一月一交: what is done stands beside it.
  var isPaired = false
  var value: Score?
  var measure = ""
  var bound: Bound?

  /// In measures that count doings, not things.
  var isCounted: Bool { ["次", "学时", "课时", "小时", "天", "场", "堂", "节", "轮", "遍", "篇", "人次"].contains(measure) }

  /// Behind a verb that makes so many things a duty: 配备1名.
  func follows(verbs text: RequirementText) -> Bool {
    ["配备", "配齐", "确定", "明确", "指定", "选派", "发展", "培养", "撰写", "提交", "报送", "形成", "完成", "设立", "联系"].contains { verb in
      text.stands(verb, before: range.lowerBound)
    }
  }
}

/// A sentence by characters, and the tokens in it.
///
/// Written by hand rather than with expressions: an import reads thousands of sentences.
struct RequirementText {
  let written: [Character]
  /// The same characters with digits and marks half-width.
  let plain: [Character]

  init(_ sentence: Substring) {
    written = Array(sentence)
    plain = written.map { character in
      let isWide = character.unicodeScalars.first.map { $0.value == 0x3000 || $0.value >= 0xFF01 } ?? false
      return isWide ? Numerals.halfWidth(String(character)).first ?? character : character
    }
  }

  func original(_ range: Range<Int>) -> String {
    let range = range.clamped(to: written.indices)
    return String(written[range]).trimmed
  }

  func stands(_ word: String, at index: Int) -> Bool {
    var index = index
    for character in word {
      guard index < plain.count, plain[index] == character else { return false }
      index += 1
    }
    return true
  }

  func stands(_ word: String, before index: Int) -> Bool {
    index >= word.count && stands(word, at: index - word.count)
  }

  func character(_ index: Int) -> Character? { plain.indices.contains(index) ? plain[index] : nil }

  // MARK: Clauses

  /// From the comma before to the comma behind; those within brackets do not cut.
  func clause(around range: Range<Int>) -> Range<Int> {
    var start = 0
    var depth = 0
    for index in plain.indices {
      if "(〔[《".contains(plain[index]) { depth += 1 }
      if ")〕]》".contains(plain[index]) { depth = max(depth - 1, 0) }
      guard depth == 0, plain[index] == "," || plain[index] == ":" else { continue }
      if index < range.lowerBound { start = index + 1 } else if index >= range.upperBound { return start..<index }
    }
    return start..<plain.count
  }

  /// Where the words of an amount end: with its clause, or before the one with the next amount.
  func end(of amount: RequirementToken, before next: RequirementToken?) -> Int {
    let clause = clause(around: amount.range)
    guard let next, clause.contains(next.range.lowerBound) else { return clause.upperBound }
    let between = amount.range.upperBound..<next.range.lowerBound
    return between.last { "、和及并".contains(plain[$0]) } ?? next.range.lowerBound
  }

  /// The clause of a word that stands alone, up to the next duty in a list.
  func words(of token: RequirementToken, before tokens: [RequirementToken]) -> Range<Int> {
    let clause = clause(around: token.range)
    guard let next = tokens.first(where: { $0.range.lowerBound >= token.range.upperBound }),
      clause.contains(next.range.lowerBound),
      let mark = (token.range.upperBound..<next.range.lowerBound).last(where: { plain[$0] == "、" })
    else { return clause }
    return clause.lowerBound..<mark
  }

  /// The words between the list marks around one of them.
  func entry(around range: Range<Int>) -> Range<Int> {
    let clause = clause(around: range)
    let start = (clause.lowerBound..<range.lowerBound).last { plain[$0] == "、" }.map { $0 + 1 } ?? clause.lowerBound
    return start..<((range.upperBound..<clause.upperBound).first { plain[$0] == "、" } ?? clause.upperBound)
  }

  /// True where each of several, or each time, is meant, of which one number says nothing.
  func isForEachTime(_ amount: RequirementToken, after start: Int) -> Bool {
    let words = String(plain[clause(around: amount.range).lowerBound..<amount.range.upperBound])
    if ["每次", "每场", "每期", "每节"].contains(where: words.contains) { return true }
    let between = String(plain[min(start, amount.range.lowerBound)..<amount.range.upperBound])
    return ["各召开", "各开展", "各举行", "各组织", "各不少于", "各至少", "各1", "各一", "各2", "各两"].contains {
      between.contains($0)
    }
  }

  /// The words as written, without marks in front.
  func quote(_ range: Range<Int>) -> String {
    String(original(range).drop { "，,、：:".contains($0) || $0.isWhitespace })
  }

  // MARK: Tokens

  private static let periods: [(word: String, period: Requirement.Period, needsAmount: Bool, needsAdjacency: Bool)] = [
    ("每个星期", .week, false, false), ("每星期", .week, false, false), ("每周", .week, false, false),
    ("每个月", .month, false, false), ("每月", .month, false, false), ("按月", .month, true, true),
    ("每个季度", .quarter, false, false), ("每季度", .quarter, false, false), ("每季", .quarter, false, false),
    ("按季度", .quarter, true, true), ("每个学期", .term, false, false), ("每学期", .term, false, false),
    ("每半年", .halfYear, false, false),
    ("每学年", .year, false, false), ("每年度", .year, false, false), ("每一年", .year, false, false),
    ("每年", .year, false, false), ("按年度", .year, true, false), ("全年", .year, true, true), ("年度内", .year, true, true),
    ("学期内", .term, true, true), ("年均", .year, true, true),
    ("一年内", .year, true, true), ("一年", .year, true, true), ("半年", .halfYear, true, true),
    ("每三年", .threeYears, false, false), ("每3年", .threeYears, false, false),
  ]
  /// 一月一交: once in each.
  private static let paired: [(word: String, period: Requirement.Period)] = [
    ("一周一", .week), ("一月一", .month), ("一季度一", .quarter), ("一季一", .quarter), ("半年一", .halfYear),
    ("一学期一", .term), ("一年一", .year),
  ]
  /// 2次/月.
  private static let rates: [(word: String, period: Requirement.Period)] = [
    ("周", .week), ("月", .month), ("季", .quarter), ("学期", .term), ("学年", .year), ("年", .year),
  ]
  private static let bounds: [(word: String, bound: RequirementToken.Bound)] = [
    ("不得少于", .least), ("不应少于", .least), ("不少于", .least), ("不得低于", .least), ("不低于", .least), ("至少", .least),
    ("最少", .least), ("达到", .least), ("不得超过", .most), ("不能超过", .most), ("不超过", .most), ("不多于", .most), ("不高于", .most),
    ("最多", .most), ("控制在", .most),
  ]
  private static let measures = [
    "学时", "课时", "小时", "次", "天", "场", "堂", "节", "轮", "遍", "篇", "人次", "名", "人", "个", "份", "项", "件", "%",
  ]

  /// What a token may begin with: at anything else nobody need look closer.
  private static let starts: Set<Unicode.Scalar> = Set(
    (periods.map(\.word) + paired.map(\.word) + bounds.map(\.word) + spans + [
      "全", "普", "专", "定", "经", "百", "第", "“", "”", ",",
    ])
    .compactMap { $0.unicodeScalars.first } + "0123456789一二两三四五六七八九十".unicodeScalars)

  var tokens: [RequirementToken] {
    var found: [RequirementToken] = []
    var bound: (bound: RequirementToken.Bound, index: Int)?
    var isQuoted = false
    var index = 0
    while index < plain.count {
      let character = plain[index]
      guard let start = character.unicodeScalars.first, Self.starts.contains(start) else {
        index += 1
        continue
      }
      if character == "“" { isQuoted = true }
      if character == "”" { isQuoted = false }
      if character == "," { bound = nil }
      if let (word, next) = Self.bounds.first(where: { stands($0.word, at: index) }) {
        bound = (next, index)
        index += word.count
      } else if !isQuoted, let token = period(at: index) ?? special(at: index) ?? amount(at: index, bound: bound) {
        found.append(token)
        if token.kind == .amount { bound = nil }
        index = token.range.upperBound
      } else {
        index += 1
      }
    }
    return found
  }

  // MARK: Stretches of time

  /// Named by themselves.
  private static let spans = [
    "上半年", "下半年", "本年度", "本年", "今年", "当年", "本学年", "本学期", "上学期", "下学期", "春季学期", "秋季学期", "本季度", "本月", "本周",
  ]
  /// Behind a number, with how many there are of them.
  private static let counted = [("季度", 4), ("学期", 2), ("月份", 12), ("月", 12)]

  /// 2026年上半年, 第四季度, 三月份, 12月底前: from `index` to where it ends.
  private func span(at index: Int) -> Int? {
    guard !isNumeral(character(index - 1)), !"每各近前后满".contains(character(index - 1) ?? " ") else { return nil }
    var end = index
    while let next = spanEnd(at: end) { end = next }
    return end > index ? end : nil
  }

  private func spanEnd(at index: Int) -> Int? {
    if let word = Self.spans.first(where: { stands($0, at: index) }) {
      let end = index + word.count
      return stands("内", at: end) ? end + 1 : end
    }
    let start = index + (character(index) == "第" ? 1 : 0)
    guard let (value, numberEnd) = number(at: start) else { return nil }
    let whole = Int(value.hundredths / 100)
    if start == index, numberEnd - start == 4, whole >= 1900, character(numberEnd) == "年" {
      return numberEnd + (character(numberEnd + 1) == "度" ? 2 : 1)
    }
    for (word, count) in Self.counted where stands(word, at: numberEnd) && (1...count).contains(whole) {
      var end = numberEnd + word.count
      // 第三个月, 一学期, 一月一次 are other things; 第一学期 is one.
      if word == "学期", start == index { return nil }
      if word == "月" || word == "月份" {
        if start > index { return nil }
        if let (_, dayEnd) = number(at: end), let mark = character(dayEnd), "日号".contains(mark) { end = dayEnd + 1 }
      }
      // 三月一次: every three months, or once in March.
      if let (_, next) = number(at: end), Self.measures.contains(where: { stands($0, at: next) }), start == index {
        return nil
      }
      while let next = character(end), "份底初末内之以前".contains(next) { end += 1 }
      return end
    }
    return nil
  }

  private func period(at index: Int) -> RequirementToken? {
    if let pair = Self.paired.first(where: { stands($0.word, at: index) }),
      let last = character(index + pair.word.count),
      !isNumeral(character(index - 1))
    {
      // 一月一次 names its number, 一月一交 only means it.
      let isNumbered = Self.measures.contains(String(last))
      return RequirementToken(
        kind: .period, range: index..<index + pair.word.count - (isNumbered ? 1 : 0), period: pair.period,
        isPaired: !isNumbered)
    }
    if let end = span(at: index) {
      // 今年的…, 上半年的… speak of it.
      if character(end) == "的" { return nil }
      return RequirementToken(kind: .period, range: index..<end, span: String(plain[index..<end]), needsAmount: true)
    }
    guard let found = Self.periods.first(where: { stands($0.word, at: index) }) else { return nil }
    let end = index + found.word.count
    // 每年的…, 一年级, 近一年 speak of a year, not of every one.
    if let after = character(end), "的级来".contains(after) { return nil }
    if found.needsAdjacency, let before = character(index - 1), "第近上下续十".contains(before) || isNumeral(before) {
      return nil
    }
    return RequirementToken(
      kind: .period, range: index..<dayEnd(from: end, in: found.period), period: found.period,
      needsAmount: found.needsAmount, needsAdjacency: found.needsAdjacency)
  }

  /// Behind the day that a period names: 每周一, 每月5日前, 每年12月底前.
  private func dayEnd(from start: Int, in period: Requirement.Period) -> Int {
    if period == .week, let day = character(start), "一二三四五六日天".contains(day), let after = character(start + 1),
      !Self.measures.contains(String(after)), after != "至"
    {
      return start + 1
    }
    let units: [Requirement.Period: String] = [.month: "日号", .year: "月"]
    guard let unit = units[period], let (_, end) = number(at: start), let mark = character(end), unit.contains(mark)
    else {
      return start
    }
    var last = end + 1
    while let next = character(last), "份底初末之以前".contains(next) { last += 1 }
    return last
  }

  private func special(at index: Int) -> RequirementToken? {
    for word in ["全覆盖", "全面覆盖", "全员覆盖"] where stands(word, at: index) {
      return RequirementToken(
        kind: .whole, range: index..<index + word.count, period: isWithinThreeYears(index) ? .threeYears : nil,
        value: Score(hundredths: 10_000), measure: "%")
    }
    if stands("普遍", at: index), isWithinThreeYears(index) {
      return RequirementToken(kind: .whole, range: index..<index + 2, period: .threeYears)
    }
    if stands("专人", at: index), ["有", "明确", "指定", "确定", "安排"].contains(where: { stands($0, before: index) }) {
      return RequirementToken(kind: .keeper, range: index..<index + 2, value: Score(hundredths: 100), measure: "名")
    }
    let after = character(index + 2)
    if stands("定期", at: index), character(index - 1) != "不", !stands("或不定期", at: index + 2), let after,
      !"的限性".contains(after)
    {
      return RequirementToken(kind: .regular, range: index..<index + 2)
    }
    if stands("经常", at: index), let after, !"性化态、,".contains(after), index == 0 || character(index - 1) != "人" {
      return RequirementToken(kind: .regular, range: index..<index + 2)
    }
    return nil
  }

  /// 3年内, 三年之内 earlier in the clause.
  private func isWithinThreeYears(_ index: Int) -> Bool {
    let before = String(plain[clause(around: index..<index + 1).lowerBound..<index])
    return ["3年内", "三年内", "3年之内", "三年之内", "三年左右", "3年左右"].contains { before.contains($0) }
  }

  private func amount(
    at index: Int, bound: (bound: RequirementToken.Bound, index: Int)?
  ) -> RequirementToken? {
    let isPercent = stands("百分之", at: index)
    guard let (value, valueEnd) = number(at: isPercent ? index + 3 : index), !isNumeral(character(index - 1)),
      !"第续每.".contains(character(index - 1) ?? " ")
    else { return nil }
    var end = valueEnd
    // 1至2名 asks for one at least.
    if let mark = character(end), "至-~—–到".contains(mark), let upper = number(at: end + 1) { end = upper.end }
    while character(end) == " " { end += 1 }
    if isPercent { return token(value, "%", index..<end, bound?.bound) }
    var measureStart = end
    if character(end) == "个", ["学时", "课时", "小时"].contains(where: { stands($0, at: end + 1) }) { measureStart += 1 }
    guard let measure = Self.measures.first(where: { stands($0, at: measureStart) }) else { return nil }
    end = measureStart + measure.count
    let after = character(end)
    // 一次性, 五个一, 3天内: no amounts.
    if after == "性" || measure == "个" && isNumeral(after) { return nil }
    if ["天", "小时"].contains(measure), let after, "内前后".contains(after) { return nil }
    if stands("以内", at: end) || stands("以下", at: end) || stands("之内", at: end) {
      return token(value, measure, index..<end + 2, .most)
    }
    if character(end) == "/" || character(end) == "每",
      let period = Self.rates.first(where: { stands($0.word, at: end + 1) })
    {
      var token = token(value, measure, index..<end + 1 + period.word.count, bound?.bound)
      token.period = period.period
      return token
    }
    if stands("以上", at: end) { return token(value, measure, index..<end + 2, bound?.bound ?? .least) }
    return token(value, measure, index..<end, bound?.bound)
  }

  private func token(
    _ value: Score, _ measure: String, _ range: Range<Int>, _ bound: RequirementToken.Bound?
  ) -> RequirementToken {
    RequirementToken(kind: .amount, range: range, value: value, measure: measure, bound: bound)
  }

  private func isNumeral(_ character: Character?) -> Bool {
    character.map { $0.isASCIIDigit || "一二两三四五六七八九十百".contains($0) } ?? false
  }

  /// Digits with at most two decimals, or a Chinese numeral below a hundred.
  private func number(at index: Int) -> (value: Score, end: Int)? {
    var end = index
    while let next = character(end), next.isASCIIDigit || next == "." && end > index { end += 1 }
    if end > index { return Score(text: String(plain[index..<end])).map { ($0, end) } }
    while isNumeral(character(end)) { end += 1 }
    let text = String(plain[index..<end]).replacing("两", with: "二")
    return Numerals.chinese(text).map { (Score(hundredths: Int64($0) * 100), end) }
  }
}
