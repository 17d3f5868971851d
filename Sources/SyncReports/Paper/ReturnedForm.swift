import SyncEngine
import SyncModel

/// A form 填报表 as it came back: what was filled in, cell by cell, and what in it cannot be taken.
public struct ReturnedForm: Sendable {
  public let mark: PaperMark
  /// What differs from what the form showed when it was made.
  public let answers: [FormAnswer]
  public let rows: [FormRows]
  /// In the words of the form; nothing is taken while there are any.
  public let problems: [Problem]
  /// Cells that showed something and are empty now: a program may have lost them, so they are not taken as cleared.
  public let emptied: [String]
  /// What this very form says; the same again is taken once.
  public let digest: Digest256

  public struct Problem: Hashable, Sendable {
    /// `第 5.1 项 自评分`.
    public let place: String
    public let reason: String
    public let hint: String
  }

  /// Reads a file without believing anything in it.
  ///
  /// - Parameters:
  ///   - source: the unit's answers and rows as they are now, of the campaign that the mark names.
  /// - Throws: ``PaperError``, ``ImportError``.
  public init(bytes: [UInt8], mark: PaperMark, source: Office.PaperSource) throws {
    let sheet = source.sheet
    if mark.kind != .form { throw PaperError.notAForm }
    for (part, hash) in zip(sheet.parts, mark.templates) where part.template.hash != hash {
      throw PaperError.otherTemplate(part.template.title)
    }
    if sheet.parts.count != mark.templates.count { throw PaperError.otherTemplate(sheet.campaign.name) }
    let tables = try ChecklistImporter.documents(bytes: bytes).flatMap(\.blocks).compactMap { block in
      if case .table(let table) = block { table } else { nil }
    }
    var reader = FormReader(tables: tables)
    for part in sheet.parts {
      let told = (reader.problems.count, reader.emptied.count)
      if part.template.kind.hasRows {
        try reader.read(
          Ledger(sheet.campaign, slot: part.slot, template: part.template), standing: source.rows[part.slot] ?? [],
          shown: mark.rows[part.slot] ?? [])
      } else {
        try reader.read(part, FormSheet.paper(part, of: sheet, date: nil), shown: mark.shown[part.slot] ?? [])
        if sheet.parts.count > 1 { reader.name(part.template.title, after: told) }
      }
    }
    self.mark = mark
    answers = reader.answers
    rows = reader.rows
    problems = reader.problems
    emptied = reader.emptied
    digest = Digest256(hashing: Array((mark.code + "\n" + reader.everything.joined(separator: "\n")).utf8))
  }
}

/// Walks the tables of a form.
private struct FormReader {
  let tables: [WordTable]
  private var used: Set<Int> = []
  var answers: [FormAnswer] = []
  var rows: [FormRows] = []
  var problems: [ReturnedForm.Problem] = []
  var emptied: [String] = []
  /// Every cell read, for telling one form from another.
  var everything: [String] = []

  init(tables: [WordTable]) {
    self.tables = tables
  }

  /// Of several sheets every item is named with its own.
  mutating func name(_ title: String, after told: (problems: Int, emptied: Int)) {
    let sheet = title.contains("《") ? title : "《\(title)》"
    for index in problems.indices.dropFirst(told.problems) where problems[index].place.hasPrefix("第") {
      let problem = problems[index]
      problems[index] = .init(place: sheet + problem.place, reason: problem.reason, hint: problem.hint)
    }
    for index in emptied.indices.dropFirst(told.emptied) { emptied[index] = sheet + emptied[index] }
  }

  // MARK: Items

