import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "汇总和打印：填报进度、自评得分、填好的表、台账、自查报告",
    subcommands: [Progress.self, Score.self, Missing.self, Sheet.self, Tasks.self, Ledger.self, SelfReport.self])

  struct Options: ParsableArguments {
    @Option(help: ArgumentHelp("哪项专项工作（不写就是全部）", valueName: "专项工作"))
    var campaign: String?

    @Option(help: ArgumentHelp("哪个党组织及其下属（默认本单位及下属）", valueName: "党组织"))
    var unit: String?

    @Option(help: ArgumentHelp("格式：table 表格、json、csv、docx、xlsx、html", valueName: "格式"))
    var format: String?

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("写入文件", valueName: "文件"))
    var output: String?
  }

  struct Progress: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "各党组织的填报进度")
    @OptionGroup var options: Options
    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      try ReportCommand.perform(.progress, options, session)
    }
  }

  struct Score: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "各党组织的自评得分", discussion: "有填写不一致时给出区间；不同党组织的得分不相加、不排名。")
    @OptionGroup var options: Options
    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      try ReportCommand.perform(.score, options, session)
    }
  }

  enum Format: String, CaseIterable {
    case table
    case json
    case csv
    case docx
    case xlsx
    case html

    /// What a file of it is called.
    var ending: String { self == .table ? "txt" : rawValue }

    /// nil for what is written as text.
    var document: DocumentFormat? { self == .csv ? nil : DocumentFormat(rawValue: rawValue) }
  }

  private static func perform(_ kind: ReportText.Kind, _ options: Options, _ session: Session) throws {
    let format = try format(options.format, options.output, session)
    if session.options.json, format != .json, options.output == nil {
      throw Refusal.usage(
        "--json 和 --format \(format.rawValue) 不能一起用", hint: "请去掉一个，或加 -o 文件（表格写进文件，屏幕上只有 JSON）")
    }
    let office = try session.open()
    let unit = try options.unit.map { try office.unit($0) }
    let reports = try campaigns(options.campaign, kind, format, office).map { try office.report($0, under: unit?.path) }
    let home = office.identity.unit
    if let document = format.document {
      guard let output = options.output else {
        throw Refusal.usage("\(format.rawValue) 要写进文件", hint: "请加 -o 文件名.\(format.rawValue)")
      }
      let papers = Papers(office, date: try session.today())
      let made = try papers.overview(kind, reports[0].campaign, under: unit?.path ?? home)
      return try write(made, document, to: output, session)
    }
    let content: ScreenText
    switch format {
    case .json:
      let parts = reports.map { ReportJSON($0, kind: kind, home: home).json }
      content = .document((parts.count == 1 ? parts[0] : ["reports": .array(parts)]).description + "\n")
    case .csv, .docx, .xlsx, .html:
      content = .document(reports.map { ReportText($0, kind: kind, home: home).csv }.joined())
    case .table:
      let width = options.output == nil ? session.console.columns : Console.defaultColumns
      let tables = reports.map { ReportText($0, kind: kind, home: home).table(width: width) }
      content = .lines(Array(tables.joined(separator: [""])))
    }
    if let output = options.output {
      try OutputFile.write(content.text, to: output)
      session.emit(["file": .text(output)])
      session.say("已写入 \(output)")
    } else {
      session.console.write(.out, content)
    }
  }

  /// What was asked for, else what the file's name says.
  private static func format(_ text: String?, _ output: String?, _ session: Session) throws -> Format {
    guard let text else {
      guard let output else { return session.options.json ? .json : .table }
      try OutputName.check(output, known: Format.allCases.map(\.ending))
      let ending = OutputName.ending(of: output)
      return Format.allCases.first { $0.ending == ending } ?? .table
    }
    guard let format = Format(rawValue: text) else {
      throw Refusal.usage("没有“\(text)”这种格式", hint: "可选：" + Format.allCases.map(\.rawValue).joined(separator: "、"))
    }
    if let output { try OutputName.check(output, known: [format.ending]) }
    return format
  }

  /// The one named, or all there are: for scores those that have points.
  private static func campaigns(
    _ text: String?, _ kind: ReportText.Kind, _ format: Format, _ office: Office
  ) throws -> [Campaign] {
    if let text { return [try office.campaign(text)] }
    // One that counts for nobody has nothing to report.
    let all = try office.campaigns().filter { $0.uncounted.isEmpty || !$0.units.isEmpty }
    if all.isEmpty {
      throw Refusal(code: "noCampaign", message: "还没有专项工作", hint: "刚布置的请先运行 unitcli sync 接收")
    }
    let scored = kind == .score ? try all.filter { try office.isScored($0) } : all
    let found = scored.isEmpty ? all : scored
    if format != .table, format != .json, found.count > 1 {
      let names = found.map { "\($0.id.short)（\($0.name)）" }.joined(separator: "、")
      throw Refusal(code: "campaignNeeded", message: "写成文件一次只写一项专项工作", hint: "请用 --campaign 指明：\(names)")
    }
    return found
  }
}
