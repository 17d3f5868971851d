import ArgumentParser
import SyncEngine
import SyncModel
import SyncReports

struct NoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "本单位底稿：只有本单位自己的设备读得到",
    discussion: "谈心谈话内容等不宜上报的，记在底稿里。底稿加密后才离开本机，汇总点和上级只能转交，读不出。",
    subcommands: [Add.self, List.self])

  struct Add: OfficeCommand {
    static let configuration = CommandConfiguration(
      abstract: "记一条底稿，或改写一条", discussion: "例：unitcli note add \"与张三谈心：……\"")

    @Argument(help: ArgumentHelp("内容", valueName: "内容"))
    var text: String

    @Option(help: ArgumentHelp("改写哪一条，编号见 unitcli note list", valueName: "编号"))
    var replace: String?

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.openToWrite()
      let saved = try office.note(text, replacing: replace.map { try office.noteID($0) })
      session.sayConcerned(try office.ownUnit())
      let unsent = try session.saySaved(office, newIncarnation: saved.written.newIncarnation)
      let status = try office.sealingStatus()
      session.emit([
        "note": .text(saved.id.description), "entry": .text(saved.written.entry), "unsent": .integer(unsent),
        "newIncarnation": .bool(saved.written.newIncarnation),
        "notAdmitted": .list(status.strangers.map(\.id.description)),
      ])
      for device in status.strangers {
        session.say("设备“\(device.name)”还不能读；若是本单位的设备，请运行 unitcli device admit \(device.id.short)")
      }
    }
  }

  struct List: OfficeCommand {
    static let configuration = CommandConfiguration(abstract: "查看本单位底稿")

    @OptionGroup var global: GlobalOptions

    func perform(in session: Session) throws {
      let office = try session.open()
      let (notes, status) = (try office.notes(), try office.sealingStatus())
      let viewer = try Viewer(session, office)
      session.emit([
        "notes": .array(
          notes.map { note in
            [
              "id": .text(note.id.description), "conflict": .bool(note.versions.count > 1),
              "versions": .array(
                note.versions.map { version in
                  viewer.originJSON(version.author, in: office.identity.unit).adding(["text": .text(version.text)])
                }),
            ]
          }),
        "unreadable": .integer(status.unreadable),
      ])
      try session.sayUnlessJSON(lines(notes, status, office, viewer, width: session.console.columns))
    }

    private func lines(
      _ notes: [Note], _ status: SealingStatus, _ office: Office, _ viewer: Viewer, width: Int
    ) throws -> [String] {
      var lines = notes.isEmpty ? ["本机没有能读的底稿。"] : []
      if !notes.isEmpty {
        var table = TextTable([
          .init("时间"), .init("谁（设备）", wraps: true), .init("内容", wraps: true), .init("编号"),
        ])
        for note in notes {
          for version in note.versions {
            table.add([
              viewer.claimed(version.author, in: office.identity.unit), Viewer.who(version.author),
              (note.versions.count > 1 ? "⚠ " : "") + version.text, note.id.short,
            ])
          }
        }
        lines = table.lines(width: width)
        if notes.contains(where: { $0.versions.count > 1 }) {
          lines += ["", "⚠ 两处改成了不同的内容，都保留着；用 unitcli note add 内容 --replace 编号 写成一条。"]
        }
      }
      if status.unreadable > 0 { lines += ["", "另有 \(status.unreadable) 条本机还读不了，要在写它的设备上确认本机。"] }
      return lines
    }
  }
}
