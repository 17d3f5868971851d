/// What happened in worlds: so that a test can tell that its worlds were worth anything.
public struct Tally: Hashable, Sendable {
  public enum Event: String, CaseIterable, Sendable {
    case writes
    case syncs
    case brokenSyncs = "broken off"
    case lettersAgain = "messages again"
    case lost = "messages lost"
    case doubled = "messages doubled"
    case cut = "messages cut"
    case stray = "answers nobody waited for"
    case partitions
    case powerLosses = "power losses"
    case kills = "kills"
    case torn = "torn writes"
    case lostChanges = "files with changes in doubt"
    case afterCommit = "crashes after the commit"
    case diskErrors = "disk errors"
    case fullDisks = "full disks"
    case resurrected = "commits that failed and stood after all"
    case lies = "lying disks"
    case damageNoticed = "of them damage noticed"
    case processes = "programs ended"
    case secondPrograms = "commands beside another program"
    case restores
    case unnoticedRestores = "of them unnoticed"
    case clones
    case twins
    case newIncarnations = "new incarnations"
    case forks
    case conflicts
    case settlements
    /// Fields of a whole school at rest that read 核定后改动.
    case changedSettlements = "fields changed after settling"
    case keptDots = "kept dots"
    case clockJumps = "clock jumps"
    case enrolments
    case revocations
    case reinstatements
    case moves
    case redactions
    case refusals
    case aside = "writes aside"
    case uncertain = "beyond cuts"
    case refusedHubs = "hubs refused"
    case ownPastsInDoubt = "own pasts in doubt"
    case announcements = "restores announced"
    case reads
    case visits = "reads at a hub after syncing"
  }

  private var counts: [Event: Int] = [:]

  public init() {}

  public subscript(event: Event) -> Int {
    get { counts[event, default: 0] }
    set { counts[event] = newValue }
  }

  /// In words, for a report.
  public var lines: [(name: String, count: Int)] { Event.allCases.map { ($0.rawValue, self[$0]) } }

  public static func += (left: inout Self, right: Self) {
    left.counts.merge(right.counts, uniquingKeysWith: +)
  }
}
