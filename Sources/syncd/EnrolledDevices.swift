import SyncEngine
import SyncModel
import Synchronization

/// Which devices the directory knows, for the decision whether a request's body is worth reading. What the request may then
/// do is decided again in its own transaction.
final class EnrolledDevices: Sendable {
  private struct State {
    var known: (directory: Directory, at: UInt64)?
    var reading: Task<Directory, any Error>?
  }

  private let workspace: Workspace
  private let clock: HubClock
  private let state = Mutex(State())

  /// A device that was enrolled or lost its roles elsewhere is noticed here this much later at most.
  static let staleMilliseconds: UInt64 = 1000

  init(workspace: Workspace, clock: HubClock) {
    self.workspace = workspace
    self.clock = clock
  }

  /// What the directory says of a device; nil where it was never enrolled.
  ///
  /// - Parameter stranger: called where the directory of a moment ago does not know it, before it is asked again: it bounds
  ///   how often whoever is not enrolled makes the hub read.
  func device(_ device: DeviceID, stranger: () throws -> Void) async throws -> DirectoryDevice? {
    if let found = try await recent().devices[device] { return found }
    try stranger()
    return try await read().devices[device]
  }

  /// At most so old; all who come meanwhile wait for one reading.
  private func recent() async throws -> Directory {
    let now = clock.steadyMilliseconds
    let reading = state.withLock { state -> Task<Directory, any Error>? in
      if let known = state.known, now < known.at + Self.staleMilliseconds { return nil }
      if let reading = state.reading { return reading }
      let reading = Task { [self] in
        defer { self.state.withLock { $0.reading = nil } }
        return try await read()
      }
      state.reading = reading
      return reading
    }
    if let reading { return try await reading.value }
    if let known = state.withLock({ $0.known }) { return known.directory }
    return try await read()
  }

  private func read() async throws -> Directory {
    let now = clock.steadyMilliseconds
    let directory = try await Blocking.read { [workspace] in try workspace.store.read { try $0.directory() } }
    state.withLock { $0.known = (directory, now) }
    return directory
  }
}

extension DirectoryDevice {
  /// How far it is answered: whole while it has a role, its notices alone once it was stopped, nil where it was never enrolled.
  var reach: ExchangeReach? { roles.isEmpty ? isStopped ? .notices : nil : .whole }
}
