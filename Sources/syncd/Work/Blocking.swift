import Dispatch
import Foundation
import SyncHTTP
import Synchronization

/// Work that blocks, off the threads that serve connections. Each kind has so many threads at a time: a crowd of clients must not
/// become a crowd of threads, and none of one kind waits behind another.
enum Blocking {
  /// The database takes one writer anyway.
  private static let writes = Lane("unitsync.writes", width: 1)
  /// Reads wait for no writer. More at a time than processors would only hold more in memory.
  private static let reads = Lane("unitsync.reads", width: max(2, ProcessInfo.processInfo.activeProcessorCount))
  /// One more than there are places: what is cleared away meanwhile waits for none of them.
  private static let files = Lane("unitsync.files", width: HTTPLimit.standard.fileTransfers + 1)

  static func read<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      reads.add { continuation.resume(with: Swift.Result { try body() }) }
    }
  }

  /// What writes and is no exchange: those have ``CommitGroup``.
  static func write<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      writes.add { continuation.resume(with: Swift.Result { try body() }) }
    }
  }

  /// Work on files, which may take as long as a disk takes for gigabytes and must hold nobody else up. As many at a time as
  /// ``HTTPLimit/fileTransfers``.
  static func runOnFiles<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      files.add { continuation.resume(with: Swift.Result { try body() }) }
    }
  }
}

/// Runs what it is given in order, so much of it at a time, each on a thread that is not one of those that serve connections:
/// a serial queue has its own, a concurrent one would take theirs.
final class Lane: Sendable {
  private struct State {
    var idle: [DispatchQueue]
    var waiting: [@Sendable () -> Void] = []
  }

  private let state: Mutex<State>

  init(_ label: String, width: Int) {
    precondition(width > 0, "nothing would ever run")
    state = Mutex(State(idle: (0..<width).map { DispatchQueue(label: "\(label).\($0)") }))
  }

  func add(_ work: @escaping @Sendable () -> Void) {
    let queue = state.withLock { state in
      state.waiting.append(work)
      return state.idle.popLast()
    }
    if let queue { queue.async { self.drain(on: queue) } }
  }

  private func drain(on queue: DispatchQueue) {
    while let work = next(on: queue) { work() }
  }

  private func next(on queue: DispatchQueue) -> (@Sendable () -> Void)? {
    state.withLock { state in
      if !state.waiting.isEmpty { return state.waiting.removeFirst() }
      state.idle.append(queue)
      return nil
    }
  }
}
