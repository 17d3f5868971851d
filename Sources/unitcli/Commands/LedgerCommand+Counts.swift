import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

extension LedgerCommand {
  struct Counts: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "登记簿的数字：看、报给上级", discussion: "登记簿的内容不出本单位；加 --send 把数字写进上报内容，上级由此知道人数和次数。")

    @Argument(help: ArgumentHelp("登记簿名称（不写就是全部）", valueName: "登记簿"))
    var ledger: String?

    @Flag(help: "把数字写进上报内容")
    var send = false

    @OptionGroup var global: GlobalOptions

    private struct Line {
      let unit: DirectoryUnit
      let ledger: Ledger
      let rule: CountRule
      /// Of this unit's own rows; nil for other units.
      let current: CountRule.Tally?
      let reported: Score?
    }

    func perform(in session: Session) throws {
      let office = try send ? session.openToWrite() : session.open()
      let lookup = try LedgerLookup(office)
      let found = try ledger.map { [try lookup.find($0)] } ?? lookup.all.filter { !$0.countRules.isEmpty }
      guard found.contains(where: { !$0.countRules.isEmpty }) else {
        throw Refusal(code: "nothingToCount", message: "“\(found[0].ledger.title)”没有要上报的数字", hint: "它的各行会随上报汇总到上级")
      }
      let own = try office.ownUnit()
      var lines: [Line] = []
      for found in found { lines += try self.lines(found, own, office) }
      if send { try report(found, lines.filter { $0.unit.path == own.path }, office, session) }
      if lines.isEmpty { session.say("登记簿还没有内容，也没有下级报来的数字。") }
      session.emit([
        "counts": .array(
          lines.map { line in
            [
              "unit": .text(line.unit.path.description), "ledger": .text(line.ledger.title),
              "count": .text(line.rule.title), "current": .optional(line.current?.amount, JSON.score),
              "reported": .optional(send && line.current != nil ? line.current?.amount : line.reported, JSON.score),
            ]
          })
      ])
      session.sayUnlessJSON(table(lines, width: session.console.columns))
      if send { try session.saySaved(office) }
    }

    private func lines(_ found: LedgerLookup.Found, _ own: DirectoryUnit, _ office: Office) throws -> [Line] {
      let columns = found.ledger.template.columns
      let rows = try office.rows(of: found.ledger, unit: own).map { row in
        columns.indices.map { index in row.cells[index]?.value.map(columns[index].display) ?? "" }
      }
      let directory = try office.directory()
      var lines: [Line] = []
      let below = directory.sortedUnits.filter {
        directory.tree.contains(own.path, $0.path)
      }
      for unit in below.isEmpty ? [own] : below {
        let reported = try office.counts(of: found.ledger, unit: unit.path)
        let isOwn = unit.path == own.path
        if reported.isEmpty, !isOwn || rows.isEmpty { continue }
        lines += found.countRules.map { rule in
          Line(
            unit: unit, ledger: found.ledger, rule: rule, current: isOwn ? rule.evaluate(rows) : nil,
            reported: reported[rule.key])
        }
      }
      return lines
    }

    private func report(_ found: [LedgerLookup.Found], _ lines: [Line], _ office: Office, _ session: Session) throws {
      for found in found {
        let counts = lines.filter { $0.ledger == found.ledger }.compactMap { line in
          line.current.map { LedgerCount(key: line.rule.key, value: $0.amount) }
        }
        if !counts.isEmpty { _ = try office.report(counts, of: found.ledger) }
      }
    }

    private func table(_ lines: [Line], width: Int) -> [String] {
      var table = TextTable([
        .init("党组织", wraps: true), .init("登记簿", wraps: true), .init("数字", wraps: true), .init("现有", .right),
        .init("已报", .right), .init("说明", wraps: true),
      ])
      for line in lines {
        let unread = line.current?.unread ?? 0
        table.add([
          line.unit.name, line.ledger.title, line.rule.title, line.current?.amount.description ?? "",
          (send && line.current != nil ? line.current?.amount : line.reported)?.description ?? "",
          unread == 0 ? "" : "\(unread) 行没有数，未计入",
        ])
      }
      return table.isEmpty ? [] : table.lines(width: width)
    }
  }
}
