import SyncEngine
import SyncModel

/// A checklist on paper as the original looks, empty or with one unit's answers in it.
///
/// One row an item; sections and indicators are merged over their items, and the header is printed again on each page. What
/// is open stays visible: every value of a difference stands in its cell, marked, and a sum over it is an interval.
public struct ChecklistPaper: Sendable {
  public let template: Template
  public let plan: PaperPlan
  private let answers: Answers

  /// What one unit has put into the items; each is asked for by the item.
  public struct Answers: Sendable {
    public var unitName: String
    /// The day that the paper bears; nil leaves it to be written by hand.
    public var date: CalendarDate?
    var registers: [UInt32: [AnswerField: Register]]
    var evidence: [UInt32: [String]]
    /// What was changed after it was settled 核定后改动.
    var changed: [UInt32: [AnswerField: Settlement]]
    /// False where values are hidden above the unit until they are handed in.
    var showsValues: Bool
    /// What the items come to.
    var summary: ScoreSummary

    /// An empty paper.
    public init(unitName: String = "", date: CalendarDate? = nil) {
      self.unitName = unitName
      self.date = date
      registers = [:]
      evidence = [:]
      changed = [:]
      showsValues = true
      summary = ScoreSummary()
    }

    /// - Parameter evidence: names of the files attached, by the item's ordinal.
    public init(
      _ part: AnswerSheet.Part, of sheet: AnswerSheet, evidence: [UInt32: [String]] = [:], date: CalendarDate? = nil
    ) {
      unitName = sheet.unit.name
      self.date = date
      registers = part.registers
      self.evidence = evidence
      changed = sheet.showsValues ? part.settlements.mapValues { $0.filter { $0.value.state == .changed } } : [:]
      showsValues = sheet.showsValues
      summary = part.summary
    }
  }

  /// - Parameters:
  ///   - fields: what gets a column although the template has none for it; nil: whatever somebody filled in, so that
  ///     nothing which was filled in is left off the paper.
  ///   - evidence: nil: where there is any, and in guides always.
  public init(
    _ template: Template, _ answers: Answers = Answers(), fields: [AnswerField]? = nil, evidence: Bool? = nil
  ) {
    self.template = template
    self.answers = answers
    let used = Set(
      answers.registers.values.flatMap { item in
        item.filter { $0.value.values.contains { $0 != .nothing } }.keys
      })
    let usual: Set<AnswerField> = template.kind == .guide ? [.completion] : []
    // 不适用 of a scored item stands among the scores.
    let showsStatus = answers.registers.values.contains { item in
      item[.status]?.values.contains { value in
        value != .nothing && (template.points == nil || value != .choice(AnswerStatus.notApplicable.rawValue))
      } ?? false
    }
    let wanted =
      fields ?? AnswerField.typed.filter { $0 == .status ? showsStatus : used.union(usual).contains($0) }
    plan = PaperPlan(
      template, fields: wanted, evidence: evidence ?? (template.kind == .guide || !answers.evidence.isEmpty))
  }

  /// The pages, titles and notes included.
  public var section: DocumentSection {
    var blocks: [DocumentBlock] = [.title(template.title)]
    blocks += PrefaceLine.blocks(template.preface, unitName: answers.unitName, date: answers.date)
    blocks.append(.table(table))
    if !template.note.isEmpty { blocks.append(.note(template.note)) }
    if answers.registers.values.contains(where: { $0.values.contains(where: \.inConflict) }) {
      blocks.append(.note("注：标 ⚠ 的填写不一致，待核定；合计以区间列出。"))
    }
    if let note = SettlementText.note(changed) { blocks.append(.note(note)) }
    return DocumentSection(
      name: template.title, page: isLandscape ? .landscape : .portrait, blocks: blocks)
  }

  /// In the order of items and fields.
  private var changed: [(place: String, settlement: Settlement, display: (Value) -> String)] {
    template.leaves.flatMap { item in
      (answers.changed[item.ordinal] ?? [:]).sorted { $0.key.rawValue < $1.key.rawValue }.map { field, settlement in
        ("第 \(item.id) 项\(field.title)", settlement, field.display)
      }
    }
  }

  /// As the original, unless the columns that were added would leave no room for the items.
  private var isLandscape: Bool {
    template.isLandscape || plan.headings.count - max(template.columns.count, 1) > 2
  }

  public var table: DocumentTable {
    var rows = [header]
    let depth = plan.levelColumns
    // Levels that have no column of their own stand above all columns.
    let banners = max(0, template.levels.count - depth)
    func visit(_ item: PaperItem) {
      if item.depth < banners, !item.children.isEmpty {
        rows.append([DocumentCell(title(item), tone: .strong, columnSpan: plan.columns.count)])
        for child in item.children { visit(child) }
      } else {
        rows += self.rows(of: item, banners: banners)
      }
    }
    for item in PaperItem.tree(of: template) { visit(item) }
    if template.points != nil { rows.append(total(below: rows)) }
    return DocumentTable(weights: plan.columns.map(\.weight), headerRows: 1, rows: rows)
  }

