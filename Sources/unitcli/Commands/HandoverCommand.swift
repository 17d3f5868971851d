import ArgumentParser
import SyncEngine
import SyncModel

/// The secretary changes: a new computer takes over from an old one.
struct HandoverCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "handover", abstract: "交接：给接任的人发邀请，对方加入时原设备随即停用",
    discussion: """
      交接前请先在原设备上同步一次。原设备是管理员的，它发出而没有用过的邀请随之作废，或由接任的设备以自己的名义接着发（--invitations）；已加入的设备不受影响。接任的人继续用原来那台电脑的，不用交接设备：以后用 --as 写上自己的姓名即可。
      例：unitcli handover 书记的笔记本 --out 交接.txt
      """)

  @Argument(help: ArgumentHelp("要交出的设备：编号或名称", valueName: "设备"))
  var device: String

  @Option(help: ArgumentHelp("原设备发出而没有用过的邀请：end 作废（默认）、hand-on 由接任的设备接着发", valueName: "办法"))
  var invitations: String?

  @OptionGroup var invitation: InvitationOptions
  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    _ = try TypedNames.span(invitation.expires)
    let said = try invitations.map(Self.handsOn)
    let office = try session.openToWrite()
    let device = try office.device(self.device)
    let unit = try office.unit(device.unit.description)
    let output = try InvitationOutput(session, invitation, office)
    if let out = invitation.out { try OutputFile.checkNew(out) }
    let draft = try office.draftInvitations(
      for: [unit], roles: device.roles, hub: output.hub, validMilliseconds: output.validMilliseconds)
    guard let issued = draft.first else { preconditionFailure("one unit, one invitation") }
    let open = LeftBehind(invitations: try office.openInvitations(of: device.id))
    let screen = try LeftBehindScreen(open, session, office)
    session.sayUnlessJSON(screen.lines("交接以后作废，或由接任的设备接着发"))
    let handingOn = said ?? Self.ask(open, session)
    try office.handOver(device, by: issued, handingOn: handingOn)
    try output.show(
      issued, "已为接任\(try office.directory().label(of: device))的人发出邀请",
      more: screen.json.adding(["handsOnInvitations": .bool(handingOn)]))
    session.say("对方在汇总点确认加入时，“\(device.name.visibleName)”随即停用；在那之前请让它再同步一次。")
    if !open.invitations.isEmpty {
      session.say(
        handingOn
          ? "它发出而没有用过的邀请，由接任的设备第一次同步时以自己的名义接着发，原来的邀请文件照样能用。"
          : "它发出而没有用过的邀请届时作废；要接着用，请改用 --invitations hand-on 另发一份交接邀请，并撤销这一份。")
    }
    try session.saySaved(office)
  }

  private static func handsOn(_ text: String) throws -> Bool {
    switch text {
    case "end", "作废": return false
    case "hand-on", "接着发": return true
    default: throw Refusal.usage("没有“\(text)”这种办法", hint: "可选：end（作废）、hand-on（由接任的设备接着发）")
    }
  }

  /// Ended, unless somebody says otherwise.
  private static func ask(_ open: LeftBehind, _ session: Session) -> Bool {
    if open.invitations.isEmpty || !session.console.isInteractive || session.options.json { return false }
    return session.confirm("默认随交接作废。改由接任的设备接着发？")
  }
}
