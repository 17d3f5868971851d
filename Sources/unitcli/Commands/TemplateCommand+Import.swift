import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports
import SyncTemplates

extension TemplateCommand {
  struct Import: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", abstract: "从 Word 文件（.docx）导入表样，原文照收，存疑处列出")

    @Argument(help: ArgumentHelp("Word 文件", valueName: "文件.docx"))
    var file: String?

    @Option(help: ArgumentHelp("改用随软件附带的表样，名称见 unitcli template list", valueName: "名称"))
    var bundled: String?

    @Flag(name: .customLong("dry-run"), help: "只看结果，不保存")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let found = try read()
      if dryRun {
        session.emit(json(found))
        session.sayUnlessJSON(lines(found, width: session.console.columns) + ["", "这是试看，没有保存。"])
        return
      }
      let office = try session.openToWrite()
      let known = Set(try office.store(found.map(\.template)).filter { !$0.isNew }.map(\.stored.hash))
      session.emit(json(found))
      session.sayUnlessJSON(lines(found, width: session.console.columns, known: known) + [""])
      try session.saySaved(office)
    }

    private func read() throws -> [ImportedTemplate] {
      switch (file, bundled) {
      case (let file?, nil): return try ChecklistImporter.templates(path: file)
      case (nil, let slug?):
        guard let found = BundledTemplate.named(slug) else {
          throw Refusal(
            code: "unknownTemplate", message: "软件没有附带“\(slug)”",
            hint: "附带的有：" + BundledTemplate.all.map(\.slug).joined(separator: "、"))
        }
        return [ImportedTemplate(template: found.template)]
      case (nil, nil): throw Refusal.usage("没有写明要导入的文件", hint: "例如 unitcli template import 通知.docx")
      default: throw Refusal.usage("文件和 --bundled 只能写一个")
      }
    }

    private func json(_ found: [ImportedTemplate]) -> JSON {
      [
        "templates": .array(
          found.map { imported in
            TemplateCommand.json(imported.template, hash: imported.template.hash).adding([
              "flags": .array(imported.flags.map { ["text": .text($0.text), "reason": .text($0.reason)] })
            ])
          })
      ]
    }

    private func lines(_ found: [ImportedTemplate], width: Int, known: Set<Digest256> = []) -> [String] {
      found.enumerated().flatMap { index, imported -> [String] in
        let template = imported.template
        let id = template.hash.description.prefix(8)
        let again = known.contains(template.hash) ? "，原已导入，未重复保存" : ""
        let points = template.points.map { "，共 \($0) 分" } ?? ""
        let levels = template.levels.map(String.init).joined(separator: "／")
        let size =
          template.levels.isEmpty
          ? "\(template.columns.count) 栏空表" : "\(template.levels.count > 1 ? "各级 " : "")\(levels) 项\(points)"
        var lines = (index == 0 ? [] : [""]) + ["\(id)  \(template.title)（\(template.kind.title)，\(size)\(again)）"]
        if !imported.flags.isEmpty {
          lines.append("  存疑 \(imported.flags.count) 处，请对照原文：")
          for flag in imported.flags {
            let says = flag.text.isEmpty || flag.reason.contains(flag.text)
            let text = says ? flag.reason : "“\(flag.text)”：\(flag.reason)"
            lines += LineWrap.lines(text, columns: width - 4).enumerated().map { ($0 == 0 ? "  · " : "    ") + $1 }
          }
        }
        return lines
      }
    }
  }
}
