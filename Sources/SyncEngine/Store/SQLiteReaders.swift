import GRDB
import Synchronization

/// Which connection a read goes by: the main one while nobody else uses it, so that a program with one thread opens no other, and
/// one of its own while somebody writes.
///
/// In WAL a reader sees what was committed when it began, holds up no writer, and is held up by none.
final class SQLiteReaders: Sendable {
  private let main: DatabaseQueue
  private let path: String
  private let configuration: Configuration

  /// Connections beside the main one; reads beyond them take their turn there.
  static let limit = 8
  /// Pages that each keeps in memory, in KiB.
  private static let cacheKibibytes = 4096

  private struct State {
    /// Who uses the main connection or waits for it.
    var onMain = 0
    var idle: [DatabaseQueue] = []
    var open = 0
    var isClosed = false
  }

  private let state = Mutex(State())

  init(main: DatabaseQueue, path: String, configuration: Configuration) {
    self.main = main
    self.path = path
    var configuration = configuration
    configuration.readonly = true
    self.configuration = configuration
  }

  func onMain<Result>(_ body: (DatabaseQueue) throws -> Result) rethrows -> Result {
    state.withLock { $0.onMain += 1 }
    defer { state.withLock { $0.onMain -= 1 } }
    return try body(main)
  }

  func onAny<Result>(_ body: (DatabaseQueue) throws -> Result) throws -> Result {
    switch take() {
    case .main:
      defer { state.withLock { $0.onMain -= 1 } }
      return try body(main)
    case .reader(let reader):
      defer { giveBack(reader) }
      return try body(reader)
    case .new:
      guard let reader = try? open() else {
        // Out of file descriptors, perhaps: what can be read later is better than what cannot be read.
        state.withLock { $0.open -= 1 }
        return try onMain(body)
      }
      defer { giveBack(reader) }
      return try body(reader)
    }
  }

  private enum Turn {
    case main
    case reader(DatabaseQueue)
    case new
  }

  private func take() -> Turn {
    state.withLock { state in
      if let reader = state.idle.popLast() { return .reader(reader) }
      if state.onMain > 0, state.open < Self.limit, !state.isClosed {
        state.open += 1
        return .new
      }
      state.onMain += 1
      return .main
    }
  }

  private func open() throws -> DatabaseQueue {
    let reader = try DatabaseQueue(path: path, configuration: configuration)
    try reader.writeWithoutTransaction { try $0.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)") }
    return reader
  }

  private func giveBack(_ reader: DatabaseQueue) {
    let isClosed = state.withLock { state in
      if !state.isClosed { state.idle.append(reader) }
      return state.isClosed
    }
    if isClosed { try? reader.close() }
  }

  func close() throws {
    let idle = state.withLock { state in
      state.isClosed = true
      defer { state.idle = [] }
      return state.idle
    }
    for reader in idle { try reader.close() }
  }
}
