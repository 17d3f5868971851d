import SyncEngine
import SyncModel

extension Session {
  /// Beside every write: which unit it was for, with its path, since names may be alike.
  func sayConcerned(_ unit: DirectoryUnit) { say("所涉党组织：\(unit.label)") }

  /// What every save ends with: what is safe, and what would be lost with this laptop.
  @discardableResult
  func saySaved(_ office: Office, newIncarnation: Bool = false) throws -> Int {
    if newIncarnation { sayPastRenewed() }
    let unsent = try office.unsentEntries()
    say(try office.isTop() ? "已存本机，各单位同步时就会收到" : "已存本机，未送出 \(unsent) 条")
    return unsent
  }
}
