import SyncModel

/// What stands in each column of a checklist on paper: the columns that the template has, as it has them, and behind them
/// those that this paper adds.
///
/// Printing and reading back use the same plan, so that a form which comes back is read by what it was printed from.
public struct PaperPlan: Hashable, Sendable {
  public struct Column: Hashable, Sendable {
    public let source: Source
    /// Share of the page's width.
    public let weight: Double
  }

  /// What a body column holds.
  public enum Source: Hashable, Sendable {
    /// Nodes of this depth, from 0; each is merged over the rows below it.
    case level(Int)
    /// The numbers of the nodes of this depth.
    case sequence(Int)
    /// 分值.
    case points
    /// The node's further cell of this position.
    case cell(Int)
    /// What the unit answers; several stand one under the other.
    case answer([AnswerField])
    /// Names of the files attached.
    case evidence

    var isLevel: Bool { if case .level = self { true } else { false } }
  }

  /// A cell of the header and how many body columns it covers.
  public struct Heading: Hashable, Sendable {
    public let title: String
    public let span: Int
  }

  public let headings: [Heading]
  public let columns: [Column]

  /// - Parameters:
  ///   - fields: what must have a column; those for which the template has none get one, behind the others.
  ///   - evidence: whether the files attached have one.
  public init(_ template: Template, fields: [AnswerField], evidence: Bool) {
    let given = template.columns.isEmpty ? Self.standIn(for: template) : template.columns
    var cells: [TableHeader.Cell] = []
    var start = 0
    for column in given {
      cells.append(
        TableHeader.Cell(
          text: column.title, columns: start..<(start + column.span), role: ColumnRole(header: column.title)))
      start += column.span
    }
    let uses = TableHeader.columns(cells, starts: Array(0..<start), kind: template.kind)
    // The columns' widths as printed count only where all are known.
    let knowsWidths = given.allSatisfy { $0.width > 0 }
    var columns: [Column] = []
    var answered: Set<AnswerField> = []
    var showsEvidence = false
    var further = 0
    for use in uses {
      let cell = cells.first { $0.columns.contains(use.start) }
      let source: Source
      var answers: [AnswerField]?
      switch use.use {
      case .level(let depth): source = .level(depth)
      case .sequence(let depth): source = .sequence(depth)
      case .points: source = .points
      case .further:
        answers = Self.answers(in: cell, template: template, further: further)
        if answers == [.evidence] {
          source = .evidence
          showsEvidence = true
        } else {
          source = answers.map(Source.answer) ?? .cell(further)
        }
        further += 1
      }
      answered.formUnion(answers ?? [])
      columns.append(Column(source: source, weight: Self.weight(source)))
    }
    // The columns that one heading covers share its width by what stands in them. 567 twentieths of a point are a
    // centimetre, which is what the weights of added columns are meant as.
    if knowsWidths {
      var next = 0
      for column in given {
        let covered = next..<(next + column.span)
        let sum = covered.reduce(0) { $0 + columns[$1].weight }
        for index in covered {
          let share = columns[index].weight / sum
          columns[index] = Column(source: columns[index].source, weight: Double(column.width) / 567 * share)
        }
        next += column.span
      }
    }
    var headings = given.map { Heading(title: $0.title, span: $0.span) }
    for field in fields where !answered.contains(field) {
      columns.append(Column(source: .answer([field]), weight: Self.weight(.answer([field]))))
      headings.append(Heading(title: field.title, span: 1))
    }
    if evidence, !showsEvidence {
      columns.append(Column(source: .evidence, weight: Self.weight(.evidence)))
      headings.append(Heading(title: AnswerField.evidence.title, span: 1))
    }
    self.columns = columns
    self.headings = headings
  }

  /// How many levels of the template have a column; those above stand in rows of their own across the table.
  var levelColumns: Int { columns.count(where: \.source.isLevel) }

  /// The columns that units fill in, left to right, each with its field.
  var answerColumns: [(column: Int, field: AnswerField)] {
    columns.enumerated().flatMap { index, column -> [(column: Int, field: AnswerField)] in
      if case .answer(let fields) = column.source { fields.map { (index, $0) } } else { [] }
    }
  }

  /// What units fill in under a header; nil for a column that the document itself has filled.
  private static func answers(in cell: TableHeader.Cell?, template: Template, further: Int) -> [AnswerField]? {
    guard let cell,
      !template.leaves.contains(where: { $0.node.cells.indices.contains(further) && !$0.node.cells[further].isEmpty })
    else { return nil }
    switch cell.role {
    case .score: return [.selfScore]
    case .progress: return [.completion]
    case .remark: return [.remark]
    default: return cell.text.compared.contains("佐证") ? [.evidence] : nil
    }
  }

  /// For a template without a header of its own.
  private static func standIn(for template: Template) -> [Template.Column] {
    let depth = min(max(template.levels.count, 1), 3)
    let levels = ["一级指标", "二级指标", "三级指标"].prefix(depth).map { Template.Column($0) }
    return levels + (template.points == nil ? [] : ["分值", "得分"])
  }

  private static func weight(_ source: Source) -> Double {
    switch source {
    case .level(0): 2.4
    case .level(1): 4.5
    case .level: 6
    case .sequence: 1
    case .points: 1.2
    case .answer([.selfScore]): 1.5
    case .answer([.status]): 2.2
    case .answer: 3
    case .evidence: 2.4
    case .cell: 2.4
    }
  }
}

/// A number and its text as printed, such that the importer reads the same number and text again.
enum PrintedNumber {
  static func text(_ node: Template.Node, bracketed: Bool) -> String {
    if node.number.isEmpty { return node.text }
    let candidates: [String] =
      if node.number.contains(".") {
        [node.number, node.number + " ", node.number + "."]
      } else if Numerals.chinese(node.number) != nil, !node.number.allSatisfy(\.isASCIIDigit) {
        [node.number + "、", "（\(node.number)）"]
      } else if bracketed {
        ["（\(node.number)）", node.number + "."]
      } else {
        [node.number + ".", node.number + "．", "（\(node.number)）"]
      }
    let wanted = node.text.split(separator: "\n").first.map(String.init) ?? ""
    let mark = candidates.first { mark in
      let read = NumberedText(parsing: mark + wanted)
      return read.number == node.number && read.text == wanted.trimmed
    }
    return (mark ?? candidates[0]) + node.text
  }
}
