import Logging
import ServiceLifecycle
import SyncEngine
import SyncModel
import Synchronization

/// Carries the write-ahead log over into the database once nobody has written for a while: what is copied, or what a disk is left with
/// when the power goes, is then one file. Under load SQLite does it at every so many pages by itself.
///
/// It begins with a commit and never of its own accord: a hub that nobody writes to does nothing here.
struct LogKeeper: Service {
  private let store: LogStore
  private let logger: Logger
  private let quiet: Duration
  private let commits: Commits
  private let signals: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation

  private final class Commits: Sendable {
    let count = Atomic<UInt64>(0)
  }

  /// Without a commit for so long the hub counts as idle.
  static let quiet = Duration.seconds(2)
  /// Who reads or writes is waited for so many times; the next commit begins anew.
  private static let tries = 30

  init(store: LogStore, logger: Logger, quiet: Duration = LogKeeper.quiet) {
    self.store = store
    self.logger = logger
    self.quiet = quiet
    commits = Commits()
    (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Something was committed, or there may be a log that an earlier process left.
  func committed() {
    commits.count.add(1, ordering: .relaxed)
    signal.yield()
  }

  func run() async throws {
    for await _ in signals.cancelOnGracefulShutdown() {
      do {
        try await cancelWhenGracefulShutdown { try await passOverOnceQuiet() }
      } catch is CancellationError {
        // Closing the database carries the log over too.
        return
      } catch let error as any ExplainedError {
        logger.notice("写前日志没有并入资料库：\(error.message)", metadata: ["code": "\(error.code)", "hint": "\(error.hint)"])
      } catch {
        // Housekeeping ends no hub.
        logger.warning("写前日志没有并入资料库", metadata: .telling(error))
      }
    }
  }

  private func passOverOnceQuiet() async throws {
    for _ in 0..<Self.tries {
      let before = commits.count.load(ordering: .relaxed)
      try await Task.sleep(for: quiet)
      // Whoever wrote meanwhile has left a signal: the quiet begins anew with it.
      if commits.count.load(ordering: .relaxed) != before { return }
      if try await Blocking.write({ [store] in try store.passLogOver() }) { return }
    }
  }
}
