/// The fields of an answer to a checklist's item, by number, English name, and the words of the screen.
public enum AnswerField: UInt16, CaseIterable, Sendable {
  case status = 1
  case selfScore = 2
  case remark = 3
  case completion = 4
  /// Why a field was settled as it was, in registers of kind ``SubjectKind/settlement``: no field of an answer.
  case settlementNote = 5
  /// One file of an add-wins set, in registers of kind ``SubjectKind/attachment``.
  case evidence = 6

  public var field: Field { Field(rawValue: rawValue) }

  public init?(_ field: Field) {
    self.init(rawValue: field.rawValue)
  }

  /// In JSON and on the command line.
  public var name: String {
    switch self {
    case .status: "status"
    case .selfScore: "selfScore"
    case .remark: "remark"
    case .completion: "completion"
    case .settlementNote: "settlementNote"
    case .evidence: "evidence"
    }
  }

  /// On the screen.
  public var title: String {
    switch self {
    case .status: "状态"
    case .selfScore: "自评分"
    case .remark: "备注"
    case .completion: "完成情况"
    case .settlementNote: "核定说明"
    case .evidence: "佐证材料"
    }
  }

  private var aliases: [String] {
    switch self {
    case .status: []
    case .selfScore: ["得分", "自评", "score"]
    case .remark: ["说明"]
    case .completion, .settlementNote, .evidence: []
    }
  }

  /// By English name, Chinese title or a common short form; nil for anything else.
  public init?(name: String) {
    guard let found = Self.typed.first(where: { $0.name == name || $0.title == name || $0.aliases.contains(name) })
    else { return nil }
    self = found
  }

  /// As above, and those that are not filled in by themselves.
  public init?(anyName name: String) {
    guard let found = Self(name: name) ?? Self.allCases.first(where: { $0.name == name || $0.title == name }) else {
      return nil
    }
    self = found
  }

  /// The fields that people fill in themselves.
  public static let typed: [AnswerField] = [.status, .selfScore, .completion, .remark]

  /// Characters in a text answer.
  public static let textLimit = 10_000

  /// Reads what a person typed for `item`; an empty text clears the field.
  /// - Throws: ``AnswerError`` with the next step.
  public func parse(_ text: String, item: Template.Item) throws(AnswerError) -> Value {
    let trimmed = text.trimmingBlanks()
    if trimmed.isEmpty { return .nothing }
    switch self {
    case .status:
      guard let status = AnswerStatus(trimmed) else { throw .unknownStatus(trimmed) }
      return .choice(status.rawValue)
    case .selfScore:
      guard let points = item.node.points else { throw .notScored(item: item.id) }
      guard let score = Score(text: trimmed) else { throw .notANumber(trimmed) }
      if score < .zero || score > points { throw .outOfRange(score, points: points, item: item.id) }
      return .decimal(FixedDecimal(score))
    case .evidence: throw .unknownField(title)
    case .remark, .completion, .settlementNote:
      if trimmed.count > Self.textLimit { throw .tooLong(trimmed.count) }
      return .text(trimmed)
    }
  }

  /// A value as people read it: `1.5`, `已完成`; `（空）` where it was cleared.
  public func display(_ value: Value) -> String {
    switch value {
    case .nothing: self == .evidence ? "（撤下）" : Value.clearedTitle
    case .choice(let code) where self == .status: AnswerStatus(rawValue: code)?.title ?? "需要新版本"
    case .unknown: "需要新版本"
    case .list where self == .evidence:
      Attachment(value).map { "\($0.fileName)（\(ByteCount($0.byteCount).text)）" } ?? "需要新版本"
    default: value.plainText
    }
  }
}

/// How far an item is. 未填 is the absence of any.
public enum AnswerStatus: UInt64, CaseIterable, Sendable {
  case done = 1
  case ongoing = 2
  case notDone = 3
  case notApplicable = 4

  public var name: String {
    switch self {
    case .done: "done"
    case .ongoing: "ongoing"
    case .notDone: "notDone"
    case .notApplicable: "notApplicable"
    }
  }

  public var title: String {
    switch self {
    case .done: "已完成"
    case .ongoing: "进行中"
    case .notDone: "未完成"
    case .notApplicable: "不适用"
    }
  }

  public init?(_ text: String) {
    let aliases = ["完成": AnswerStatus.done, "在做": .ongoing, "没完成": .notDone, "未做": .notDone]
    guard let found = Self.allCases.first(where: { $0.name == text || $0.title == text }) ?? aliases[text] else {
      return nil
    }
    self = found
  }
}

/// Why an answer is not accepted; nothing was saved.
public enum AnswerError: ExplainedError, Hashable {
  case unknownField(String)
  case unknownStatus(String)
  case notScored(item: String)
  case notANumber(String)
  case outOfRange(Score, points: Score, item: String)
  case tooLong(Int)

  public var code: String {
    switch self {
    case .unknownField: "unknownField"
    case .unknownStatus: "unknownStatus"
    case .notScored: "notScored"
    case .notANumber: "notANumber"
    case .outOfRange: "scoreOutOfRange"
    case .tooLong: "textTooLong"
    }
  }

  public var message: String {
    switch self {
    case .unknownField(let name): "没有“\(name)”这一栏"
    case .unknownStatus(let text): "状态不能填“\(text)”"
    case .notScored(let item): "第 \(item) 项没有分值，不能填自评分"
    case .notANumber(let text): "“\(text)”不是分数"
    case .outOfRange(let score, let points, let item): "第 \(item) 项分值 \(points)，不能填 \(score)"
    case .tooLong(let count): "文字太长（\(count) 字，最多 \(AnswerField.textLimit) 字）"
    }
  }

  public var hint: String {
    switch self {
    case .unknownField: "可填：" + AnswerField.typed.map { "\($0.title)（\($0.name)）" }.joined(separator: "、")
    case .unknownStatus: "可填：" + AnswerStatus.allCases.map(\.title).joined(separator: "、")
    case .notScored: "请改填 状态=已完成 或 完成情况=…"
    case .notANumber: "请填数字，最多两位小数，例如 自评分=1.5"
    case .outOfRange(_, let points, _): "请填 0 到 \(points) 之间的数"
    case .tooLong: "请精简，或作为佐证材料附上"
    }
  }
}

extension Value {
  /// What is shown for a field that was cleared, where an empty place would not do.
  public static let clearedTitle = "（空）"

  /// As people read it, whatever the field.
  public var plainText: String {
    switch self {
    case .nothing: ""
    case .text(let text): text
    case .integer(let number): String(number)
    case .decimal(let decimal): decimal.score?.description ?? "\(decimal.mantissa)e-\(decimal.scale)"
    case .bytes(let bytes): "（\(bytes.count) 字节）"
    case .choice(let code): String(code)
    case .date(let date): date.description
    case .list(let values): values.map(\.plainText).joined(separator: "，")
    case .unknown: "需要新版本"
    }
  }
}

extension String {
  /// Without blanks and line ends at both sides, the ideographic space included.
  public func trimmingBlanks() -> String {
    var text = self[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
