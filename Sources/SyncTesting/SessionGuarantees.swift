import SyncModel

/// Checks histories of reads and writes for the session guarantees (Terry et al. 1994): read your writes, monotonic reads,
/// monotonic writes, writes follow reads. A log is the domain of causality, so each holds within one.
///
/// It knows nothing of clocks, vectors or stores: a read is the set of writes in view, a write a number.
///
///     var guarantees = SessionGuarantees()
///     guarantees.write(1, by: client, in: log)
///     guarantees.read([], counting: [], by: client, in: log)  // .readYourWrites([1])
public struct SessionGuarantees {
  /// A person at a place of work; the same person elsewhere is another, unless a read there is said to be theirs.
  public struct Client: Hashable, Sendable {
    public var person: String
    public var home: Int

    public init(person: String, home: Int) {
      self.person = person
      self.home = home
    }
  }

  public enum Violation: Hashable, CustomStringConvertible {
    /// The client's own writes are missing.
    case readYourWrites(IDSet)
    /// What the client saw before is missing.
    case monotonicReads(IDSet)
    /// A write is in view without earlier ones of its author.
    case monotonicWrites(Int, missing: IDSet)
    /// A write is in view without what its author had seen.
    case writesFollowReads(Int, missing: IDSet)

    public var description: String {
      switch self {
      case .readYourWrites(let missing): "somebody does not see their own writes \(missing)"
      case .monotonicReads(let missing): "somebody does not see \(missing) any more"
      case .monotonicWrites(let id, let missing): "#\(id) is in view without its author's earlier \(missing)"
      case .writesFollowReads(let id, let missing): "#\(id) is in view without \(missing), which its author had seen"
      }
    }
  }

  private struct Place: Hashable {
    var client: Client
    var log: LogID
  }

  private struct Past {
    /// The client's own writes, in a session or before it.
    var written = IDSet()
    var seen = IDSet()
    /// Of what was seen, what counted: the rest nobody's write has to follow.
    var counted = IDSet()
  }

  private var pasts: [Place: Past] = [:]
  /// By write: what its author had written, and seen, before.
  private var before: [Int: (written: IDSet, read: IDSet)] = [:]

  public init() {}

  /// The client writes.
  public mutating func write(_ id: Int, by client: Client, in log: LogID) {
    let place = Place(client: client, log: log)
    let past = pasts[place] ?? Past()
    before[id] = (past.written, past.counted)
    pasts[place, default: Past()].written.insert(id)
  }

  /// The client sees `view`.
  /// - Parameter counting: the part of it that has authority.
  /// - Returns: what is wrong with that; nil where nothing is.
  public mutating func read(_ view: IDSet, counting: IDSet, by client: Client, in log: LogID) -> Violation? {
    let place = Place(client: client, log: log)
    var past = pasts[place] ?? Past()
    let own = past.written.subtracting(view)
    if !own.isEmpty { return .readYourWrites(own) }
    let gone = past.seen.subtracting(view)
    if !gone.isEmpty { return .monotonicReads(gone) }
    past.seen.formUnion(view)
    past.counted.formUnion(counting)
    pasts[place] = past
    return nil
  }

  /// A store took `new` into view, where `view` now is.
  /// - Parameter isExcused: a write that nobody has to wait for.
  public func taken(_ new: IDSet, into view: IDSet, isExcused: (Int) -> Bool) -> Violation? {
    for id in new.ascending {
      guard let (written, read) = before[id] else { continue }
      let earlier = written.subtracting(view).filter { !isExcused($0) }
      if !earlier.isEmpty { return .monotonicWrites(id, missing: earlier) }
      let seen = read.subtracting(view).filter { !isExcused($0) }
      if !seen.isEmpty { return .writesFollowReads(id, missing: seen) }
    }
    return nil
  }

  /// The place of work was set back: whoever works there begins anew, and what they wrote stays as it was written.
  public mutating func restart(home: Int) {
    pasts = pasts.filter { $0.key.client.home != home }
  }
}
