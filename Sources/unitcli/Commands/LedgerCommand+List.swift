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
      let ledger = try lookup.find(name).ledger
      let rows = try office.rows(of: ledger, under: unit.map { try office.unit($0).path })
      session.emit([
        "ledger": .text(ledger.title), "columns": .list(ledger.template.columns.map(\.title)),
        "rows": .array(rows.map { $0.json(ledger) }),
      ])
      session.sayUnlessJSON(lines(rows, of: ledger, width: session.console.columns))
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

    private func lines(_ rows: [LedgerRow], of ledger: Ledger, width: Int) -> [String] {
      if rows.isEmpty {
        return [
          "“\(ledger.title)”还没有内容。栏目：" + ledger.template.columns.map(\.title).joined(separator: "、"),
          "加一行：unitcli ledger add \(ledger.template.title) 栏目=内容 …",
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
              let values = register.values.map(ledger.template.columns[index].display).joined(separator: "／")
              return register.inConflict ? "⚠ \(values)" : values
            })
      }
      let open = rows.count(where: \.inConflict)
      return ["\(ledger.title)：\(rows.count) 行", ""] + table.lines(width: width)
        + (open == 0 ? [] : ["", "⚠ \(open) 行填写不一致，待核定：unitcli conflicts list"])
    }
  }
}
