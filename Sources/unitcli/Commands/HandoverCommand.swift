import ArgumentParser
import SyncEngine
import SyncModel

/// The secretary changes: a new computer takes over from an old one.
struct HandoverCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "handover", abstract: "交接：给接任的人发邀请，对方加入时原设备随即停用",
    discussion: """
      交接前请先在原设备上同步一次。接任的人继续用原来那台电脑的，不用交接设备：以后用 --as 写上自己的姓名即可。
      例：unitcli handover 书记的笔记本 --out 交接.txt
      """)

  @Argument(help: ArgumentHelp("要交出的设备：编号或名称", valueName: "设备"))
  var device: String

  @OptionGroup var invitation: InvitationOptions
  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    _ = try TypedNames.span(invitation.expires)
    let office = try session.openToWrite()
    let device = try office.device(self.device)
    let unit = try office.unit(device.unit.description)
    let output = try InvitationOutput(session, invitation, office)
    if let out = invitation.out { try OutputFile.checkNew(out) }
    let draft = try office.draftInvitations(
      for: [unit], roles: device.roles, hub: output.hub, validMilliseconds: output.validMilliseconds)
    guard let issued = draft.first else { preconditionFailure("one unit, one invitation") }
    try office.handOver(device, by: issued)
    try output.show(issued, "已为接任\(try office.directory().label(of: device))的人发出邀请")
    session.say("对方在汇总点确认加入时，“\(device.name.visibleName)”随即停用；在那之前请让它再同步一次。")
    try session.saySaved(office)
  }
}
