import ArgumentParser
import Foundation
import SyncEngine
import SyncModel

struct JoinCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "凭邀请把这台电脑加入一个党组织",
    discussion: """
      不联网也能加入。清单在第一次联网时收取，本机同时由汇总点确认；此后断网也能填写。
      邀请在确认之前失效、过期或被别人用了，请上级重发一份，在原来的资料文件夹里再运行一次 join：只换邀请，已填的都保留。
      邀请码直接写在命令里，会留在命令记录和进程列表中；用邀请文件，或运行 unitcli join - 再粘贴，就不会。
      """)

  @Argument(help: ArgumentHelp("邀请文件；- 表示从标准输入粘贴邀请码；也可直接写邀请码", valueName: "邀请"))
  var invitation: String

  @Option(name: .customLong("device-name"), help: ArgumentHelp("给这台电脑起个名，例如 办公室电脑", valueName: "名称"))
  var deviceName: String?

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let invitation = try Self.read(self.invitation, session)
    if session.options.now != nil, !invitation.rehearsal { throw Refusal.notRehearsal }
    let name = try deviceName.map { try NameProfile.device.accepted($0) }
    let existing = try Self.existing(session)
    let office =
      try existing.map {
        try Office.rejoin(
          invitation, in: $0, person: session.givenPerson ?? "", deviceName: name,
          claimedMilliseconds: try session.claimedMilliseconds())
      }
      ?? Office.join(
        invitation, in: session.folder, person: session.givenPerson ?? "",
        deviceName: name ?? Office.deviceName(session.console.hostName()),
        claimedMilliseconds: try session.claimedMilliseconds())
    session.adopt(office)
    try session.emit([
      "unit": .text(invitation.unit.description), "replica": .text(try office.replica().description),
      "roles": .list(invitation.roles.names), "replaced": .bool(existing != nil),
    ])
    let rehearsal = invitation.rehearsal ? "【演练】" : ""
    let unit =
      invitation.unitName == invitation.schoolName
      ? "" : " \(DirectoryUnit(path: invitation.unit, name: invitation.unitName, kind: .branch).label)"
    session.say(
      "\(rehearsal)\(existing == nil ? "已加入" : "已换用新邀请加入") \(invitation.schoolName)\(unit)，职责：\(invitation.roles.titles)"
    )
    session.say(
      existing == nil ? "资料保存在 \(office.workspace.folder)" : "资料文件夹、本机密钥和已填的内容都没有动：\(office.workspace.folder)")
    session.say(
      invitation.hub.isEmpty
        ? "邀请里没有汇总点地址，请向上级索取后运行 unitcli sync --hub 地址。" : "联网后运行 unitcli sync 收取清单，此后断网也能填写。")
  }

  /// The workspace that stands in the folder already, whose invitation is to be replaced; nil where there is none.
  private static func existing(_ session: Session) throws -> Workspace? {
    do { return try Workspace(opening: session.folder) } catch WorkspaceError.noWorkspace { return nil }
  }

  /// An invitation in a file, from standard input, or as typed. No refusal quotes it: it may be the code.
  private static func read(_ text: String, _ session: Session) throws -> Invitation {
    if text == standardInput { return try Invitation(text: try pasted(session)) }
    let path = (text as NSString).expandingTildeInPath
    guard let file = FileHandle(forReadingAtPath: path) else {
      if Invitation.isTyped(text) { return try Invitation(text: text) }
      throw Refusal(
        code: "invitationNotFound", message: "没有找到邀请文件，写的也不是完整的邀请码",
        hint: "请检查文件名和所在文件夹；有邀请码的，请运行 unitcli join - 再完整粘贴")
    }
    defer { try? file.close() }
    guard let data = try? file.read(upToCount: Invitation.byteLimit * 4) else {
      throw OfficeError.badInvitation("读不出这个文件")
    }
    return try Invitation(text: String(decoding: data, as: UTF8.self))
  }

  private static let standardInput = "-"

  /// A person pastes one line; a pipe may bring a whole file.
  private static func pasted(_ session: Session) throws -> String {
    if session.console.isInteractive { return session.askUnseen("请粘贴邀请码，再按回车：") ?? "" }
    var text = ""
    while text.utf8.count <= Invitation.byteLimit * 4, let line = session.console.readLine() { text += line + "\n" }
    return text
  }
}
