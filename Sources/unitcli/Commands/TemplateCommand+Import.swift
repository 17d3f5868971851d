import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports
import SyncTemplates

extension TemplateCommand {
  struct Import: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", abstract: "从 Word 文件（.docx）或表格（.xlsx）导入表样，原文照收，存疑处列出",
      discussion: """
        保存前先给出预览：各部分的项数和分值、存疑之处、从条文中读出的频次和数量要求。
        存疑之处只提示，不改动；要改请在导入后用 unitcli template edit。
        读出的要求只是建议，加 --accept-requirements 才写进表样。
        """)

    @Argument(help: ArgumentHelp("Word 文件或表格", valueName: "文件"))
    var file: String?

    @Option(help: ArgumentHelp("改用随软件附带的表样，名称见 unitcli template list", valueName: "名称"))
    var bundled: String?

    @Flag(name: .customLong("dry-run"), help: "只看结果，不保存")
    var dryRun = false

    @Flag(help: "列出全部条目，不只是各部分")
    var full = false

    @Flag(name: .customLong("accept-requirements"), help: "把读出的频次和数量要求写进表样")
    var acceptRequirements = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let found = try read().map { imported in
        acceptRequirements ? try imported.acceptingRequirements() : imported
      }
      let preview = ImportPreview(found, isFull: full, width: session.console.columns)
      if dryRun {
        session.emit(preview.json)
        session.sayUnlessJSON(preview.lines() + ["", "这是试看，没有保存。"])
        return
      }
      let office = try session.openToWrite()
      let known = Set(try office.templates().map(\.hash))
      let isAsked = session.console.isInteractive && !session.options.json
      if isAsked {
        session.say(preview.lines(known: known) + [""])
        if !session.confirm("保存以上 \(found.count) 份表样？") { throw Refusal.notImported }
      }
      _ = try office.store(found.map(\.template))
      session.emit(preview.json)
      if !isAsked { session.sayUnlessJSON(preview.lines(known: known) + [""]) }
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
  }
}

extension Refusal {
  fileprivate static let notImported = Refusal(
    code: "declined", message: "没有保存", hint: "改好文件后再导入，或导入后用 unitcli template edit 修改")
}

extension ImportedTemplate {
  /// With every requirement that was read in its items put into them.
  fileprivate func acceptingRequirements() throws -> ImportedTemplate {
    let edits = RequirementReader.suggestions(for: template).map {
      TemplateEdit.addRequirements(item: $0.item, $0.requirements)
    }
    return edits.isEmpty ? self : ImportedTemplate(template: try template.edited(by: edits), flags: flags)
  }
}
