import Logging
import ServiceLifecycle
import SyncEngine
import SyncModel

/// Signs receipts for what has arrived at the school's own hub. One round at a time: while it signs, any number of
/// exchanges ask for the next round and get one. It takes a tenth of the writer's time at most: a receipt for many exchanges says
/// no less than one for each.
struct ReceiptService: Service {
  private let workspace: Workspace
  private let logger: Logger
  private let signals: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation

  init(workspace: Workspace, logger: Logger) {
    self.workspace = workspace
    self.logger = logger
    (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Of the time that the last round took.
  private static let pauseFactor = 9
  private static let longestPause = Duration.seconds(2)

  /// Something has arrived, or did before this process began.
  func arrived() { signal.yield() }

  func run() async throws {
    for await _ in signals.cancelOnGracefulShutdown() {
      let start = ContinuousClock.now
      do {
        let issued = try await Blocking.write {
          try Office(workspace, person: HubServer.person, claimedMilliseconds: Platform.wallMilliseconds)
            .issueReceipts()
        }
        if !issued.failed.isEmpty { warn(issued.failed) }
      } catch let error as any ExplainedError {
        logger.warning("回执没有签成：\(error.message)", metadata: ["code": "\(error.code)", "hint": "\(error.hint)"])
      } catch {
        logger.warning("回执没有签成", metadata: .telling(error))
      }
      let pause = min(Self.longestPause, (ContinuousClock.now - start) * Self.pauseFactor)
      if await !ServicePause.over(pause) { return }
    }
  }

  /// Units named in one line of the log.
  private static let namedLimit = 10

  private func warn(_ failed: [UnitPath]) {
    let names = failed.prefix(Self.namedLimit).map(\.description).joined(separator: "、")
    logger.warning(
      "有 \(failed.count) 个单位的回执没有签成，这些单位会一直显示“学校还没有回执”：\(names)\(failed.count > Self.namedLimit ? "……" : "")",
      metadata: ["hint": "请运行 unitcli audit 查看这些单位的日志，并停用异常的设备"])
  }
}
