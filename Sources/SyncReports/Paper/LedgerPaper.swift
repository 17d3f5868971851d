import SyncEngine
import SyncModel

/// A ledger on paper: its rows one under the other, those of several units run together.
public struct LedgerPaper: Sendable {
  public let ledger: Ledger
  private let unitName: String
  private let date: CalendarDate?
  /// The column that says whose row it is: the template's own, or nil where one is put in front.
  private let unitColumn: Int?
  private let showsUnits: Bool

  /// Rows to write in by hand where nothing has been filled in.
  static let blankRows = 8
  private static let blankHeight = 10.0

  /// - Parameter showsUnits: true where rows of several units stand together.
  public init(_ ledger: Ledger, unitName: String, date: CalendarDate?, showsUnits: Bool) {
    self.ledger = ledger
    self.unitName = unitName
    self.date = date
    unitColumn = ledger.template.columns.firstIndex { ["党组织名称", "党组织", "开展单位", "填报单位"].contains($0.title.compared) }
    self.showsUnits = showsUnits
  }

  private var hasOwnUnitColumn: Bool { showsUnits && unitColumn == nil }

  /// The pages, with room to write where there are no rows.
  /// - Parameters:
  ///   - spareRows: leaves such room below the rows too.
  ///   - wanted: what stands above it where several ledgers of one name are on the paper; nil: its own title.
  public func section(_ rows: [LedgerRow], spareRows: Bool = false, title wanted: String? = nil) -> DocumentSection {
    let template = ledger.template
    let titles = (hasOwnUnitColumn ? ["党组织"] : []) + template.columns.map(\.title)
    // XX党委… is a title to be filled in.
    let title =
      wanted ?? ["XX党委", "××党委"].first { template.title.hasPrefix($0) && !unitName.isEmpty }
      .map { unitName + template.title.dropFirst($0.count) } ?? template.title
    var blocks: [DocumentBlock] = [.title(title)]
    blocks += PrefaceLine.blocks(template.preface, unitName: unitName, date: date)
    var table = DocumentTable(
      weights: weights, headerRows: 1, rows: [DocumentRow(titles.map { DocumentCell($0) })])
    table.rows += rows.enumerated().map { row($1, number: $0 + 1) }
    if rows.isEmpty || spareRows {
      table.rows += (0..<Self.blankRows).map { _ in DocumentRow([.empty], leastHeight: Self.blankHeight) }
    }
    blocks.append(.table(table))
    if !template.note.isEmpty { blocks.append(.note(template.note)) }
    let changed = rows.enumerated().flatMap { number, row in
      row.changed.sorted { $0.key < $1.key }.map { column, settlement in
        (
          place: "第 \(number + 1) 行“\(template.columns[column].title)”", settlement: settlement,
          display: template.columns[column].display
        )
      }
    }
    if let note = SettlementText.note(changed) { blocks.append(.note(note)) }
    return DocumentSection(
      name: wanted ?? template.title, page: template.isLandscape ? .landscape : .portrait, blocks: blocks)
  }

  /// - Parameter number: what a 序号 column says.
  func row(_ row: LedgerRow, number: Int) -> DocumentRow {
    var cells = ledger.template.columns.indices.map { column -> DocumentCell in
      if ledger.template.columns[column].content == .sequence { return .number(number) }
      guard let register = row.cells[column], register.values.contains(where: { $0 != .nothing }) || register.isOwed
      else { return column == unitColumn && showsUnits ? DocumentCell(row.unit.name) : .empty }
      let cell = Self.cell(register, ledger.template.columns[column])
      return row.changed[column] == nil ? cell : cell.warning
    }
    if hasOwnUnitColumn { cells.insert(DocumentCell(row.unit.name), at: 0) }
    return DocumentRow(cells)
  }

  static func cell(_ register: Register, _ column: Template.Column) -> DocumentCell {
    if !register.inConflict, case .decimal(let decimal)? = register.value, let number = decimal.score {
      return .number(number)
    }
    return DocumentCell(.text(register.lines(column.display)))
  }

  private var weights: [Double] {
    let columns = ledger.template.columns
    let own = hasOwnUnitColumn ? [2.4] : []
    if columns.allSatisfy({ $0.width > 0 }) { return own + columns.map { Double($0.width) / 567 } }
    return own
      + columns.map { column in
        switch column.content {
        case .sequence: 1
        case .number: 1.4
        case .date, .month, .person: 2
        case .choice: 1.8
        case .text: 3.2
        }
      }
  }
}

/// Rows of a ledger as a sheet each, the way minutes 会议记录 are kept: what is short side by side, what is long below.
public struct RecordPaper: Sendable {
  private let ledger: Ledger

  private static let longHeight = 60.0

  public init(_ ledger: Ledger) {
    self.ledger = ledger
  }

  public func section(_ row: LedgerRow) -> DocumentSection {
    let columns = ledger.template.columns
    let shown = columns.indices.filter { columns[$0].content != .sequence }
    // The last column is what the meeting was about; it gets the page's lower half.
    let last = shown.last
    var rows: [DocumentRow] = []
    var pending: [DocumentCell] = []
    /// A short one that is left over takes the row for itself.
    func flush() {
      if pending.count == 2 { pending[1].columnSpan = 3 }
      if !pending.isEmpty { rows.append(DocumentRow(pending)) }
      pending = []
    }
    for index in shown {
      var content = row.cells[index].map { LedgerPaper.cell($0, columns[index]) } ?? .empty
      if case .date(let date)? = row.cells[index]?.value, row.cells[index]?.inConflict == false {
        content = DocumentCell(PrefaceLine.text(date))
      }
      content.alignment = .left
      let label = DocumentCell(columns[index].title, tone: .strong, alignment: .centre)
      let isLong = columns[index].content == .text
      if isLong {
        flush()
        var wide = content
        wide.columnSpan = 3
        wide.alignment = .left
        rows.append(DocumentRow([label, wide], leastHeight: index == last ? Self.longHeight : 0))
      } else if pending.isEmpty {
        pending = [label, content]
      } else {
        rows.append(DocumentRow(pending + [label, content]))
        pending = []
      }
    }
    flush()
    return DocumentSection(
      name: ledger.template.title,
      blocks: [
        .title(ledger.template.title),
        .fields([DocumentField("党组织名称", row.unit.name)]),
        .table(DocumentTable(weights: [1.4, 3, 1.4, 3], headerRows: 0, rows: rows)),
      ])
  }
}
