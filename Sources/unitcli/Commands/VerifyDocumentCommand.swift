import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct VerifyDocumentCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-document", abstract: "核对导出的文件：有没有被改动，数字和现在的数据是否一致",
    discussion: "只有本软件导出的 .docx、.xlsx 能核对。不一致时逐行列出，退出码为 1。")

  @Argument(help: ArgumentHelp("导出的文件", valueName: "文件"))
  var file: String

  @OptionGroup var global: GlobalOptions

  private static let shownDifferences = 20

  func perform(in session: Session) throws {
    let office = try session.open()
    let bytes = try PaperFile.bytes(file)
    let mark = try PaperMark(properties: try PackageProperties.read(bytes: bytes))
    if mark.school != office.identity.school { throw PaperError.otherSchool }
    let written = try PaperLines(bytes: bytes)
    let isForm = mark.kind == .form
    let isAltered = written.digest != mark.content || !PaperFile.prints(mark.code, bytes)
    try checkHeld(mark, isAltered, office)
    let made = try remake(mark, office)
    let isSameCut = made.mark?.cut == mark.cut
    let format: DocumentFormat = try PaperFile.isWorkbook(bytes) ? .xlsx : .docx
    let differences = written.differences(from: PaperLines(made.document, format: format))
    let ok = differences.isEmpty && !isAltered
    session.emit([
      "ok": .bool(ok), "code": .text(mark.code), "kind": .text(mark.kind.rawValue),
      "unit": .text(mark.unit.description), "date": .text(mark.date.description), "altered": .bool(isAltered),
      "sameCut": .bool(isSameCut),
      "differences": .array(
        differences.map { ["file": .optional($0.here, JSON.text), "now": .optional($0.there, JSON.text)] }),
    ])
    session.say("校验码 \(mark.code)，\(try office.directory().name(of: mark.unit))，\(mark.date)导出")
    if isAltered { session.say(isForm ? "这是填报表，导出后填写过。" : "注意：文件导出后内容被改动过，请以重新导出的为准。") }
    if !isSameCut { session.say("导出以后，数据又有新的填写。") }
    if differences.isEmpty {
      session.say("文件与本机现在的数据一致。")
    } else {
      session.say("有 \(differences.count) 处与本机现在的数据不同：")
      for difference in differences.prefix(Self.shownDifferences) {
        let (place, here, there) = Self.told(difference.here, difference.there)
        session.say("  \(place)文件：\(here)；现在：\(there)")
      }
      if differences.count > Self.shownDifferences {
        session.say("  还有 \(differences.count - Self.shownDifferences) 处。")
      }
    }
    if !ok {
      // What was found is on the screen; the code is for scripts.
      session.end()
      throw ExitCode(1)
    }
  }

  /// What two rows share names the place; the rest is what differs.
  private static func told(_ here: String?, _ there: String?) -> (place: String, here: String, there: String) {
    func parts(_ text: String?) -> [Substring] { (text ?? "").split(separator: "｜") }
    func short(_ text: Substring) -> String { text.count > 24 ? text.prefix(24) + "…" : String(text) }
    let (left, right) = (parts(here), parts(there))
    let shared = zip(left, right).prefix { $0 == $1 }.count
    let place = left.prefix(shared).max { $0.count < $1.count }.map { "“\(short($0))”" } ?? ""
    func rest(_ parts: [Substring], _ text: String?) -> String {
      if text == nil { return "（没有这一行）" }
      let rest = parts.dropFirst(shared).map(short).joined(separator: "｜")
      return rest.isEmpty ? "（空）" : rest
    }
    return (place, rest(left, here), rest(right, there))
  }

  /// What this computer does not hold it cannot compare with.
  private func checkHeld(_ mark: PaperMark, _ isAltered: Bool, _ office: Office) throws {
    let isRegister = LedgerLookup.standing.contains {
      $0.ledger.subject == mark.subject && $0.ledger.channel == .internal
    }
    let home = office.identity.unit
    let isHeld = try isRegister ? mark.unit == home : office.directory().tree.contains(home, mark.unit)
    if isHeld { return }
    throw Refusal(
      code: "notHeldHere",
      message: "文件\(isAltered ? "导出后被改动过" : "没有被改动")；本机没有“\(try office.directory().name(of: mark.unit))”的内容，不能核对数字",
      hint: "请到该党组织或其上级的电脑上核对")
  }

  /// The same paper out of what is here now.
  private func remake(_ mark: PaperMark, _ office: Office) throws -> Papers.Made {
    let papers = Papers(office, date: mark.date)
    let unit = try office.unit(mark.unit.description)
    if mark.kind == .ledger {
      let lookup = try LedgerLookup(office)
      guard
        let found = lookup.all.first(where: {
          $0.ledger.subject == mark.subject && $0.ledger.slot == mark.slot
        })
      else {
        throw Refusal(code: "unknownLedger", message: "本机没有这份台账", hint: "请先运行 unitcli sync 接收")
      }
      // A paper of all ledgers of one name: as many as there are now.
      let ledgers =
        mark.templates.count > 1
        ? try lookup.reading(found.ledger.template.title, under: unit.path).map(\.ledger) : [found.ledger]
      return try papers.ledger(ledgers, under: unit)
    }
    guard let campaign = try office.campaign(ofPaper: mark.subject, at: mark.unit) else {
      throw Refusal(code: "unknownCampaign", message: "本机没有这份文件所属的专项工作", hint: "请先运行 unitcli sync 接收")
    }
    switch mark.kind {
    case .sheet: return try papers.sheet(campaign, unit: unit, slot: mark.slot == 0 ? nil : mark.slot)
    case .form: return try papers.form(campaign, unit: unit)
    case .progress: return try papers.overview(.progress, campaign, under: unit.path)
    case .score, .ledger: return try papers.overview(.score, campaign, under: unit.path)
    }
  }
}
