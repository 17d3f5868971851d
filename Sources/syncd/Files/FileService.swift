import Logging
import ServiceLifecycle
import SyncEngine
import SyncModel

/// Clears away what no attachment names any more and uploads that did not go on: at the start and every hour, in bounded
/// turns.
struct FileService: Service {
  let workspace: Workspace
  let logger: Logger

  private static let every = Duration.seconds(3600)
  /// Between two comparisons of the whole folder with the database.
  private static let roundsPerComparison = 24

  func run() async throws {
    var round = 0
    repeat {
      let comparing = round.isMultiple(of: Self.roundsPerComparison)
      do {
        let sweep = try await Blocking.runOnFiles { try workspace.sweepFiles(comparing: comparing) }
        if sweep != FileSweep() {
          logger.notice(
            "files",
            metadata: [
              "removed": "\(sweep.removed)", "unfinished": "\(sweep.unfinished)", "found": "\(sweep.found)",
              "lost": "\(sweep.lost)",
            ])
        }
      } catch {
        logger.warning("files", metadata: .telling(error))
      }
      round += 1
    } while await ServicePause.over(Self.every)
  }
}
