import SyncModel

/// What is counted, and what takes its place.
struct RequirementSubject: Hashable {
  var name: String
  var substitute = ""
  /// Where the words end that name it, where they stand behind those of the period; else 0.
  var end = 0
}

extension RequirementText {
  private static let longest = 40
  /// What people write in front of a duty.
  private static let openings = [
    "是否", "确保", "坚持", "落实", "严格执行", "严格落实", "认真落实", "要", "应", "须", "并", "且", "还", "将", "做到", "实现", "有", "持续推进", "推进",
    "全面推行",
    "时间", "得",
  ]
  /// Verbs that say only that something happens.
  private static let plainVerbs = ["召开", "开展", "举行", "举办", "组织", "安排"]
  private static let carryingVerbs = ["参加", "进行", "接受", "完成", "保证"]
  private static let fillers = [
    "一般", "原则上", "力争", "尽量", "至少", "不少于", "不得少于", "不低于", "不得低于", "最少", "不超过", "不得超过", "不能超过", "最多", "控制在",
    "相对固定时间", "相对固定", "每位", "每名", "每人", "人均", "以上", "年初", "年底", "年末", "3年内", "三年内", "制度",
    "是否", "要配备", "应配备", "须配备", "配备",
  ]

  /// The subjects of a period and an amount in `words`: several where an amount is for each of a list.
  func subjects(words: Range<Int>, period: RequirementToken?, amount: RequirementToken?) -> [RequirementSubject] {
    let anchor = period ?? amount
    let split = anchor?.range.lowerBound ?? words.lowerBound
    var subject = words.contains(split) || split == words.upperBound ? plain(words.lowerBound..<split, without: []) : ""
    let rest = max(words.lowerBound, period?.range.upperBound ?? words.lowerBound)..<words.upperBound
    let isAhead = period == nil
    var predicate = plain(rest, without: [amount, period].compactMap(\.self))
    if isAhead { subject = "" }
    // Of a later clause that only says how long: what the one before is about.
    if isAhead == false, let amount, let period {
      let own = clause(around: amount.range)
      if own.lowerBound > period.range.upperBound {
        let named = plain(own.lowerBound..<min(own.upperBound, words.upperBound), without: [amount])
        let isSecond = words.lowerBound > period.range.upperBound
        predicate =
          isSecond && !cleaned(named).isEmpty
          ? named : plain(period.range.upperBound..<own.lowerBound, without: []) + (isSecond ? "" : named)
        if isSecond { subject = "" }
        if !isSecond {
          predicate = plain(clause(around: period.range).suffix(from: period.range.upperBound), without: [])
        }
      }
    }
    subject = cleaned(subject)
    var name = cleaned(predicate)
    // 每月相对固定时间，全面推行…: the clause behind says what.
    var nameEnd = 0
    if name.isEmpty, amount == nil, let period {
      let end = clause(around: period.range).upperBound
      if end < self.plain.count {
        let next = clause(around: end + 1..<end + 1)
        name = cleaned(plain(next, without: []))
        nameEnd = next.upperBound
      }
    }
    if let verb = Self.plainVerbs.first(where: name.hasPrefix) {
      name = String(name.dropFirst(verb.count))
      if !name.isEmpty { subject = "" }
    } else if let verb = Self.carryingVerbs.first(where: name.hasPrefix),
      name.dropFirst(verb.count).first != "率"
    {
      name = String(name.dropFirst(verb.count))
    }
    if let pairs = pairs(before: words.lowerBound), subject.isEmpty {
      return pairs.map { RequirementSubject(name: "\(name)（\($0)）") }
    }
    return parts(of: name).map { part in
      var part = part
      part.name = String((subject + part.name).prefix(Self.longest))
      part.end = nameEnd
      return part
    }
  }

  private func plain(_ range: some Collection<Int>, without tokens: [RequirementToken]) -> String {
    String(
      range.filter { index in !tokens.contains { $0.range.contains(index) } && written.indices.contains(index) }
        .map { written[$0] })
  }

  private func cleaned(_ text: String) -> String {
    var text = Self.withoutFillers(text)
    var isChanged = true
    while isChanged {
      isChanged = false
      for opening in Self.openings where text.hasPrefix(opening) {
        text = String(text.dropFirst(opening.count))
        isChanged = true
      }
      while let first = text.first, "、，,：:的末初底在为".contains(first) {
        text.removeFirst()
        isChanged = true
      }
    }
    while let last = text.last, "、，,：:在为".contains(last) { text.removeLast() }
    return text
  }

  private static let fillersByStart = Dictionary(grouping: (fillers + ["（）", "()"]).map(Array.init)) { $0.first }

  private static func withoutFillers(_ text: String) -> String {
    let characters = text.filter { !$0.isWhitespace }.map(\.self)
    var kept = ""
    var index = 0
    while index < characters.count {
      let rest = characters[index...]
      // The longest, so that 每名 does not leave half of 每名额.
      let filler = fillersByStart[characters[index]]?.filter { rest.starts(with: $0) }.map(\.count).max()
      if filler == nil { kept.append(characters[index]) }
      index += filler ?? 1
    }
    return kept
  }

  /// 甲会和乙会议: each asked for by itself. A bracket that says what those do who have none (不设…的) is for the part before.
  private func parts(of name: String) -> [RequirementSubject] {
    var parts: [RequirementSubject] = []
    var current = ""
    var bracket: String?
    for character in name {
      if "（(".contains(character), bracket == nil {
        bracket = ""
      } else if "）)".contains(character), let inner = bracket {
        bracket = nil
        if let substitute = Self.substitute(in: inner) {
          parts.append(RequirementSubject(name: current, substitute: substitute))
          current = ""
        } else {
          current += "（\(inner)）"
        }
      } else if bracket != nil {
        bracket?.append(character)
      } else {
        current.append(character)
      }
    }
    current += bracket.map { "（" + $0 } ?? ""
    let rest = current.drop { "和、及与".contains($0) }
    return parts + (rest.isEmpty && !parts.isEmpty ? [] : Self.list(String(rest)).map { RequirementSubject(name: $0) })
  }

  private static func substitute(in bracket: String) -> String? {
    guard bracket.hasPrefix("不设"), let end = bracket.firstIndex(of: "的") else { return nil }
    let text = String(bracket[bracket.index(after: end)...])
    for verb in ["召开", "开展", "以", "由"] {
      if let range = text.firstRange(of: verb) {
        return String(text[range.upperBound...]).replacing("代替", with: "")
      }
    }
    return nil
  }

  /// 讲党课和思想政治理论课 → 讲党课, 讲思想政治理论课; anything else stays one.
  private static func list(_ text: String) -> [String] {
    let names = text.split { "和、及".contains($0) }.map(String.init)
    let endings = ["会", "会议", "课", "党日"]
    guard names.count > 1, names.allSatisfy({ name in endings.contains { name.hasSuffix($0) } }) else { return [text] }
    let verb = names[0].hasPrefix("讲") ? "讲" : ""
    return [names[0]] + names.dropFirst().map { $0.hasPrefix(verb) ? $0 : verb + $0 }
  }

  /// 甲之间、甲和乙之间，: the pairs of people that a following clause is about.
  private func pairs(before index: Int) -> [String]? {
    guard index > 1 else { return nil }
    let clause = clause(around: index - 2..<index - 1)
    let pairs = original(clause.lowerBound..<index - 1).split { "、".contains($0) }.map { String($0).trimmed }
    return pairs.count > 1 && pairs.allSatisfy { $0.hasSuffix("之间") } ? pairs : nil
  }
}
