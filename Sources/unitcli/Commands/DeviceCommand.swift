import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct DeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device", abstract: "查看、停用、恢复已加入的设备；确认谁能读本单位底稿",
    subcommands: [List.self, Admit.self, Revoke.self, Accept.self, Reinstate.self])

  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "列出本单位及下属单位已加入的设备")

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let devices = try office.devices()
      let viewer = try Viewer(session, office)
      let uses = try office.deviceUses()
      let readers = Set(try office.sealingStatus().readers)
      session.emit([
        "devices": .array(
          devices.map {
            json($0, uses[$0.device.id] ?? DeviceUse(), viewer)
              .adding(["admitted": .bool(readers.contains($0.device.id))])
          })
      ])
      try session.sayUnlessJSON(try lines(devices, uses, office, viewer, width: session.console.columns))
      // Where the disk takes nothing they are told again.
      if !session.options.json { try? office.markDevicesSeen() }
    }

    private func json(_ line: DeviceLine, _ use: DeviceUse, _ viewer: Viewer) -> JSON {
      [
        "since": .optional(use.enrolledMilliseconds.flatMap(viewer.clock.day)) { .text($0.description) },
        "people": .list(use.people), "formerNames": .list(use.formerNames),
        "device": .text(line.device.id.description), "unit": .text(line.device.unit.description),
        "name": .text(line.device.name), "roles": .list(line.device.roles.names), "own": .bool(line.isOwn),
        "replicas": .list(line.replicas.map(\.id.description)),
        "copies": .array(
          line.replicas.map { replica in
            [
              "replica": .text(replica.id.description),
              "since": .optional(viewer.clock.day(replica.sinceMilliseconds)) { .text($0.description) },
              "continues": .optional(replica.continues) { .text($0.description) },
            ]
          }),
      ]
    }

    /// Where a device goes by several names, which and since when.
    private func copies(_ line: DeviceLine, _ viewer: Viewer) -> [String] {
      if line.replicas.count < 2 { return [] }
      return ["", "“\(line.device.name)”的资料曾被还原或复制，各份均已保留："]
        + line.replicas.map { replica in
          let day = viewer.clock.dayText(replica.sinceMilliseconds, thisYear: viewer.thisYear)
          return "  \(replica.id.short)  \(day)起" + (replica.continues.map { "，接续 \($0.short)" } ?? "")
        }
    }

    private func lines(
      _ devices: [DeviceLine], _ uses: [DeviceID: DeviceUse], _ office: Office, _ viewer: Viewer, width: Int
    ) throws -> [String] {
      if devices.isEmpty { return ["还没有收到设备名册；本机在第一次联网时由汇总点确认。"] }
      let directory = try office.directory()
      var table = TextTable([
        .init("党组织", wraps: true), .init("设备", wraps: true), .init("职责", wraps: true), .init("加入日期"),
        .init("用过的人", wraps: true), .init("编号"),
      ])
      for line in devices {
        table.add([
          directory.name(of: line.device.unit),
          line.device.name + (line.isOwn ? "（本机）" : "")
            + Viewer.former(uses[line.device.id]?.formerNames ?? []),
          line.device.roles.isEmpty ? "（无）" : line.device.roles.titles,
          uses[line.device.id]?.enrolledMilliseconds.map { viewer.clock.dayText($0, thisYear: viewer.thisYear) } ?? "",
          uses[line.device.id]?.people.joined(separator: "、") ?? "", line.device.id.short,
        ])
      }
      let isUnknown = !devices.contains(where: \.isOwn)
      return table.lines(width: width) + devices.flatMap { copies($0, viewer) }
        + (isUnknown ? ["", "本机还没有被汇总点确认，第一次联网时自动确认。"] : [])
    }
  }

  struct Admit: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "确认一台设备是本单位的，让它能读本单位底稿",
      discussion: """
        新加入的设备要由本单位已能读底稿的人在自己的电脑上确认，上级和汇总点都不能代替。
        例：unitcli device admit 办公室电脑
        """)

    @Argument(help: ArgumentHelp("设备名称或编号，见 unitcli device list", valueName: "设备"))
    var device: String

    @Flag(help: "撤回确认：今后写的不再让它读；以前能读的收不回")
    var withdraw = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let device = try office.device(self.device, of: office.identity.unit)
      if withdraw { try office.withdraw(device) } else { try office.admit(device) }
      let status = try office.sealingStatus()
      session.emit([
        "device": .text(device.id.description), "admitted": .bool(status.readers.contains(device.id)),
        "readers": .list(status.readers.map(\.description)),
      ])
      let label = try office.directory().label(of: device)
      session.say(
        withdraw
          ? "已撤回对设备\(label)的确认，今后本机写的底稿不再让它读"
          : "已确认设备\(label)，同步后它就能读本单位底稿")
      try session.saySaved(office)
    }
  }
}
