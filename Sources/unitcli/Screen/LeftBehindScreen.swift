import SyncEngine
import SyncModel
import SyncReports

/// What a stopped administrator's device leaves behind, on the screen and as JSON, and whether it is to be ended as well.
struct LeftBehindScreen {
  let left: LeftBehind
  private let directory: Directory
  private let clock: ClockText
  private let thisYear: Int

  /// Lines of each kind; more are counted.
  private static let toldLines = 20

  init(_ left: LeftBehind, _ session: Session, _ office: Office) throws {
    self.left = left
    directory = try office.directory()
    clock = try session.clock
    thisYear = try session.today().year
  }

  var json: JSON {
    [
      "openInvitations": .array(
        left.invitations.map {
          [
            "id": .text($0.id.description), "unit": .text($0.unit.description), "roles": .list($0.roles.names),
            "expires": .text(clock.iso8601($0.expires)), "issuer": .text($0.offer.issuer.description),
          ]
        }),
      "joinedDevices": .array(
        left.devices.map {
          [
            "device": .text($0.id.description), "unit": .text($0.unit.description), "name": .text($0.name),
            "roles": .list($0.roles.names),
          ]
        }),
    ]
  }

  /// - Parameter consequence: what becomes of the invitations.
  func lines(_ consequence: String = "还没有收到停用消息的汇总点，仍会凭它让人加入") -> [String] {
    section("它发出的邀请还有 \(left.invitations.count) 份未使用；\(consequence)：", left.invitations) {
      "\(directory.label(of: $0.unit))  \($0.roles.titles)  \(clock.minute($0.expires, thisYear: thisYear)) 前  编号 \($0.id.short)"
    }
      + section("经它加入、这里还没有人看过的设备有 \(left.devices.count) 台，现在仍有职责：", left.devices) {
        "\(directory.label(of: $0))  \($0.roles.titles)"
      }
  }

  /// Every one has a line of its own: nothing of it is only counted.
  var isWhole: Bool { max(left.invitations.count, left.devices.count) <= Self.toldLines }

  private func section<Item>(_ title: String, _ items: [Item], _ line: (Item) -> String) -> [String] {
    if items.isEmpty { return [] }
    return [title] + items.prefix(Self.toldLines).map { "  " + line($0) }
      + (items.count > Self.toldLines ? ["  …… 共 \(items.count)，其余见 unitcli invite list、unitcli device list"] : [])
  }

  /// What to type, where nobody was asked or the answer was no.
  var nextSteps: [String] {
    let revoke = left.invitations.prefix(Self.toldLines).map(\.id.short)
    return (revoke.isEmpty ? [] : ["要作废这些邀请：unitcli invite revoke \(revoke.joined(separator: " "))"])
      + left.devices.prefix(Self.toldLines).map { "要停用：unitcli device revoke \($0.id.short) --reason 原因" }
  }

  /// What of it is ended: what the options say, else what somebody at a keyboard answers.
  func chosen(endInvitations: Bool = false, stopDevices: Bool = false, _ session: Session) -> LeftBehind {
    let asks = session.console.isInteractive && !session.options.json
    func isChosen(_ option: Bool, _ isEmpty: Bool, _ question: String) -> Bool {
      !isEmpty && (option || (asks && session.confirm(question)))
    }
    return LeftBehind(
      invitations: isChosen(endInvitations, left.invitations.isEmpty, "一并作废这 \(left.invitations.count) 份邀请？")
        ? left.invitations : [],
      devices: isChosen(stopDevices, left.devices.isEmpty, "一并停用这 \(left.devices.count) 台设备？") ? left.devices : [])
  }
}
