import ArgumentParser
import Foundation
import SyncEngine
import SyncModel

/// `syncd init`: a new school with its root key and a first device that has every role.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "init", abstract: "新建一所学校的资料库")

  @Option(help: ArgumentHelp("资料库文件夹", valueName: "文件夹"))
  var data: String

  @Option(help: ArgumentHelp("学校名称", valueName: "名称"))
  var name: String

  @Option(help: ArgumentHelp("学校在路径里的代号", valueName: "代号"))
  var id = "school"

  @Flag(help: "演练：供试用，内容不能进入正式资料")
  var rehearsal = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("学校所在的时区，日子和期限都按它算，建校后不能改", valueName: "时区"))
  var zone = SchoolZone.standard.description

  @Option(name: .customLong("as"), help: ArgumentHelp("在键盘前的人", valueName: "姓名"))
  var person = "管理员"

  func run() throws {
    guard let zone = SchoolZone(text: zone) else { throw BadZone(text: zone) }
    let office = try Office.foundSchool(
      in: data, name: name, root: id, rehearsal: rehearsal, zone: zone, person: person,
      deviceName: Office.deviceName(ProcessInfo.processInfo.hostName), claimedMilliseconds: Platform.wallMilliseconds)
    try office.workspace.endCommand(of: office.person)
    Output.sayNotices(of: office.workspace)
    let folder = office.workspace.folder
    // What fails here is made by the first `serve` that needs it.
    let certificate = try? HubCertificate(of: folder, names: TransportChoice.names(listening: "", url: nil))
    try Output.say(
      [
        "已建立“\(try office.directory().schoolName)”\(rehearsal ? "（演练）" : "")，资料在 \(folder)",
        "学校标识：\(office.identity.school)",
        "学校时区：\(zone)，日子和期限都按它算，与各台电脑自己的时区无关",
        "学校根密钥：\(folder)/root.key —— 请另存一份放在安全处（丢失后无法再任命管理员）",
      ] + [certificate?.pin].compactMap { $0.map { "汇总点证书：\(folder)/tls.crt，指纹 \($0)（邀请里会自动写上）" } } + [
        "下一步：unitcli --data \(folder) unit add \(id)/… 登记党组织，syncd serve --data \(folder) 开始接收"
      ])
  }
}

/// `--zone` names no zone.
struct BadZone: ExplainedError, Hashable {
  var text: String

  var code: String { "usage" }
  var message: String { "“\(text)”不是时区，没有建校" }
  var hint: String { "请写成与世界时相差的时和分，例如 +08:00，从 -12:00 到 +14:00；不写就是北京时间 +08:00" }
}
