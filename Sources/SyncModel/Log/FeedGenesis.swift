/// Record 0 of a feed (protocol §3): who writes it, where, and which feed it continues.
public struct FeedGenesis: Hashable, Sendable {
  public let school: SchoolID
  public let log: LogID
  /// Ed25519 public key, 32 bytes.
  public let deviceKey: [UInt8]
  public let incarnation: Incarnation
  /// The place in an earlier incarnation's feed that this one goes on from; nil for a device's first.
  public let continues: FeedPlace?

  public static let version: UInt64 = 1
  /// 1: SHA-256 and Ed25519.
  public static let suite: UInt64 = 1
  public static let deviceKeyByteCount = 32
  public static let byteLimit = 1024

  public init(school: SchoolID, log: LogID, deviceKey: [UInt8], incarnation: Incarnation, continues: FeedPlace?) {
    precondition(deviceKey.count == Self.deviceKeyByteCount, "an Ed25519 public key has 32 bytes")
    self.school = school
    self.log = log
    self.deviceKey = deviceKey
    self.incarnation = incarnation
    self.continues = continues
  }
}

/// One entry of one branch of a feed, named beyond doubt.
public struct FeedPlace: Hashable, Comparable, Sendable {
  public let replica: ReplicaID
  public let seq: UInt32
  public let hash: Digest256

  public init(replica: ReplicaID, seq: UInt32, hash: Digest256) {
    self.replica = replica
    self.seq = seq
    self.hash = hash
  }

  public var tip: Tip { Tip(replica: replica, seq: seq, tag: hash.tag) }

  public static func < (left: Self, right: Self) -> Bool {
    if left.replica != right.replica { return left.replica < right.replica }
    return left.seq != right.seq ? left.seq < right.seq : left.hash < right.hash
  }
}

/// A place in a feed with 8 bytes of its chain hash: that entry and all its ancestors (protocol §3, §5).
public struct Tip: Hashable, Comparable, Sendable {
  public let replica: ReplicaID
  public let seq: UInt32
  public let tag: ChainTag

  public init(replica: ReplicaID, seq: UInt32, tag: ChainTag) {
    self.replica = replica
    self.seq = seq
    self.tag = tag
  }

  public static func < (left: Self, right: Self) -> Bool {
    if left.replica != right.replica { return left.replica < right.replica }
    return left.seq != right.seq ? left.seq < right.seq : left.tag < right.tag
  }
}

extension FeedGenesis {
  /// The preimage of h[0].
  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 160)
    writer.varint(Self.version)
    writer.varint(Self.suite)
    writer.id(school)
    writer.lengthPrefixed(log.key)
    writer.raw(deviceKey)
    writer.id(incarnation)
    writer.byte(continues == nil ? 0 : 1)
    if let continues {
      writer.id(continues.replica)
      writer.varint(UInt64(continues.seq))
      writer.digest(continues.hash)
    }
    return writer.bytes
  }

  /// - Throws: ``CodecError`` for anything ``bytes`` would not have written.
  public init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let version = try reader.varint()
    if version != Self.version { throw .needsNewerVersion(what: "record 0", value: version) }
    let suite = try reader.varint()
    if suite != Self.suite { throw .needsNewerVersion(what: "suite", value: suite) }
    let school: SchoolID = try reader.id()
    let log = try LogID(key: try reader.lengthPrefixed("log", limit: LogID.keyByteLimit))
    let deviceKey = try reader.raw(Self.deviceKeyByteCount)
    let incarnation: Incarnation = try reader.id()
    var continues: FeedPlace?
    switch try reader.byte() {
    case 0: break
    case 1:
      let replica: ReplicaID = try reader.id()
      continues = FeedPlace(replica: replica, seq: try reader.seq(), hash: try reader.digest())
    default: throw .nonCanonical(what: "continues", offset: reader.offset)
    }
    try reader.finish()
    self.init(school: school, log: log, deviceKey: deviceKey, incarnation: incarnation, continues: continues)
  }
}

extension ByteReader {
  /// A place in a feed, 0 … 2³²−1; 0 stands before the first entry.
  public mutating func seq() throws(CodecError) -> UInt32 {
    UInt32(try count("seq", limit: Int(UInt32.max)))
  }
}
