import SyncModel
import Synchronization

extension FeedWays {
  /// True where the entry lies on the way to one of the places.
  public func covers(_ places: [FeedPlace], _ log: LogID, _ place: FeedPlace) -> Bool {
    guard let spot = spot(of: place, in: log) else { return false }
    return places.contains { other in
      guard other.replica == place.replica, other.seq >= place.seq else { return false }
      var way = self.spot(of: other, in: log)
      while let current = way {
        if current.branch == spot.branch { return current.seq >= spot.seq }
        way = parent(of: current.branch, in: log)
      }
      return false
    }
  }
}

/// Feeds of a test. Without forks a place is covered by any later one of its feed; a fork is made by hand.
public final class ChainWays: FeedWays {
  private struct State {
    var forks: [Digest256: Int] = [:]
    var parents: [Int: FeedSpot] = [:]
    var count = 0
  }

  private let state = Mutex(State())

  public init() {}

  /// Entries that bear `mark` as the first part of their hash are on a branch of their own, which leaves the feed after `seq` on the
  /// branch of `other`.
  public func fork(_ replica: ReplicaID, mark: UInt64, after seq: UInt32, of other: UInt64) {
    let parent = FeedSpot(branch: branch(replica, other), seq: seq)
    let branch = branch(replica, mark)
    state.withLock { $0.parents[branch] = parent }
  }

  private func branch(_ replica: ReplicaID, _ mark: UInt64) -> Int {
    state.withLock { state in
      let key = Digest256(a: replica.high, b: replica.low, c: mark, d: 0)
      if let known = state.forks[key] { return known }
      state.forks[key] = state.count
      state.count += 1
      return state.count - 1
    }
  }

  public func spot(of place: FeedPlace, in log: LogID) -> FeedSpot? {
    FeedSpot(branch: branch(place.replica, place.hash.a), seq: place.seq)
  }

  public func parent(of branch: Int, in log: LogID) -> FeedSpot? { state.withLock { $0.parents[branch] } }
}
