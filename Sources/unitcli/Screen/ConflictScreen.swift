import SyncEngine
import SyncModel
import SyncReports

/// Open differences 填写不一致 on the screen and as JSON.
struct ConflictScreen {
  let viewer: Viewer
  let width: Int
  let now: UInt64

  init(_ session: Session, _ office: Office) throws {
    viewer = try Viewer(session, office)
    width = session.console.columns
    now = try session.claimedMilliseconds()
  }

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
      "settlement": viewer.json(conflict.settlement, field: conflict.field, in: unit),
      "inner": .bool(conflict.daysLeft(at: now) != nil),
      "daysLeft": .optional(conflict.daysLeft(at: now), JSON.integer),
    ]
  }

  private func slot(_ conflict: Conflict) -> UInt32? { Campaign.place(of: conflict.register.name)?.slot }

  /// As items are named: with the checklist's number where the campaign has several.
  private func item(_ conflict: Conflict) -> String? {
    guard let item = conflict.item else { return nil }
    guard let campaign = conflict.campaign, let slot = slot(conflict) else { return item.id }
    return campaign.itemName(item.id, slot: slot)
  }

  /// - Parameters:
  ///   - inner: those that are not asked about yet, told in a line each.
  ///   - changed: what was changed after it was settled here.
  func list(_ conflicts: [Conflict], inner: [Conflict], changed: [Conflict] = []) -> [String] {
    let settled =
      changed.isEmpty
      ? []
      : ["\(changed.count) 处\(Settlement.changedTitle)，以后来填的为准："] + changed.flatMap { [""] + lines($0) }
        + ["", "再核定：unitcli conflicts resolve 编号 --take 1（就用现在的），或 --value 值；可加 --note 说明"]
    let open = open(conflicts, inner: inner)
    if settled.isEmpty { return open }
    return conflicts.isEmpty && inner.isEmpty ? settled : open + [""] + settled
  }

  private func open(_ conflicts: [Conflict], inner: [Conflict]) -> [String] {
    if conflicts.isEmpty, inner.isEmpty { return ["没有填写不一致。"] }
    let asked =
      conflicts.isEmpty
      ? ["没有要在这里核定的填写不一致。"]
      : ["\(conflicts.count) 处填写不一致，待核定："] + conflicts.flatMap { [""] + lines($0) }
        + ["", "核定：unitcli conflicts resolve 编号 --take 填法号，或 --value 值；可加 --note 说明"]
    if inner.isEmpty { return asked }
    return asked + ["", "另有 \(inner.count) 处先由各单位自己核定（加 --all 看全部；需要时这里也可以核定）："]
      + inner.flatMap { conflict in
        LineWrap.lines("\(conflict.id)  \(place(conflict))", columns: width) + ["  \(waiting(conflict) ?? "")"]
      }
  }

  /// `支部内部，先由本单位核定，还有 5 天`; nil where this workspace is asked.
  private func waiting(_ conflict: Conflict) -> String? {
    conflict.daysLeft(at: now).map { days in
      let kind = conflict.unit.kind
      return "\([.branch, .direct].contains(kind) ? "支部" : kind.title)内部，先由本单位核定，还有 \(days) 天"
    }
  }

  /// `教师一支部 第 5.1 项自评分`.
  func place(_ conflict: Conflict) -> String {
    if let row = conflict.row {
      let table = row.known.map { " \($0.template.title)" } ?? " 表格"
      return
        "\(conflict.unit.name.visibleName)\(table)的一行（\(String(row.row.description.prefix(8)))）\(row.columnTitle.map { "“\($0)”栏" } ?? "")"
    }
    let item =
      conflict.item.map { item in
        guard let campaign = conflict.campaign, let slot = slot(conflict) else { return " 第 \(item.id) 项" }
        return " " + campaign.itemPlace(item.id, slot: slot)
      } ?? " "
    return "\(conflict.unit.name.visibleName)\(item)\(conflict.field?.title ?? "（需要新版本）")"
  }

  func lines(_ conflict: Conflict) -> [String] {
    let campaign = conflict.campaign.map { "\($0.name)  " } ?? ""
    var lines = LineWrap.lines("\(conflict.id)  \(campaign)\(place(conflict))", columns: width)
    if let item = conflict.item { lines.append("  " + DisplayWidth.cut(item.node.text, to: width - 2)) }
    var table = TextTable([.init(""), .init("", wraps: true), .init("", wraps: true)])
    for (index, version) in conflict.alternatives.enumerated() {
      table.add([
        conflict.settlement == nil ? "  填法 \(index + 1)" : "  现在", display(version, conflict),
        viewer.authors(version, in: conflict.unit.path),
      ])
    }
    if let base = conflict.base {
      table.add(["  原填", display(base, conflict), viewer.authors(base, in: conflict.unit.path)])
    }
    let decided = conflict.settlement.map {
      LineWrap.lines("  原由 \(viewer.text($0, in: conflict.unit.path) { conflict.display($0) })", columns: width)
    }
    return lines + table.lines(width: width) + (decided ?? []) + copies(conflict)
      + [waiting(conflict)].compactMap { $0.map { "  " + $0 } }
  }

  // MARK: A row that was taken off and changed

  func json(_ conflict: Conflict, cells: [Conflict.RowCell]) -> JSON {
    if conflict.row == nil || conflict.row?.column != nil { return json(conflict) }
    let unit = conflict.unit.path
    return json(conflict).adding([
      "cells": .array(
        cells.map { cell in
          [
            "column": .text(title(cell, conflict)), "number": .integer(cell.column + 1),
            "value": Viewer.json(cell.versions.first?.value, nil), "changed": .bool(cell.isChanged),
            "base": .optional(cell.base) { base in
              let shown: JSON = ["value": Viewer.json(base.value, nil)]
              let value = shown.adding(viewer.json(base.absence, in: unit))
              return base.authors.first.map { value.adding(viewer.originJSON($0, in: unit)) } ?? value
            },
            "siblings": viewer.json(cell.versions, field: nil, in: unit),
          ]
        })
    ])
  }

  /// The row as it stands, and which of its cells were changed by somebody who did not know that it was taken off.
  func lines(_ conflict: Conflict, cells: [Conflict.RowCell]) -> [String] {
    if cells.isEmpty { return [] }
    func text(_ version: Conflict.Version) -> String {
      guard let value = version.value else { return viewer.text(version.absence, in: conflict.unit.path) }
      return value == .nothing ? Value.clearedTitle : value.plainText
    }
    var table = TextTable([.init("  栏目", wraps: true), .init("现在", wraps: true), .init("改动", wraps: true)])
    for cell in cells {
      var change = ""
      if cell.isChanged {
        let authors = cell.versions.map { viewer.authors($0, in: conflict.unit.path) }.joined(separator: "；")
        change = "⚠ 删除的人没有看到：原为 \(cell.base.map(text) ?? Value.clearedTitle)，\(authors) 改"
      }
      table.add(["  " + title(cell, conflict), cell.versions.map(text).joined(separator: "／"), change])
    }
    return ["", "  这一行的内容："] + table.lines(width: width)
  }

  private func title(_ cell: Conflict.RowCell, _ conflict: Conflict) -> String {
    guard let columns = conflict.row?.known?.template.columns, columns.indices.contains(cell.column) else {
      return "第 \(cell.column + 1) 栏"
    }
    return columns[cell.column].title
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
    "\(conflict.settlement == nil ? "核定" : "再核定")：unitcli conflicts resolve \(conflict.id) --take 填法号，或 --value 值；可加 --note 说明"
  }
}
