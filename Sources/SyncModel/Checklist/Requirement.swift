/// What an item asks for in numbers: 支委会每月至少 1 次, 正式党员一般不超过 50 名, 每年不少于 32 学时.
///
/// Numbers belong to the template, because the documents in use contradict each other.
public struct Requirement: Hashable, Sendable {
  public var kind: Kind
  /// What is counted: 支委会, 谈心谈话（支委之间）, 集中学习培训.
  public var what: String
  /// At least so many, for a ``Kind/limit`` at most; nil where the text names no number (定期, 经常).
  public var amount: Score?
  /// 次, 学时, 名, %; empty where ``amount`` is nil.
  public var measure: String
  /// In every period of this length; nil for what must hold at any time, or once.
  public var period: Period?
  /// A norm with room 一般: shown as a hint, never as a fault.
  public var isSoft: Bool
  /// For each person or unit rather than all together.
  public var isEach: Bool
  /// What takes its place where it cannot be: without 党小组, 党员大会.
  public var substitute: String
  /// The words it was read from; empty where it was put down by hand.
  public var quote: String

  public enum Kind: UInt8, CaseIterable, Sendable {
    /// So many in every period 频次.
    case cadence = 1
    /// So many at any time 配备.
    case quota = 2
    /// No more than so many at any time 上限.
    case limit = 3
    /// To be reached by the end of the period 目标.
    case target = 4
  }

  public enum Period: UInt8, CaseIterable, Sendable {
    case week = 1
    case month = 2
    case quarter = 3
    case halfYear = 4
    case term = 5
    case year = 6
    case threeYears = 7
  }

  public init(
    _ kind: Kind, _ what: String, amount: Score? = nil, measure: String = "", per period: Period? = nil,
    isSoft: Bool = false, isEach: Bool = false, substitute: String = "", quote: String = ""
  ) {
    self.kind = kind
    self.what = what
    self.amount = amount
    self.measure = measure
    self.period = period
    self.isSoft = isSoft
    self.isEach = isEach
    self.substitute = substitute
    self.quote = quote
  }
}

extension Requirement {
  /// `支委会：每月至少 1 次`, on the screen and in preview.
  public var text: String {
    let subject = what.isEmpty ? "" : what + "："
    let when = period?.title ?? ""
    if kind == .target, amount == nil {
      return subject + (period.map { String($0.title.dropFirst()) + "内" } ?? "") + "实现"
    }
    guard let amount else { return subject + (when.isEmpty ? "定期" : when + "定期") }
    let bound = kind == .limit ? (isSoft ? "一般不超过" : "不超过") : (isSoft ? "一般不少于" : "至少")
    return "\(subject)\(when)\(isEach ? "每人" : "")\(bound) \(amount) \(measure)"
      + (substitute.isEmpty ? "" : "（不设的以\(substitute)代替）")
  }
}

extension Requirement.Kind {
  /// As in JSON and in the bundled files.
  public var name: String {
    switch self {
    case .cadence: "cadence"
    case .quota: "quota"
    case .limit: "limit"
    case .target: "target"
    }
  }

  /// On the screen.
  public var title: String {
    switch self {
    case .cadence: "频次"
    case .quota: "配备"
    case .limit: "上限"
    case .target: "目标"
    }
  }
}

extension Requirement.Period {
  /// As in JSON and in the bundled files.
  public var name: String {
    switch self {
    case .week: "week"
    case .month: "month"
    case .quarter: "quarter"
    case .halfYear: "halfYear"
    case .term: "term"
    case .year: "year"
    case .threeYears: "threeYears"
    }
  }

  /// On the screen.
  public var title: String {
    switch self {
    case .week: "每周"
    case .month: "每月"
    case .quarter: "每季度"
    case .halfYear: "每半年"
    case .term: "每学期"
    case .year: "每年"
    case .threeYears: "每三年"
    }
  }
}

extension Requirement {
  /// Everything in it that somebody typed.
  var texts: [String] { [what, measure, substitute, quote] }
}

extension Requirement {
  /// The canonical bytes of a requirement within a template (protocol §9).
  func write(to writer: inout ByteWriter) {
    writer.byte(kind.rawValue)
    writer.text(what)
    writer.byte(amount == nil ? 0 : 1)
    if let amount { writer.varint(UInt64(amount.hundredths.magnitude)) }
    writer.text(measure)
    writer.byte(period?.rawValue ?? 0)
    writer.byte((isSoft ? 1 : 0) | (isEach ? 2 : 0))
    writer.text(substitute)
    writer.text(quote)
  }

  init(from reader: inout ByteReader) throws(CodecError) {
    guard let kind = Kind(rawValue: try reader.byte()) else {
      throw .invalid(what: "requirement kind", offset: reader.offset)
    }
    let what = try reader.text("requirement", limit: Template.byteLimit)
    var amount: Score?
    switch try reader.byte() {
    case 0: break
    case 1: amount = Score(hundredths: Int64(try reader.count("amount", limit: Int(Score.limit.hundredths))))
    default: throw .nonCanonical(what: "amount", offset: reader.offset)
    }
    let measure = try reader.text("measure", limit: Template.byteLimit)
    let rawPeriod = try reader.byte()
    let period = Period(rawValue: rawPeriod)
    if rawPeriod != 0, period == nil { throw .invalid(what: "period", offset: reader.offset) }
    let flags = try reader.byte()
    if flags > 3 { throw .invalid(what: "requirement flags", offset: reader.offset) }
    self.init(
      kind, what, amount: amount, measure: measure, per: period, isSoft: flags & 1 != 0, isEach: flags & 2 != 0,
      substitute: try reader.text("substitute", limit: Template.byteLimit),
      quote: try reader.text("quote", limit: Template.byteLimit))
  }
}