  /// What stands under the scores; nil where nothing is scored.
  var totalText: String? {
    guard template.points != nil, let column = plan.columns.firstIndex(where: { $0.source == .answer([.selfScore]) })
    else { return nil }
    var start = 0
    for cell in table.rows.last?.cells ?? [] {
      if (start..<(start + cell.columnSpan)).contains(column) { return cell.text }
      start += cell.columnSpan
    }
    return nil
  }

  private var header: DocumentRow {
    DocumentRow(plan.headings.map { DocumentCell($0.title, columnSpan: $0.span) })
  }

  /// One row for each leaf at or below `item`.
  private func rows(of item: PaperItem, banners: Int) -> [DocumentRow] {
    let leaves = item.leaves
    return leaves.map { leaf in
      DocumentRow(
        plan.columns.compactMap { column in
          switch column.source {
          case .level(let level):
            let depth = level + banners
            guard let node = leaf.way.first(where: { $0.depth == depth }) else { return .empty }
            // Said once, at the first of the rows that it is merged over.
            if node.firstLeaf != leaf.ordinal { return nil }
            return DocumentCell(title(node), rowSpan: node.leafCount)
          case .sequence(let level):
            let depth = level + banners
            guard let node = leaf.way.first(where: { $0.depth == depth }) else { return .empty }
            if node.firstLeaf != leaf.ordinal { return nil }
            return DocumentCell(node.node.number, rowSpan: node.leafCount, alignment: .centre)
          case .points: return leaf.node.points.map { .points($0) } ?? .empty
          case .cell(let position):
            return leaf.node.cells.indices.contains(position) ? DocumentCell(leaf.node.cells[position]) : .empty
          case .answer(let fields): return answer(leaf.ordinal, fields)
          case .evidence: return DocumentCell((answers.evidence[leaf.ordinal] ?? []).joined(separator: "\n"))
          }
        })
    }
  }

  private func title(_ item: PaperItem) -> String {
    // Where a column holds the number, the text has none.
    let isNumberedApart = plan.columns.contains { $0.source == .sequence(item.depth) }
    let text =
      isNumberedApart
      ? item.node.text
      : PrintedNumber.text(
        item.node, bracketed: template.kind == .guide && item.depth > 0 && item.depth + 1 == template.levels.count)
    guard !item.children.isEmpty, let points = item.node.points else { return text }
    return "\(text)（\(points)分）"
  }

  /// What an item's cell shows of `fields`. A score may be 不适用 instead, which is a status.
  func answer(_ ordinal: UInt32, _ fields: [AnswerField]) -> DocumentCell {
    let item = answers.registers[ordinal] ?? [:]
    var found = fields.compactMap { field in item[field].map { (field, $0) } }
    let hasScore = item[.selfScore]?.values.contains { $0 != .nothing } ?? false
    if fields == [.selfScore], !hasScore, item[.selfScore]?.isOwed != true, let status = item[.status],
      status.values == [.choice(AnswerStatus.notApplicable.rawValue)]
    {
      found = [(.status, status)]
    }
    if found.isEmpty { return .empty }
    let isChanged = found.contains { answers.changed[ordinal]?[$0.0] != nil }
    if !answers.showsValues, !found.contains(where: \.1.inConflict) { return DocumentCell("已填", tone: .faint) }
    if found.count == 1, let (_, register) = found.first, !register.inConflict, let score = register.value?.scoreValue {
      return isChanged ? DocumentCell.number(score).warning : .number(score)
    }
    let lines = found.flatMap { field, register in register.lines(field.display) }
    if lines.isEmpty { return .empty }
    return isChanged ? DocumentCell(.text(lines)).warning : DocumentCell(.text(lines))
  }

  /// What stands there whole, where the cell shows only the beginning; nil where it shows all.
  func uncut(_ ordinal: UInt32, _ field: AnswerField) -> String? {
    guard let register = answers.registers[ordinal]?[field] else { return nil }
    return FormSheet.uncut(register.lines(field.display))
  }

  /// 合计: sums for whoever calculates with them. Over an open difference the sum is an interval, and no formula.
  private func total(below rows: [DocumentRow]) -> DocumentRow {
    let summary = answers.summary
    var cells: [DocumentCell] = []
    let figures = plan.columns.indices.filter {
      plan.columns[$0].source == .points || plan.columns[$0].source == .answer([.selfScore])
    }
    let first = figures.first ?? plan.columns.count
    if first > 0 { cells.append(DocumentCell("合计", tone: .strong, columnSpan: first, alignment: .centre)) }
    for index in plan.columns.indices.dropFirst(first) {
      let range = CellRange(column: index, rows: 1...max(1, rows.count - 1))
      switch plan.columns[index].source {
      case .points:
        cells.append(DocumentCell(.sum(template.points ?? .zero, of: [range], unit: "分", tone: .strong)))
      case .answer([.selfScore]) where answers.showsValues && summary.scored > 0:
        cells.append(
          summary.isSettled
            ? DocumentCell(.sum(summary.low, of: [range], unit: "", tone: .strong))
            : DocumentCell("⚠ \(summary.interval)", tone: .warning, alignment: .centre))
      default: cells.append(.empty)
      }
    }
    return DocumentRow(cells)
  }
}

