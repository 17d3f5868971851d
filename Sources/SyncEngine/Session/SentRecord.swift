import SyncModel

/// What one session sent, by this side's own count: the measure of how far the peer's word is believed (protocol §7).
///
/// A peer says how many entries it holds, what it lacks and what it refuses, and may say so for ever. Its word is therefore good for
/// no more than was really sent: an entry is sent for the first time once, and what is sent again has a limit that nothing
/// takes back. So whatever the peer says, a session sends at most twice what is held here, and so many frames.
struct SentRecord {
  /// Entries of one feed that a message holds: those after `after`, up to and with `through`.
  struct Stretch {
    var feed: Exchange.Feed
    /// Branches of a forked feed have the same numbers.
    var strand: Int
    var after: UInt32
    var through: UInt32
    var byteCount: Int
  }

  private struct Branch: Hashable {
    var log: LogID
    var strand: Int
  }

  private var entries: [Branch: RangeSet<UInt32>] = [:]
  /// Of which anything was sent: no other can be refused.
  private(set) var feeds: Set<Exchange.Feed> = []
  private var firstBytes = 0
  private var repeatedBytes = 0
  private let repeatLimitBytes: Int

  /// Frames' worth of entries that may be sent again beyond as many bytes as went out for the first time.
  static let repeatedFrameLimit = 16

  init(frameBytes: Int) {
    repeatLimitBytes = frameBytes * Self.repeatedFrameLimit
  }

  /// True where more was sent again than a peer in earnest has a use for.
  var isExhausted: Bool { repeatedBytes - firstBytes > repeatLimitBytes }

  /// The peer answered a message that held these.
  /// - Returns: how many entries of it were never sent before in this session.
  mutating func add(_ stretches: [Stretch]) -> Int {
    var fresh = 0
    for stretch in stretches where stretch.through > stretch.after {
      feeds.insert(stretch.feed)
      let branch = Branch(log: stretch.feed.log, strand: stretch.strand)
      let all = RangeSet(stretch.after..<stretch.through)
      let new = all.subtracting(entries[branch] ?? RangeSet())
      let count = new.ranges.reduce(0) { $0 + $1.count }
      entries[branch, default: RangeSet()].formUnion(new)
      let bytes = stretch.byteCount * count / Int(stretch.through - stretch.after)
      firstBytes += bytes
      repeatedBytes += stretch.byteCount - bytes
      fresh += count
    }
    return fresh
  }
}
