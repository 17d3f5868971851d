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
      session.emit(["devices": .array(devices.map(json))])
      try session.sayUnlessJSON(try lines(devices, office, width: session.console.columns))
    }

    private func json(_ line: DeviceLine) -> JSON {
      [
        "device": .text(line.device.id.description), "unit": .text(line.device.unit.description),
        "name": .text(line.device.name), "roles": .list(line.device.roles.names), "own": .bool(line.isOwn),
        "replicas": .list(line.replicas.map(\.description)),
      ]
    }

    private func lines(_ devices: [DeviceLine], _ office: Office, width: Int) throws -> [String] {
      if devices.isEmpty { return ["还没有收到设备名册；本机在第一次联网时由汇总点确认。"] }
      let directory = try office.directory()
      var table = TextTable([
        .init("党组织", wraps: true), .init("设备", wraps: true), .init("职责", wraps: true), .init("编号"),
      ])
      for line in devices {
        table.add([
          directory.name(of: line.device.unit), line.device.name + (line.isOwn ? "（本机）" : ""),
          line.device.roles.titles, line.device.id.short,
        ])
      }
      let isUnknown = !devices.contains(where: \.isOwn)
      return table.lines(width: width) + (isUnknown ? ["", "本机还没有被汇总点确认，第一次联网时自动确认。"] : [])
    }
  }
}
