import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct DeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device", abstract: "查看已加入的设备", subcommands: [List.self])

  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "列出本单位及下属单位已加入的设备")

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let devices = try office.devices()
      let uses = try office.deviceUses()
      session.emit(["devices": .array(devices.map { json($0, uses[$0.device.id] ?? DeviceUse(), session.clock) })])
      try session.sayUnlessJSON(try lines(devices, uses, office, session))
    }

    private func json(_ line: DeviceLine, _ use: DeviceUse, _ clock: ClockText) -> JSON {
      [
        "since": .optional(use.enrolledMilliseconds.flatMap(clock.day)) { .text($0.description) },
        "people": .list(use.people),
        "device": .text(line.device.id.description), "unit": .text(line.device.unit.description),
        "name": .text(line.device.name), "roles": .list(line.device.roles.names), "own": .bool(line.isOwn),
        "replicas": .list(line.replicas.map(\.description)),
      ]
    }

    private func lines(
      _ devices: [DeviceLine], _ uses: [DeviceID: DeviceUse], _ office: Office, _ session: Session
    ) throws -> [String] {
      if devices.isEmpty { return ["还没有收到设备名册；本机在第一次联网时由汇总点确认。"] }
      let directory = try office.directory()
      let year = try session.today().year
      var table = TextTable([
        .init("党组织", wraps: true), .init("设备", wraps: true), .init("职责", wraps: true), .init("加入日期"),
        .init("用过的人", wraps: true), .init("编号"),
      ])
      for line in devices {
        table.add([
          directory.name(of: line.device.unit), line.device.name + (line.isOwn ? "（本机）" : ""),
          line.device.roles.isEmpty ? "（无）" : line.device.roles.titles,
          uses[line.device.id]?.enrolledMilliseconds.map { session.clock.dayText($0, thisYear: year) } ?? "",
          uses[line.device.id]?.people.joined(separator: "、") ?? "", line.device.id.short,
        ])
      }
      let isUnknown = !devices.contains(where: \.isOwn)
      return table.lines(width: session.console.columns) + (isUnknown ? ["", "本机还没有被汇总点确认，第一次联网时自动确认。"] : [])
    }
  }
}
