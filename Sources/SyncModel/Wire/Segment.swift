/// A piece of one feed as it is sent, bundled and checked (protocol §4): it begins after an entry the receiver can place
/// and ends on a signed head. Values are canonical bytes here, read only when an entry is applied.
public struct Segment: Hashable, Sendable {
  public var log: LogID
  public var replica: ReplicaID
  /// The seq that the first entry follows; 0 for the start of the feed.
  public var from: UInt32
  /// h[from].
  public var fromHash: Digest256
  /// Record 0's bytes, exactly where `from` is 0.
  public var genesis: [UInt8]?
  public var runs: [Run]
  /// Ascending by seq; the last one at the segment's end.
  public var heads: [SignedHead]

  public static let version: UInt64 = 1
  /// Entries in one segment.
  public static let entryLimit = 65_536
  public static let headLimit = 65_536

  public init(
    log: LogID, replica: ReplicaID, from: UInt32, fromHash: Digest256, genesis: [UInt8]?, runs: [Run],
    heads: [SignedHead]
  ) {
    self.log = log
    self.replica = replica
    self.from = from
    self.fromHash = fromHash
    self.genesis = genesis
    self.runs = runs
    self.heads = heads
  }

  public var entryCount: Int { runs.reduce(0) { $0 + $1.count } }

  public struct SignedHead: Hashable, Sendable {
    public var seq: UInt32
    /// Ed25519, 64 bytes.
    public var signature: [UInt8]

    public static let signatureByteCount = 64

    public init(seq: UInt32, signature: [UInt8]) {
      self.seq = seq
      self.signature = signature
    }
  }

  public enum Run: Hashable, Sendable {
    /// A batch as written: all its salts derive from one secret.
    case plain(secret: BatchSecret, entries: [PlainEntry])
    /// A batch with redacted or owed values: single salts for those that are present.
    case explicit(entries: [ExplicitEntry])
    /// `internal` entries, readable by the unit's devices alone.
    case sealed(entries: [SealedEntry])

    public var count: Int {
      switch self {
      case .plain(_, let entries): entries.count
      case .explicit(let entries): entries.count
      case .sealed(let entries): entries.count
      }
    }
  }

  public struct PlainEntry: Hashable, Sendable {
    public var header: [UInt8]
    /// Per change one value, one after another.
    public var values: [UInt8]

    public init(header: [UInt8], values: [UInt8]) {
      self.header = header
      self.values = values
    }
  }

  public struct ExplicitEntry: Hashable, Sendable {
    public var header: [UInt8]
    public var slots: [ValueSlot]

    public init(header: [UInt8], slots: [ValueSlot]) {
      self.header = header
      self.slots = slots
    }
  }

  /// A value with its salt, or only its digest (redacted or owed).
  public enum ValueSlot: Hashable, Sendable {
    case present(salt: Salt, value: [UInt8])
    case absent(Digest256)
  }

  public struct SealedEntry: Hashable, Sendable {
    public var epoch: UInt64
    public var headerDigest: Digest256
    public var valuesDigest: Digest256
    /// nonce ‖ ciphertext ‖ tag.
    public var box: [UInt8]

    public init(epoch: UInt64, headerDigest: Digest256, valuesDigest: Digest256, box: [UInt8]) {
      self.epoch = epoch
      self.headerDigest = headerDigest
      self.valuesDigest = valuesDigest
      self.box = box
    }
  }
}
