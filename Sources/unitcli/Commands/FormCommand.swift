import ArgumentParser
import Foundation
import SyncEngine
import SyncModel
import SyncReports

struct FormCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "form", abstract: "填报表往返：没装软件的党组织在 WPS 里填，交回来再收",
    discussion: "先 form export 导出，用 U 盘或聊天工具交给对方填写，收到后 form import。对方填表期间别人改过的，两种填法都保留，待核定。",
    subcommands: [Export.self, Import.self])

  struct Export: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "导出一个党组织的填报表")

    @Argument(help: ArgumentHelp("专项工作的名称或编号", valueName: "专项工作"))
    var campaign: String

    @Option(help: ArgumentHelp("哪个党组织（默认本单位）", valueName: "党组织"))
    var unit: String?

    @OptionGroup var paper: ReportCommand.PaperOptions
    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let campaign = try office.campaign(self.campaign)
      let unit = try office.unitOrOwn(unit)
      let format = try paper.resolved()
      guard format == .docx || format == .xlsx else {
        throw Refusal.usage("填报表只能是 .docx 或 .xlsx", hint: "其他格式填好后收不回来")
      }
      let made = try Papers(office, date: try session.today()).form(campaign, unit: unit)
      try ReportCommand.write(made, format, to: paper.output, session)
      session.say("填好后交回来：unitcli form import \(paper.output)")
    }
  }

  struct Import: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "收一份填好的填报表，记为代填；有一处不对就整份不收")

    @Argument(help: ArgumentHelp("填好的文件", valueName: "文件.docx"))
    var file: String

    @Option(help: ArgumentHelp("核对是哪个党组织的（不写就按表上的）", valueName: "党组织"))
    var unit: String?

    @Option(help: ArgumentHelp("核对是哪项专项工作的（不写就按表上的）", valueName: "专项工作"))
    var campaign: String?

    @Flag(name: .customLong("dry-run"), help: "只看结果，不保存")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try dryRun ? session.open() : session.openToWrite()
      let form = try FormIntake(session: session, office: office)
        .read(file, unit: unit, campaign: campaign)
      let screen = FormScreen(form: form, session: session)
      screen.tell()
      if !form.returned.problems.isEmpty { throw PaperError.badCells(form.returned.problems.count) }
      let standing = try session.sayEnding(of: form.unit, office)
      if dryRun {
        session.say("这是试看，没有保存。")
        session.emit(screen.json(written: nil, conflicts: 0).adding(standing))
        return
      }
      if session.console.isInteractive, !form.isEmpty, !session.confirm("收下以上内容？") { throw Refusal.declined }
      let onBehalf = form.unit.path != office.identity.unit
      let before = try office.conflicts(unit: form.unit.path).count
      let written = try office.take(
        form.returned.answers, rows: form.returned.rows, campaign: form.campaign, unit: form.unit,
        base: form.returned.mark.tips, onBehalf: onBehalf)
      try office.remember(form: form.returned.digest)
      let conflicts = max(0, try office.conflicts(unit: form.unit.path).count - before)
      session.say(
        written == nil
          ? "表上没有新内容，没有保存什么。" : "已收下 \(form.unit.label) 的填报表\(onBehalf ? "（代填）" : "")")
      if conflicts > 0 { session.say("其中 \(conflicts) 处填表期间别人也改过，两种填法都保留，待核定：unitcli conflicts list") }
      if let written { try session.saySaved(office, newIncarnation: written.newIncarnation) }
      session.emit(screen.json(written: written, conflicts: conflicts).adding(standing))
    }
  }
}

/// Reads a returned form against what stands in the workspace.
struct FormIntake {
  let session: Session
  let office: Office

  struct Found {
    let returned: ReturnedForm
    let campaign: Campaign
    let unit: DirectoryUnit
    let sheet: AnswerSheet

    var isEmpty: Bool {
      returned.answers.isEmpty && returned.rows.allSatisfy { $0.added.isEmpty && $0.changed.isEmpty }
    }
  }

