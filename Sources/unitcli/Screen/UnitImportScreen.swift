import SyncModel
import SyncReports

/// A list of units about to be registered, or registered.
struct UnitImportScreen {
  private let plan: UnitPlan
  private let sheet: UnitSheet
  private let base: DirectoryUnit

  init(_ plan: UnitPlan, _ sheet: UnitSheet, base: DirectoryUnit) {
    self.plan = plan
    self.sheet = sheet
    self.base = base
  }

  private static let problemsShown = 50

  /// One line a row that cannot be registered.
  func problems(width: Int) -> [String] {
    plan.problems.prefix(Self.problemsShown).flatMap { LineWrap.lines("行 \($0.row)：\($0.message)", columns: width) }
      + (plan.problems.count > Self.problemsShown ? ["……共 \(plan.problems.count) 行"] : [])
  }

  /// The tree as it would become, of what the list names.
  func tree(width: Int) -> [String] {
    var table = TextTable([
      .init("党组织", wraps: true), .init("路径"), .init("类别"), .init("类型"), .init("", wraps: true),
    ])
    table.add([base.name, base.path.description, base.kind.title, base.type?.title ?? "", "已登记"])
    for line in plan.lines {
      let indent = String(repeating: "  ", count: max(0, line.unit.path.depth - base.path.depth))
      let state = line.isNew ? "新增" : "已登记" + (line.note.map { "，不改动：\($0)" } ?? "")
      table.add([
        indent + line.unit.name, line.unit.path.description, line.unit.kind.title, line.unit.type?.title ?? "", state,
      ])
    }
    return table.lines(width: width) + [""]
  }

  /// Which units were registered, and where.
  func registered(width: Int) -> [String] {
    let new = plan.newUnits
    return new.prefix(Self.problemsShown).flatMap { LineWrap.lines("  \($0.label)", columns: width) }
      + (new.count > Self.problemsShown ? ["  ……其余见 unitcli unit list"] : [])
  }

  func summary(saved: Bool) -> [String] {
    let new = plan.newUnits
    let kinds = UnitKind.allCases.compactMap { kind -> String? in
      let count = new.count { $0.kind == kind }
      return count == 0 ? nil : "\(kind.title) \(count)"
    }
    let known = plan.lines.count - new.count
    var lines = [
      "\(sheet.sheet.isEmpty ? "" : "工作表“\(sheet.sheet)”：")\(saved ? "已登记" : "将登记") \(new.count) 个"
        + (kinds.isEmpty ? "" : "（\(kinds.joined(separator: "、"))）") + (known == 0 ? "" : "，原已登记 \(known) 个，未改动")
    ]
    if saved {
      lines += plan.lines.compactMap { line in line.note.map { "行 \(line.row)：\(line.unit.label) 未改动，\($0)" } }
    }
    if !sheet.totals.isEmpty {
      lines.append("合计行不是党组织，没有登记：行 " + sheet.totals.map(String.init).joined(separator: "、"))
    }
    if !sheet.ignored.isEmpty { lines.append("没有用到的栏：" + sheet.ignored.joined(separator: "、")) }
    return lines
  }

  func json(saved: Bool) -> JSON {
    [
      "saved": .bool(saved), "sheet": .text(sheet.sheet), "new": .integer(plan.newUnits.count),
      "known": .integer(plan.lines.count - plan.newUnits.count), "ignoredColumns": .list(sheet.ignored),
      "totals": .array(sheet.totals.map(JSON.integer)),
      "units": .array(
        plan.lines.map { line in
          UnitCommand.json(line.unit, parent: line.unit.path.parent).adding([
            "row": .integer(line.row), "new": .bool(line.isNew), "note": .optional(line.note, JSON.text),
          ])
        }),
    ]
  }
}
