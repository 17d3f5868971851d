import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "台账、登记簿、会议记录：逐行填写",
    discussion: """
      专项工作里的台账会随上报汇总到上级；登记簿（名册、党费、谈心谈话等）只在本单位的设备上，上级只看数字。
      例：unitcli ledger add 会议记录 会议类别=支委会 时间=2026-09-26 地点=会议室 主持人=张三 出席人员=甲、乙、丙 记录人=乙 议题=发展党员 内容=讨论了……
      """,
    subcommands: [
      Add.self, Change.self, Remove.self, List.self, Import.self, Counts.self,
    ])

  struct Add: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "加一行")

    @Argument(help: ArgumentHelp("台账名称", valueName: "台账"))
    var ledger: String

    @Argument(help: ArgumentHelp("栏目=内容，可写多个", valueName: "栏目=内容"))
    var cells: [String]

    @Option(help: ArgumentHelp("替哪个党组织填（要加 --on-behalf）", valueName: "党组织"))
    var unit: String?

    @Flag(name: .customLong("on-behalf"), help: "上级代填，会记为代填")
    var onBehalf = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let unit = try office.unitOrOwn(self.unit)
      let ledger = try LedgerLookup(office).writing(self.ledger, of: unit.path, for: "ledger add", session).ledger
      let row = try LedgerCommand.cells(cells, of: ledger)
      let standing = try session.sayEnding(of: unit, office)
      let added = try office.add([row], to: ledger, unit: unit, onBehalf: onBehalf)
      session.say("“\(ledger.title)”加了一行：\(LedgerCommand.text(row, ledger))\(onBehalf ? "（代填）" : "")")
      session.sayConcerned(unit)
      let unsent = try session.saySaved(office, newIncarnation: added.written.newIncarnation)
      let told: JSON = [
        "row": .text(String(added.ids[0].description.prefix(8))), "entry": .text(added.written.entry),
        "unsent": .integer(unsent),
      ]
      session.emit(told.adding(standing))
    }
  }

  struct Change: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "改一行的几栏；等号后面空着就是清空")

    @Argument(help: ArgumentHelp("台账名称", valueName: "台账"))
    var ledger: String

    @Argument(help: ArgumentHelp("行的编号，见 unitcli ledger list", valueName: "行"))
    var row: String

    @Argument(help: ArgumentHelp("栏目=内容，可写多个", valueName: "栏目=内容"))
    var cells: [String]

    @Flag(name: .customLong("on-behalf"), help: "上级代填，会记为代填")
    var onBehalf = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let (ledger, found) = try LedgerLookup(office).row(
        row, in: self.ledger, for: "ledger change", office, session)
      let cells = try LedgerCommand.cells(self.cells, of: ledger)
      let standing = try session.sayEnding(of: found.unit, office)
      let written = try office.change(found, cells: cells, of: ledger, onBehalf: onBehalf)
      session.say("“\(ledger.title)”第 \(found.shortID) 行已改：\(LedgerCommand.text(cells, ledger))")
      session.sayConcerned(found.unit)
      let unsent = try session.saySaved(office, newIncarnation: written.newIncarnation)
      let told: JSON = [
        "row": .text(found.shortID), "entry": .text(written.entry), "unsent": .integer(unsent),
      ]
      session.emit(told.adding(standing))
    }
  }

  struct Remove: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "删一行（记录仍在，可查）")

    @Argument(help: ArgumentHelp("台账名称", valueName: "台账"))
    var ledger: String

    @Argument(help: ArgumentHelp("行的编号，见 unitcli ledger list", valueName: "行"))
    var row: String

    @Flag(name: .customLong("on-behalf"), help: "上级代填，会记为代填")
    var onBehalf = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let (ledger, found) = try LedgerLookup(office).row(
        row, in: self.ledger, for: "ledger remove", office, session)
      let standing = try session.sayEnding(of: found.unit, office)
      let written = try office.remove(found, of: ledger, onBehalf: onBehalf)
      session.say("“\(ledger.title)”第 \(found.shortID) 行已删；别人同时改过的，两种都会保留，待核定")
      session.sayConcerned(found.unit)
      let unsent = try session.saySaved(office, newIncarnation: written.newIncarnation)
      let told: JSON = [
        "row": .text(found.shortID), "entry": .text(written.entry), "unsent": .integer(unsent),
      ]
      session.emit(told.adding(standing))
    }
  }

  // MARK: What people type

  static func cells(_ texts: [String], of ledger: Ledger) throws -> [Int: Value] {
    var cells: [Int: Value] = [:]
    for text in texts {
      guard let sign = text.firstIndex(where: { $0 == "=" || $0 == "＝" }) else {
        throw Refusal.usage(
          "“\(text)”要写成 栏目=内容", hint: "栏目有：" + ledger.template.columns.map(\.title).joined(separator: "、"))
      }
      let name = String(text[..<sign]).trimmingBlanks()
      let column = try ledger.template.column(named: name)
      let value = try ledger.template.columns[column].parse(String(text[text.index(after: sign)...]))
      if cells.updateValue(value, forKey: column) != nil {
        throw Refusal.usage("“\(ledger.template.columns[column].title)”写了两次", hint: "请只留一个")
      }
    }
    return cells
  }

  /// The rows whose id begins so; four digits at least.
  static func rows(_ text: String, of ledger: Ledger, _ office: Office) throws -> [LedgerRow] {
    let wanted = text.lowercased()
    if wanted.count < 4 { return [] }
    return try office.rows(of: ledger).filter { $0.id.description.hasPrefix(wanted) }
  }

  static func text(_ cells: [Int: Value], _ ledger: Ledger) -> String {
    cells.sorted { $0.key < $1.key }.map { index, value in
      let column = ledger.template.columns[index]
      return "\(column.title) \(value == .nothing ? Value.clearedTitle : column.display(value))"
    }.joined(separator: "，")
  }
}
