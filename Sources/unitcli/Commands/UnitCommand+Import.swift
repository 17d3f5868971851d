import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

extension UnitCommand {
  struct Import: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", abstract: "从表格导入党组织名册",
      discussion: """
        表头要有“名称”，并有“上级”“类别”“路径”中的至少一栏，次序不限，其他栏略过。
        类别写 党总支、院系党委、党支部、直属党支部、党小组；类型写 教师、学生、机关、联合，可空着。
        已登记的党组织不改动，可以反复导入。先加 --dry-run 看看结果。
        """)

    @Argument(help: ArgumentHelp("表格文件（.xlsx 或 .csv）", valueName: "文件"))
    var file: String

    @Flag(name: .customLong("dry-run"), help: "只看结果，不保存")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let sheet = try UnitSheet(try Workbook(path: file))
      let office = try dryRun ? session.open() : session.openToWrite()
      let plan = UnitPlan(sheet.rows.map(\.composed), in: try office.directory(), below: office.identity.unit)
      let screen = UnitImportScreen(plan, sheet, base: try office.ownUnit())
      if !plan.problems.isEmpty {
        session.say(screen.problems(width: session.console.columns))
        throw Refusal(
          code: "badRows", message: "名册有 \(plan.problems.count) 行不能登记，全部没有保存", hint: "改好这些行再导入，可先加 --dry-run 看结果")
      }
      if !dryRun { try office.register(plan.newUnits) }
      session.emit(screen.json(saved: !dryRun))
      session.sayUnlessJSON(dryRun ? screen.tree(width: session.console.columns) : [])
      session.say(screen.summary(saved: !dryRun))
      if !dryRun { session.sayUnlessJSON(screen.registered(width: session.console.columns)) }
      if dryRun { session.say("这是试看，没有保存。") } else { try session.saySaved(office) }
    }
  }
}
