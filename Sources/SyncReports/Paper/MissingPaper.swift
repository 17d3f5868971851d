import SyncEngine
import SyncModel

/// What units have not filled in yet, item by item: 未填 in the unit itself, 未报 above it. Nobody is ranked; units stand in the
/// directory's order.
public struct MissingPaper: Sendable {
  public struct Line: Sendable {
    public let unit: DirectoryUnit
    public let filled: Int
    public let total: Int
    /// Items still empty, as `show` names them; of a campaign of tables alone, the tables without any row.
    public let items: [String]
  }

  public let campaign: Campaign
  /// Units with something left to fill in.
  public let lines: [Line]
  /// There are no items: what a unit can lack is any row at all.
  public let isOfTables: Bool
  /// Those of them that take part no more 已撤销、已并入: nobody asks them.
  public let ended: [(line: Line, ending: UnitEnding)]
  private let date: CalendarDate?

  /// - Parameter unit: the subtree looked at.
  public init(_ campaign: Campaign, under unit: UnitPath, office: Office, date: CalendarDate?) throws {
    self.campaign = campaign
    self.date = date
    let directory = try office.directory()
    var hasItems = false
    var hasTables = false
    let all = try campaign.units.filter { directory.tree.contains(unit, $0) }.compactMap { path -> Line? in
      let unit = directory.units[path] ?? DirectoryUnit(path: path, name: path.description, kind: .branch)
      let sheet = try office.sheet(campaign, unit: unit)
      var filled = 0
      var items: [String] = []
      for part in sheet.parts {
        hasItems = hasItems || !part.template.leaves.isEmpty
        hasTables = hasTables || part.rowCount != nil
        for item in part.template.leaves {
          if part.isFilled(item) {
            filled += 1
          } else {
            items.append(sheet.parts.count > 1 ? "\(part.slot):\(item.id)" : item.id)
          }
        }
      }
      if filled + items.count == 0 {
        items = sheet.parts.filter { $0.rowCount == 0 }.map { "“\($0.template.title)”\(ScoreText.rows(0))" }
        return items.isEmpty ? nil : Line(unit: unit, filled: 0, total: 0, items: items)
      }
      return items.isEmpty ? nil : Line(unit: unit, filled: filled, total: filled + items.count, items: items)
    }
    isOfTables = hasTables && !hasItems
    lines = all.filter { directory.ending(of: $0.unit.path) == nil }
    ended = all.compactMap { line in directory.ending(of: line.unit.path).map { (line, $0) } }
  }

  /// `1.1、1.2 等 42 项` from more than `limit` on.
  public static func text(_ items: [String], limit: Int) -> String {
    items.prefix(limit).joined(separator: "、") + (items.count > limit ? " 等 \(items.count) 项" : "")
  }

  /// `不再催报：教师一支部（已并入“教师二支部”）`; nil where every unit is in use.
  public var endedText: String? {
    ended.isEmpty ? nil : "不再催报：" + ended.map { "\($0.line.unit.name)（\($0.ending.title)）" }.joined(separator: "、")
  }

  public var document: OfficeDocument {
    var rows: [DocumentRow] = [["党组织", "已填", "应填", "未填的条目"]]
    rows += lines.map { line in
      [
        DocumentCell(line.unit.name), .number(line.filled), .number(line.total),
        DocumentCell(line.items.joined(separator: "、")),
      ]
    }
    let title = "\(campaign.name)未填条目"
    return OfficeDocument(
      title: title,
      sections: [
        DocumentSection(
          blocks: [
            .title(title), .fields([DocumentField("制表日期", date.map(PrefaceLine.text) ?? "")]),
            .table(DocumentTable(weights: [3, 1, 1, 8], headerRows: 1, rows: rows)),
          ] + [endedText].compactMap { $0.map { .note("注：\($0)。") } })
      ])
  }
}
