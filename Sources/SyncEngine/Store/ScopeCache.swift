import SyncModel
import Synchronization

/// Scopes and their totals, as the store last had them: what a hub is asked most is whether there is anything new.
///
/// An answer belongs to a version of the directory and of the sums, both read in the transaction that asks, so that what another
/// process wrote is never missed.
final class ScopeCache: Sendable {
  struct Question: Hashable {
    let own: UnitPath
    let peer: UnitPath
    let reach: ExchangeReach
  }

  struct Version: Hashable {
    let directory: UInt64
    let sums: UInt64
  }

  /// Units that ask; of more, all are forgotten and asked for again.
  static let limit = 4096

  private let cached = Mutex<(version: Version, answers: [Question: (SharedScope, LogTotal)])?>(nil)

  /// - Parameter keeping: false inside a transaction that may still be undone.
  func known(
    _ question: Question, version: Version, keeping: Bool, _ find: () throws -> (SharedScope, LogTotal)
  ) rethrows -> (SharedScope, LogTotal) {
    if let found = cached.withLock({ $0?.version == version ? $0?.answers[question] : nil }) { return found }
    let found = try find()
    guard keeping else { return found }
    cached.withLock { cached in
      var answers = cached?.version == version ? cached?.answers ?? [:] : [:]
      if answers.count >= Self.limit { answers = [:] }
      answers[question] = found
      cached = (version, answers)
    }
    return found
  }
}
