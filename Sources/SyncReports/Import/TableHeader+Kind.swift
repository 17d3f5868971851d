import SyncModel

/// Which kind of template a header and the rows below it make; nil for none.
extension TableHeader {
  /// Indicator guide, score sheet, task list or schedule: known words above filled rows.
  static func checklistKind(_ cells: [Cell], _ body: ArraySlice<WordRow>) -> Template.Kind? {
    guard body.contains(where: { !$0.isBlank }), cells.allSatisfy({ $0.text.count <= WordCell.longestHeader }) else {
      return nil
    }
    let roles = cells.map(\.role)
    let levels = roles.filter { if case .level = $0 { true } else { false } }.count
    let texts = levels + roles.filter { [.section, .content, .task].contains($0) }.count
    if texts > 0, roles.contains(.points) || roles.contains(.score) { return .scoreSheet }
    if levels > 0, texts > 1 { return .guide }
    if isSchedule(cells, body) { return .schedule }
    if roles.contains(.time) { return nil }
    if roles.contains(.task) { return .taskList }
    // A list to tick off without the word 任务: items, and a column that everybody leaves empty.
    let isOpen = cells.contains { cell in
      body.allSatisfy { row in row.cells.allSatisfy { !$0.columns.overlaps(cell.columns) || $0.isBlank } }
    }
    return texts > 0 && isOpen ? .taskList : nil
  }

  private static func isSchedule(_ cells: [Cell], _ body: ArraySlice<WordRow>) -> Bool {
    guard cells.count <= 5, let time = cells.first(where: { $0.role == .time }),
      cells.contains(where: { ColumnRole.scheduleContents.contains($0.text.compared) })
    else { return false }
    return body.contains { row in
      row.cells.contains {
        $0.columns.lowerBound == time.columns.lowerBound && $0.paragraphs.phrase.contains(where: \.isNumber)
      }
    }
  }

  /// A form: every header cell is a short distinct word, and nothing is filled in but running numbers.
  static func formKind(_ cells: [Cell], _ body: ArraySlice<WordRow>) -> Template.Kind? {
    let texts = cells.map(\.text.compared)
    guard Set(texts).count == texts.count,
      texts.allSatisfy({ (1...WordCell.longestHeader).contains($0.count) && !$0.hasSuffix(":") && !$0.endsSentence })
    else { return nil }
    let numbered = cells.first { $0.role == .sequence }
    let isEmpty = body.allSatisfy { row in
      row.cells.allSatisfy { cell in
        cell.isBlank || numbered.map { $0.columns.overlaps(cell.columns) } ?? false
          || ["合计", "总计", "……", "..."].contains(cell.paragraphs.phrase.compared)
      }
    }
    return isEmpty ? .ledger : nil
  }
}
