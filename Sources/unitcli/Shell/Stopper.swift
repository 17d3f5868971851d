import Foundation
import Synchronization
import UnixSignals

/// Ends work that goes on for long: SIGINT (Ctrl-C) and SIGTERM cancel what is under way, which then ends by itself.
final class Stopper: Sendable {
  private struct State {
    var isStopped = false
    var cancel: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Runs `body` with the two signals caught; they do again what they always do once it has ended.
  static func onSignals(_ body: (Stopper) async throws -> Void) async throws {
    let stopper = Stopper()
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let listening = Task {
      var count = 0
      for await _ in signals {
        count += 1
        // Whoever asks twice does not want to wait: what is stored is stored.
        if count > 1 { exit(impatientCode) }
        stopper.stop()
      }
    }
    defer { listening.cancel() }
    try await body(stopper)
  }

  /// What a shell reports of a process that SIGINT has ended.
  private static let impatientCode: Int32 = 130

  func stop() {
    let cancel = state.withLock { state in
      state.isStopped = true
      return state.cancel
    }
    cancel?()
  }

  /// `work`, in a task that ``stop()`` cancels; one piece of work at a time.
  func run<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let task = Task { try await work() }
    let isStopped = state.withLock { state in
      state.cancel = { task.cancel() }
      return state.isStopped
    }
    if isStopped { task.cancel() }
    defer { state.withLock { $0.cancel = nil } }
    return try await task.value
  }
}
