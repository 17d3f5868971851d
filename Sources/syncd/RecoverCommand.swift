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
      本机与它同步（unitcli sync --hub 地址），学校的资料就会收回来；然后用 unitcli device revoke 停用丢失的设备。
      """)

  @Option(help: ArgumentHelp("新资料库文件夹", valueName: "文件夹"))
  var data: String

  @Option(name: .customLong("root-key"), help: ArgumentHelp("另存的学校根密钥 root.key", valueName: "文件"))
  var rootKey: String

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
    let office = try Office.recoverSchool(
      in: data, rootSeed: seed, root: id, rehearsal: rehearsal, person: person,
      deviceName: ProcessInfo.processInfo.hostName, claimedMilliseconds: Platform.wallMilliseconds)
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
}
