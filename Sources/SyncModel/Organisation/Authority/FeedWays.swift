/// How the feeds of notices run and branch: what it takes to say which entries lie on the way to a place.
public protocol FeedWays {
  /// Where the entry that a place names stands; nil where it is not held.
  func spot(of place: FeedPlace, in log: LogID) -> FeedSpot?
  /// The last entry that a branch shares with the one it leaves; nil for a feed's first.
  func parent(of branch: Int, in log: LogID) -> FeedSpot?
}

/// One entry, by the branch of its feed, numbered within the log, that holds it.
public struct FeedSpot: Hashable, Sendable {
  public var branch: Int
  public var seq: UInt32

  public init(branch: Int, seq: UInt32) {
    self.branch = branch
    self.seq = seq
  }
}

/// Steps of work, counted so that a bound on them can be tested without a clock.
final class StepCount {
  private(set) var steps = 0
  func add(_ count: Int = 1) { steps += count }
}
