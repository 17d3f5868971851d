import Logging
import ServiceLifecycle
import SyncEngine

/// Signs receipts for what has arrived at the school's own hub. One round at a time: while it signs, any number of
/// exchanges ask for the next round and get one.
struct ReceiptService: Service {
  private let workspace: Workspace
  private let logger: Logger
  private let signals: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation

  init(workspace: Workspace, logger: Logger) {
    self.workspace = workspace
    self.logger = logger
    (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    // What arrived before this process began.
    signal.yield()
  }

  /// Something has arrived.
  func arrived() { signal.yield() }

  func run() async throws {
    for await _ in signals.cancelOnGracefulShutdown() {
      do {
        while try await Blocking.run({
          try Office(workspace, person: HubServer.person, claimedMilliseconds: Platform.wallMilliseconds)
            .issueReceipts()
        }) == Office.receiptLimit {}
      } catch {
        logger.warning("receipts", metadata: .telling(error))
      }
    }
  }
}
