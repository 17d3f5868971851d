import SyncModel

/// A value whose digest alone is here and whose redaction is not known: 内容未到, asked of every peer.
public struct OwedDot: Hashable, Comparable, Sendable {
  public let replica: ReplicaID
  public let seq: UInt32
  /// Which change of the entry, from 0.
  public let change: UInt16

  public init(replica: ReplicaID, seq: UInt32, change: UInt16) {
    self.replica = replica
    self.seq = seq
    self.change = change
  }

  public static func < (left: Self, right: Self) -> Bool {
    if left.replica != right.replica { return left.replica < right.replica }
    return left.seq != right.seq ? left.seq < right.seq : left.change < right.change
  }
}

/// What two peers compare to learn in 32 bytes that they hold the same (protocol §7).
///
/// A function of what is stored: the order in which tips, owed values or logs are handed in, and how often, changes nothing.
public enum FrontierDigest {
  /// One log: the ends of all branches of its feeds, and the values owed there.
  public static func item(log: LogID, tips: some Sequence<FeedPlace>, owed: some Sequence<OwedDot> = []) -> Digest256 {
    let tips = Set(tips).sorted()
    let owed = Set(owed).sorted()
    var writer = ByteWriter(capacity: 128 + tips.count * 56 + owed.count * 32)
    writer.lengthPrefixed(log.key)
    writer.varint(tips.count)
    for tip in tips {
      writer.id(tip.replica)
      writer.bigEndian(UInt64(tip.seq))
      writer.digest(tip.hash)
    }
    writer.varint(owed.count)
    for dot in owed {
      writer.id(dot.replica)
      writer.bigEndian(UInt64(dot.seq))
      writer.bigEndian(UInt64(dot.change))
    }
    return Hashing.labelled(.item, writer.bytes)
  }

  /// A scope: the items of all logs in it that hold anything.
  public static func scope(_ items: [LogID: Digest256]) -> Digest256 {
    items.values.reduce(into: LogTotal.zero) { $0 += LogTotal(item: $1, entries: 0) }.scopeDigest
  }
}
