import ArgumentParser
import SyncEngine
import SyncModel

extension UnitCommand {
  /// After a change: what it came to, what is safe, and the unit as it now is.
  private static func told(_ text: String, _ path: UnitPath, _ office: Office, _ session: Session) throws {
    session.say(text)
    try session.saySaved(office)
    let directory = try office.directory()
    session.emit([
      "units": .array(
        [directory.units[path]].compactMap { $0 }.map { json($0, parent: directory.tree.parent(of: path)) })
    ])
  }

  struct Rename: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "更改党组织的名称；路径不变，已有内容不受影响")

    @Argument(help: ArgumentHelp("路径或名称", valueName: "党组织"))
    var unit: String

    @Argument(help: ArgumentHelp("新名称", valueName: "新名称"))
    var name: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let unit = try office.unit(self.unit)
      try office.rename(unit, to: name)
      try UnitCommand.told(
        "\(unit.label) 已改名为 \(try office.directory().label(of: unit.path))。", unit.path, office, session)
    }
  }

  struct Move: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "把党组织连同下属划归另一个上级；电脑上还没送出的内容照样送得到")

    @Argument(help: ArgumentHelp("路径或名称", valueName: "党组织"))
    var unit: String

    @Option(help: ArgumentHelp("新的上级", valueName: "党组织"))
    var under: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let (unit, parent) = (try office.unit(self.unit), try office.unit(under))
      try office.move(unit, under: parent)
      try UnitCommand.told(
        "\(unit.label) 已划归 \(parent.label)。它的电脑收到后改与新上级的汇总点同步（unitcli sync --hub 地址）。", unit.path, office,
        session)
    }
  }

  struct Merge: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "把一个党组织并入另一个；原有内容在并入的党组织那里看得到")

    @Argument(help: ArgumentHelp("被并入的党组织", valueName: "党组织"))
    var unit: String

    @Option(help: ArgumentHelp("并入哪个党组织", valueName: "党组织"))
    var into: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let (unit, other) = (try office.unit(self.unit), try office.unit(into))
      try office.merge(unit, into: other)
      try UnitCommand.told(
        "\(unit.label) 已并入 \(other.label)，不再布置新的工作；它的电脑上还没送出的内容照样送得到。", unit.path, office, session)
    }
  }

  struct Split: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "从一个党组织分设出一个新的；原有内容留在原处")

    @Argument(help: ArgumentHelp("从哪个党组织分出", valueName: "党组织"))
    var unit: String

    @Option(help: ArgumentHelp("新党组织的路径", valueName: "路径"))
    var path: String

    @Option(help: ArgumentHelp("新党组织的名称", valueName: "名称"))
    var name: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let origin = try office.unit(unit)
      let unit = try office.addUnit(path, name: name, kind: origin.kind, type: origin.type, origin: origin.path)
      try UnitCommand.told("已从 \(origin.label) 分设 \(unit.label)，接着用 unitcli invite 给它发邀请。", unit.path, office, session)
    }
  }

  struct Retire: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "撤销党组织；不再布置新的工作，已有和还没送出的内容都保留")

    @Argument(help: ArgumentHelp("路径或名称", valueName: "党组织"))
    var unit: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let unit = try office.unit(self.unit)
      try office.retire(unit)
      try UnitCommand.told("\(unit.label) 已撤销。", unit.path, office, session)
    }
  }
}