  mutating func read(_ part: AnswerSheet.Part, _ standing: ChecklistPaper, shown: [UInt8]) throws(PaperError) {
    let template = part.template
    let plan = FormSheet.plan(of: template)
    let body = try body(headings: plan.headings.map(\.title), title: template.title)
    let starts = Self.starts(of: body.header, plan.headings)
    // A leaf keeps its index in the slice, and with it the place of its hashes among those shown.
    var leaves = template.leaves[...]
    let answerColumns = plan.answerColumns
    let levelColumns = plan.columns.indices.filter { plan.columns[$0].source.isLevel }
    var scores: [String] = []
    let level = levelColumns.last ?? 0
    for row in body.rows {
      func text(_ column: Int) -> String {
        guard starts.indices.contains(column) else { return "" }
        return row.cells.first { $0.columns.contains(starts[column]) && !$0.continuesAbove }?.paragraphs.verbatim ?? ""
      }
      if row.cells.first?.paragraphs.phrase.compared == "合计" {
        let column = plan.columns.firstIndex { $0.source == .answer([.selfScore]) }
        check(column.map(text) ?? "", against: scores, in: template, shown: shown.suffix(FormSheet.hashBytes))
        continue
      }
      // Sections across the table, and the header printed again.
      if row.cells.count == 1 || row.isBlank { continue }
      if row.comparedTexts == body.header.comparedTexts { continue }
      let texts = levelColumns.map(text)
      func says(_ item: Template.Item) -> Bool { texts.contains { Self.says($0, item.node) } }
      // Rows that were deleted are named once, and what follows is read at its own place.
      if let first = leaves.first, !says(first), let found = leaves.firstIndex(where: says) {
        for lost in leaves[..<found] {
          problems.append(.init(place: "第 \(lost.id) 项", reason: "这一行不见了", hint: "请补上这一行，或用原来导出的文件填写"))
        }
        leaves = leaves[found...]
      }
      guard let leaf = leaves.first else {
        problems.append(
          .init(place: "“\(template.title)”末尾", reason: "多出一行“\(text(level).excerpt())”", hint: "请删去多出的行"))
        continue
      }
      let first = leaves.startIndex * answerColumns.count
      leaves = leaves.dropFirst()
      let written = text(level).compared
      if let column = plan.columns.firstIndex(where: { $0.source == .points }), !text(column).isBlank,
        PrintedPoints.cell(text(column)) != leaf.node.points
      {
        problems.append(
          .init(
            place: "第 \(leaf.id) 项", reason: "分值被改成了“\(text(column).excerpt())”",
            hint: "请改回\(leaf.node.points.map { " \($0) 分" } ?? "空白")"))
      }
      if !says(leaf) {
        problems.append(
          .init(
            place: "第 \(leaf.id) 项", reason: written.isEmpty ? "条目文字不见了" : "条目文字被改成了“\(text(level).excerpt())”",
            hint: "请改回原文：\(leaf.node.text.excerpt(40))"))
      }
      for (position, (column, field)) in answerColumns.enumerated() {
        if field == .selfScore { scores.append(text(column)) }
        take(
          text(column), field, leaf, part.slot, whole: standing.uncut(leaf.ordinal, field),
          shown: shown.dropFirst((first + position) * FormSheet.hashBytes).prefix(FormSheet.hashBytes))
      }
    }
    for leaf in leaves {
      problems.append(.init(place: "第 \(leaf.id) 项", reason: "这一行不见了", hint: "请用原来导出的文件填写"))
    }
  }

  /// A sum that somebody wrote and that is not the sum: one of the two is a slip. In Word the sum that was printed just stays.
  private mutating func check(
    _ total: String, against scores: [String], in template: Template, shown: ArraySlice<UInt8>
  ) {
    guard !FormSheet.isAsPrinted(total, shown), let written = Score(text: total) else { return }
    let parsed = scores.map { $0.isBlank || AnswerStatus($0.trimmed) != nil ? .zero : Score(text: $0) }
    if parsed.contains(nil) { return }
    let sum = parsed.compactMap { $0 }.reduce(.zero, +)
    if sum == written { return }
    problems.append(
      .init(
        place: "“\(template.title)”合计", reason: "填的是 \(written)，各项相加是 \(sum)",
        hint: "请改对合计或各项得分；合计也可以空着"))
  }

  private static func says(_ text: String, _ node: Template.Node) -> Bool {
    let (compared, printed) = (text.compared, FormSheet.printed(node.text).compared)
    return compared == printed || compared.hasSuffix(printed)
  }

  private mutating func take(
    _ text: String, _ field: AnswerField, _ item: Template.Item, _ slot: UInt32, whole: String?,
    shown: ArraySlice<UInt8>
  ) {
    everything.append(text.compared)
    if FormSheet.isAsPrinted(text, shown) { return }
    if text.isBlank {
      emptied.append("第 \(item.id) 项 \(field.title)")
      return
    }
    if FormSheet.shortens(text, whole) {
      problems.append(
        .init(place: "第 \(item.id) 项 \(field.title)", reason: FormSheet.cutReason, hint: FormSheet.cutHint))
      return
    }
    do {
      if field == .selfScore, let status = AnswerStatus(text.trimmed) {
        answers.append(FormAnswer(slot: slot, ordinal: item.ordinal, field: .status, value: .choice(status.rawValue)))
        return
      }
      answers.append(
        FormAnswer(slot: slot, ordinal: item.ordinal, field: field, value: try field.parse(text, item: item)))
    } catch {
      problems.append(.init(place: "第 \(item.id) 项 \(field.title)", reason: error.message, hint: error.hint))
    }
  }

  // MARK: Rows

