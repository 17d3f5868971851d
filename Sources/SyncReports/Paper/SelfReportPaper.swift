import SyncEngine
import SyncModel

/// A draft of the 自查报告 out of what a unit has recorded: every figure and sentence in it is one that somebody filled in, and
/// what only people can write is left open in brackets.
public struct SelfReportPaper: Sendable {
  private let sheet: AnswerSheet
  private let evidence: [UInt32: [UInt32: [String]]]
  private let problems: [String]
  private let date: CalendarDate?

  /// - Parameters:
  ///   - evidence: names of the files attached, by slot and the item's ordinal.
  ///   - problems: 存在问题 as the unit's ledgers have them.
  public init(
    _ sheet: AnswerSheet, evidence: [UInt32: [UInt32: [String]]] = [:], problems: [String] = [], date: CalendarDate?
  ) {
    self.sheet = sheet
    self.evidence = evidence
    self.problems = problems
    self.date = date
  }

  public var section: DocumentSection {
    var blocks: [DocumentBlock] = [
      .title("\(sheet.unit.name)关于\(sheet.campaign.name)的自查报告"), .paragraph(DocumentParagraph("（初稿）", as: .subtitle)),
    ]
    blocks.append(.heading("一、自查基本情况", level: 1))
    for part in sheet.parts where !part.template.kind.hasRows { blocks.append(.text(overview(part))) }
    blocks.append(.text("（请补充：自查工作怎样组织、由谁负责、查阅了哪些材料。）"))
    blocks.append(.heading("二、各项工作情况", level: 1))
    var number = 0
    let parts = sheet.parts.filter { !$0.template.kind.hasRows }
    var untouched: [String] = []
    for part in parts {
      if parts.count > 1, part.summary.filled > 0 { blocks.append(.text("对照\(Self.quoted(part.template.title))：")) }
      for (section, node) in zip(part.template.items.filter({ $0.path.count == 1 }), part.template.sections) {
        if !part.template.leaves.contains(where: { $0.path.first == section.path.first && part.isFilled($0) }) {
          untouched.append(node.text.excerpt())
          continue
        }
        number += 1
        blocks.append(.heading("（\(Numerals.chinese(number))）\(node.text)", level: 2))
        blocks += sectionBlocks(part, section)
      }
    }
    if !untouched.isEmpty { blocks.append(.text("（尚未填写，请补充：\(untouched.joined(separator: "；"))。）")) }
    blocks.append(.heading("三、存在的问题", level: 1))
    let open = unfinished
    if open.isEmpty, problems.isEmpty { blocks.append(.text("（填报中没有记录问题，请补充或说明。）")) }
    for (index, text) in (open + problems).enumerated() { blocks.append(.text("\(index + 1). \(text)")) }
    blocks.append(.heading("四、下一步工作", level: 1))
    blocks.append(.text("（请补充：针对上述问题的整改措施、责任人和完成时限。）"))
    blocks.append(
      .paragraph(DocumentParagraph("\(sheet.unit.name)\n\(date.map(PrefaceLine.text) ?? "　　年　　月　　日")", as: .signature)))
    return DocumentSection(name: "自查报告", blocks: blocks)
  }

  private func overview(_ part: AnswerSheet.Part) -> String {
    let summary = part.summary
    var text = "对照\(Self.quoted(part.template.title))逐项自查，应填 \(summary.total) 项，已填 \(summary.filled) 项"
    if summary.notApplicable > 0 { text += "，不适用 \(summary.notApplicable) 项" }
    if part.template.points != nil, summary.scored > 0 {
      text += "，自评得分 \(summary.interval) 分（可得 \(summary.attainable) 分）"
    }
    if summary.conflicts > 0 { text += "，其中 \(summary.conflicts) 处填写不一致，待核定" }
    let changed = part.settlements.values.flatMap(\.values).count { $0.state == .changed }
    if changed > 0 { text += "，\(changed) 处\(Settlement.changedTitle)" }
    if summary.oneSided > 0 { text += "（\(summary.oneSided) 处一方空白）" }
    return text + "。"
  }

  private func sectionBlocks(_ part: AnswerSheet.Part, _ section: Template.Item) -> [DocumentBlock] {
    let items = part.template.leaves.filter { $0.path.first == section.path.first }
    var counts: [AnswerStatus: Int] = [:]
    var score = ScoreSummary()
    for item in items {
      part.add(item, to: &score)
      if let status = status(part, item) { counts[status, default: 0] += 1 }
    }
    var sentence = "共 \(items.count) 项，已填 \(score.filled) 项"
    for status in AnswerStatus.allCases {
      if let count = counts[status] { sentence += "，\(status.title) \(count) 项" }
    }
    if score.attainableHigh > .zero, score.scored > 0 {
      sentence += "；自评得分 \(score.interval) 分，可得 \(score.attainable) 分"
    }
    return [.text(sentence + "。")]
      + items.compactMap { item in
        let texts = [AnswerField.completion, .remark].flatMap { values(part, item, $0) }
        let files = evidence[part.slot]?[item.ordinal] ?? []
        if texts.isEmpty, files.isEmpty { return nil }
        let says = (texts + (files.isEmpty ? [] : ["佐证材料 \(files.count) 份"])).map(Self.closed).joined()
        return .text("“\(Self.name(item))”：\(says)")
      }
  }

  /// What is not done, or got less than its points.
  private var unfinished: [String] {
    sheet.parts.filter { !$0.template.kind.hasRows }.flatMap { part in
      part.template.leaves.compactMap { item -> String? in
        let name = Self.name(item)
        let reason = values(part, item, .remark).first.map { "：" + $0 } ?? ""
        if let status = status(part, item), [.ongoing, .notDone].contains(status) {
          return Self.closed("“\(name)”\(status.title)\(reason)")
        }
        guard let points = item.node.points, status(part, item) != .notApplicable else { return nil }
        let values = part.registers[item.ordinal]?[.selfScore]?.values ?? []
        let scores = values.compactMap(\.scoreValue)
        guard let least = scores.min(), least < points else { return nil }
        let blank = values.contains(.nothing) ? "（一方空白，待核定）" : ""
        return Self.closed(
          "“\(name)”自评 \(scores.map(\.description).joined(separator: "／")) 分（\(points) 分）\(blank)\(reason)")
      }
    }
  }

  private func status(_ part: AnswerSheet.Part, _ item: Template.Item) -> AnswerStatus? {
    guard case .choice(let code)? = part.registers[item.ordinal]?[.status]?.value else { return nil }
    return AnswerStatus(rawValue: code)
  }

  private func values(_ part: AnswerSheet.Part, _ item: Template.Item, _ field: AnswerField) -> [String] {
    (part.registers[item.ordinal]?[field]?.values ?? []).filter { $0 != .nothing }.map(field.display)
  }

  /// A title that has marks of its own gets no second pair.
  private static func quoted(_ title: String) -> String { title.contains("《") ? title : "《\(title)》" }

  /// As much of an item as names it.
  private static func name(_ item: Template.Item) -> String {
    (item.node.text.split(separator: "\n").first.map(String.init) ?? item.id).excerpt(28)
  }

  /// Ends as a sentence.
  private static func closed(_ text: String) -> String {
    text.last.map { "。；！？.;!?".contains($0) } ?? true ? text : text + "。"
  }
}
