/// The one message of the protocol, the same in both directions (protocol §7): here is (part of) my frontier, here are
/// segments you lack, here is what I want.
public struct Exchange: Hashable, Sendable {
  public var hello: Hello
  public var summary: Summary
  /// In a request: how far the sender has the receiver's store; nil for a peer met for the first time. In an answer: how
  /// far the receiver has the sender's store once it has taken this message in.
  public var cursor: Cursor?
  /// What the sender holds, range by range; nil where nothing is compared in this message.
  public var ranges: Ranges?
  /// Canonical bytes of ``Segment``s, so that they are decoded once and forwarded as they are.
  public var segments: [[UInt8]]
  public var wants: [Want]
  public var probes: [Probe]
  public var refusals: [Refusal]
  /// The sender stopped at the frame's limit and has more.
  public var more: Bool
  /// What the sender's store went through, and what it was shown of the receiver's.
  public var history: History?
  /// What the history's marks rest on; nil where neither side's device has signed for any.
  public var vouchers: Vouchers?
  /// In an answer: drawn anew whenever the hub has lost a file (protocol §13); nil where it never has.
  public var filesMark: FilesMark?

  public static let version: UInt64 = 1
  /// Default for a frame, in both directions.
  public static let frameByteLimit = 4 << 20
  public static let itemLimit = 65_536

  public init(hello: Hello, summary: Summary) {
    self.hello = hello
    self.summary = summary
    segments = []
    wants = []
    probes = []
    refusals = []
    more = false
  }

  public struct Hello: Hashable, Sendable {
    public var school: SchoolID
    public var store: StoreID
    public var unit: UnitPath
    /// The sender's wall clock, milliseconds since 1970: for telling a wrong clock, never for choosing a winner.
    public var clockMilliseconds: UInt64

    public init(school: SchoolID, store: StoreID, unit: UnitPath, clockMilliseconds: UInt64) {
      self.school = school
      self.store = store
      self.unit = unit
      self.clockMilliseconds = clockMilliseconds
    }
  }

  /// Over the intersection of both scopes.
  public struct Summary: Hashable, Sendable {
    public var digest: Digest256
    public var logs: UInt64
    public var entries: UInt64
    /// The sender's latest arrival as of this summary: what a peer that holds the same may remember as its place.
    public var arrival: UInt64

    public init(digest: Digest256, logs: UInt64, entries: UInt64, arrival: UInt64) {
      self.digest = digest
      self.logs = logs
      self.entries = entries
      self.arrival = arrival
    }
  }

  /// Everything that store `store` took in up to its `arrival`-th entry.
  public struct Cursor: Hashable, Sendable {
    public var store: StoreID
    public var arrival: UInt64

    public init(store: StoreID, arrival: UInt64) {
      self.store = store
      self.arrival = arrival
    }
  }

  /// Where a store stood after its `arrival`-th batch: a hash over all batches before it, so that a store which was set
  /// back, or tells two peers different things, cannot show the same mark again (protocol §7).
  public struct Mark: Hashable, Sendable {
    public var arrival: UInt64
    public var digest: Digest256

    public init(arrival: UInt64, digest: Digest256) {
      self.arrival = arrival
      self.digest = digest
    }
  }

  public struct History: Hashable, Sendable {
    /// Of the sender's own store, ascending: in an answer, at the arrival that the request remembers; the latest last.
    public var own: [Mark]
    /// The last mark that the sender was shown of a store of the receiver's; nil where it remembers none.
    public var remembered: Remembered?

    public static let ownLimit = 2

    public init(own: [Mark], remembered: Remembered?) {
      self.own = own
      self.remembered = remembered
    }
  }

  public struct Remembered: Hashable, Sendable {
    public var store: StoreID
    public var mark: Mark

    public init(store: StoreID, mark: Mark) {
      self.store = store
      self.mark = mark
    }
  }

  /// Signatures of the client's device under marks of its own store: with one a hub proves that the client was set back.
  public struct Vouchers: Hashable, Sendable {
    /// In a request: under the sender's latest own mark.
    public var own: [UInt8]?
    /// In an answer: the receiver's own, as it came with the mark that is remembered of it.
    public var remembered: [UInt8]?

    /// nil for none.
    public init?(own: [UInt8]? = nil, remembered: [UInt8]? = nil) {
      if own == nil, remembered == nil { return nil }
      self.own = own
      self.remembered = remembered
    }
  }

  /// `low` ≤ key < `high`; an empty `high` is open.
  public struct KeyRange: Hashable, Sendable {
    public var low: [UInt8]
    public var high: [UInt8]

    public init(low: [UInt8], high: [UInt8]) {
      self.low = low
      self.high = high
    }

    public func contains(_ key: [UInt8]) -> Bool {
      !key.lexicographicallyPrecedes(low) && (high.isEmpty || key.lexicographicallyPrecedes(high))
    }
  }

  /// One log's stored tips, ascending, and how many values are owed.
  public struct FrontierItem: Hashable, Sendable {
    public var log: LogID
    public var tips: [Tip]
    public var owed: UInt64

    public init(log: LogID, tips: [Tip], owed: UInt64 = 0) {
      self.log = log
      self.tips = tips
      self.owed = owed
    }
  }

  /// Send what follows this place; seq 0 asks for the feed from its start.
  public struct Want: Hashable, Sendable {
    public var log: LogID
    public var tip: Tip

    public init(log: LogID, tip: Tip) {
      self.log = log
      self.tip = tip
    }
  }

  /// The sender's places in a feed at doubling distances below a tip that it could not place.
  public struct Probe: Hashable, Sendable {
    public var log: LogID
    public var replica: ReplicaID
    /// Descending by (seq, tag): branches may have places of one seq.
    public var places: [Place]

    public static let placeLimit = 64

    public init(log: LogID, replica: ReplicaID, places: [Place]) {
      self.log = log
      self.replica = replica
      self.places = places
    }

    public struct Place: Hashable, Sendable {
      public var seq: UInt32
      public var tag: ChainTag

      public init(seq: UInt32, tag: ChainTag) {
        self.seq = seq
        self.tag = tag
      }
    }
  }

  /// A feed that the sender will not take, from this seq on.
  public struct Refusal: Hashable, Sendable {
    public var log: LogID
    public var replica: ReplicaID
    public var seq: UInt32
    public var reason: Reason

    /// Open: a number unknown to this version is a refusal like any other.
    public struct Reason: RawRepresentable, Hashable, Sendable {
      public let rawValue: UInt8
      public init(rawValue: UInt8) { self.rawValue = rawValue }

      /// Outside the receiver's scope or this peer's.
      public static let scope = Reason(rawValue: 1)
      /// A hash or a signature does not hold, or values were taken out without a redaction.
      public static let evidence = Reason(rawValue: 2)
      /// The waiting room is full.
      public static let room = Reason(rawValue: 3)
      /// Bytes that do not decode.
      public static let malformed = Reason(rawValue: 4)
      /// Written by a newer version.
      public static let newerVersion = Reason(rawValue: 5)
    }

    public init(log: LogID, replica: ReplicaID, seq: UInt32, reason: Reason) {
      self.log = log
      self.replica = replica
      self.seq = seq
      self.reason = reason
    }
  }
}
