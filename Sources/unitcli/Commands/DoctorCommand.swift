import ArgumentParser
import SyncEngine
import SyncModel

struct DoctorCommand: OfficeCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "体检：磁盘、权限、资料完整、时钟、未送出的填写",
    discussion: "只看不改；加 --fix 时把别人能读到的文件改为只有本人能读，把损坏的佐证材料移到一边，清理没有用处的文件。")

  @Flag(help: "把别人能读到的文件改为只有本人能读，清理没有用处的佐证材料文件")
  var fix = false

  @OptionGroup var global: GlobalOptions

  func perform(in session: Session) throws {
    // Not through the session, which would already act on what is to be looked at, and which cannot open a sick folder.
    let checkup = try Checkup(of: session.folder, nowMilliseconds: session.console.wallMilliseconds(), fix: fix)
    session.emit([
      "ok": .bool(checkup.ok),
      "checks": .array(
        checkup.findings.map {
          [
            "check": .text($0.check), "state": .text($0.state.rawValue), "message": .text($0.message),
            "hint": .text($0.hint),
          ]
        }),
    ])
    for finding in checkup.findings {
      session.say("\(Self.mark(finding.state)) \(finding.message)")
      if finding.state != .well, !finding.hint.isEmpty { session.say("  下一步：\(finding.hint)") }
    }
    let bad = checkup.findings.filter { $0.state == .bad }
    guard let first = bad.first else { return }
    throw Refusal(code: "unhealthy", message: "有 \(bad.count) 处要处理", hint: first.hint)
  }

  private static func mark(_ state: Checkup.State) -> String {
    switch state {
    case .well: "✓"
    case .notice: "⚠"
    case .bad: "✗"
    }
  }
}
