import Foundation
import SyncEngine
import SyncModel
import SyncReports

/// One command under way: its console and options, the workspace it opened, and who is at the keyboard.
final class Session {
  let console: Console
  let options: GlobalOptions
  private var opened: Office?
  /// Whether this command may write: then whoever is at the keyboard is remembered.
  private var writes = false
  /// This command noticed that the folder was set back or copied, and said so.
  private(set) var pastRenewed = false

  init(console: Console, options: GlobalOptions) {
    self.console = console
    self.options = options
  }

  // MARK: Writing and asking

  /// One line for people, whatever stands in it: on standard output, or beside it where that belongs to JSON.
  func say(_ line: String = "") {
    console.write(options.json ? .error : .out, .line(line))
  }

  func say(_ lines: [String]) {
    for line in lines { say(line) }
  }

  /// The result for scripts, written only where asked for.
  func emit(_ json: @autoclosure () throws -> JSON) rethrows {
    if options.json { console.write(.out, .document(try json().description + "\n")) }
  }

  /// Lines that take work to make and that only people read.
  func sayUnlessJSON(_ lines: @autoclosure () throws -> [String]) rethrows {
    if !options.json { say(try lines()) }
  }

  /// Asks and waits; nil at the end of input.
  /// - Throws: ``Refusal/inputNotUTF8``.
  func ask(_ question: String) throws -> String? {
    let stream: Console.Stream = options.json ? .error : .out
    console.write(stream, .question(question))
    let answer = console.readLine()?.trimmingBlanks()
    // Where bytes were no UTF-8, reading has put this in their place.
    let isText = answer?.contains("\u{FFFD}") != true
    // A terminal has shown what was typed; what came from a pipe is shown here, so that the whole reads well.
    if !console.isInteractive { console.write(stream, .line(isText ? answer ?? "" : "")) }
    if !isText { throw Refusal.inputNotUTF8 }
    return answer
  }

  /// The same for what nobody else should read: what comes from a pipe is not shown.
  func askUnseen(_ question: String) -> String? {
    console.write(.error, .question(question))
    return console.readLine()?.trimmingBlanks()
  }

  /// True only for a clear yes.
  func confirm(_ question: String) -> Bool {
    ["y", "yes", "是", "好", "改"].contains((try? ask(question + "[y/N] "))?.lowercased() ?? "")
  }

  // MARK: Time

  /// In the school's zone, whatever this machine is set to; before a school is known +08:00.
  var clock: ClockText {
    get throws { ClockText(zone: try opened?.zone() ?? .standard) }
  }

  /// - Throws: ``Refusal`` where `--now` is no time.
  func claimedMilliseconds() throws -> UInt64 {
    guard let text = options.now else { return console.wallMilliseconds() }
    guard let time = ClockText.milliseconds(iso8601: text) else {
      throw Refusal.usage("“\(text)”不是时间", hint: "请写成 2026-09-28T09:00:00+08:00")
    }
    return time
  }

  func today() throws -> CalendarDate {
    let clock = try clock
    return clock.day(try claimedMilliseconds()) ?? clock.day(console.wallMilliseconds()) ?? .firstKnown
  }

  // MARK: The workspace

  /// `--data`, `$UNITSYNC_HOME`, `~/.unitsync`, in this order.
  var folder: String {
    if let data = options.data, !data.isEmpty { return data }
    if let home = console.environment["UNITSYNC_HOME"], !home.isEmpty { return home }
    return "~/.unitsync"
  }

  /// The person given, else whoever used this workspace last; empty where neither is known.
  var givenPerson: String? {
    options.person.map { NameProfile.person.tidied($0.composed) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Opens the workspace, once a command: also where the disk takes no byte, to look at what is there.
  func open() throws -> Office { try open(sayingWhatIsRefused: true) }

  private func open(sayingWhatIsRefused: Bool) throws -> Office {
    if let opened { return opened }
    let claimed = try claimedMilliseconds()
    let workspace = try Workspace(opening: folder, reading: true)
    for notice in workspace.notices(sayingWhatIsRefused: sayingWhatIsRefused) { say(notice) }
    if options.now != nil, !workspace.identity.rehearsal { throw Refusal.notRehearsal }
    if let givenPerson {
      try NameProfile.person.check(givenPerson)
      try OwnWriteRules.check(givenPerson, field: "姓名")
    }
    settlePast(of: workspace)
    try workspace.beginCommand()
    let office = Office(
      workspace, person: try givenPerson ?? workspace.lastPerson() ?? "", claimedMilliseconds: claimed,
      chooser: console.chooser(on: options.json ? .error : .out),
      tell: { [console] in console.write(.error, .line("注意：" + $0)) })
    opened = office
    return office
  }

  /// The first command after a restore or a copy tells of it, whichever it is; later ones have `status`.
  func settlePast(of workspace: Workspace) {
    // Where the disk takes nothing, what is there can still be read; a command that writes will say why it cannot.
    let renewed = (try? workspace.settlePast()) ?? ((try? workspace.isPastInDoubt()) ?? false)
    if renewed { sayPastRenewed() }
  }

  func sayPastRenewed() {
    if pastRenewed { return }
    pastRenewed = true
    say("注意：本机资料曾被还原或复制，两份均已保留，请核定（unitcli conflicts list）。")
  }

  /// Opens it for a command that writes, which needs to know who does.
  func openToWrite() throws -> Office {
    let office = try open(sayingWhatIsRefused: false)
    if let refused = office.workspace.store.writingRefused { throw refused }
    if office.person.isEmpty { throw WorkspaceError.unknownPerson }
    writes = true
    return office
  }

  /// Takes over a workspace that this command made.
  func adopt(_ office: Office) {
    opened = office
    writes = true
  }

  /// The last step of a command that has done its work.
  /// - Throws: ``Refusal/outputLost``: what did not get to the screen has not been shown to anybody.
  func finish() throws {
    if console.lostOutput() { throw Refusal.outputLost }
    end()
  }

  /// The command has succeeded: what was on its screen counts as shown to whoever is at the keyboard.
  func end() {
    guard let office = opened, !office.person.isEmpty else { return }
    opened = nil
    // What the command did is done. Without this mark the next one only keeps more than it must.
    try? office.workspace.endCommand(of: office.person, remembering: writes)
  }
}

extension CalendarDate {
  /// 1970-01-01: where even the system's clock is out of range.
  fileprivate static var firstKnown: CalendarDate {
    guard let day = CalendarDate(daysSinceEpoch: 0) else { preconditionFailure("1970-01-01 is a day") }
    return day
  }
}
