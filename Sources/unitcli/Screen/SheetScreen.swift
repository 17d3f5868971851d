import SyncEngine
import SyncModel
import SyncReports

/// One unit's answers to a campaign on the screen and as JSON.
struct SheetScreen {
  let sheet: AnswerSheet
  /// The unit's, of this campaign.
  let evidence: [AttachedFile]
  let office: Office
  let viewer: Viewer

  private typealias Line = (part: AnswerSheet.Part, item: Template.Item)

  /// The items under `wanted`, or all; what is answered are the leaves.
  private func lines(_ wanted: CampaignItem?) -> [Line] {
    sheet.parts.flatMap { part -> [Line] in
      if let wanted, wanted.slot != part.slot { return [] }
      let start = wanted?.item.path ?? []
      return part.template.leaves.filter { $0.path.starts(with: start) }.map { (part, $0) }
    }
  }

  private func id(_ line: Line) -> String {
    sheet.campaign.itemName(line.item.id, slot: line.part.slot)
  }

  private func place(_ line: Line) -> String { sheet.campaign.itemPlace(line.item.id, slot: line.part.slot) }

  private func registers(_ line: Line) -> [(field: AnswerField, register: Register)] {
    (line.part.registers[line.item.ordinal] ?? [:]).sorted { $0.key.rawValue < $1.key.rawValue }
      .map { (field: $0.key, register: $0.value) }
  }

  /// Values that are not open show above the unit only where a difference is up for settlement, or what was settled here was changed since.
  private func isOpen(_ register: Register, _ settlement: Settlement?) -> Bool {
    sheet.showsValues || register.inConflict || settlement.map(viewer.isAsked) ?? false
  }

  private func settlement(_ line: Line, _ field: AnswerField) -> Settlement? {
    line.part.settlements[line.item.ordinal]?[field]
  }

  private func evidence(_ line: Line) -> [AttachedFile] {
    evidence.filter { $0.slot == line.part.slot && $0.item?.ordinal == line.item.ordinal }
  }

  // MARK: JSON

  func json(_ wanted: CampaignItem?) throws -> JSON {
    let lines = lines(wanted)
    let all = lines.flatMap { registers($0).map(\.register) }
    let versions = Dictionary(
      zip(all.map(\.name), try office.versions(of: all)), uniquingKeysWith: { first, _ in first })
    return [
      "campaign": .text(sheet.campaign.id.description), "unit": .text(sheet.unit.path.description),
      "items": .array(lines.map { json($0, versions) }),
    ]
  }

  private func json(_ line: Line, _ versions: [RegisterName: [Conflict.Version]]) -> JSON {
    let fields = registers(line).map { field, register -> JSON.Member in
      let settlement = settlement(line, field)
      guard isOpen(register, settlement) else {
        return JSON.Member(key: field.name, value: ["value": nil, "filled": true, "conflict": false, "siblings": []])
      }
      let versions = versions[register.name] ?? []
      let member: JSON = [
        "value": Viewer.json(register.value, field), "conflict": .bool(register.inConflict),
        "siblings": viewer.json(versions, field: field, in: sheet.unit.path),
        "settlement": viewer.json(settlement, field: field, in: sheet.unit.path),
      ]
      let absence = register.value == nil ? versions.first?.absence : nil
      return JSON.Member(key: field.name, value: member.adding(viewer.json(absence, in: sheet.unit.path)))
    }
    return [
      "id": .text(id(line)), "number": .text(line.item.node.number), "text": .text(line.item.node.text),
      "points": .optional(line.item.node.points, JSON.score),
      "filled": .bool(line.part.isFilled(line.item)), "fields": .object(fields),
      "evidence": .array(sheet.showsValues ? evidence(line).map { EvidenceScreen.json($0, viewer) } : []),
      "evidenceCount": .integer(evidence(line).count),
    ]
  }

  // MARK: Screen

  func overview(width: Int) -> [String] {
    var lines = ["\(sheet.campaign.name)  \(sheet.unit.name)"]
    for part in sheet.parts {
      let summary = part.summary
      lines += ["", "\(part.template.title)：\(ScoreText.filled(summary))" + scores(part, summary), ""]
      if part.rowCount != nil {
        lines.append("各行见 unitcli ledger list \(sheet.campaign.name)：\(part.template.title)")
        continue
      }
      var table = TextTable([.init("编号"), .init("内容", wraps: true), .init("分值", .right), .init("填写", wraps: true)])
      for item in part.template.items {
        if item.isLeaf {
          let line: Line = (part, item)
          table.add([id(line), item.node.text, item.node.points?.description ?? "", answer(line)])
        } else {
          table.addHeading("\(item.node.number)  \(item.node.text)")
        }
      }
      lines += table.lines(width: width)
    }
    return lines
  }