  /// - Throws: ``PaperError``, ``ImportError``, ``OfficeError``.
  func read(_ file: String, unit named: String?, campaign wanted: String?) throws -> Found {
    let bytes = try PaperFile.bytes(file)
    let mark = try PaperMark(properties: try PackageProperties.read(bytes: bytes))
    if mark.school != office.identity.school { throw PaperError.otherSchool }
    guard let campaign = try office.campaign(ofPaper: mark.subject, at: mark.unit) else {
      throw Refusal(
        code: "unknownCampaign", message: "本机没有这份表所属的专项工作", hint: "请先运行 unitcli sync 接收，再收这份表")
    }
    if let wanted, try office.campaign(wanted).id != campaign.id {
      throw Refusal(code: "otherCampaign", message: "这份表属于“\(campaign.name)”，没有收", hint: "请核对文件，或改写专项工作的名称")
    }
    let directory = try office.directory()
    guard let unit = directory.units[mark.unit] else {
      throw Refusal(code: "unknownUnit", message: "本机没有这份表所属的党组织", hint: "请先运行 unitcli sync 接收名册，再收这份表")
    }
    if let named, try office.unit(named).path != unit.path {
      throw Refusal(code: "otherUnit", message: "这份表是 \(unit.label) 的，没有收", hint: "请核对文件，或改写党组织的名称")
    }
    let source = try office.paperSource(campaign, unit: unit)
    let returned = try ReturnedForm(bytes: bytes, mark: mark, source: source)
    if try office.hasTaken(form: returned.digest) { throw PaperError.alreadyTaken }
    return Found(returned: returned, campaign: campaign, unit: unit, sheet: source.sheet)
  }
}

/// What a returned form brings, beside what stands now.
struct FormScreen {
  let form: FormIntake.Found
  let session: Session

  func tell() {
    let returned = form.returned
    session.say("\(form.unit.label) 的“\(form.campaign.name.visibleName)”填报表，\(returned.mark.date)导出：")
    for answer in returned.answers {
      let now = current(answer)
      session.say(
        "  \(place(answer)) \(answer.field.title)：\(answer.field.display(answer.value))"
          + (now.isEmpty ? "" : "（现在是 \(now)）"))
    }
    for part in returned.rows where !part.added.isEmpty || !part.changed.isEmpty {
      session.say("  \(part.ledger.template.title)：新增 \(part.added.count) 行，改动 \(part.changed.count) 行")
    }
    for place in returned.emptied { session.say("  \(place)：表上是空的，原有内容保留") }
    for problem in returned.problems { session.say("  \(problem.place)：\(problem.reason)（\(problem.hint)）") }
    if form.isEmpty, returned.problems.isEmpty, returned.emptied.isEmpty { session.say("  与导出时相同，没有填新内容。") }
  }

  func json(written: Workspace.Written?, conflicts: Int) -> JSON {
    [
      "unit": .text(form.unit.path.description), "campaign": .text(form.campaign.id.description),
      "answers": .integer(form.returned.answers.count),
      "rowsAdded": .integer(form.returned.rows.reduce(0) { $0 + $1.added.count }),
      "rowsChanged": .integer(form.returned.rows.reduce(0) { $0 + $1.changed.count }),
      "emptied": .list(form.returned.emptied), "conflicts": .integer(conflicts),
      "entry": .optional(written) { .text($0.entry) },
    ]
  }

  private func place(_ answer: FormAnswer) -> String {
    let part = form.sheet.parts.first { $0.slot == answer.slot }
    let id = part?.template.items.first { $0.ordinal == answer.ordinal }?.id ?? "\(answer.ordinal)"
    return form.campaign.itemPlace(id, slot: answer.slot)
  }

  private func current(_ answer: FormAnswer) -> String {
    let register = form.sheet.parts.first { $0.slot == answer.slot }?.registers[answer.ordinal]?[answer.field]
    return (register?.values ?? []).filter { $0 != .nothing && $0 != answer.value }.map(answer.field.display)
      .joined(separator: "／")
  }
}
