import ArgumentParser
import Foundation
import SyncEngine
import SyncModel
import SyncReports

extension ReportCommand {
  /// Where papers go.
  struct PaperOptions: ParsableArguments {
    @Option(help: ArgumentHelp("格式：docx、xlsx、csv、html；不写就看文件名", valueName: "格式"))
    var format: String?

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("写入文件（多个党组织时写文件夹）", valueName: "文件"))
    var output: String

    func resolved() throws -> DocumentFormat { try Self.format(format, output) }

    /// What was asked for, else what the file's name says, else Word.
    static func format(_ format: String?, _ output: String) throws -> DocumentFormat {
      if let format {
        guard let found = DocumentFormat(option: format) else {
          throw Refusal.usage("没有“\(format)”这种格式", hint: "可选：docx、xlsx、csv、html")
        }
        try OutputName.check(output, known: [found.fileExtension])
        return found
      }
      try OutputName.check(output, known: DocumentFormat.allCases.map(\.fileExtension))
      // A folder, or a name without an ending, is Word's.
      return DocumentFormat(path: output) ?? .docx
    }
  }

  struct Sheet: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "填好的表（评分表、指南、清单、时间表、台账），照原样式",
      discussion: "例：unitcli report sheet --campaign 专项督查 --unit 教师一支部 -o 评分表.docx；各党组织各一份：--units 'school/**' -o 文件夹")

    @Option(help: ArgumentHelp("专项工作的名称或编号", valueName: "专项工作"))
    var campaign: String

    @Option(help: ArgumentHelp("哪个党组织（默认本单位）", valueName: "党组织"))
    var unit: String?

    @Option(help: ArgumentHelp("多个党组织各写一份；'路径/**' 是其下全部", valueName: "党组织"))
    var units: [String] = []

    @Option(help: ArgumentHelp("只要第几份表样", valueName: "N"))
    var slot: UInt32?

    @OptionGroup var paper: PaperOptions
    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) async throws {
      let office = try session.open()
      let campaign = try office.campaign(self.campaign)
      let format = try paper.resolved()
      let papers = Papers(office, date: try session.today())
      if let slot, !campaign.templates.contains(where: { $0.slot == slot }) {
        throw Refusal.usage("“\(campaign.name)”没有第 \(slot) 份表样", hint: "它有 \(campaign.templates.count) 份")
      }
      if units.isEmpty {
        let unit = try office.unitOrOwn(unit)
        let made = try papers.sheet(campaign, unit: unit, slot: slot)
        try ReportCommand.write(made, format, to: paper.output, session)
        return
      }
      if unit != nil { throw Refusal.usage("--unit 和 --units 只能写一个") }
      let paths = Set(try office.units(matching: units))
      let targets = campaign.units.filter(paths.contains)
      if targets.isEmpty {
        throw Refusal(code: "noUnits", message: "这些党组织都不在“\(campaign.name)”里", hint: "用 unitcli campaign list 查看布置给了谁")
      }
      try await PaperBatch(session: session, office: office, papers: papers, format: format)
        .write(campaign, targets, slot: slot, to: paper.output)
    }
  }

  struct Ledger: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "台账、登记簿：各行依次列出，下级的汇在一起", aliases: ["problems"])

    @Argument(help: ArgumentHelp("台账名称，见 unitcli ledger list（problems 不写就是问题整改台账）", valueName: "台账"))
    var ledger: String = "问题整改台账"

    @Option(help: ArgumentHelp("哪个党组织及其下属（默认本单位及下属）", valueName: "党组织"))
    var unit: String?

    @Flag(help: "一行一页，像会议记录那样")
    var records = false

    @OptionGroup var paper: PaperOptions
    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let lookup = try LedgerLookup(office)
      let unit = try office.unitOrOwn(unit)
      let found = try lookup.reading(self.ledger, under: unit.path)
      let ledgers = found.map(\.ledger)
      let papers = Papers(office, date: try session.today())
      if records {
        let made = try papers.records(ledgers, under: unit)
        if made.document.sections.isEmpty {
          throw Refusal(
            code: "noRows", message: "“\(ledgers[0].title)”还没有内容",
            hint: "加一行：unitcli ledger add \(ShellWord.quoted(lookup.name(found[0]))) 栏目=内容 …")
        }
        try ReportCommand.write(made, try paper.resolved(), to: paper.output, session)
      } else {
        try ReportCommand.write(
          try papers.ledger(ledgers, under: unit), try paper.resolved(), to: paper.output, session)
      }
    }
  }

  struct SelfReport: OfficeCommand {
    static let configuration = CommandConfiguration(
      commandName: "self", abstract: "自查报告初稿：由填报内容写成，空白处留给人写")

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
      let papers = Papers(office, date: try session.today())
      guard let ledger = LedgerLookup.standing.first(where: { $0.slug == "rectification-ledger" })?.ledger else {
        preconditionFailure("the product comes with its ledger of problems")
      }
      let column = try ledger.template.column(named: "问题")
      let problems = try office.rows(of: ledger, unit: unit).flatMap { row in
        (row.cells[column]?.values ?? []).map(ledger.template.columns[column].display)
      }
      try ReportCommand.write(
        try papers.selfReport(campaign, unit: unit, problems: problems.filter { !$0.isEmpty }), try paper.resolved(),
        to: paper.output, session)
    }
  }

  /// Writes one paper and says where, and by which code it can be checked.
  static func write(
    _ made: Papers.Made, _ format: DocumentFormat, to path: String, _ session: Session
  ) throws {
    let document = made.marked(for: format)
    try DocumentFile.write(document, format: format, to: path)
    session.emit(["file": .text(path), "code": .optional(document.checkCode, JSON.text)])
    session.say("已写入 \(path)" + (document.checkCode.map { "，校验码 \($0)" } ?? ""))
  }
}

