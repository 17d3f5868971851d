import ArgumentParser
import SyncEngine
import SyncModel

extension DeviceCommand {
  struct Revoke: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "停用一台设备，或收回它的部分职责；已收到的内容照旧算数，之后写的另存、不显示",
      discussion: """
        管理员的设备停用以后，它发出而没有用过的邀请就不再有效，已经加入的设备不受影响。停用时列出这些邀请，以及经它加入、这里还没有人看过的设备，可以一并作废、停用。
        例：unitcli device revoke 书记的笔记本 --reason 离任
        """)

    @Argument(help: ArgumentHelp("设备编号（至少 4 位）、写入序列编号或设备名称", valueName: "设备"))
    var device: String

    @Option(help: ArgumentHelp("只收回这些职责；不写就全部收回", valueName: "职责"))
    var role: String?

    @Option(help: ArgumentHelp("原因，会记入日志", valueName: "原因"))
    var reason: String

    @Flag(name: .customLong("end-invitations"), help: "一并作废它发出而没有用过的邀请，不再询问")
    var endInvitations = false

    @Flag(name: .customLong("stop-joined"), help: "一并停用列出的、经它加入的设备，不再询问")
    var stopJoined = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let roles = try role.map(TypedNames.roles) ?? .all
      let office = try session.openToWrite()
      let device = try office.device(self.device)
      let taken = device.roles.intersection(roles)
      let screen = try LeftBehindScreen(
        taken.contains(.admin) ? office.leftBehind(by: device.id) : LeftBehind(), session, office)
      session.sayUnlessJSON(screen.lines())
      // Asked before anything is written: all of it is one transaction.
      let chosen = screen.chosen(endInvitations: endInvitations, stopDevices: stopJoined, session)
      let written = try office.revoke(device, roles: roles, reason: reason, with: chosen)
      let label = try office.directory().label(of: device)
      session.say(
        taken == device.roles
          ? "已停用\(label)。"
          : "已收回\(label)的职责：\(taken.titles)，仍有：\(device.roles.subtracting(taken).titles)。")
      session.say("到目前为止收到的内容照旧算数；它还没有送出的内容，以后用报送包带来也只另存、不显示，需要时用 unitcli device accept 认可。")
      if !chosen.invitations.isEmpty { session.say("已作废它发出的邀请 \(chosen.invitations.count) 份。") }
      for stopped in chosen.devices { session.say("已停用\(try office.directory().label(of: stopped))。") }
      session.say(try LeftBehindScreen(screen.left.without(chosen), session, office).nextSteps)
      try session.saySaved(office)
      // A script has shown it to nobody, and what is only counted nobody has seen.
      if !session.options.json, screen.isWhole, taken.contains(.admin) { try office.markDevicesSeen() }
      let json: JSON = [
        "device": .text(device.id.description), "entry": .text(written.entry),
        "endedInvitations": .list(chosen.invitations.map(\.id.description)),
        "stoppedDevices": .list(chosen.devices.map(\.id.description)),
      ]
      session.emit(json.adding(screen.json))
    }
  }

  struct Accept: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "认可一台已停用设备后来送到的内容，到目前为止收到的都算数")

    @Argument(help: ArgumentHelp("设备编号或名称", valueName: "设备"))
    var device: String

    @Option(help: ArgumentHelp("原因，会记入日志", valueName: "原因"))
    var reason: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let device = try office.device(self.device)
      let before = try office.audit().aside(of: device.id)
      let written = try office.acceptLater(of: device, reason: reason)
      let accepted = before - (try office.audit().aside(of: device.id))
      session.say("已认可\(try office.directory().label(of: device))后来送到的 \(accepted) 条；它仍是停用状态。")
      try session.saySaved(office)
      session.emit([
        "device": .text(device.id.description), "entry": .text(written.entry), "accepted": .integer(accepted),
      ])
    }
  }

  struct Reinstate: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "恢复一台停用的设备，它写的内容全部算数")

    @Argument(help: ArgumentHelp("设备编号或名称", valueName: "设备"))
    var device: String

    @Option(help: ArgumentHelp("原因，会记入日志", valueName: "原因"))
    var reason: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let device = try office.device(self.device)
      let written = try office.reinstate(device, reason: reason)
      session.say("已恢复\(try office.directory().label(of: device))，职责：\(device.grantedRoles.titles)。")
      try session.saySaved(office)
      session.emit(["device": .text(device.id.description), "entry": .text(written.entry)])
    }
  }
}

extension Audit {
  fileprivate func aside(of device: DeviceID) -> Int {
    aside.filter { $0.device == device }.reduce(0) { $0 + $1.entries }
  }
}
