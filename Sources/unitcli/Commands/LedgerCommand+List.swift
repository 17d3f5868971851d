import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

extension LedgerCommand {
  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "有哪些台账；写上名称就看它的各行")

    @Argument(help: ArgumentHelp("台账名称", valueName: "台账"))
    var ledger: String?

    @Option(help: ArgumentHelp("哪个党组织及其下属（默认本单位及下属）", valueName: "党组织"))
    var unit: String?

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let lookup = try LedgerLookup(office)
      guard let name = ledger else { return try overview(lookup, office, session) }
      let under = try unit.map { try office.unit($0).path }
      let found = try lookup.reading(name, under: under)
      let tables = try found.map { ($0, try office.rows(of: $0.ledger, under: under)) }
      session.emit(json(tables, lookup))
      for (index, (found, rows)) in tables.enumerated() {
        session.sayUnlessJSON(
          (index == 0 ? [] : [""])
            + lines(rows, of: found.ledger, name: lookup.name(found), width: session.console.columns))
      }
    }

    /// Of several ledgers of one name every row says to which it belongs.
    private func json(_ tables: [(LedgerLookup.Found, [LedgerRow])], _ lookup: LedgerLookup) -> JSON {
      var columns: [String] = []
      for column in tables.flatMap(\.0.ledger.template.columns) where !columns.contains(column.title) {
        columns.append(column.title)
      }
      let several = tables.count > 1
      return [
        "ledger": .text(several ? tables[0].0.ledger.template.title : tables[0].0.ledger.title),
        "ledgers": .list(tables.map { lookup.name($0.0) }), "columns": .list(columns),
        "rows": .array(
          tables.flatMap { found, rows in
            rows.map { row in
              let json = row.json(found.ledger)
              return several ? json.adding(["ledger": .text(lookup.name(found))]) : json
            }
          }),
      ]
    }

    private func overview(_ lookup: LedgerLookup, _ office: Office, _ session: Session) throws {
      let counted = try lookup.all.map { (found: $0, rows: try office.rows(of: $0.ledger).count) }
      session.emit([
        "ledgers": .array(
          counted.map { found, rows in
            [
              "name": .text(found.slug ?? found.ledger.title), "title": .text(found.ledger.title),
              "kind": .text(found.ledger.template.kind.name), "rows": .integer(rows),
              "columns": .list(found.ledger.template.columns.map(\.title)),
            ]
          })
      ])
      var table = TextTable([.init("名称", wraps: true), .init("种类"), .init("行数", .right), .init("简称")])
      for (found, rows) in counted {
        table.add([
          found.ledger.title, found.ledger.template.kind == .register ? "登记簿（只在本单位）" : "台账",
          rows == 0 ? "" : "\(rows)", found.slug ?? "",
        ])
      }
      session.sayUnlessJSON(table.lines(width: session.console.columns))
    }

    private func lines(_ rows: [LedgerRow], of ledger: Ledger, name: String, width: Int) -> [String] {
      if rows.isEmpty {
        return [
          "“\(ledger.title)”还没有内容。栏目：" + ledger.template.columns.map(\.title).joined(separator: "、"),
          "加一行：unitcli ledger add \(ShellWord.quoted(name)) 栏目=内容 …",
        ]
      }
      let severalUnits = Set(rows.map(\.unit.path)).count > 1
      // Only columns that somebody filled in: a screen is narrower than a page.
      let columns = ledger.template.columns.indices.filter { index in
        rows.contains { $0.cells[index]?.values.contains { $0 != .nothing } ?? false }
      }
      var table = TextTable(
        [.init("行")] + (severalUnits ? [.init("党组织", wraps: true)] : [])
          + columns.map { .init(ledger.template.columns[$0].title, wraps: true) })
      for row in rows {
        table.add(
          [row.shortID] + (severalUnits ? [row.unit.name] : [])
            + columns.map { index in
              guard let register = row.cells[index] else { return "" }
              let display = ledger.template.columns[index].display
              if row.changed[index] != nil {
                return "⚠ \(register.values.map(display).joined(separator: "／")) \(Settlement.changedTitle)"
              }
              guard register.inConflict else { return register.values.map(display).joined(separator: "／") }
              // A blank is one of the values that stand.
              return "⚠ "
                + register.values.map { $0 == .nothing ? Value.clearedTitle : display($0) }.joined(separator: "／")
            })
      }
      let open = rows.count(where: \.inConflict)
      return ["\(ledger.title)：\(rows.count) 行", ""] + table.lines(width: width)
        + (open == 0 ? [] : ["", "⚠ \(open) 行填写不一致，待核定：unitcli conflicts list"])
    }
  }
}
