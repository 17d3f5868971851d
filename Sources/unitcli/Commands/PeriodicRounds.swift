import SyncEngine
import SyncHTTP
import SyncModel
import SyncReports

/// `unitcli sync --every`: round after round, a line for each, until Ctrl-C or SIGTERM.
struct PeriodicRounds {
  let client: HubClient
  let office: Office
  let session: Session
  /// What is to be remembered of a round that went through.
  let completed: (SyncOutcome, Office, Session) throws -> Void

  private struct Round: Sendable {
    var outcome: SyncOutcome
    var files: FileOutcome
    var status: WorkspaceStatus
    /// What has come to light of administrators' devices that were stopped here.
    var left: LeftBehind
  }

  /// A hub that is away for a while, or fails, is tried again; anything that trying again cannot cure ends the command.
  func run(every interval: Interval) async throws {
    try await Stopper.onSignals { stopper in
      var surroundings = PeriodicSync.Surroundings.system
      let sleep = surroundings.sleep
      surroundings.sleep = { milliseconds in try await stopper.run { try await sleep(milliseconds) } }
      let screen = RoundLines(session)
      try await PeriodicSync(every: interval, surroundings: surroundings).run(
        { try await round(stopper) }, endsOn: Self.isHopeless, tell: { try screen.tell($0) })
    }
  }

  private func round(_ stopper: Stopper) async throws -> Round {
    session.settlePast(of: office.workspace)
    let (client, office) = (client, office)
    let outcome = try await stopper.run { try await office.synchronize(by: client).outcome }
    try completed(outcome, office, session)
    let files = try await stopper.run { try await office.moveFiles(by: client) }
    return Round(outcome: outcome, files: files, status: try office.status(), left: try office.newlyLeftBehind())
  }

  /// A page that answers in the hub's place, as networks do before somebody signs in, goes away again.
  private static func isHopeless(_ error: any Error) -> Bool {
    if case TransportError.notAHub = error { return false }
    return (error as? any ExplainedError)?.retry != true
  }

  /// What is said of the rounds, each on a line of its own.
  private final class RoundLines {
    private let session: Session
    private var tellsClock = true
    private var toldEnding: UnitEnding?
    private var toldLeft = 0

    init(_ session: Session) {
      self.session = session
    }

    func tell(_ event: PeriodicSync.Event<Round>) throws {
      switch event {
      case .round(let round, let lasted): try tell(round, lasted, "")
      case .cameBack(let round, let lasted, let away):
        try tell(round, lasted, "断开\(RoundReport.about(milliseconds: away))后重新连上；")
      case .wentOffline(let error):
        try say("\(Self.message(error))；会一直重试，连上后自动同步，填写的内容都在本机")
      case .failed(let error, let next):
        try say("\(Self.message(error))；\(RoundReport.about(milliseconds: next))后再试")
      case .taken: try say("另一个程序正在同步这份资料，这一轮让给它")
      case .stoppedInRound: try say("同步到一半时停止；已收到的都存好了，下次接着来")
      }
    }

    private func tell(_ round: Round, _ lasted: UInt64, _ before: String) throws {
      let report = RoundReport(
        round.outcome, files: round.files, conflicts: round.status.conflicts, milliseconds: lasted)
      let screen = SyncScreen(round.outcome, files: round.files, changes: [], status: round.status)
      session.emit(screen.json.adding(["milliseconds": .integer(Int(clamping: lasted))]))
      if session.options.json { return }
      try say(before + report.line)
      if let ending = round.status.ending, ending != toldEnding { try say(ending.sentence) }
      toldEnding = round.status.ending
      let left = round.left.invitations.count + round.left.devices.count
      if left > toldLeft { try say("⚠ 本机停用过的管理员设备，又有邀请或经它加入的设备出现，请看 unitcli status") }
      toldLeft = left
      // A wrong clock is told once, not at every turn.
      if tellsClock, let clock = screen.clockLine {
        tellsClock = false
        try say(clock)
      }
    }

    private func say(_ line: String) throws {
      session.say("\(try session.clock.minute(session.console.wallMilliseconds()))  \(line)")
    }

    private static func message(_ error: any Error) -> String {
      Outcome(error).message
    }
  }
}
