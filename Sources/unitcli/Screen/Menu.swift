import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

/// What is due, numbered; at a terminal one can be chosen and done at once.
struct Menu {
  private let session: Session

  init(_ session: Session) {
    self.session = session
  }

  struct Choice {
    let text: String
    /// The command that does it.
    let arguments: [String]
    let json: JSON
  }

  func run() async throws {
    let office: Office
    do { office = try session.open() } catch WorkspaceError.noWorkspace(let path) where !session.options.json {
      session.say("这台电脑还没有加入党组织（\(path) 里没有资料）。")
      session.say("请向上级要一份邀请文件，然后运行：unitcli join 邀请文件")
      session.say("全部命令：unitcli --help")
      return
    }
    let screen = try StatusScreen(office.status(), session, office)
    let choices = choices(screen)
    session.emit(screen.json.adding(["due": .array(choices.map(\.json))]))
    session.say([screen.title, screen.safety] + [screen.status.ending?.sentence].compactMap { $0 } + [""])
    if choices.isEmpty {
      session.say(
        screen.status.entries == 0
          ? "还没有收到清单，联网后请运行 unitcli sync。全部命令：unitcli --help" : "眼下没有要办的事。全部命令：unitcli --help")
    }
    for (index, choice) in choices.enumerated() {
      session.say("\(DisplayWidth.pad("\(index + 1)", to: 2, alignment: .right)). \(choice.text)")
    }
    guard session.console.isInteractive, !session.options.json, !choices.isEmpty else { return }
    session.say()
    guard let chosen = try ask(choices) else { return }
    // What is above has been shown; the command chosen begins anew.
    session.end()
    var arguments = chosen.arguments
    if let data = session.options.data { arguments += ["--data", data] }
    if let person = session.options.person { arguments += ["--as", person] }
    if let now = session.options.now { arguments += ["--now", now] }
    session.say()
    let code = await Runner.run(arguments, console: session.console)
    if code != 0 { throw ExitCode(code) }
  }

  private func ask(_ choices: [Choice]) throws -> Choice? {
    while let text = try session.ask("办哪一件？填编号，回车退出："), !text.isEmpty {
      if let number = Numerals.value(Numerals.halfWidth(text)), choices.indices.contains(number - 1) {
        return choices[number - 1]
      }
      session.say("请填 1 到 \(choices.count) 之间的编号。")
    }
    return nil
  }

  private func choices(_ screen: StatusScreen) -> [Choice] {
    var choices: [Choice] = []
    // A unit that takes part no more has nothing due; what it wants to fill in all the same, `fill` takes.
    let open = screen.status.ending == nil ? screen.campaigns.filter(\.summary.lacksAnswers) : []
    for (campaign, summary) in open {
      let due =
        screen.deadlines.first { $0.campaign.id == campaign.id && $0.title == "填报" }
        .map { "，\($0.due.month)月\($0.due.day)日截止，\($0.distance)" } ?? ""
      if summary.total == 0 {
        choices.append(
          Choice(
            text: "填写“\(campaign.name)”的台账：\(ScoreText.rows(summary))\(due)", arguments: ["ledger", "list"],
            json: ["kind": "ledger", "campaign": .text(campaign.id.description), "name": .text(campaign.name)]))
        continue
      }
      choices.append(
        Choice(
          text: "填写“\(campaign.name)”：已填 \(summary.filled)/\(summary.total)\(due)",
          arguments: ["fill", campaign.id.description],
          json: [
            "kind": "fill", "campaign": .text(campaign.id.description), "name": .text(campaign.name),
            "empty": .integer(summary.total - summary.filled),
          ]))
    }
    if screen.status.conflicts > 0 {
      choices.append(
        Choice(
          text: "核定填写不一致：\(screen.status.conflicts) 处", arguments: ["conflicts", "list"],
          json: ["kind": "conflicts", "count": .integer(screen.status.conflicts)]))
    }
    if screen.status.changedSettlements > 0 {
      choices.append(
        Choice(
          text: "再看核定后改动的：\(screen.status.changedSettlements) 处", arguments: ["conflicts", "list"],
          json: ["kind": "changedAfterSettling", "count": .integer(screen.status.changedSettlements)]))
    }
    if screen.status.unsentEntries > 0 {
      choices.append(
        Choice(
          text: "送出：\(screen.status.unsentEntries) 条还只在本机（unitcli sync）", arguments: ["sync"],
          json: ["kind": "unsent", "count": .integer(screen.status.unsentEntries)]))
    }
    return choices
  }
}
