import ArgumentParser
import Foundation
import SyncEngine
import SyncModel

struct JoinCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "凭邀请把这台电脑加入一个党组织",
    discussion: "不联网也能加入。清单在第一次联网时收取，本机同时由汇总点确认；此后断网也能填写。")

  @Argument(help: ArgumentHelp("邀请码（unitsync://join/…）或邀请文件", valueName: "邀请"))
  var invitation: String

  @Option(name: .customLong("device-name"), help: ArgumentHelp("给这台电脑起个名，例如 办公室电脑", valueName: "名称"))
  var deviceName: String?

  @OptionGroup var global: GlobalOptions

  private static let nameLimit = 60

  func perform(in session: Session) throws {
    let invitation = try Self.read(self.invitation)
    if session.options.now != nil, !invitation.rehearsal { throw Refusal.notRehearsal }
    let name = (deviceName ?? session.console.hostName()).trimmingBlanks()
    if name.count > Self.nameLimit { throw Refusal.usage("设备名称太长", hint: "最多 \(Self.nameLimit) 字") }
    let office = try Office.join(
      invitation, in: session.folder, person: session.givenPerson ?? "", deviceName: name.isEmpty ? "电脑" : name,
      claimedMilliseconds: try session.claimedMilliseconds())
    session.adopt(office)
    try session.emit([
      "unit": .text(invitation.unit.description), "replica": .text(try office.replica().description),
      "roles": .list(invitation.roles.names),
    ])
    let rehearsal = invitation.rehearsal ? "【演练】" : ""
    let unit = invitation.unitName == invitation.schoolName ? "" : " \(invitation.unitName)"
    session.say("\(rehearsal)已加入 \(invitation.schoolName)\(unit)，职责：\(invitation.roles.titles)")
    session.say("资料保存在 \(office.workspace.folder)")
    session.say(
      invitation.hub.isEmpty
        ? "邀请里没有汇总点地址，请向上级索取后运行 unitcli sync --hub 地址。" : "联网后运行 unitcli sync 收取清单，此后断网也能填写。")
  }

  /// An invitation as typed, or in a file.
  private static func read(_ text: String) throws -> Invitation {
    if text.contains(Invitation.scheme) { return try Invitation(text: text) }
    let path = (text as NSString).expandingTildeInPath
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw Refusal(
        code: "invitationNotFound", message: "没有找到邀请文件“\(text)”，它也不是邀请码",
        hint: "请检查文件名和所在文件夹，或把邀请码完整粘贴过来")
    }
    defer { try? file.close() }
    guard let data = try? file.read(upToCount: Invitation.byteLimit * 4) else {
      throw OfficeError.badInvitation("读不出文件“\(text)”")
    }
    return try Invitation(text: String(decoding: data, as: UTF8.self))
  }
}
