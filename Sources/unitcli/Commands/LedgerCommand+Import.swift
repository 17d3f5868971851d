import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

extension LedgerCommand {
  struct Import: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", abstract: "从表格（.xlsx、.csv）加进多行；有一行不对就一行也不加",
      discussion: "表头写台账的栏目名称，一行一条。先用 --dry-run 看看。")

    @Argument(help: ArgumentHelp("台账名称", valueName: "台账"))
    var ledger: String

    @Argument(help: ArgumentHelp("表格文件", valueName: "文件.xlsx"))
    var file: String

    @Flag(name: .customLong("dry-run"), help: "只看结果，不保存")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try dryRun ? session.open() : session.openToWrite()
      let unit = try office.ownUnit()
      let ledger = try LedgerLookup(office).writing(self.ledger, of: unit.path, for: "ledger import", session).ledger
      let sheet = try LedgerSheet(Workbook(path: file), template: ledger.template)
      let problems = sheet.problems
      session.say("“\(ledger.title)”：表格第 \(sheet.headerRow) 行是表头，下面有 \(sheet.rows.count + problems.count) 行内容")
      if sheet.rows.isEmpty, problems.isEmpty {
        throw Refusal(code: "noRows", message: "表头下面没有内容，没有保存", hint: "请在表头下面一行一条填写，再导入")
      }
      if !sheet.totals.isEmpty {
        session.say("  合计行不是一条记录，没有加：第 \(sheet.totals.map(String.init).joined(separator: "、")) 行")
      }
      for problem in problems.prefix(Self.shownProblems) {
        session.say("  第 \(problem.row) 行：\(problem.error.message)（\(problem.error.hint)）")
      }
      if problems.count > Self.shownProblems { session.say("  还有 \(problems.count - Self.shownProblems) 行有问题。") }
      if !problems.isEmpty {
        throw Refusal(
          code: "badRows", message: "有 \(problems.count) 行不能收，一行也没有保存", hint: "请在表格里改好上面列出的行，再导入一次")
      }
      if dryRun {
        session.say("这是试看，没有保存。")
        session.emit(["rows": .integer(sheet.rows.count), "saved": false])
        return
      }
      let standing = try session.sayEnding(of: unit, office)
      let added = try office.add(sheet.rows.map(\.cells), to: ledger, unit: unit)
      session.say("已加 \(added.ids.count) 行")
      session.sayConcerned(unit)
      let unsent = try session.saySaved(office, newIncarnation: added.written.newIncarnation)
      let told: JSON = ["rows": .integer(added.ids.count), "saved": true, "unsent": .integer(unsent)]
      session.emit(told.adding(standing))
    }

    private static let shownProblems = 20
  }
}