extension Register {
  /// What stands, a line for each value's line ends; the values of an open difference on one line, marked.
  func lines(_ display: (Value) -> String) -> [TextLine] {
    let missing = isRedacted ? [Absence.redactedTitle] : isOwed ? [Absence.owedTitle] : []
    // A blank that stands against something is one of the values.
    let texts =
      values.filter { inConflict || $0 != .nothing }.map { $0 == .nothing ? Value.clearedTitle : display($0) } + missing
    if texts.isEmpty { return [] }
    return inConflict
      ? [TextLine("⚠ " + texts.joined(separator: " 或 "), .warning)] : texts.flatMap { TextLine.lines(of: $0) }
  }
}

/// A node with its place in the tree.
struct PaperItem {
  let node: Template.Node
  let depth: Int
  /// As ``Template/Item/ordinal``.
  let ordinal: UInt32
  let children: [PaperItem]
  /// From the section down to this node; of leaves alone.
  private(set) var way: [PaperItem] = []

  static func tree(of template: Template) -> [PaperItem] {
    var ordinal: UInt32 = 0
    func visit(_ nodes: [Template.Node], _ depth: Int) -> [PaperItem] {
      nodes.map { node in
        ordinal += 1
        let own = ordinal
        return PaperItem(node: node, depth: depth, ordinal: own, children: visit(node.children, depth + 1))
      }
    }
    return visit(template.sections, 0)
  }

  private init(node: Template.Node, depth: Int, ordinal: UInt32, children: [PaperItem]) {
    self.node = node
    self.depth = depth
    self.ordinal = ordinal
    self.children = children
  }

  /// Nodes without children in document order, each with the way to it from this node.
  var leaves: [PaperItem] {
    if children.isEmpty {
      var leaf = self
      leaf.way = [self]
      return [leaf]
    }
    return children.flatMap(\.leaves).map { leaf in
      var leaf = leaf
      leaf.way.insert(self, at: 0)
      return leaf
    }
  }

  var firstLeaf: UInt32 { children.first?.firstLeaf ?? ordinal }
  var leafCount: Int { children.isEmpty ? 1 : children.reduce(0) { $0 + $1.leafCount } }
}

/// Lines between title and table, filled in as far as they can be: 填报单位：　　　截止时间：.
enum PrefaceLine {
  static func blocks(_ lines: [String], unitName: String, date: CalendarDate?) -> [DocumentBlock] {
    if lines.isEmpty {
      if unitName.isEmpty { return [] }
      return [.fields([DocumentField("填报单位", unitName), DocumentField("填报日期", date.map(text) ?? "", at: 0.55)])]
    }
    return lines.map { .fields(fields($0, unitName: unitName, date: date)) }
  }

  static func text(_ date: CalendarDate) -> String { "\(date.year)年\(date.month)月\(date.day)日" }

  private static func fields(_ line: String, unitName: String, date: CalendarDate?) -> [DocumentField] {
    pieces(line).map { piece in
      let compared = piece.compared
      // 　年　月　日: the day, without a label.
      if compared == "年月日" || compared.hasSuffix("年月日") && !compared.contains(":") {
        return DocumentField("", date.map(text) ?? piece)
      }
      guard let colon = piece.firstIndex(where: { $0 == "：" || $0 == ":" }) else {
        return DocumentField("", unitName.isEmpty ? piece : piece.replacing("XX党委", with: unitName))
      }
      let label = String(piece[..<colon])
      let value = piece[piece.index(after: colon)...].trimmed
      if !value.isEmpty, value.compared != "年月日" { return DocumentField(label, value) }
      let name = label.compared
      if ["单位", "名称", "党总支", "党支部", "党委"].contains(where: name.contains) { return DocumentField(label, unitName) }
      if name.hasSuffix("年度") { return DocumentField(label, date.map { "\($0.year)" } ?? value) }
      // 截止时间 is set by whoever asked.
      if ["时间", "日期"].contains(where: name.contains), !name.contains("截止") {
        return DocumentField(label, date.map(text) ?? value)
      }
      return DocumentField(label, value)
    }
  }

  /// Cut where several blanks stand in a row, unless they are what a date is written into.
  private static func pieces(_ line: String) -> [String] {
    var pieces: [String] = [""]
    var blanks = ""
    for character in line.trimmed {
      if character.isWhitespace {
        blanks.append(character)
        continue
      }
      let width = blanks.reduce(0) { $0 + ($1 == " " ? 1 : 2) }
      // 　年　月　日 is one field; behind 日期： it is that field's, behind 名称： another.
      let isDated = pieces.last.map { $0.contains("日期") || $0.contains("时间") } ?? false
      let isInDate =
        "年月日".contains(character)
        && (pieces.last?.last.map { "年月".contains($0) || isDated && "：:".contains($0) } ?? false)
      if width >= 3, !isInDate, pieces.last?.isEmpty == false {
        pieces.append("")
      } else {
        pieces[pieces.count - 1] += blanks
      }
      pieces[pieces.count - 1].append(character)
      blanks = ""
    }
    return pieces.map(\.trimmed).filter { !$0.isEmpty }
  }
}
