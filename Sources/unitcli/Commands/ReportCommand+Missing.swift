import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

extension ReportCommand {
  struct Missing: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "各党组织还有哪些条目没填")

    @Option(help: ArgumentHelp("专项工作的名称或编号", valueName: "专项工作"))
    var campaign: String

    @Option(help: ArgumentHelp("哪个党组织及其下属（默认本单位及下属）", valueName: "党组织"))
    var unit: String?

    @Option(help: ArgumentHelp("写成文件的格式：docx、xlsx、csv、html；不写就看文件名", valueName: "格式"))
    var format: String?

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("写入文件", valueName: "文件"))
    var output: String?

    @OptionGroup var global: GlobalOptions

    private static let shownItems = 12

    func perform(in session: Session) throws {
      let office = try session.open()
      let campaign = try office.campaign(self.campaign)
      let under = try unit.map { try office.unit($0).path } ?? office.identity.unit
      let paper = try MissingPaper(campaign, under: under, office: office, date: try session.today())
      if let output {
        let format = try PaperOptions.format(self.format, output)
        return try ReportCommand.write(Papers.Made(document: paper.document, mark: nil), format, to: output, session)
      }
      if format != nil { throw Refusal.usage("--format 要和 -o 文件 一起写", hint: "例如 -o 未填.xlsx") }
      session.emit([
        "campaign": .text(campaign.id.description),
        "units": .array(
          paper.lines.map { line in
            [
              "unit": .text(line.unit.path.description), "filled": .integer(line.filled), "total": .integer(line.total),
              "missing": .list(line.items),
            ]
          }),
        "ended": .array(
          paper.ended.map { line, ending in
            [
              "unit": .text(line.unit.path.description), "unitStatus": .text(ending.status.name),
              "mergedInto": .optional(ending.mergedInto) { .text($0.description) },
            ]
          }),
      ])
      session.sayUnlessJSON(lines(paper, width: session.console.columns))
    }

    private func lines(_ paper: MissingPaper, width: Int) -> [String] {
      let ended = [paper.endedText].compactMap { $0 }
      if paper.lines.isEmpty {
        return ["\(paper.campaign.name)：\(paper.isOfTables ? "都有记录" : "都已填完")。"] + ended
      }
      var table = TextTable([.init("党组织", wraps: true), .init("已填/应填", .right), .init("还没填的条目", wraps: true)])
      for line in paper.lines {
        table.add([
          line.unit.name, "\(line.filled)/\(line.total)", MissingPaper.text(line.items, limit: Self.shownItems),
        ])
      }
      return ["\(paper.campaign.name)  未填条目", ""] + table.lines(width: width) + (ended.isEmpty ? [] : [""] + ended)
    }
  }

  struct Tasks: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "任务清单及完成情况，照原样式")

    @Option(help: ArgumentHelp("专项工作的名称或编号", valueName: "专项工作"))
    var campaign: String

    @Option(help: ArgumentHelp("哪个党组织（默认本单位）", valueName: "党组织"))
    var unit: String?

    @OptionGroup var paper: PaperOptions
    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let campaign = try office.campaign(self.campaign)
      let unit = try office.unitOrOwn(unit)
      let made = try Papers(office, date: try session.today()).sheet(campaign, unit: unit, kinds: [.taskList])
      if made.document.sections.isEmpty {
        throw Refusal(code: "noTaskList", message: "“\(campaign.name)”里没有任务清单", hint: "其他表样用 unitcli report sheet")
      }
      try ReportCommand.write(
        Papers.Made(document: made.document, mark: nil), try paper.resolved(), to: paper.output, session)
    }
  }
}
