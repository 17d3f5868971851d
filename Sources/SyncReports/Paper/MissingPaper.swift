import SyncEngine
import SyncModel

/// What units have not filled in yet, item by item: 未填 in the unit itself, 未报 above it. Nobody is ranked; units stand in the
/// directory's order.
public struct MissingPaper: Sendable {
  public struct Line: Sendable {
    public let unit: DirectoryUnit
    public let filled: Int
    public let total: Int
    /// Items still empty, as `show` names them.
    public let items: [String]
  }

  public let campaign: Campaign
  /// Units with something left to fill in.
  public let lines: [Line]
  private let date: CalendarDate?

  /// - Parameter unit: the subtree looked at.
  public init(_ campaign: Campaign, under unit: UnitPath, office: Office, date: CalendarDate?) throws {
    self.campaign = campaign
    self.date = date
    let directory = try office.directory()
    lines = try campaign.units.filter { directory.tree.contains(unit, $0) }.compactMap { path in
      let unit = directory.units[path] ?? DirectoryUnit(path: path, name: path.description, kind: .branch)
      let sheet = try office.sheet(campaign, unit: unit)
      var filled = 0
      var items: [String] = []
      for part in sheet.parts {
        for item in part.template.leaves {
          if part.isFilled(item) {
            filled += 1
          } else {
            items.append(sheet.parts.count > 1 ? "\(part.slot):\(item.id)" : item.id)
          }
        }
      }
      return items.isEmpty ? nil : Line(unit: unit, filled: filled, total: filled + items.count, items: items)
    }
  }

  /// `1.1、1.2 等 42 项` from more than `limit` on.
  public static func text(_ items: [String], limit: Int) -> String {
    items.prefix(limit).joined(separator: "、") + (items.count > limit ? " 等 \(items.count) 项" : "")
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
        DocumentSection(blocks: [
          .title(title), .fields([DocumentField("制表日期", date.map(PrefaceLine.text) ?? "")]),
          .table(DocumentTable(weights: [3, 1, 1, 8], headerRows: 1, rows: rows)),
        ])
      ])
  }
}
