import ArgumentParser
import Foundation
import SyncEngine
import SyncModel
import SyncReports

struct InviteCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "invite", abstract: "给一个党组织的一台设备发邀请",
    discussion: "每份邀请只能用一次。内含加入凭据，请单独发给本人，不要转发到群里。")

  @Argument(help: ArgumentHelp("党组织的路径或名称", valueName: "党组织"))
  var unit: String

  @Option(help: ArgumentHelp("职责：reporter 填报人、signer 审签人、reviewer 审核人、inspector 督查人、admin 管理员；多个用、隔开", valueName: "职责"))
  var role: String

  @Option(help: ArgumentHelp("汇总点地址，例如 https://hub.example.edu.cn（默认与本机相同）", valueName: "地址"))
  var hub: String?

  @Option(help: ArgumentHelp("有效期，例如 7d、12h", valueName: "期限"))
  var expires = "7d"

  @Option(help: ArgumentHelp("写成邀请文件", valueName: "文件"))
  var out: String?

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let roles = try TypedNames.roles(role)
    let validMilliseconds = try TypedNames.span(expires)
    if let hub { try Self.check(hub: hub) }
    let office = try session.openToWrite()
    let unit = try office.unit(self.unit)
    if let out { try OutputFile.checkNew(out) }
    // Given, or where this computer syncs, or where it serves itself.
    let address =
      try (hub ?? office.workspace.hub() ?? office.workspace.servedAddresses().first).map {
        HubAddress($0)?.text ?? $0
      } ?? ""
    let invitation = try office.invite(unit, roles: roles, hub: address, validMilliseconds: validMilliseconds)
    let last = session.clock.minute(invitation.expires, thisYear: try session.today().year)
    session.emit([
      "invitation": .text(invitation.url), "unit": .text(unit.path.description), "role": .list(roles.names),
      "expires": .text(session.clock.iso8601(invitation.expires)), "hub": .text(address),
    ])
    session.say("已为 \(unit.name) 发出邀请（\(roles.titles)），只能用一次，\(last) 前有效")
    if let out {
      do {
        try OutputFile.write(Self.text(invitation, expires: last), to: out)
        session.say("邀请文件：\(out)，请单独交给本人")
      } catch {
        // The invitation is recorded; without these lines it could never be used.
        session.say("邀请文件没有写成，请直接发送下面这行：")
        session.say(invitation.url)
      }
    } else if !session.options.json {
      session.say(invitation.url)
    }
    if !address.isEmpty, invitation.hubDevice == nil {
      session.say("本机还没有和 \(address) 同步过，邀请里没有它的身份，对方第一次同步时才核对")
    }
    if address.isEmpty { session.say("邀请里没有汇总点地址，对方要另外索取；需要时请加 --hub 重发一份") }
    try session.saySaved(office)
  }

  private static func check(hub: String) throws {
    guard HubAddress(hub) != nil else {
      throw Refusal.usage("“\(hub)”不是汇总点地址", hint: "请写成 https://主机 或 http://主机:端口")
    }
  }

  private static func text(_ invitation: Invitation, expires: String) -> String {
    """
    \(invitation.rehearsal ? "【演练】" : "")\(invitation.schoolName)  加入邀请
    党组织：\(invitation.unitName)
    职责：\(invitation.roles.titles)
    有效期：\(expires) 前，只能在一台电脑上用一次

    使用方法：在本人电脑上运行  unitcli join 本文件

    \(invitation.url)

    """
  }
}
