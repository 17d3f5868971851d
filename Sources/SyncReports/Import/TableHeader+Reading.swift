import SyncModel

extension TableHeader {
  /// How many rows may stand above the header: captions and fields such as 填报单位.
  private static let rowsAbove = 4

  /// nil where no row at the top looks like the header of a checklist.
  init?(of table: WordTable) {
    let candidates = table.rows.indices.prefix(Self.rowsAbove)
    for index in candidates {
      if let header = TableHeader(table, at: index, kind: Self.checklistKind) {
        self = header
        return
      }
    }
    for index in candidates where !table.rows[index].isCaption && !table.rows[index].isFields {
      guard let header = TableHeader(table, at: index, kind: Self.formKind) else { return nil }
      self = header
      return
    }
    return nil
  }

  private init?(_ table: WordTable, at index: Int, kind: ([Cell], ArraySlice<WordRow>) -> Template.Kind?) {
    let (cells, bodyStart) = Self.headerCells(of: table, at: index)
    let body = table.rows[bodyStart...]
    // A cell with a table in it lays out the page.
    guard cells.count >= 2, !table.rows[index].cells.contains(where: \.holdsTable), let kind = kind(cells, body) else {
      return nil
    }
    let above = table.rows[..<index]
    let captions = above.filter(\.isCaption).map { $0.cells.flatMap(\.paragraphs).phrase }
    let fields = above.filter { !$0.isCaption && !$0.isBlank }.map { row in
      row.cells.filter { !$0.isBlank }.map(\.paragraphs.phrase).joined(separator: "\u{3000}\u{3000}")
    }
    let starts = Self.starts(under: cells, in: body)
    self.init(
      kind: kind, cells: cells, columns: Self.columns(cells, starts: starts, kind: kind),
      captions: captions.filter { !$0.isEmpty }, fields: fields, isLandscape: table.isLandscape,
      rowTexts: table.rows[index..<bodyStart].map(\.comparedTexts),
      bodyStart: bodyStart)
  }

  /// A header over two rows, its tall cells merged downwards, gives its lower cells; their spanning title is dropped.
  private static func headerCells(of table: WordTable, at index: Int) -> ([Cell], Int) {
    var cells = table.rows[index].cells
    var next = index + 1
    while next < table.rows.count, next < index + 3,
      table.rows[next].cells.contains(where: \.continuesAbove),
      table.rows[next].cells.contains(where: { !$0.isBlank }), cells.contains(where: { $0.columns.count > 1 }),
      table.rows[next].cells.allSatisfy({ $0.continuesAbove || $0.isHeaderText })
    {
      let lower = table.rows[next].cells.filter { !$0.continuesAbove }
      cells = (cells.filter { cell in !lower.contains { cell.columns.overlaps($0.columns) } } + lower)
        .sorted { $0.columns.lowerBound < $1.columns.lowerBound }
      next += 1
    }
    let header = cells.map { cell in
      let text = cell.paragraphs.phrase
      return Cell(
        text: text, columns: cell.columns, role: ColumnRole(header: text), width: table.width(of: cell))
    }
    return (header, next)
  }

  /// Where body columns start: at each header cell, and inside one that covers several columns at the starts which most
  /// body rows share, so that a few ragged rows make no column.
  private static func starts(under cells: [Cell], in body: ArraySlice<WordRow>) -> [Int] {
    var votes: [Int: Int] = [:]
    let rows = body.filter { $0.cells.count > 1 && !$0.isBlank }
    for row in rows {
      for cell in row.cells { votes[cell.columns.lowerBound, default: 0] += 1 }
    }
    let common = votes.filter { $0.value * 2 >= rows.count }.keys
    let own = cells.map(\.columns.lowerBound)
    return Set(own + common.filter { start in cells.contains { $0.columns.contains(start) } }).sorted()
  }

  static func columns(_ cells: [Cell], starts: [Int], kind: Template.Kind) -> [Column] {
    let roles = starts.map { start in cells.first { $0.columns.contains(start) }?.role ?? .other }
    let levels = kind == .ledger ? [] : levelPositions(roles, kind: kind)
    return starts.indices.map { position in
      Column(start: starts[position], use: use(of: position, roles: roles, levels: levels))
    }
  }

  private static func use(of position: Int, roles: [ColumnRole], levels: [Int]) -> Column.Use {
    if let depth = levels.firstIndex(of: position) { return .level(depth) }
    if roles[position] == .points { return .points }
    // A number belongs to the next text on its right.
    if roles[position] == .sequence, let depth = levels.firstIndex(where: { $0 > position }) { return .sequence(depth) }
    return .further
  }

  /// The positions that hold the tree, outermost first, at most as many as a template nests.
  private static func levelPositions(_ roles: [ColumnRole], kind: Template.Kind) -> [Int] {
    let named = roles.indices.filter { if case .level = roles[$0] { true } else { false } }
    let groups = roles.indices.filter { roles[$0] == .section }
    let tasks = roles.indices.filter { roles[$0] == .task }
    let contents = roles.indices.filter { roles[$0] == .content }
    // Further content columns (评分标准) explain an item; they are no level of their own.
    let positions =
      kind == .schedule ? Array((tasks + contents).prefix(1)) : named + groups + tasks + contents.prefix(1)
    return Array(positions.sorted().prefix(Template.depthLimit))
  }
}

extension WordTable {
  /// By the grid, or as the cell says itself where the grid is missing.
  fileprivate func width(of cell: WordCell) -> Int {
    let width = cell.columns.upperBound <= widths.count ? widths[cell.columns].reduce(0, +) : 0
    return min(width > 0 ? width : cell.width, Template.widthLimit)
  }
}
