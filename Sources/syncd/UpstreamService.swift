import Foundation
import Logging
import ServiceLifecycle
import SyncEngine
import SyncHTTP
import SyncModel

/// Exchanges with the hub above at once and then at every interval, until shutdown. A hub above that cannot be reached
/// is tried again; what happened stands in the log.
struct UpstreamService: Service {
  let workspace: Workspace
  let client: HubClient
  let interval: Duration
  let logger: Logger

  func run() async throws {
    while !Task.isShuttingDownGracefully {
      do {
        let outcome = try await client.synchronize(workspace)
        if outcome.sent + outcome.received > 0 || !outcome.inSync {
          logger.notice(
            "upstream",
            metadata: ["sent": "\(outcome.sent)", "received": "\(outcome.received)", "inSync": "\(outcome.inSync)"])
        }
        let files = try await client.transferFiles(workspace, fetching: try workspace.fileScope())
        log(files)
      } catch {
        logger.warning("upstream", metadata: .telling(error))
      }
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
    }
    try await client.shutdown()
  }

  private func log(_ files: FileOutcome) {
    if files.sent + files.received > 0 {
      logger.notice("upstream files", metadata: ["sent": "\(files.sent)", "received": "\(files.received)"])
    }
    for refusal in files.refusals.prefix(Self.toldRefusals) {
      logger.warning(
        "上级没有收下一个佐证材料：\(refusal.message)", metadata: ["code": "\(refusal.code)", "hint": "\(refusal.hint)"])
    }
  }

  /// Of one round; the rest fails for the same reasons as a rule.
  private static let toldRefusals = 3
}
