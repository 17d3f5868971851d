import SyncModel

/// Doubts that show only when items are seen together: numbers, points, dates, closing marks.
enum StructureRules {
  typealias Flag = ImportedTemplate.Flag

  // MARK: Numbers

  static func numberFlags(_ template: Template) -> [Flag] {
    var flags: [Flag] = []
    visit(template.sections, parent: nil, before: nil, into: &flags)
    return flags
  }

  /// `before` is the last number of the previous sibling's children: lists may count on through the sections.
  private static func visit(_ nodes: [Template.Node], parent: Template.Node?, before: Int?, into flags: inout [Flag]) {
    let place = parent.map { $0.number.isEmpty ? "「\($0.text.excerpt(12))」下" : "第 \($0.number) 项下" } ?? ""
    let isNumbered = nodes.contains { !$0.number.isEmpty }
    var last: Int?
    for node in nodes where isNumbered {
      if node.number.isEmpty {
        flags.append(Flag(text: node.text.excerpt(), reason: "\(place)其他项都有编号，这一项没有，请核对。"))
        last = last.map { $0 + 1 } ?? 1
        continue
      }
      let components = Numerals.components(node.number) ?? []
      guard let ordinal = components.last else { continue }
      if components.count > 1, let above = parent.flatMap({ Numerals.components($0.number)?.last }),
        components[components.count - 2] != above
      {
        flags.append(Flag(text: node.text.excerpt(), reason: "编号 \(node.number) 与所在的第 \(above) 项不符，可能放错了位置，请核对。"))
      } else if ordinal != (last ?? 0) + 1, last != nil || ordinal != (before ?? 0) + 1 {
        let expected = (last ?? 0) + 1
        flags.append(Flag(text: node.text.excerpt(), reason: "\(place)编号 \(node.number) 不连续（应为 \(expected)），请核对。"))
      }
      last = ordinal
    }
    var lastBelow: Int?
    for node in nodes {
      visit(node.children, parent: node, before: lastBelow, into: &flags)
      lastBelow = node.children.last.flatMap { Numerals.components($0.number)?.last } ?? lastBelow
    }
  }

  // MARK: Points

  static func pointFlags(_ template: Template, printedTotal: Score?) -> [Flag] {
    guard template.kind == .scoreSheet else { return [] }
    var flags: [Flag] = []
    for section in template.sections where !section.children.isEmpty {
      let items = leaves(of: section)
      let sum = items.compactMap(\.points).reduce(.zero, +)
      if let points = section.points, points != sum, items.contains(where: { $0.points != nil }) {
        flags.append(Flag(text: section.text.excerpt(), reason: "标题写明 \(points) 分，各项合计 \(sum) 分，请核对。"))
      }
    }
    let missing = template.leaves.filter { $0.node.points == nil }
    if !missing.isEmpty, missing.count < template.leaves.count {
      let places = missing.prefix(6).map(\.id).joined(separator: "、")
      flags.append(
        Flag(text: missing[0].node.text.excerpt(), reason: "共 \(missing.count) 项没有分值（\(places)），请核对。"))
    }
    if let sum = template.points {
      if let printedTotal, printedTotal != sum {
        flags.append(Flag(text: "合计", reason: "合计写明 \(printedTotal) 分，各项合计 \(sum) 分，请核对。"))
      }
      if let printed = PrintedPoints.split(template.title).points, printed != sum {
        flags.append(Flag(text: template.title, reason: "标题写明 \(printed) 分，各项合计 \(sum) 分，请核对。"))
      }
    }
    return flags
  }

  private static func leaves(of node: Template.Node) -> [Template.Node] {
    node.children.isEmpty ? [node] : node.children.flatMap(leaves)
  }

  // MARK: Closing marks

  /// One flag for all: items without a full stop where most have one.
  static func missingStops(_ template: Template) -> [Flag] {
    let leaves = template.leaves
    let open = leaves.filter { !$0.node.text.endsSentence }
    guard let first = open.first, open.count * 2 < leaves.count else { return [] }
    let places = open.prefix(6).map(\.id).joined(separator: "、") + (open.count > 6 ? " 等" : "")
    return [Flag(text: String(first.node.text.suffix(12)), reason: "共 \(open.count) 项末尾没有句号（\(places)），其余都有，请核对。")]
  }

  // MARK: Schedules

  /// Deadlines that run backwards, and hand-ins without a day.
  static func scheduleFlags(_ template: Template) -> [Flag] {
    var flags: [Flag] = []
    var latest: CalendarDate?
    var flagged: Set<CalendarDate> = []
    for deliverable in template.sections.flatMap(\.deliverables) {
      guard let due = deliverable.due else {
        flags.append(Flag(text: deliverable.title.excerpt(), reason: "没有读出报送的年月日，请补填期限。"))
        continue
      }
      if let latest, due < latest, flagged.insert(due).inserted {
        flags.append(
          Flag(text: deliverable.title.excerpt(), reason: "期限 \(due) 早于排在它前面的 \(latest)，未按时间先后排列，请核对。"))
      }
      latest = max(latest ?? due, due)
    }
    return flags
  }
}
