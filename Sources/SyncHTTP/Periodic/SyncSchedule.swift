import SyncModel

/// When the next round of a periodic synchronisation begins, and what is to be said of the last one. A value: it is told how
/// each round ended and by which clock, and draws its jitter from the generator that it is given.
///
/// * A round that came to its end: the next begins one interval after this one began, give or take a tenth, so that laptops
///   that were switched on together do not stay together.
/// * Nobody answers (no network, no such name, refused): told once. Tries are cheap then, so they come at doubling distances up
///   to ``offlineCapMilliseconds``, and whoever waits begins anew with ``networkChanged()``.
/// * Anything else went wrong: doubling distances up to ``capMilliseconds``, somewhere in their upper half; never before the
///   hub's `Retry-After` is over.
public struct SyncSchedule: Hashable, Sendable {
  /// How a round ended.
  public enum Ending: Hashable, Sendable {
    /// The hub answered to the end.
    case done
    /// Another process of this workspace is at it: its round counts for this one.
    case taken
    /// Nobody answered at the hub's address.
    case offline
    /// - Parameter retryAfterSeconds: what the hub asked for; nil where it did not.
    case failed(retryAfterSeconds: Int?)
  }

  /// What somebody who reads along is to be told.
  public enum Word: Hashable, Sendable {
    case round
    /// A round went through after nobody had answered for so long.
    case cameBack(afterMilliseconds: UInt64)
    /// The first of a row of tries that nobody answered.
    case wentOffline
    /// Has been said.
    case nothing
    case failed
    case taken
  }

  public struct Next: Hashable, Sendable {
    public var waitMilliseconds: UInt64
    public var word: Word
    /// Worth trying at once should this machine's network change.
    public var watchesNetwork: Bool
  }

  /// The first wait after something went wrong, unless the interval is shorter.
  public static let firstBackOffMilliseconds: UInt64 = 5_000
  /// The longest wait for a hub that answers and fails: the interval, but no less and no more than this.
  public static let capMilliseconds: ClosedRange<UInt64> = 15 * 60_000...60 * 60_000
  /// The longest wait for one that does not answer at all, unless the interval is shorter.
  public static let offlineCapMilliseconds: UInt64 = 60_000
  /// The least rest between two rounds, however long one takes.
  public static let restMilliseconds: UInt64 = 1_000
  /// `Retry-After` is honoured up to this.
  public static let retryAfterLimitSeconds = 86_400

  public let everyMilliseconds: UInt64
  private var began: UInt64 = 0
  /// Rounds in a row that did not go through, of one kind.
  private var failures = 0
  private var offlineSince: UInt64?

  public init(every: Interval) {
    everyMilliseconds = every.milliseconds
  }

  /// Nobody answered when last tried.
  public var isOffline: Bool { offlineSince != nil }

  /// - Parameter now: milliseconds by a clock that never goes back.
  public mutating func begin(at now: UInt64) {
    began = now
  }

  /// The network is not what it was: waiting begins at its shortest again.
  public mutating func networkChanged() {
    failures = 0
  }

  public mutating func end(
    _ ending: Ending, at now: UInt64, using generator: inout some RandomNumberGenerator
  ) -> Next {
    switch ending {
    case .done, .taken:
      let word: Word
      if ending == .taken {
        word = .taken
      } else {
        word = offlineSince.map { .cameBack(afterMilliseconds: now - min($0, now)) } ?? .round
        offlineSince = nil
      }
      failures = 0
      let tenth = everyMilliseconds / 10
      let period = everyMilliseconds - tenth + UInt64.random(in: 0...2 * tenth, using: &generator)
      let lasted = now - min(began, now)
      return Next(waitMilliseconds: max(period - min(lasted, period), rest), word: word, watchesNetwork: false)
    case .offline:
      let word: Word = isOffline ? .nothing : .wentOffline
      if !isOffline {
        offlineSince = now
        failures = 0
      }
      let wait = backOff(cap: min(everyMilliseconds, Self.offlineCapMilliseconds), using: &generator)
      return Next(waitMilliseconds: wait, word: word, watchesNetwork: true)
    case .failed(let retryAfterSeconds):
      if isOffline { failures = 0 }
      offlineSince = nil
      let cap = min(max(everyMilliseconds, Self.capMilliseconds.lowerBound), Self.capMilliseconds.upperBound)
      var wait = backOff(cap: cap, using: &generator)
      if let seconds = retryAfterSeconds.map({ UInt64(min(max($0, 0), Self.retryAfterLimitSeconds)) }) {
        // A little later than asked for: others were told the same.
        wait = max(wait, seconds * 1000 + UInt64.random(in: 0...seconds * 100, using: &generator))
      }
      return Next(waitMilliseconds: wait, word: .failed, watchesNetwork: false)
    }
  }

  private var rest: UInt64 { min(Self.restMilliseconds, everyMilliseconds) }

  /// Between half and all of a distance that doubles with each failure in a row.
  private mutating func backOff(cap: UInt64, using generator: inout some RandomNumberGenerator) -> UInt64 {
    let doublings = min(failures, 20)
    failures += 1
    let whole = min(min(Self.firstBackOffMilliseconds, everyMilliseconds) << UInt64(doublings), cap)
    return UInt64.random(in: whole / 2...whole, using: &generator)
  }
}

extension SyncSchedule.Ending {
  /// What an error that ended a round comes to.
  public init(_ error: any Error) {
    switch error {
    case TransportError.unreachable: self = .offline
    case TransportError.alreadySyncing: self = .taken
    case let problem as Problem: self = .failed(retryAfterSeconds: problem.retryAfterSeconds)
    default: self = .failed(retryAfterSeconds: nil)
    }
  }
}
