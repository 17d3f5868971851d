import SyncEngine
import SyncModel

extension Session {
  /// Beside every write that concerns another unit: which one it was.
  func sayConcerned(_ unit: DirectoryUnit, _ isOther: Bool) {
    if isOther { say("所涉党组织：\(unit.label)") }
  }

  /// What every save ends with: what is safe, and what would be lost with this laptop.
  @discardableResult
  func saySaved(_ office: Office, newIncarnation: Bool = false) throws -> Int {
    if newIncarnation { sayPastRenewed() }
    let unsent = try office.unsentEntries()
    say(try office.isTop() ? "已存本机，各单位同步时就会收到" : "已存本机，未送出 \(unsent) 条")
    return unsent
  }
}
