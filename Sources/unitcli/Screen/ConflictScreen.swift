import SyncEngine
import SyncModel
import SyncReports

/// Open differences 填写不一致 on the screen and as JSON.
struct ConflictScreen {
  let viewer: Viewer
  let width: Int

  func json(_ conflict: Conflict) -> JSON {
    let unit = conflict.unit.path
    return [
      "id": .text(conflict.id), "unit": .text(unit.description),
      "campaign": .text(conflict.register.name.subject.description),
      "campaignName": .optional(conflict.campaign) { .text($0.name) },
      "item": .optional(item(conflict), JSON.text), "text": .optional(conflict.item) { .text($0.node.text) },
      "field": .optional(conflict.field) { .text($0.name) },
      "row": .optional(conflict.row) { .text($0.row.description) },
      "column": .optional(conflict.row?.column) { .integer($0 + 1) },
      "base": .optional(conflict.base) { base in
        let shown: JSON = ["value": Viewer.json(base.value, conflict.field)]
        let value = shown.adding(viewer.json(base.absence, in: unit))
        return base.authors.first.map { value.adding(viewer.originJSON($0, in: unit)) } ?? value
      },
      "siblings": viewer.json(conflict.alternatives, field: conflict.field, in: unit),
      "twoCopiesOf": .optional(conflict.twoCopiesOf) { .text($0.description) },
    ]
  }

  /// As items are named: with the checklist's number where the campaign has several.
  private func item(_ conflict: Conflict) -> String? {
    guard let item = conflict.item else { return nil }
    guard let campaign = conflict.campaign, campaign.templates.count > 1,
      let place = Campaign.place(of: conflict.register.name)
    else { return item.id }
    return "\(place.slot):\(item.id)"
  }

  func list(_ conflicts: [Conflict]) -> [String] {
    if conflicts.isEmpty { return ["没有填写不一致。"] }
    return ["\(conflicts.count) 处填写不一致，待核定："]
      + conflicts.flatMap { [""] + lines($0) }
      + ["", "核定：unitcli conflicts resolve 编号 --take 填法号，或 --value 值；可加 --note 说明"]
  }

  /// `教师一支部 第 5.1 项自评分`.
  func place(_ conflict: Conflict) -> String {
    if let row = conflict.row {
      let table = row.known.map { " \($0.template.title)" } ?? " 表格"
      return
        "\(conflict.unit.name)\(table)的一行（\(String(row.row.description.prefix(8)))）\(row.columnTitle.map { "“\($0)”栏" } ?? "")"
    }
    let item = item(conflict).map { " 第 \($0) 项" } ?? " "
    return "\(conflict.unit.name)\(item)\(conflict.field?.title ?? "（需要新版本）")"
  }

  func lines(_ conflict: Conflict) -> [String] {
    let campaign = conflict.campaign.map { "\($0.name)  " } ?? ""
    var lines = LineWrap.lines("\(conflict.id)  \(campaign)\(place(conflict))", columns: width)
    if let item = conflict.item { lines.append("  " + DisplayWidth.cut(item.node.text, to: width - 2)) }
    var table = TextTable([.init(""), .init("", wraps: true), .init("", wraps: true)])
    for (index, version) in conflict.alternatives.enumerated() {
      table.add([
        "  填法 \(index + 1)", display(version, conflict), viewer.authors(version, in: conflict.unit.path),
      ])
    }
    if let base = conflict.base {
      table.add(["  原填", display(base, conflict), viewer.authors(base, in: conflict.unit.path)])
    }
    return lines + table.lines(width: width) + copies(conflict)
  }

  private func copies(_ conflict: Conflict) -> [String] {
    guard let device = conflict.twoCopiesOf else { return [] }
    let name = conflict.alternatives.flatMap(\.authors).first { $0.origin.device == device }?.origin.deviceName ?? ""
    return LineWrap.lines(
      "  同一台设备的两份资料\(name.isEmpty ? "" : "（\(name)）")：它的资料曾被还原或复制，两份都保留了", columns: width)
  }

  private func display(_ version: Conflict.Version, _ conflict: Conflict) -> String {
    version.value == nil ? viewer.text(version.absence, in: conflict.unit.path) : conflict.display(version.value)
  }

  func nextStep(_ conflict: Conflict) -> String {
    "核定：unitcli conflicts resolve \(conflict.id) --take 填法号，或 --value 值；可加 --note 说明"
  }
}