  mutating func read(_ ledger: Ledger, standing: [LedgerRow], shown: [UInt8]) throws(PaperError) {
    let columns = ledger.template.columns
    let body = try body(headings: columns.map(\.title), title: ledger.template.title)
    let starts = Self.starts(of: body.header, columns.map { PaperPlan.Heading(title: $0.title, span: 1) })
    var added: [[Int: Value]] = []
    var changed: [(row: LedgerRow, cells: [Int: Value])] = []
    var known = Self.rows(shown, columns: columns.count)
    let typed = columns.indices.filter { columns[$0].content != .sequence }
    var open: [(number: Int, texts: [String])] = []
    for (index, row) in body.rows.enumerated() {
      let texts = columns.indices.map { column -> String in
        guard starts.indices.contains(column), columns[column].content != .sequence else { return "" }
        return row.cells.first { $0.columns.contains(starts[column]) }?.paragraphs.verbatim ?? ""
      }
      if texts.allSatisfy(\.isBlank) || row.comparedTexts == body.header.comparedTexts { continue }
      if let first = row.cells.first(where: { !$0.isBlank }), TotalRow.isTotal(first.paragraphs.phrase) { continue }
      everything += texts.map(\.compared)
      // A row as it was is found wherever it stands now.
      if let same = known.firstIndex(where: { row in
        typed.allSatisfy { FormSheet.isAsPrinted(texts[$0], row.hashes[$0]) }
      }) {
        known.remove(at: same)
      } else {
        open.append((index + 1, texts))
      }
    }
    for (number, texts) in open {
      // The row that it was: the first of those left that still shares something with it.
      let was = known.firstIndex { row in
        typed.contains { FormSheet.isAsPrinted(texts[$0], row.hashes[$0]) && !texts[$0].isBlank }
      }
      let before = was.map { known.remove(at: $0) }
      let row = before.flatMap { before in standing.first { $0.id.bytes == before.id } }
      var cells: [Int: Value] = [:]
      var isGood = true
      for column in typed where !(before.map { FormSheet.isAsPrinted(texts[column], $0.hashes[column]) } ?? false) {
        if texts[column].isBlank {
          if before != nil { emptied.append("“\(ledger.template.title)”第 \(number) 行 \(columns[column].title)") }
          continue
        }
        let whole = row?.cells[column].flatMap { FormSheet.uncut($0.lines(columns[column].display)) }
        if FormSheet.shortens(texts[column], whole) {
          isGood = false
          problems.append(
            .init(
              place: "“\(ledger.template.title)”第 \(number) 行 \(columns[column].title)", reason: FormSheet.cutReason,
              hint: FormSheet.cutHint))
          continue
        }
        do {
          cells[column] = try columns[column].parse(texts[column])
        } catch {
          isGood = false
          problems.append(
            .init(place: "“\(ledger.template.title)”第 \(number) 行", reason: error.message, hint: error.hint))
        }
      }
      if !isGood || cells.isEmpty { continue }
      if let row {
        changed.append((row, cells))
        continue
      }
      do {
        try Office.check(cells, in: ledger.template)
        added.append(cells)
      } catch {
        problems.append(
          .init(place: "“\(ledger.template.title)”第 \(number) 行", reason: error.message, hint: error.hint))
      }
    }
    emptied += known.map { _ in "“\(ledger.template.title)”少了一行" }
    rows.append(FormRows(ledger: ledger, added: added, changed: changed))
  }

  private static let idBytes = 16

  private static func rows(_ shown: [UInt8], columns: Int) -> [(id: [UInt8], hashes: [[UInt8]])] {
    let length = idBytes + columns * FormSheet.hashBytes
    return stride(from: 0, to: shown.count - shown.count % length, by: length).map { start in
      let hashes = (0..<columns).map { column in
        let place = start + idBytes + column * FormSheet.hashBytes
        return Array(shown[place..<(place + FormSheet.hashBytes)])
      }
      return (Array(shown[start..<(start + idBytes)]), hashes)
    }
  }

  // MARK: Tables

  /// The next table that has these headings, and the rows below them.
  private mutating func body(
    headings: [String], title: String
  ) throws(PaperError) -> (header: WordRow, rows: ArraySlice<WordRow>) {
    let wanted = headings.map { FormSheet.printed($0).compared }
    var nearest: [String]?
    for (index, table) in tables.enumerated() where !used.contains(index) {
      for (place, row) in table.rows.prefix(3).enumerated() {
        let found = row.comparedTexts
        if found == wanted {
          used.insert(index)
          return (row, table.rows[(place + 1)...])
        }
        if Set(found).intersection(wanted).count * 2 > wanted.count {
          nearest = nearest ?? row.cells.map(\.paragraphs.phrase)
        }
      }
    }
    if let nearest {
      if let stranger = nearest.first(where: { !wanted.contains($0.compared) }) {
        throw .strangeColumn(stranger.excerpt(), table: title)
      }
      if let lost = headings.first(where: { !nearest.map(\.compared).contains($0.compared) }) {
        throw .missingColumn(lost, table: title)
      }
    }
    throw .missingTable(title)
  }

  /// Where each body column starts: a header cell that covers several is divided at the grid's own lines.
  private static func starts(of header: WordRow, _ headings: [PaperPlan.Heading]) -> [Int] {
    zip(header.cells, headings).flatMap { cell, heading in
      (0..<heading.span).map { cell.columns.lowerBound + $0 * cell.columns.count / heading.span }
    }
  }
}
