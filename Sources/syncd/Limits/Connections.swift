import NIOCore
import SyncHTTP
import SyncModel
import Synchronization

/// One connection, as long as it is open.
struct ConnectionID: Hashable, Sendable {
  private let channel: ObjectIdentifier

  init(_ channel: any NIOCore.Channel) {
    self.init(of: channel)
  }

  init(of object: AnyObject) {
    channel = ObjectIdentifier(object)
  }
}

/// Which connections are open, whose they are, and which of them gives way where there are too many: a connection is a place
/// too, and most of its time it waits for its peer.
///
/// A newcomer is always taken. Where that is one too many, whoever has most open (a network that strangers and stopped devices
/// come from, or the unit of enrolled devices) loses the connection that has kept the hub waiting longest.
final class Connections: Sendable {
  /// What a connection can be told, from any thread.
  struct Handle: Sendable {
    let close: @Sendable () -> Void
    /// The rest of the request's body does not count.
    let cut: @Sendable () -> Void
  }

  private struct Entry {
    let address: ClientAddress
    let handle: Handle
    /// The enrolled device that has signed a request on it.
    var owner: Owner?
    /// Its turn among those that wait for their peers; nil while the hub works for it.
    var since: UInt64?

    var shares: [Share] { owner?.shares ?? address.shares }
  }

  private struct State {
    var entries: [ConnectionID: Entry] = [:]
    var turns: UInt64 = 0

    mutating func nextTurn() -> UInt64 {
      turns += 1
      return turns
    }
  }

  private let limit: HTTPLimit
  private let state = Mutex(State())

  init(_ limit: HTTPLimit) {
    self.limit = limit
  }

  var count: Int { state.withLock { $0.entries.count } }

  /// A new one, which waits for its peer.
  func opened(_ id: ConnectionID, from address: ClientAddress, _ handle: Handle) {
    let closed = state.withLock { state in
      let turn = state.nextTurn()
      state.entries[id] = Entry(address: address, handle: handle, since: turn)
      var closed: [Handle] = []
      for share in address.shares {
        let strangers = state.entries.filter { $0.value.owner == nil && $0.value.address.shares.contains(share) }
        if strangers.count > limit.connectionsPerAddress * share.times {
          closed += Self.removeLongestWaiting(of: strangers, &state)
        }
      }
      if state.entries.count > limit.connections { closed += Self.removeOfFullest(&state) }
      return closed
    }
    for handle in closed { handle.close() }
  }

  func closed(_ id: ConnectionID) {
    state.withLock { _ = $0.entries.removeValue(forKey: id) }
  }

  /// It is the peer's turn.
  func waitsFor(_ id: ConnectionID) {
    state.withLock { state in
      let turn = state.nextTurn()
      state.entries[id]?.since = turn
    }
  }

  /// It is the hub's turn.
  func worksFor(_ id: ConnectionID) {
    state.withLock { $0.entries[id]?.since = nil }
  }

  /// From now on it counts for an enrolled device, which has signed a request on it.
  func identify(_ id: ConnectionID, as owner: Owner) {
    let closed = state.withLock { state -> [Handle] in
      guard let known = state.entries[id], known.owner != owner else { return [] }
      state.entries[id]?.owner = owner
      let own = state.entries.filter { $0.value.owner?.device == owner.device }
      guard own.count > limit.connectionsPerDevice else { return [] }
      return Self.removeLongestWaiting(of: own.filter { $0.key != id }, &state)
    }
    for handle in closed { handle.close() }
  }

  /// Tells one that what its peer brings goes no further: it may still answer.
  func cut(_ id: ConnectionID) { state.withLock { $0.entries[id]?.handle }?.cut() }

  /// Ends one whose peer does not take its answer.
  func close(_ id: ConnectionID) { state.withLock { $0.entries[id]?.handle }?.close() }

  private static func removeLongestWaiting(of entries: [ConnectionID: Entry], _ state: inout State) -> [Handle] {
    let waiting = entries.compactMap { id, entry in entry.since.map { (since: $0, id: id) } }
    guard let longest = waiting.min(by: { $0.since < $1.since }) else { return [] }
    return [state.entries.removeValue(forKey: longest.id)?.handle].compactMap(\.self)
  }

  private static func removeOfFullest(_ state: inout State) -> [Handle] {
    var open = ShareCounts()
    for entry in state.entries.values { open.add(1, to: entry.shares) }
    let waiting = state.entries.values.filter { $0.since != nil }
    guard let most = waiting.map({ open.load($0.shares) }).max() else { return [] }
    return removeLongestWaiting(of: state.entries.filter { open.load($0.value.shares) == most }, &state)
  }
}
