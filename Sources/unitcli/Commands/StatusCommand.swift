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
    session.emit(screen.json)
    session.sayUnlessJSON(screen.lines(width: session.console.columns))
  }
}