  private func scores(_ part: AnswerSheet.Part, _ summary: ScoreSummary) -> String {
    if !sheet.showsValues { return summary.conflicts == 0 ? "" : "，\(summary.conflicts) 项待核定" }
    if part.template.points == nil { return summary.conflicts == 0 ? "" : "，\(summary.conflicts) 项待核定" }
    return "，" + ScoreText.sentence(summary)
  }

  /// `2`, `不适用`, `未填`, `⚠ 2／1.5 待核定`, `⚠ 2 核定后改动`.
  private func answer(_ line: Line) -> String {
    let parts = registers(line).compactMap { field, register -> String? in
      let settlement = settlement(line, field)
      if !isOpen(register, settlement) { return field == .remark ? nil : "已填" }
      let isChanged = settlement?.state == .changed
      if register.values == [.nothing], !isChanged { return nil }
      let label = field == .remark || field == .completion ? "\(field.title)：" : ""
      let missing = register.isRedacted ? [Absence.redactedTitle] : register.isOwed ? [Absence.owedTitle] : []
      let values = (register.values.map(field.display) + missing).joined(separator: "／")
      if isChanged { return "⚠ \(label)\(values) \(Settlement.changedTitle)" }
      return register.inConflict ? "⚠ \(label)\(values) 待核定" : label + values
    }
    let files = evidence(line).count
    return ((parts.isEmpty ? ["未填"] : parts) + (files > 0 ? ["佐证 \(files) 份"] : [])).joined(separator: "；")
  }

  /// One item, or a section's, with where every value comes from.
  func detail(_ wanted: CampaignItem, width: Int) throws -> [String] {
    try lines(wanted).enumerated().flatMap { index, line in
      let points = line.item.node.points.map { "（\($0) 分）" } ?? ""
      var lines = index == 0 ? ["\(sheet.campaign.name)  \(sheet.unit.name)", ""] : [""]
      lines += LineWrap.lines("\(place(line))  \(line.item.node.text)\(points)", columns: width)
      let registers = registers(line)
      let files =
        sheet.showsValues
        ? EvidenceScreen.detail(evidence(line), viewer)
        : evidence(line).isEmpty ? [] : ["  佐证材料：\(evidence(line).count) 份（上报前不公开）"]
      let attached = files.flatMap { LineWrap.block($0, columns: width) }
      if registers.isEmpty { return lines + ["  未填"] + attached }
      for ((field, register), versions) in zip(registers, try office.versions(of: registers.map(\.register))) {
        lines += detail(field, register, versions, settlement(line, field), width: width)
      }
      return lines + attached
    }
  }

  private func detail(
    _ field: AnswerField, _ register: Register, _ versions: [Conflict.Version], _ settlement: Settlement?, width: Int
  ) -> [String] {
    guard isOpen(register, settlement) else { return ["  \(field.title)：已填（上报前不公开）"] }
    var lines = ["  \(field.title)：" + (register.inConflict ? "⚠ \(versions.count) 种填法，待核定" : "")]
    for (number, version) in versions.enumerated() {
      let value = version.value.map(field.display) ?? viewer.text(version.absence, in: sheet.unit.path)
      if versions.count == 1 { lines[0] += value } else { lines.append("    填法 \(number + 1)：\(value)") }
      let unit = sheet.unit.path
      for author in version.authors {
        let (claimed, received) = (viewer.claimed(author, in: unit), viewer.received(author, in: unit))
        lines.append(
          "      \(Viewer.who(author))，\(claimed)\(viewer.isOnBehalf(author, in: sheet.unit.path) ? "代填" : "填")，\(received)收到"
        )
      }
    }
    if let settlement {
      let decided = viewer.text(settlement, in: sheet.unit.path, field.display)
      lines.append("      " + (settlement.state == .changed ? "⚠ \(Settlement.changedTitle)，原由 \(decided)" : decided))
    }
    return lines.flatMap { LineWrap.block($0, columns: width) }
  }
}
