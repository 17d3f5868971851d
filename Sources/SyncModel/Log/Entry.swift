/// An entry's limits and its values; its header is ``EntryHeader`` (protocol §3).
public enum Entry {
  /// Header and values together.
  public static let byteLimit = 256 << 10
  public static let changeLimit = 1024
  public static let contextLimit = 4096
  public static let keptLimit = 4096
  /// Larger documents are cut into chunks of at most this size.
  public static let chunkByteLimit = 128 << 10
}

/// An entry's header as written: names are indices local to the feed, 0-based here (on the wire they count from 1 and 0
/// introduces a new name, which takes the next index).
public struct EntryHeader: Hashable, Sendable {
  public var time: TimeDelta
  /// Ascending by (replica index, seq); introductions last, by id.
  public var context: [ContextTip]
  public var person: Name<PersonID>
  /// Ascending by register index; introductions last, by name. 1 … 1,024.
  public var changes: [Change]

  public init(time: TimeDelta, context: [ContextTip], person: Name<PersonID>, changes: [Change]) {
    self.time = time
    self.context = context
    self.person = person
    self.changes = changes
  }

  /// HLC relative to the feed's previous entry.
  public struct TimeDelta: Hashable, Sendable {
    public var milliseconds: UInt64
    public var counter: UInt32
    /// Claimed wall clock minus HLC milliseconds, where they differ by over a minute.
    public var rawOffsetMilliseconds: Int64?

    public static let rawThresholdMilliseconds: Int64 = 60_000

    public init(milliseconds: UInt64, counter: UInt32, rawOffsetMilliseconds: Int64?) {
      self.milliseconds = milliseconds
      self.counter = counter
      self.rawOffsetMilliseconds = rawOffsetMilliseconds
    }
  }

  /// A name by its index in the feed, or introduced here.
  public enum Name<ID: Hashable & Sendable>: Hashable, Sendable {
    case known(Int)
    case new(ID)
  }

  public struct ContextTip: Hashable, Sendable {
    public var replica: Name<ReplicaID>
    public var seq: UInt32
    public var tag: ChainTag

    public init(replica: Name<ReplicaID>, seq: UInt32, tag: ChainTag) {
      self.replica = replica
      self.seq = seq
      self.tag = tag
    }
  }

  public struct Change: Hashable, Sendable {
    public var register: Name<RegisterName>
    /// Dots in the context that this change does not supersede.
    public var kept: [KeptDot]

    public init(register: Name<RegisterName>, kept: [KeptDot] = []) {
      self.register = register
      self.kept = kept
    }
  }

  /// nil replica: the feed's own chain. Otherwise the index of a replica that is already introduced.
  public struct KeptDot: Hashable, Sendable {
    public var replica: Int?
    public var seq: UInt32
    /// nil exactly where `replica` is.
    public var tag: ChainTag?

    public init(replica: Int?, seq: UInt32, tag: ChainTag?) {
      self.replica = replica
      self.seq = seq
      self.tag = tag
    }
  }
}

/// How many names a feed has introduced so far: what bounds the next header's indices.
public struct FeedNameCounts: Hashable, Sendable {
  public var replicas: Int
  public var persons: Int
  public var registers: Int

  public init(replicas: Int = 0, persons: Int = 0, registers: Int = 0) {
    self.replicas = replicas
    self.persons = persons
    self.registers = registers
  }
}
