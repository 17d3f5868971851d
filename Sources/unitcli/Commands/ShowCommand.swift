import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct ShowCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "查看填写情况；写上条目就看每个值的来历")

  @Argument(help: ArgumentHelp("专项工作的名称或编号", valueName: "专项工作"))
  var campaign: String

  @Argument(help: ArgumentHelp("条目编号", valueName: "条目"))
  var item: String?

  @Option(help: ArgumentHelp("看哪个党组织（默认本单位）", valueName: "党组织"))
  var unit: String?

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let office = try session.open()
    let campaign = try office.campaign(self.campaign)
    let unit = try office.unitOrOwn(self.unit)
    let wanted = try item.map { try office.item($0, of: campaign) }
    let screen = SheetScreen(
      sheet: try office.sheet(campaign, unit: unit),
      evidence: try office.evidence(of: unit, campaign: campaign, item: wanted?.item.isLeaf == true ? wanted : nil),
      office: office, viewer: try Viewer(session, office))
    let standing = try session.sayEnding(of: unit, office)
    try session.emit(try screen.json(wanted).adding(standing))
    try session.sayUnlessJSON(
      try wanted.map { try screen.detail($0, width: session.console.columns) }
        ?? screen.overview(width: session.console.columns))
  }
}