/// A paper for each of many units, in a folder, with a bar that shows how far it is.
struct PaperBatch {
  let session: Session
  let office: Office
  let papers: Papers
  let format: DocumentFormat

  func write(_ campaign: Campaign, _ targets: [UnitPath], slot: UInt32?, to folder: String) async throws {
    let folder = (folder as NSString).expandingTildeInPath
    // A file is in the way, or nobody may write here: said before anything is made.
    do {
      try PrivateFile.makeFolder(folder)
    } catch {
      throw Refusal.cannotWrite(folder)
    }
    let directory = try office.directory()
    let names = Self.names(targets, directory)
    let papers = papers
    let format = format
    var done = 0
    progress(0, of: targets.count)
    try await withThrowingTaskGroup(of: Void.self) { group in
      var next = 0
      func start() {
        guard next < targets.count else { return }
        let path = targets[next]
        let name = names[next]
        next += 1
        group.addTask {
          let unit = directory.units[path] ?? DirectoryUnit(path: path, name: path.description, kind: .branch)
          let made = try papers.sheet(campaign, unit: unit, slot: slot)
          try DocumentFile.write(
            made.marked(for: format), format: format, to: "\(folder)/\(name).\(format.fileExtension)")
        }
      }
      for _ in 0..<Self.atOnce { start() }
      while try await group.next() != nil {
        done += 1
        progress(done, of: targets.count)
        start()
      }
    }
    session.emit(["folder": .text(folder), "files": .integer(done)])
    session.say("已写入 \(folder)：\(done) 份")
  }

  /// One for each core of a small machine: each paper is made of one reading of the store.
  private static let atOnce = 4

  /// File names that tell units of one name apart.
  private static func names(_ targets: [UnitPath], _ directory: Directory) -> [String] {
    let plain = targets.map { SafeFileName.name(directory.name(of: $0)) }
    let counts = plain.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    return zip(targets, plain).map { path, name in
      counts[name] == 1 ? name : SafeFileName.name(path.description.replacing("/", with: "-"))
    }
  }

  private func progress(_ done: Int, of total: Int) {
    guard session.console.showsProgress else { return }
    session.console.write(
      .error, .redrawn(ProgressBar(done, of: total).text() + " \(done)/\(total)", ends: done == total))
  }
}
