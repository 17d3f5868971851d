import ArgumentParser
import SyncEngine
import SyncModel

struct InviteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invite", abstract: "发邀请、看邀请用没用过、撤销或重发邀请",
    discussion: "每份邀请只能让一台设备加入一次。内含加入凭据，请单独发给本人，不要转发到群里。",
    subcommands: [Issue.self, List.self, Revoke.self, Renew.self], defaultSubcommand: Issue.self)

  static func json(_ state: InvitationRecord.State) -> JSON { .text(state.rawValue) }

  static func title(_ state: InvitationRecord.State) -> String {
    switch state {
    case .open: "未使用"
    case .used: "已使用"
    case .expired: "已过期"
    case .revoked: "已撤销"
    case .ended: "已失效"
    }
  }
}

/// The options of an invitation that is made: how long, through which hub, and what it is written to.
struct InvitationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("汇总点地址，例如 https://hub.example.edu.cn（默认与本机相同）", valueName: "地址"))
  var hub: String?

  @Option(help: ArgumentHelp("有效期，例如 7d、12h，最长 30d", valueName: "期限"))
  var expires = "7d"

  @Option(help: ArgumentHelp("写成邀请文件；与 --under 合用时是文件夹", valueName: "文件"))
  var out: String?

  @Flag(help: "在屏幕上显示二维码")
  var qr = false

  @Option(name: .customLong("qr-file"), help: ArgumentHelp("二维码图片，.png 或 .svg", valueName: "文件"))
  var qrFile: String?
}
