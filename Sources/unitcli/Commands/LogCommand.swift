import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct LogCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "查看填写记录：谁、哪台设备、何时填、何时收到、填了什么")

  @Option(help: ArgumentHelp("看哪个党组织（默认本单位）", valueName: "党组织"))
  var unit: String?

  @Option(help: ArgumentHelp("只看哪一项", valueName: "条目"))
  var item: String?

  @Option(help: ArgumentHelp("只看哪项专项工作", valueName: "专项工作"))
  var campaign: String?

  @Option(help: ArgumentHelp("最近多少条，0 为全部（屏幕默认 50，--json 默认全部）", valueName: "条数"))
  var limit: Int?

  @OptionGroup var global: GlobalOptions

  private static let screenEntries = 50

  func perform(in session: Session) throws {
    if let limit, limit < 0 { throw Refusal.usage("--limit 不能填“\(limit)”", hint: "请填 0 或更大的数") }
    let limit = self.limit ?? (session.options.json ? 0 : Self.screenEntries)
    let office = try session.open()
    let unit = try office.unitOrOwn(self.unit)
    let campaign = try self.campaign.map { try office.campaign($0) }
    let history = try office.history(of: unit, campaign: campaign, item: item, limit: limit == 0 ? nil : limit)
    let viewer = try Viewer(session, office)
    session.emit(["entries": .array(history.entries.map { json($0, viewer) })])
    session.sayUnlessJSON(lines(history, unit, viewer, width: session.console.columns))
  }

  /// Above the unit, values show only where the campaign opens drafts.
  private func isOpen(_ change: HistoryEntry.Change, _ entry: HistoryEntry, _ viewer: Viewer) -> Bool {
    viewer.home == entry.unit || change.campaign?.opensDrafts == true
  }

  private func json(_ entry: HistoryEntry, _ viewer: Viewer) -> JSON {
    let place: JSON = [
      "entry": .text("\(entry.origin.replica):\(entry.origin.seq)"), "unit": .text(entry.unit.description),
    ]
    return place.adding(viewer.originJSON(entry.author, in: entry.unit)).adding([
      "onBehalf": .bool(entry.isOnBehalf),
      "changes": .array(
        entry.changes.map { change in
          let value = isOpen(change, entry, viewer) ? Viewer.json(change.value, change.field) : nil
          let member: JSON = [
            "campaign": .text(change.register.subject.description), "item": .optional(change.itemName, JSON.text),
            "field": .optional(change.field) { .text($0.name) },
            "row": .optional(change.row) { .text($0.row.description) },
            "column": .optional(change.row?.columnTitle, JSON.text), "value": value,
          ]
          let settled: JSON = ["settled": .bool(change.settlement != nil)]
          guard isOpen(change, entry, viewer) else { return member.adding(settled) }
          return member.adding(viewer.json(change.absence, in: entry.unit)).adding(settled)
            .adding(change.settlement.map { viewer.json($0, in: entry.unit) } ?? [:])
        }),
    ])
  }

  /// `问题整改台账“问题”：记录不全`; nil for a row that goes on standing, which its cells say.
  private static func text(_ change: HistoryEntry.Change, _ row: Conflict.RowPlace) -> String? {
    let table = row.known?.template.title ?? "表格"
    guard let title = row.columnTitle else {
      return change.value.flatMap(RowState.init)?.isRemoved == true ? "\(table)：删除一行" : nil
    }
    let value = change.value.map { $0 == .nothing ? Value.clearedTitle : $0.plainText }
    return "\(table)“\(title)”：\(value ?? Absence.owedTitle)"
  }

  private func lines(_ history: Office.History, _ unit: DirectoryUnit, _ viewer: Viewer, width: Int) -> [String] {
    if history.entries.isEmpty { return ["\(unit.name) 没有符合的填写记录。"] }
    var table = TextTable([
      .init("填写时间"), .init("收到时间"), .init("谁（设备）", wraps: true), .init("填了什么", wraps: true),
    ])
    for entry in history.entries {
      let changes = entry.changes.compactMap { change -> String? in
        // 核定, with what was said about it, behind the value.
        let settled =
          change.settlement.map { "（核定" + (viewer.text($0, in: entry.unit).map { "：\($0)" } ?? "") + "）" } ?? ""
        if let row = change.row { return Self.text(change, row).map { $0 + settled } }
        if change.register.kind == .count {
          return "登记簿数字 \(change.value?.integerValue.map { Score(hundredths: $0).description } ?? "")"
        }
        let item = change.itemPlace ?? "（清单未到）"
        let title = change.field?.title ?? "需要新版本"
        guard isOpen(change, entry, viewer) else {
          return "\(item)\(title)：\(change.settlement == nil ? "已填" : "已核定")"
        }
        let value = change.value.map { change.field?.display($0) ?? $0.plainText }
        return "\(item)\(title)：\(value ?? viewer.text(change.absence, in: entry.unit))\(settled)"
      }
      table.add([
        viewer.claimed(entry.author, in: entry.unit), viewer.received(entry.author, in: entry.unit),
        Viewer.who(entry.author) + (entry.isOnBehalf ? " 代填" : ""),
        changes.isEmpty ? "登记人员或密钥" : changes.joined(separator: "；"),
      ])
    }
    let more = history.earlier > 0 ? ["", "更早的还有 \(history.earlier) 条，加 --limit 0 看全部。"] : []
    return ["\(unit.name) 的填写记录", ""] + table.lines(width: width) + more
  }
}
