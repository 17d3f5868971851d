import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct FillCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "fill", abstract: "逐项填写还空着的条目",
    discussion: "逐项提问：直接回车跳过，q 结束。每答一项立即保存。")

  @Argument(help: ArgumentHelp("专项工作的名称或编号", valueName: "专项工作"))
  var campaign: String

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let office = try session.openToWrite()
    try FillWalk(session, office, campaign: try office.campaign(campaign)).run()
  }
}

/// The walk through what is empty in the own unit's answers.
struct FillWalk {
  private let session: Session
  private let office: Office
  private let campaign: Campaign
  private let unit: DirectoryUnit
  private let sheet: AnswerSheet
  private let writer: AnswerWriter

  init(_ session: Session, _ office: Office, campaign: Campaign) throws {
    self.session = session
    self.office = office
    self.campaign = campaign
    unit = try office.ownUnit()
    sheet = try office.sheet(campaign, unit: unit)
    writer = try AnswerWriter(session, office, campaign: campaign, unit: unit, onBehalf: false)
  }

  private enum Answer {
    case skip
    case leave
    case values([AnswerField: Value])
  }

  func run() throws {
    let empty = sheet.parts.flatMap { part in
      part.template.leaves.filter { !part.isFilled($0) }
        .map { CampaignItem(slot: part.slot, template: part.template, item: $0) }
    }
    var saved = 0
    var refused: [(item: String, place: String, message: String)] = []
    var newIncarnation = false
    let standing = try session.sayEnding(of: unit, office)
    if empty.isEmpty {
      session.say("“\(campaign.name)”没有还空着的项")
      for part in sheet.parts where part.rowCount != nil {
        session.say("“\(part.template.title)”逐行填写，\(ScoreText.rows(part.rowCount ?? 0))：unitcli ledger add")
      }
    } else {
      session.say("“\(campaign.name)”还有 \(empty.count) 项没有填。回车跳过，q 结束，每答一项立即保存。")
      try writer.sayOutsideWindow()
    }
    walk: for (index, item) in empty.enumerated() {
      session.say()
      session.say(heading(item, number: index + 1, of: empty.count))
      while true {
        do {
          switch try ask(item) {
          case .leave: break walk
          case .skip: continue walk
          case .values(let values):
            newIncarnation = try writer.save(item, values).written.newIncarnation || newIncarnation
            saved += 1
            continue walk
          }
        } catch let error as any ExplainedError where !(error is WorkspaceError) {
          let outcome = Outcome(error)
          session.say(outcome.hint.isEmpty ? outcome.message : "\(outcome.message)。\(outcome.hint)")
          if session.console.isInteractive { continue }
          // Whoever wrote the answers down beforehand wrote one line an item: asking again would shift the rest.
          refused.append((name(item), place(item), outcome.message))
          continue walk
        }
      }
    }
    try finish(
      saved: saved, remaining: empty.count - saved, refused: refused, newIncarnation: newIncarnation,
      standing: standing)
  }

  private func finish(
    saved: Int, remaining: Int, refused: [(item: String, place: String, message: String)], newIncarnation: Bool,
    standing: JSON
  ) throws {
    session.say()
    session.say("这次填了 \(saved) 项，还有 \(remaining) 项空着")
    if saved > 0 { session.sayConcerned(unit) }
    if !refused.isEmpty {
      session.say("没有存的：" + refused.map { "\($0.place)（\($0.message)）" }.joined(separator: "、"))
    }
    let unsent = try session.saySaved(office, newIncarnation: newIncarnation)
    let told: JSON = [
      "saved": .integer(saved), "remaining": .integer(remaining),
      "refused": .array(refused.map { ["item": .text($0.item), "message": .text($0.message)] }),
      "unsent": .integer(unsent),
    ]
    session.emit(told.adding(standing))
  }

  private func name(_ item: CampaignItem) -> String {
    campaign.itemName(item.item.id, slot: item.slot)
  }

  private func place(_ item: CampaignItem) -> String { campaign.itemPlace(item.item.id, slot: item.slot) }

  private func heading(_ item: CampaignItem, number: Int, of count: Int) -> [String] {
    let points = item.item.node.points.map { "（\($0) 分）" } ?? ""
    return LineWrap.lines(
      "[\(number)/\(count)] \(place(item))  \(item.item.node.text)\(points)", columns: session.console.columns)
  }

  private func ask(_ item: CampaignItem) throws -> Answer {
    let isScored = item.item.node.points != nil
    let question = isScored ? "自评分（不适用就填“不适用”）：" : "状态（已完成、进行中、未完成、不适用），或直接写完成情况："
    guard let text = try session.ask(question) else { return .leave }
    if text.isEmpty { return .skip }
    if ["q", "Q", "ｑ"].contains(text) { return .leave }
    if let status = AnswerStatus(text), !isScored || status == .notApplicable {
      return .values([.status: .choice(status.rawValue)])
    }
    let field: AnswerField = isScored ? .selfScore : .completion
    return .values([field: try field.parse(text, item: item.item)])
  }
}
