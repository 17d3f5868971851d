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

    @Flag(help: "有要核对的行也照数上报（已经核对过）")
    var checked = false

    @OptionGroup var global: GlobalOptions

    private struct Line {
      let unit: DirectoryUnit
      let ledger: Ledger
      let rule: CountRule
      /// Of this unit's own rows; nil for other units.
      let current: CountRule.Tally?
      /// What was put up; several where the unit's computers put up different numbers.
      let reported: [Score]
    }

    func perform(in session: Session) throws {
      let office = try send ? session.openToWrite() : session.open()
      let lookup = try LedgerLookup(office)
      let named = try ledger.map { try lookup.reading($0) } ?? lookup.all
      let found = named.filter { !$0.countRules.isEmpty }
      if found.isEmpty {
        throw Refusal(code: "nothingToCount", message: "“\(named[0].ledger.title)”没有要上报的数字", hint: "它的各行会随上报汇总到上级")
      }
      let own = try office.ownUnit()
      try settleDoubts(try found.flatMap { try doubts($0, own, office) }, session)
      var lines: [Line] = []
      for found in found { lines += try self.lines(found, own, office) }
      let isSaved = try send && report(found, lines.filter { $0.unit.path == own.path }, office)
      if lines.isEmpty { session.say("登记簿还没有内容，也没有下级报来的数字。") }
      session.emit([
        "counts": .array(
          lines.map { line in
            [
              "unit": .text(line.unit.path.description), "ledger": .text(line.ledger.title),
              "count": .text(line.rule.title), "current": .optional(line.current?.amount, JSON.score),
              "reported": .optional(shown(line).first, JSON.score),
              "reportedDiffer": shown(line).count > 1 ? .array(shown(line).map(JSON.score)) : nil,
            ]
          })
      ])
      session.sayUnlessJSON(table(lines, width: session.console.columns))
      if isSaved {
        session.sayConcerned(own)
        try session.saySaved(office)
      } else if send {
        session.say("本单位的登记簿还没有内容，没有数字可报，什么也没有保存。")
      }
    }

    private func lines(_ found: LedgerLookup.Found, _ own: DirectoryUnit, _ office: Office) throws -> [Line] {
      let rows = try texts(found.ledger, try office.rows(of: found.ledger, unit: own))
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
            reported: reported[rule.key] ?? [])
        }
      }
      return lines
    }

    /// Cells as people read them; where a blank stands beside something, that.
    private func texts(_ ledger: Ledger, _ rows: [LedgerRow]) throws -> [[String]] {
      let columns = ledger.template.columns
      return rows.map { row in
        columns.indices.map { index in row.cells[index]?.filledValue.map(columns[index].display) ?? "" }
      }
    }

    // MARK: Rows to be looked at

    /// What would make a number wrong: rows written twice, rows that contradict themselves, differences not settled yet.
    private func doubts(_ found: LedgerLookup.Found, _ own: DirectoryUnit, _ office: Office) throws -> [String] {
      let ledger = found.ledger
      let columns = ledger.template.columns
      let rows = try office.rows(of: ledger, unit: own)
      let texts = try texts(ledger, rows)
      let typed = columns.indices.filter { columns[$0].content != .sequence }
      var checks = found.rowChecks
      let isCovered = checks.contains { if case .once = $0.rule { true } else { false } }
      if !isCovered { checks.append(RowCheck(title: "各栏都相同的行写了不止一次", rule: .once(columns: typed))) }
      let doubtful = checks.flatMap { check in check.doubts(in: texts).map { (check.title, $0) } }
      let open = rows.indices.filter { rows[$0].inConflict }.map { ("填写不一致，还没有核定", [$0]) }
      let named = typed.filter { columns[$0].isRequired }.prefix(Self.shownColumns)
      return (doubtful + open).map { title, group in
        let words = named.map { texts[group[0]][$0] }.filter { !$0.isEmpty }.joined(separator: " ")
        let ids = group.prefix(Self.shownRows).map { rows[$0].shortID }.joined(separator: "、")
        let more = group.count > Self.shownRows ? " 等 \(group.count) 行" : ""
        return "\(ledger.title)：\(words)：\(title)（行 \(ids)\(more)）"
      }
    }

    private static let shownColumns = 2
    private static let shownRows = 8
    private static let shownDoubts = 20

    /// Said whenever numbers are looked at; asked about before they go up.
    private func settleDoubts(_ doubts: [String], _ session: Session) throws {
      if doubts.isEmpty { return }
      session.say("有 \(doubts.count) 处要核对：")
      for doubt in doubts.prefix(Self.shownDoubts) { session.say("  " + doubt) }
      if doubts.count > Self.shownDoubts { session.say("  还有 \(doubts.count - Self.shownDoubts) 处。") }
      guard send, !checked else { return }
      if session.console.isInteractive {
        if !session.confirm("照这样上报？") { throw Refusal.declined }
        return
      }
      let name = ledger.map { " " + ShellWord.quoted($0) } ?? ""
      throw Refusal(
        code: "doubtfulRows", message: "登记簿有 \(doubts.count) 处要核对，数字没有上报",
        hint: "请用 unitcli ledger change、ledger remove 改好；确实无误就运行 unitcli ledger counts\(name) --send --checked")
    }

    // MARK: Sending

    /// - Returns: false where there was nothing to put up.
    private func report(_ found: [LedgerLookup.Found], _ lines: [Line], _ office: Office) throws -> Bool {
      var isSaved = false
      for found in found {
        let counts = lines.filter { $0.ledger == found.ledger }.compactMap { line in
          line.current.map { LedgerCount(key: line.rule.key, value: $0.amount) }
        }
        if counts.isEmpty { continue }
        _ = try office.report(counts, of: found.ledger)
        isSaved = true
      }
      return isSaved
    }

    private func shown(_ line: Line) -> [Score] {
      if send, let current = line.current { return [current.amount] }
      return line.reported
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
          (shown(line).count > 1 ? "⚠ " : "") + shown(line).map(\.description).joined(separator: "／"),
          [
            unread == 0 ? "" : "\(unread) 行没有数，未计入",
            shown(line).count > 1 ? "两台电脑报的不一样，请再报一次" : "",
          ].filter { !$0.isEmpty }.joined(separator: "；"),
        ])
      }
      return table.isEmpty ? [] : table.lines(width: width)
    }
  }
}
