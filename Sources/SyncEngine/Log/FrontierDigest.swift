import SyncModel

/// Digests that tell in 32 bytes whether two stores hold the same (protocol §7).
public enum FrontierDigest {
  /// Of one log: its tips, sorted by (replica, seq, hash), and what is owed.
  public static func item(log: LogID, tips: [FeedPlace], owed: [OwedValue] = []) -> Digest256 {
    var writer = ByteWriter(capacity: 128 + tips.count * 56)
    writer.lengthPrefixed(log.key)
    writer.varint(tips.count)
    for tip in tips.sorted() {
      writer.id(tip.replica)
      writer.bigEndian(UInt64(tip.seq))
      writer.digest(tip.hash)
    }
    writer.varint(owed.count)
    for value in owed.sorted() {
      writer.id(value.replica)
      writer.bigEndian(UInt64(value.seq))
      writer.bigEndian(UInt64(value.change))
    }
    return Hashing.labelled(.item, writer.bytes)
  }

  /// Of a scope: its logs' digests in the order of the logs' keys.
  public static func scope(_ items: [Digest256]) -> Digest256 {
    var writer = ByteWriter(capacity: 8 + items.count * 32)
    writer.varint(items.count)
    for item in items { writer.digest(item) }
    return Hashing.labelled(.scope, writer.bytes)
  }
}

/// A value that is absent without a known valid redaction: 内容未到.
public struct OwedValue: Hashable, Comparable, Sendable {
  public let replica: ReplicaID
  public let seq: UInt32
  public let change: UInt16

  public init(replica: ReplicaID, seq: UInt32, change: UInt16) {
    self.replica = replica
    self.seq = seq
    self.change = change
  }

  public static func < (left: Self, right: Self) -> Bool {
    if left.replica != right.replica { return left.replica < right.replica }
    return (left.seq, left.change) < (right.seq, right.change)
  }
}
