import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct RedactCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact", abstract: "依规删除误填的内容（身份证号、涉密内容等），各处同步时一并删除",
    discussion: """
      例：unitcli redact 2026年党建自查 5.1 备注 --reason 误填身份证号
      已经改掉的旧填法仍在记录里，也会列出、一并删除。理由会留在记录里，不要写被删的内容。
      """)

  @Argument(help: ArgumentHelp("专项工作的名称或编号", valueName: "专项工作"))
  var campaign: String

  @Argument(help: ArgumentHelp("条目编号", valueName: "条目"))
  var item: String

  @Argument(help: ArgumentHelp("只删哪一栏", valueName: "栏目"))
  var field: String?

  @Option(help: ArgumentHelp("哪个党组织的（默认本单位；上级管理员可写下级）", valueName: "党组织"))
  var unit: String?

  @Option(help: ArgumentHelp("理由，必须写", valueName: "理由"))
  var reason: String?

  @Option(name: .customLong("version"), help: ArgumentHelp("只删列出的第几种填法，可写多个", valueName: "N"))
  var versions: [String] = []

  @Option(help: ArgumentHelp("只删含有这段文字的填法", valueName: "文字"))
  var text: String?

  @Flag(name: .customLong("yes"), help: "不再询问")
  var yes = false

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    guard let reason = reason?.trimmingBlanks(), !reason.isEmpty else { throw OfficeError.noReason }
    let field = try self.field.map { name in
      guard let field = AnswerField(anyName: name) else { throw AnswerError.unknownField(name) }
      return field
    }
    let office = try session.openToWrite()
    let campaign = try office.campaign(self.campaign)
    let unit = try office.unitOrOwn(self.unit)
    _ = try office.redactionLog(for: unit)
    let item = try office.item(self.item, of: campaign)
    if !item.item.isLeaf { throw OfficeError.notALeaf(item.item.id) }
    let recorded = try office.recorded(campaign, item, unit: unit)
    let screen = RedactScreen(
      viewer: try Viewer(session, office), unit: unit.path,
      isOpen: campaign.opensDrafts || office.identity.unit == unit.path)
    let chosen = try choose(recorded.values, field, screen, session)
    let place =
      "\(campaign.name.visibleName)  \(unit.label) \(campaign.itemPlace(item.item.id, slot: item.slot))"

    try office.checked(reason, for: chosen)
    session.say("将依规删除 \(place)：")
    session.say(chosen.flatMap(screen.lines))
    session.say("理由：\(reason)")
    if !yes, !session.confirm("删除后无法恢复，各处同步时一并删除。确认删除？") { throw Refusal.declined }
    let written = try office.redact(chosen, of: unit, reason: reason)
    // Files that no other attachment names go with the values that named them.
    try office.workspace.removeRedactedFiles()

    let count = chosen.reduce(0) { $0 + $1.targets.count }
    let left = recorded.values.count - chosen.count
    session.say("本机已删除 \(count) 处；其他设备和汇总点在下次同步时删除。")
    if left > 0 { session.say("这一项还有 \(left) 种填法没有删除，用 unitcli log --item \(item.item.id) 查看。") }
    if recorded.owed > 0 { session.say("另有 \(recorded.owed) 处内容未到，无法辨认；送到后请再查一次。") }
    session.say("以前导出的文件、备份里可能还有，请自行处理。")
    let unsent = try session.saySaved(office, newIncarnation: written.newIncarnation)
    session.emit([
      "entry": .text(written.entry), "redacted": .integer(count), "left": .integer(left),
      "owed": .integer(recorded.owed), "unsent": .integer(unsent),
    ])
  }

  private func choose(
    _ all: [RecordedValue], _ field: AnswerField?, _ screen: RedactScreen, _ session: Session
  ) throws -> [RecordedValue] {
    let numbers = try versions.map { text in
      guard let number = Numerals.value(Numerals.halfWidth(text).trimmingBlanks()), all.indices.contains(number - 1)
      else {
        throw Refusal.usage(
          "没有第“\(text)”种填法，这里有 \(all.count) 种", hint: "不写 --version 先运行一次，会列出编号")
      }
      return number
    }
    let chosen = all.filter { recorded in
      (field == nil || recorded.field == field)
        && (text.map { recorded.value.plainText.contains($0) } ?? true)
        && (numbers.isEmpty || numbers.contains(recorded.number))
    }
    if chosen.isEmpty {
      throw Refusal(
        code: "nothingToRedact", message: "没有符合的填写，什么也没有删除", hint: "用 unitcli log --item 条目 查看填过什么；可能已经删除")
    }
    if field == nil, text == nil, numbers.isEmpty, chosen.count > 1 {
      session.sayUnlessJSON(all.flatMap(screen.lines))
      throw Refusal.usage("这一项有 \(all.count) 种填法，请写明删哪些", hint: "写上栏目（例如 备注），或 --version 编号，或 --text 文字")
    }
    return chosen
  }
}

/// What is about to be redacted, so that a person recognises it.
struct RedactScreen {
  let viewer: Viewer
  let unit: UnitPath
  /// False where values are not open above the unit: who and when must do.
  let isOpen: Bool

  func lines(_ recorded: RecordedValue) -> [String] {
    let title = recorded.field?.title ?? "（需要新版本）"
    let value = isOpen ? recorded.field?.display(recorded.value) ?? recorded.value.plainText : "（上报前不公开）"
    let state = recorded.stands ? "" : "（已被改掉，仍在记录里）"
    return ["  \(recorded.number)．\(title)：\(value)\(state)"]
      + recorded.authors.map { "      \(Viewer.who($0))，\(viewer.claimed($0, in: unit))填" }
  }
}
