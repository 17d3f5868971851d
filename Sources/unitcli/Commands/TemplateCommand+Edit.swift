import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

extension TemplateCommand {
  struct Edit: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "edit", abstract: "修改表样，另存为新表样",
      discussion: """
        例：unitcli template edit 3f2a91c0 --set 5.1 text=开展本科生党员教育 points=2
            unitcli template edit 3f2a91c0 --add-requirement 3.1 "每月至少 1 次 支委会"
            unitcli template edit 3f2a91c0 --add 5 text=建立台账 --remove 5.4 --column 姓名=姓名,必填
        改动另存为新表样，原表样不变；已发布的专项工作仍用原表样，要用新表样请另行发布。
        """)

    @Argument(help: ArgumentHelp("表样的编号或名称", valueName: "表样"))
    var template: String

    @Option(help: ArgumentHelp("新的标题", valueName: "标题"))
    var title: String?

    @Option(
      parsing: .upToNextOption, help: ArgumentHelp("条目 text=文字 number=编号 points=分值，可写多条", valueName: "条目 栏=内容"))
    var set: [String] = []

    @Option(
      parsing: .upToNextOption,
      help: ArgumentHelp("在哪一项下增加：条目 text=… number=… points=…；加在最上一级写 0", valueName: "条目 栏=内容"))
    var add: [String] = []

    @Option(parsing: .upToNextOption, help: ArgumentHelp("删去的条目，连同其下各项", valueName: "条目"))
    var remove: [String] = []

    @Option(
      name: .customLong("add-requirement"), parsing: .upToNextOption,
      help: ArgumentHelp("条目和要求，例如 3.1 \"每月至少 1 次 支委会\"", valueName: "条目 要求"))
    var addRequirement: [String] = []

    @Option(
      name: .customLong("remove-requirement"), parsing: .upToNextOption,
      help: ArgumentHelp("删去某项的数量要求；只删第 2 条写 3.1=2", valueName: "条目"))
    var removeRequirement: [String] = []

    @Flag(name: .customLong("accept-requirements"), help: "把从条文中读出的频次和数量要求全部写进去")
    var acceptRequirements = false

    @Option(
      parsing: .upToNextOption,
      help: ArgumentHelp("栏目=内容类型（文字、数字、日期、月份、姓名、序号、选择:甲、乙），后面可加“,必填”", valueName: "栏目=类型"))
    var column: [String] = []

    @Flag(name: .customLong("dry-run"), help: "只看结果，不保存")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try dryRun ? session.open() : session.openToWrite()
      let old = try office.template(template)
      let edits = try edits(of: old.template)
      if edits.isEmpty { throw Refusal.usage("没有写明要改什么", hint: "例如 --set 5.1 text=…，见 unitcli template edit --help") }
      let new = try old.template.edited(by: edits)
      let changes = edits.map { $0.words(in: old.template) }
      let users = try office.campaigns().filter { $0.templates.contains { $0.hash == old.hash } }.map(\.name)
      let id = String(new.hash.description.prefix(8))
      if !dryRun { _ = try office.store(new) }
      session.emit(
        TemplateScreen.json(new, hash: new.hash).adding([
          "from": .text(old.id), "changes": .list(changes), "campaigns": .list(users), "saved": .bool(!dryRun),
        ]))
      let screen = TemplateScreen(template: new, width: session.console.columns)
      session.sayUnlessJSON(
        ["\(id)  \(new.title)（\(screen.size)），由 \(old.id) 改成："] + changes.flatMap { screen.hanging($0, mark: "· ") }
          + (users.isEmpty
            ? [] : screen.hanging("专项工作“\(users.joined(separator: "”“"))”已经发布，仍用原表样 \(old.id)；要用新表样请另行发布。", mark: "")))
      if dryRun { session.sayUnlessJSON(["这是试看，没有保存。"]) } else { try session.saySaved(office) }
    }

    private func edits(of template: Template) throws -> [TemplateEdit] {
      let words = TemplateEditWords(template)
      let title = self.title.map { NameProfile.template.tidied($0.composed) }
      // Without one at all is refused with the other edits that make no template.
      if let title, !title.isEmpty { try NameProfile.template.check(title) }
      var edits = title.map { [TemplateEdit.title($0)] } ?? []
      edits += try words.changes(set)
      edits += try words.additions(add)
      edits += try remove.map { .remove(item: try words.item($0)) }
      edits += try words.requirements(addRequirement)
      edits += try removeRequirement.map(words.removedRequirement)
      edits += try column.map(words.column)
      if acceptRequirements {
        edits += RequirementReader.suggestions(for: template).map { .addRequirements(item: $0.item, $0.requirements) }
      }
      return edits
    }
  }
}
