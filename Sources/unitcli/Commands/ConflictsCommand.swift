import ArgumentParser
import SyncEngine
import SyncModel

struct ConflictsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conflicts", abstract: "查看、核定填写不一致", subcommands: [List.self, Show.self, Resolve.self])

  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "列出待核定的填写不一致，和核定后改动的",
      discussion: "核定以后又改了的，以后来填的为准，列在核定的单位这里再看一次。下级单位自己的几台设备填得不一样的，收到后 \(Conflict.innerDays) 天内先由它自己核定，另外列出；任何时候都可以核定。"
    )

    @Option(help: ArgumentHelp("只看哪个党组织及其下属", valueName: "党组织"))
    var unit: String?

    @Flag(help: "连同先由各单位自己核定的、由别的单位核定过的一起列出")
    var all = false

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let screen = try ConflictScreen(session, office)
      let found = try office.conflicts(unit: try unit.map { try office.unit($0).path })
      let inner = all ? [] : found.filter { $0.daysLeft(at: screen.now) != nil }
      let asked = all ? found : found.filter { $0.daysLeft(at: screen.now) == nil }
      let directory = try office.directory()
      let changed = try office.changedAfterSettling(unit: try unit.map { try office.unit($0).path })
        .filter { all || $0.isAsked(of: office.identity.unit, directory) }
      session.emit([
        "conflicts": .array(asked.map(screen.json)), "inner": .array(inner.map(screen.json)),
        "changedAfterSettling": .array(changed.map(screen.json)),
      ])
      session.sayUnlessJSON(screen.list(asked, inner: inner, changed: changed))
    }
  }

  struct Show: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "看一处填写不一致的来龙去脉")

    @Argument(help: ArgumentHelp("编号", valueName: "编号"))
    var id: String

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let screen = try ConflictScreen(session, office)
      let conflict = try office.conflict(id)
      let cells = try office.rowCells(of: conflict)
      session.emit(screen.json(conflict, cells: cells))
      session.sayUnlessJSON(
        screen.lines(conflict) + screen.lines(conflict, cells: cells) + ["", screen.nextStep(conflict)])
    }
  }

  struct Resolve: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "核定：选一种填法，或另填一个值")

    @Argument(help: ArgumentHelp("编号", valueName: "编号"))
    var id: String

    @Option(help: ArgumentHelp("采用第几种填法", valueName: "N"))
    var take: String?

    @Option(help: ArgumentHelp("另填一个值", valueName: "值"))
    var value: String?

    @Option(help: ArgumentHelp("核定说明", valueName: "说明"))
    var note: String?

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      if (take == nil) == (value == nil) {
        throw Refusal.usage("请写明怎样核定", hint: "采用某一种填法写 --take N，另填一个值写 --value 值，两个只能写一个")
      }
      let office = try session.openToWrite()
      let screen = try ConflictScreen(session, office)
      let conflict = try office.conflict(id)
      let chosen = try chosen(conflict)
      try confirmUnseen(conflict, chosen, office, screen, session)
      let written = try office.resolve(conflict, value: chosen, note: note)
      session.say("已核定：\(screen.place(conflict))为 \(conflict.display(chosen))")
      for version in conflict.alternatives where version.value != chosen {
        let authors = screen.viewer.authors(version, in: conflict.unit.path)
        session.say("  未采用 \(conflict.display(version.value))（\(authors)），记录仍可在 unitcli log 查到")
      }
      session.sayConcerned(conflict.unit)
      let unsent = try session.saySaved(office, newIncarnation: written.newIncarnation)
      session.emit([
        "entry": .text(written.entry), "value": Viewer.json(chosen, conflict.field), "unsent": .integer(unsent),
      ])
    }

    private func chosen(_ conflict: Conflict) throws -> Value {
      if let take {
        let count = conflict.alternatives.count
        guard let number = Numerals.value(Numerals.halfWidth(take).trimmingBlanks()) else {
          throw Refusal.usage("--take 不能填“\(take)”", hint: "请填 1 到 \(count) 之间的数")
        }
        guard (1...count).contains(number) else { throw OfficeError.noSuchAlternative(number, count: count) }
        guard let value = conflict.alternatives[number - 1].value else {
          throw Refusal(
            code: "contentMissing", message: "第 \(number) 种填法的内容还没有送到本机", hint: "请再运行一次 unitcli sync，或另填一个值")
        }
        return value
      }
      if let value, let row = conflict.row {
        guard let ledger = row.known, let column = row.column else {
          throw Refusal.usage("这里不能另填一个值", hint: "请用 --take N 采用其中一种填法")
        }
        return try ledger.template.columns[column].parse(value)
      }
      guard let value, let field = conflict.field, let item = conflict.item else {
        throw OfficeError.documentIncomplete(conflict.campaign?.name ?? "专项工作")
      }
      return try field.parse(value, item: item)
    }

    /// A settlement supersedes every value that stands: one that came in since this person last looked must not go
    /// unseen, and may have moved the numbers.
    private func confirmUnseen(
      _ conflict: Conflict, _ chosen: Value, _ office: Office, _ screen: ConflictScreen, _ session: Session
    ) throws {
      let unseen = try office.unseenAlternatives(of: conflict)
      if unseen.isEmpty { return }
      let values = unseen.map { conflict.display(conflict.alternatives[$0].value) }.joined(separator: "、")
      guard session.console.isInteractive else {
        throw Refusal(
          code: "unseenAlternative", message: "有新的填法您还没看过：\(values)",
          hint: "请先运行 unitcli conflicts show \(conflict.id)，看过再核定")
      }
      session.say(screen.lines(conflict))
      if !session.confirm("有新的填法（\(values)）您还没看过，仍核定为 \(conflict.display(chosen))？") { throw Refusal.declined }
    }
  }
}
