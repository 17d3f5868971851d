import SyncModel
import SyncTemplates
import Testing

@Suite("Talks, dues, absences and member development stay inside; counts go up")
struct ChannelRuleTests {
  private func refusal(
    _ kind: SubjectKind, _ value: Value = .text("甲"), in channel: Channel
  ) -> ChannelRuleError? {
    let name = RegisterName(kind, SubjectID(high: 1, low: 2), Field(rawValue: 1))
    do {
      try OwnWriteRules.check(name, value, in: channel)
      return nil
    } catch {
      return error as? ChannelRuleError
    }
  }

  @Test(
    "a private kind is written in 本单位底稿 and nowhere else", arguments: [SubjectKind.talk, .dues, .absence, .development])
  func privateKinds(kind: SubjectKind) throws {
    #expect(refusal(kind, in: .internal) == nil)
    for channel in [Channel.notices, .answers, .inspection] {
      let error = try #require(refusal(kind, in: channel))
      #expect(error.code == "wrongChannel")
      #expect(error.message.contains(channel.title) && error.hint.contains("只报数字"))
    }
  }

  @Test("a count is a whole number: what names or describes does not go up under it")
  func counts() {
    #expect(refusal(.count, .integer(12), in: .answers) == nil)
    #expect(refusal(.count, .nothing, in: .answers) == nil)
    for value in [Value.text("12 人：甲、乙"), .list([.integer(1), .text("甲")]), .bytes([1]), .choice(3)] {
      #expect(refusal(.count, value, in: .answers)?.code == "notACount")
    }
    #expect(refusal(.count, .integer(12), in: .notices)?.code == "wrongChannel")
  }

  @Test("what makes up the directory is written in notices only")
  func directory() {
    for kind in ChannelRule.all.map(\.kind) where kind.isOfDirectory {
      #expect(Channel.allCases.filter { refusal(kind, in: $0) == nil } == [.notices])
    }
  }

  @Test("a kind without a rule is not written")
  func unknown() {
    for channel in Channel.allCases {
      #expect(refusal(SubjectKind(rawValue: 999), in: channel) == .unknownKind(SubjectKind(rawValue: 999)))
    }
  }

  @Test("texts inside lists are looked at too, and the field is named")
  func lists() throws {
    let name = RegisterName(.campaign, SubjectID(high: 1, low: 2), .campaignDeliverable)
    let value = Value.list([.text("自查报告"), .list([.text("11010519491231002X")])])
    let error = try #require(throws: PrivacyError.self) { try OwnWriteRules.check(name, value, in: .notices) }
    #expect(error.rule == .residentID && error.field == "报送材料名称")
  }

  @Test("a template is looked through to its last cell, and the item is named")
  func template() throws {
    var template = try #require(BundledTemplate.named("score-sheet-100")).template
    template.sections[1].children[2].cells = ["", "卡号 6222021234567890128"]
    let error = try #require(throws: PrivacyError.self) { try OwnWriteRules.check(template) }
    #expect(error.rule == .bankCard && error.field.hasSuffix("第 2.3 项"))
  }
}
