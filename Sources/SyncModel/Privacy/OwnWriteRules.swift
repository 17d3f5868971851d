/// What is checked of everything that this device is about to write, in one place.
///
/// There is no way to switch it off. What others wrote and signed is not checked: it arrives, and can be redacted.
public enum OwnWriteRules {
  /// - Throws: ``ChannelRuleError`` or ``PrivacyError`` for the first thing that may not be written.
  public static func check(_ register: RegisterName, _ value: Value, in channel: Channel) throws {
    guard let rule = ChannelRule.rule(for: register.kind) else { throw ChannelRuleError.unknownKind(register.kind) }
    if !rule.channels.contains(channel) {
      throw ChannelRuleError.notIn(channel, kind: rule.title, staysInside: rule.channels == [.internal])
    }
    if rule.holdsCountsOnly, value != .nothing, value.integerValue == nil {
      throw ChannelRuleError.notACount(kind: rule.title)
    }
    for text in value.texts { try check(text, field: register.fieldTitle) }
  }

  /// Texts that become part of a document or a name, before anything is made of them.
  public static func check(_ text: String, field: String) throws {
    if let finding = PrivacyScan.findings(in: text).first { throw PrivacyError(finding, field: field) }
  }

  /// Every text of a template, each named by where it stands.
  public static func check(_ template: Template) throws {
    let name = "表样标题"
    try check(template.title, field: name)
    for text in [template.audience, template.note] + template.preface
      + template.columns.flatMap({ [$0.title] + $0.choices })
    {
      try check(text, field: "表样“\(template.title)”")
    }
    for item in template.items {
      let node = item.node
      for text in [node.number, node.text] + node.cells + node.deliverables.map(\.title)
        + node.requirements.flatMap(\.texts)
      {
        try check(text, field: "表样“\(template.title)”第 \(item.id) 项")
      }
    }
  }
}

extension Value {
  /// Every text in it, those of lists among them.
  var texts: [String] {
    switch self {
    case .text(let text): [text]
    case .list(let values): values.flatMap(\.texts)
    default: []
    }
  }
}

extension RegisterName {
  /// What a person calls the field, for messages.
  var fieldTitle: String {
    switch (kind, field) {
    case (.school, _): "学校名称"
    case (.unit, .unitPath): "单位路径"
    case (.unit, _): "单位名称"
    case (.device, _): "设备名称"
    case (.person, _): "姓名"
    case (.campaign, .campaignName): "专项工作名称"
    case (.campaign, .campaignDeliverable): "报送材料名称"
    case (.answer, _): AnswerField(field)?.title ?? "填报内容"
    case (.attachment, _): "佐证材料文件名"
    case (.row, _), (.registerRow, _): "表格第 \(UInt32(truncatingIfNeeded: part)) 栏"
    default: ChannelRule.rule(for: kind)?.title ?? "内容"
    }
  }
}
