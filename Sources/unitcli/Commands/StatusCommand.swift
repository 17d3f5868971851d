import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct StatusCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "看本机情况：存了什么、还有什么没送出、什么快到期")

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    let office = try session.open()
    let screen = try StatusScreen(office.status(), session, office)
    let left = try LeftBehindScreen(office.newlyLeftBehind(), session, office)
    session.emit(screen.json.adding(left.json))
    session.sayUnlessJSON(screen.lines(width: session.console.columns))
    if !session.options.json, !left.left.isEmpty {
      session.say(["", "⚠ 本机停用过的管理员设备："] + left.lines() + left.nextSteps)
    }
  }
}
