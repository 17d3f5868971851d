import ArgumentParser
import SyncEngine
import SyncModel

extension DeviceCommand {
  struct Revoke: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "停用一台设备，或收回它的部分职责；已收到的内容照旧算数，之后写的另存、不显示")

    @Argument(help: ArgumentHelp("设备编号（至少 4 位）、写入序列编号或设备名称", valueName: "设备"))
    var device: String

    @Option(help: ArgumentHelp("只收回这些职责；不写就全部收回", valueName: "职责"))
    var role: String?

    @Option(help: ArgumentHelp("原因，会记入日志", valueName: "原因"))
    var reason: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let roles = try role.map(TypedNames.roles) ?? .all
      let office = try session.openToWrite()
      let device = try office.device(self.device)
      let written = try office.revoke(device, roles: roles, reason: reason)
      let taken = device.roles.intersection(roles)
      let label = try office.directory().label(of: device)
      session.say(
        taken == device.roles
          ? "已停用\(label)。"
          : "已收回\(label)的职责：\(taken.titles)，仍有：\(device.roles.subtracting(taken).titles)。")
      session.say("到目前为止收到的内容照旧算数；它还没有送出的内容，以后用报送包带来也只另存、不显示，需要时用 unitcli device accept 认可。")
      try session.saySaved(office)
      session.emit(["device": .text(device.id.description), "entry": .text(written.entry)])
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
