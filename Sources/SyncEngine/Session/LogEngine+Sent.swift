import SyncModel

extension LogEngine {
  /// True where all heads on the way to `strand` after one place and up to another left this machine before, or came from others:
  /// then there is nothing to mark before they leave again.
  ///
  /// Marking goes up to a place from the feed's start, so that what is marked has nothing unmarked before it.
  func areHeadsSent(on strand: Int, after: UInt32, through: UInt32) throws -> Bool {
    var (current, end) = (strand, through)
    while end > after {
      if try storage.heads(of: current, after: after, through: end).contains(where: { !$0.sent }) { return false }
      guard let parent = strands[current].parent else { break }
      (current, end) = (Int(parent.strand), min(end, parent.seq))
    }
    return true
  }
}
