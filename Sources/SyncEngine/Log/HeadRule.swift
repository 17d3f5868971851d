import SyncModel

/// How close signed heads stand (protocol §3) and how entries are packed.
enum HeadRule {
  static let entries: UInt32 = 1000
  static let bytes = 256 << 10
  /// An unsent head is replaced only while the stretch it closes stays within this.
  static let replaceableEntries: UInt32 = 64
  /// The most that an introduced register's name takes.
  static let changeOverhead = 64
  /// The most that a tip takes where it introduces its replica, and a kept dot.
  static let tipBytes = 30
  static let keptBytes = 16
  /// Unseen writes of one register that a change names as kept, beside all that still stand.
  static let keptHistory = 256
  /// A value's own salt, which a sealed entry holds inside.
  static let saltBytes = 17
  /// Flags, clock, person and counts; a sealed box's nonce, tag and header salt.
  static let headerReserve = 128

  /// Whether heads stand as close together as an author has to sign (protocol §3).
  /// - Parameter byteCounts: of each entry after `from`.
  static func holds(
    _ heads: [Segment.SignedHead], after from: UInt32, _ byteCounts: some Sequence<Int>
  ) -> Bool {
    var heads = heads.makeIterator()
    var next = heads.next()
    var seq = from
    var (entries, bytes) = (UInt32(0), 0)
    for size in byteCounts {
      seq += 1
      entries += 1
      bytes += size
      if entries > Self.entries || bytes > Self.bytes + Entry.byteLimit { return false }
      if seq == next?.seq {
        next = heads.next()
        (entries, bytes) = (0, 0)
      }
    }
    return true
  }
}
