import ArgumentParser
import Foundation
import SyncEngine
import SyncModel

/// `syncd recover`: the school's root key puts a new administrator's device in place of those that are lost.
struct RecoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover", abstract: "管理员的设备都丢失时，用学校根密钥重新任命一台",
    discussion: """
      只在没有备份可还原时使用。新资料库先是空的：把生成的任命文件交给任何一个汇总点，对方用 unitcli bundle import 收下后，
      本机与它同步（unitcli sync --hub 地址），学校的资料就会收回来。

      同步以后，加 --revoke 再运行一次，用根密钥停用丢失的设备：根密钥说的话高于一切管理员，捡到那台设备的人改不回来；
      本机若已被它停用，同时恢复。生成的文件照样交给汇总点收下。
      """)

  @Option(help: ArgumentHelp("新资料库文件夹", valueName: "文件夹"))
  var data: String

  @Option(name: .customLong("root-key"), help: ArgumentHelp("另存的学校根密钥 root.key", valueName: "文件"))
  var rootKey: String

  @Option(help: ArgumentHelp("不建新资料库，而在已恢复并同步过的资料库里用根密钥停用这台设备", valueName: "设备编号或名称"))
  var revoke: String?

  @Option(help: ArgumentHelp("停用的理由，会写在通知里", valueName: "文字"))
  var reason = "遗失"

  @Option(help: ArgumentHelp("学校在路径里的代号，与建校时相同", valueName: "代号"))
  var id = "school"

  @Flag(help: "那是一所演练学校")
  var rehearsal = false

  @Option(name: .customLong("as"), help: ArgumentHelp("在键盘前的人", valueName: "姓名"))
  var person = "管理员"

  func run() throws {
    guard let seed = try Platform.readPrivate((rootKey as NSString).expandingTildeInPath) else {
      throw WorkspaceError.keyMissing(path: rootKey)
    }
    if let revoke { return try stop(revoke, rootSeed: seed) }
    let office = try Office.recoverSchool(
      in: data, rootSeed: seed, root: id, rehearsal: rehearsal, person: person,
      deviceName: Office.deviceName(ProcessInfo.processInfo.hostName), claimedMilliseconds: Platform.wallMilliseconds)
    Output.sayNotices(of: office.workspace)
    try office.workspace.endCommand(of: person)
    let folder = office.workspace.folder
    let file = folder + "/appointment.unitsync"
    try Platform.writePrivate(try office.appointment(), to: file)
    try Output.say([
      "已用根密钥任命本机，资料在 \(folder)",
      "学校标识：\(office.identity.school)（请与原来的核对，不同就是密钥、代号或演练标记不对）",
      "根密钥没有留在资料文件夹里：请把 \(rootKey) 收回安全处，不要留在这台电脑上",
      "任命文件：\(file)",
      "下一步：把任命文件交给任何一个汇总点，用 unitcli bundle import 收下，再运行 unitcli --data \(folder) sync --hub 它的地址",
    ])
  }

  private func stop(_ text: String, rootSeed: [UInt8]) throws {
    let office = Office(
      try Workspace(opening: data), person: person, claimedMilliseconds: Platform.wallMilliseconds)
    let device = try office.device(text)
    let left = try office.leftBehind(by: device.id)
    try office.revoke(device, rootSeed: rootSeed, reason: reason)
    Output.sayNotices(of: office.workspace)
    try office.workspace.endCommand(of: person)
    let folder = office.workspace.folder
    let file = folder + "/revocation.unitsync"
    try Platform.writePrivate(try office.appointment(), to: file)
    try Output.say([
      "已用根密钥停用\(try office.directory().label(of: device))；到此刻本机已收到的内容照旧算数",
      "停用文件：\(file)",
      "下一步：把停用文件交给各汇总点，用 unitcli bundle import 收下；再用 unitcli device list 查看有没有不认得的设备",
    ])
    if left.isEmpty { return }
    try Output.say([
      "它发出而没有用过的邀请 \(left.invitations.count) 份，经它加入、这里还没有人看过的设备 \(left.devices.count) 台：请逐一查看，不该有的就作废、停用",
      "  unitcli invite list --state ended；unitcli invite revoke 编号；unitcli device revoke 编号 --reason 原因",
    ])
  }
}
