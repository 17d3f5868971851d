import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports
import SyncTemplates

struct TemplateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "template", abstract: "导入、查看、修改表样", subcommands: [Import.self, List.self, Show.self, Edit.self])

  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "查看已导入的表样")

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let templates = try office.templates()
      session.emit(["templates": .array(templates.map { TemplateScreen.json($0.template, hash: $0.hash) })])
      try session.sayUnlessJSON(lines(templates, width: session.console.columns))
    }

    private func lines(_ templates: [StoredTemplate], width: Int) throws -> [String] {
      let bundled = BundledTemplate.all.map { "  \($0.slug)  \($0.template.title)" }
      let more = ["", "随软件附带的表样（unitcli template import --bundled 名称）："] + bundled
      if templates.isEmpty { return ["还没有表样。用 unitcli template import 文件.docx 导入。"] + more }
      var table = TextTable([
        .init("编号"), .init("名称", wraps: true), .init("种类"), .init("项数", .right), .init("总分", .right),
      ])
      for stored in templates {
        table.add([
          stored.id, stored.template.title, stored.template.kind.title, "\(stored.template.leaves.count)",
          stored.template.points?.description ?? "",
        ])
      }
      return table.lines(width: width) + more
    }
  }

  struct Show: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "查看一个表样的全部条目")

    @Argument(help: ArgumentHelp("表样的编号或名称", valueName: "表样"))
    var template: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let stored = try office.template(template)
      session.emit(
        TemplateScreen.json(stored.template, hash: stored.hash).adding([
          "page": TemplateScreen.page(stored.template), "sections": TemplateScreen.tree(stored.template),
        ]))
      session.sayUnlessJSON(Self.lines(stored, width: session.console.columns))
    }

    private static func lines(_ stored: StoredTemplate, width: Int) -> [String] {
      let screen = TemplateScreen(template: stored.template, width: width)
      return ["\(stored.template.title)（\(screen.size)，编号 \(stored.id)）"] + screen.pageLines + [""] + screen.treeLines
    }
  }
}
