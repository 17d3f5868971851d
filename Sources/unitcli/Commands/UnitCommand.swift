import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct UnitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unit", abstract: "登记、导入、查看、变更党组织",
    subcommands: [
      Add.self, Import.self, List.self, Rename.self, Move.self, Merge.self, Split.self, Retire.self,
    ])

  struct Add: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "登记一个党组织（上级要先登记）")

    @Argument(help: ArgumentHelp("路径，例如 school/cs/b1", valueName: "路径"))
    var path: String

    @Option(help: ArgumentHelp("名称，例如 教师一支部", valueName: "名称"))
    var name: String

    @Option(help: ArgumentHelp("类别：committee 党总支、branch 党支部、direct 直属党支部、group 党小组", valueName: "类别"))
    var kind: String

    @Option(help: ArgumentHelp("类型：教师、学生、机关、联合", valueName: "类型"))
    var type: String?

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let kind = try UnitCommand.kind(self.kind)
      let type = try self.type.map(UnitCommand.type)
      let office = try session.openToWrite()
      let unit = try office.addUnit(path, name: name, kind: kind, type: type)
      session.say("已登记 \(unit.label)，\(unit.kind.title)")
      try session.saySaved(office)
      session.emit(["units": [UnitCommand.json(unit, parent: unit.path.parent)]])
    }
  }

  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "查看已登记的党组织")

    @Option(help: ArgumentHelp("只看这些类别：committee、branch、direct、group；多个用、隔开", valueName: "类别"))
    var kind: String?

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let kinds = try kind.map(TypedNames.kinds)
      let office = try session.open()
      let units = try office.directory().sortedUnits.filter { kinds?.contains($0.kind) ?? true }
      let tree = try office.directory().tree
      session.emit(["units": .array(units.map { UnitCommand.json($0, parent: tree.parent(of: $0.path)) })])
      try session.sayUnlessJSON(lines(units, tree, width: session.console.columns))
    }

    private func lines(_ units: [DirectoryUnit], _ tree: UnitTree, width: Int) throws -> [String] {
      if units.isEmpty { return [kind == nil ? "还没有收到单位名册，请先送出和接收一次。" : "没有这个类别的党组织。"] }
      var table = TextTable([.init("党组织", wraps: true), .init("路径"), .init("类别"), .init("类型")])
      // As they are under each other now, whatever their paths say.
      let placed = units.map { (unit: $0, line: Array(tree.lineage(of: $0.path).reversed())) }
        .sorted { $0.line.lexicographicallyPrecedes($1.line) }
      for (unit, line) in placed {
        let notes = [
          unit.status == .active ? nil : unit.status.title,
          unit.isNameConfirmed ? nil : unit.givenName.map { "上级登记为“\($0)”" },
        ].compactMap(\.self)
        let name = String(repeating: "  ", count: line.count - 1) + unit.name
        table.add([
          notes.isEmpty ? name : "\(name)（\(notes.joined(separator: "，"))）", unit.path.description, unit.kind.title,
          unit.type?.title ?? "",
        ])
      }
      return table.lines(width: width) + ["", "共 \(units.count) 个"]
    }
  }

  static func kind(_ text: String) throws -> UnitKind {
    let choices = UnitKind.allCases.filter { $0 != .school }
    guard let kind = choices.first(where: { $0.name == text || $0.title == text }) else {
      throw Refusal.usage(
        "没有“\(text)”这个类别", hint: "可选：" + choices.map { "\($0.name)（\($0.title)）" }.joined(separator: "、"))
    }
    return kind
  }

  static func type(_ text: String) throws -> UnitType {
    guard let type = UnitType.allCases.first(where: { $0.title == text || "\($0)" == text }) else {
      throw Refusal.usage(
        "没有“\(text)”这个类型", hint: "可选：" + UnitType.allCases.map(\.title).joined(separator: "、"))
    }
    return type
  }

  static func json(_ unit: DirectoryUnit, parent: UnitPath?) -> JSON {
    [
      "path": .text(unit.path.description), "parent": .optional(parent) { .text($0.description) },
      "name": .text(unit.name), "kind": .text(unit.kind.name),
      "type": .optional(unit.type) { .text($0.title) }, "status": .text(unit.status.name),
    ]
  }
}
