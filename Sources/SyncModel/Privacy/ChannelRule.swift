/// What of a unit's registers may be written in which channel (design: 谈心谈话, 党费, 缺席原因 and 发展党员 go up as counts
/// only).
///
/// It binds what this device writes; what others signed is history and is never refused for it. A kind without a rule
/// is not written at all, so a new kind begins with its line here.
public struct ChannelRule: Hashable, Sendable {
  public let kind: SubjectKind
  /// On the screen.
  public let title: String
  public let channels: Set<Channel>
  /// Its values are whole numbers or nothing: a count cannot name anybody.
  public let holdsCountsOnly: Bool

  init(_ kind: SubjectKind, _ title: String, _ channels: Set<Channel>, holdsCountsOnly: Bool = false) {
    self.kind = kind
    self.title = title
    self.channels = channels
    self.holdsCountsOnly = holdsCountsOnly
  }

  public static let all: [ChannelRule] = [
    ChannelRule(.school, "学校", [.notices]),
    ChannelRule(.unit, "党组织", [.notices]),
    ChannelRule(.device, "设备", [.notices]),
    // Who wrote stands in every log that is written.
    ChannelRule(.person, "填写人", Set(Channel.allCases)),
    ChannelRule(.invitation, "邀请", [.notices]),
    ChannelRule(.document, "表样和通知", [.notices]),
    ChannelRule(.campaign, "专项工作", [.notices]),
    ChannelRule(.answer, "填报内容", [.answers, .internal, .inspection]),
    ChannelRule(SubjectKind(rawValue: 9), "依规删除", [.notices, .answers, .internal, .inspection]),
    ChannelRule(SubjectKind(rawValue: 10), "底稿密钥", [.answers]),
    ChannelRule(SubjectKind(rawValue: 11), "本单位记事", [.internal]),
    ChannelRule(.receipt, "回执", [.notices]),
    ChannelRule(.attachment, "佐证材料", [.answers, .inspection]),
    ChannelRule(.row, "台账", [.answers]),
    ChannelRule(.settlement, "核定说明", [.answers, .internal]),
    ChannelRule(.registerRow, "登记簿", [.internal]),
    ChannelRule(.talk, "谈心谈话内容", [.internal]),
    ChannelRule(.dues, "党费", [.internal]),
    ChannelRule(.absence, "缺席原因", [.internal]),
    ChannelRule(.development, "发展党员", [.internal]),
    ChannelRule(.count, "统计数", [.answers, .internal], holdsCountsOnly: true),
  ]

  private static let byKind = Dictionary(uniqueKeysWithValues: all.map { ($0.kind, $0) })

  /// nil for a kind that this version does not write.
  public static func rule(for kind: SubjectKind) -> ChannelRule? { byKind[kind] }
}

/// Why a register may not be written where it was to be; nothing was stored.
public enum ChannelRuleError: ExplainedError, Hashable {
  case unknownKind(SubjectKind)
  case notIn(Channel, kind: String, staysInside: Bool)
  case notACount(kind: String)

  public var code: String {
    switch self {
    case .unknownKind: "unknownKind"
    case .notIn: "wrongChannel"
    case .notACount: "notACount"
    }
  }

  public var message: String {
    switch self {
    case .unknownKind(let kind): "这个版本不会写第 \(kind.rawValue) 类内容，没有保存"
    case .notIn(let channel, let kind, _): "“\(kind)”不能写进\(channel.title)，没有保存"
    case .notACount(let kind): "“\(kind)”只能填整数，没有保存"
    }
  }

  public var hint: String {
    switch self {
    case .unknownKind: "请升级本机软件"
    case .notIn(_, _, let staysInside): staysInside ? "请写在本单位底稿，上报时只报数字" : ""
    case .notACount: "请只填人数或次数，不写姓名和内容"
    }
  }
}

extension Channel {
  /// On the screen.
  public var title: String {
    switch self {
    case .notices: "下发"
    case .answers: "上报"
    case .internal: "本单位底稿"
    case .inspection: "督查"
    }
  }
}
