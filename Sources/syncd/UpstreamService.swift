import Foundation
import Logging
import ServiceLifecycle
import SyncEngine
import SyncHTTP
import SyncModel

/// Exchanges with the hub above at once and then at every interval, until shutdown, which ends a round in its middle. One
/// line of the log for each round.
struct UpstreamService: Service {
  let workspace: Workspace
  let client: HubClient
  let periodic: PeriodicSync
  let logger: Logger

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown {
        try await periodic.run({ try await round() }) { tell($0) }
      }
    } catch is CancellationError {
      // Before the first round began.
    }
    try await client.shutdown()
  }

  private struct Round: Sendable {
    var outcome: SyncOutcome
    var files: FileOutcome
    var conflicts: Int
  }

  /// Files that were not taken, of one round; the rest fails for the same reasons as a rule.
  private static let toldRefusals = 3

  private func round() async throws -> Round {
    var outcome = try await client.synchronize(workspace)
    // A hub that has taken over from another: the invitations that were handed on to it.
    if outcome.inSync, try await takeUp() { outcome += try await client.synchronize(workspace) }
    let files = try await client.transferFiles(workspace, fetching: try workspace.fileScope())
    let conflicts = try await Blocking.read {
      try workspace.store.read { try $0.conflictCounts(at: Platform.wallMilliseconds).asked }
    }
    return Round(outcome: outcome, files: files, conflicts: conflicts)
  }

  private func takeUp() async throws -> Bool {
    try await Blocking.write {
      let office = Office(
        workspace, person: HubServer.person, claimedMilliseconds: Platform.wallMilliseconds)
      return try !office.takeUpInvitations().isEmpty
    }
  }

  private func tell(_ event: PeriodicSync.Event<Round>) {
    switch event {
    case .round(let round, let lasted):
      tell(round, lasted)
    case .cameBack(let round, let lasted, let away):
      tell(round, lasted, "断开\(RoundReport.about(milliseconds: away))后重新连上；")
    case .wentOffline(let error):
      logger.warning("连不上上级汇总点，会一直重试，连上后自动同步", metadata: .telling(error))
    case .failed(let error, let next):
      logger.warning("与上级同步没有完成，\(RoundReport.about(milliseconds: next))后再试", metadata: .telling(error))
    case .taken:
      logger.info("另一个程序正在与上级同步，这一轮让给它")
    case .stoppedInRound:
      logger.notice("与上级同步到一半时停止；已收到的都存好了，下次接着来")
    }
  }

  private func tell(_ round: Round, _ lasted: UInt64, _ before: String = "") {
    let report = RoundReport(
      round.outcome, files: round.files, conflicts: round.conflicts, milliseconds: lasted)
    logger.notice("与上级同步：\(before)\(report.line)")
    for refusal in round.files.refusals.prefix(Self.toldRefusals) {
      logger.warning(
        "上级没有收下一个佐证材料：\(refusal.message)", metadata: ["code": "\(refusal.code)", "hint": "\(refusal.hint)"])
    }
  }
}
