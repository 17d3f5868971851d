import ArgumentParser
import SyncEngine
import SyncModel

struct SetCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "填写一项",
    discussion: """
      例：unitcli set 2026年党建自查 5.1 自评分=2 备注=已开展4次
      栏目：状态（已完成、进行中、未完成、不适用）、自评分、完成情况、备注。等号后面空着就是清空。
      """)

  @Argument(help: ArgumentHelp("专项工作的名称或编号", valueName: "专项工作"))
  var campaign: String

  @Argument(help: ArgumentHelp("条目编号，例如 5.1、五.1；有几份表样时写 2:5.1", valueName: "条目"))
  var item: String

  @Argument(help: ArgumentHelp("栏目=内容，可写多个", valueName: "栏目=内容"))
  var fields: [String]

  @Option(help: ArgumentHelp("替哪个党组织填（要加 --on-behalf）", valueName: "党组织"))
  var unit: String?

  @Flag(name: .customLong("on-behalf"), help: "上级代填，会记为代填")
  var onBehalf = false

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    var typed: [AnswerField: String] = [:]
    for text in fields {
      let (field, value) = try TypedNames.assignment(text)
      if typed.updateValue(value, forKey: field) != nil {
        throw Refusal.usage("“\(field.title)”写了两次", hint: "请只留一个")
      }
    }
    let office = try session.openToWrite()
    let campaign = try office.campaign(self.campaign)
    let unit = try office.unitOrOwn(self.unit)
    let isOwn = unit.path == office.identity.unit
    if isOwn, onBehalf { throw Refusal.usage("\(unit.label) 是本单位，不用代填", hint: "请去掉 --on-behalf") }
    let item = try office.item(self.item, of: campaign)
    if !item.item.isLeaf { throw OfficeError.notALeaf(item.item.id) }
    var values: [AnswerField: Value] = [:]
    for (field, text) in typed { values[field] = try field.parse(text, item: item.item) }
    let standing = try session.sayEnding(of: unit, office)
    let writer = try AnswerWriter(session, office, campaign: campaign, unit: unit, onBehalf: onBehalf)
    let saved = try writer.save(item, values)
    session.sayConcerned(unit)
    try writer.sayOutsideWindow()
    let unsent = try session.saySaved(office, newIncarnation: saved.written.newIncarnation)
    let told: JSON = [
      "entry": .text(saved.written.entry), "conflicts": .list(saved.conflicts.map(\.name)), "unsent": .integer(unsent),
      "newIncarnation": .bool(saved.written.newIncarnation || session.pastRenewed),
    ]
    session.emit(told.adding(standing))
  }
}
