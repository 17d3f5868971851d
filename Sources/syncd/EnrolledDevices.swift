import SyncEngine
import SyncModel
import Synchronization

/// Which devices the directory knows, for the decision whether a request's body is worth reading. What the request may then
/// do is decided again in its own transaction.
final class EnrolledDevices: Sendable {
  private let workspace: Workspace
  private let clock: HubClock
  private let cached = Mutex<(directory: Directory, at: UInt64)?>(nil)

  /// A device that was enrolled or lost its roles elsewhere is noticed here this much later at most.
  static let staleMilliseconds: UInt64 = 1000

  init(workspace: Workspace, clock: HubClock) {
    self.workspace = workspace
    self.clock = clock
  }

  /// As far as was known when anybody last asked.
  func wasKnown(_ device: DeviceID) -> Bool {
    cached.withLock { $0?.directory.devices[device] } != nil
  }

  /// How far a device is answered: whole while it has a role, its notices alone once it was stopped, nil where it was never
  /// enrolled.
  func reach(of device: DeviceID) async throws -> ExchangeReach? {
    let now = clock.steadyMilliseconds
    if let known = cached.withLock({ $0 }), now < known.at + Self.staleMilliseconds,
      let found = known.directory.devices[device]
    {
      return found.reach
    }
    let directory = try await Blocking.read { [workspace] in try workspace.store.read { try $0.directory() } }
    cached.withLock { $0 = (directory, now) }
    return directory.devices[device]?.reach
  }
}

extension DirectoryDevice {
  var reach: ExchangeReach? { roles.isEmpty ? isStopped ? .notices : nil : .whole }
}
