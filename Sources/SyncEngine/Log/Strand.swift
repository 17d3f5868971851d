import SyncModel

/// What a store knows of one strand: a feed, or a branch of one that forked.
public struct Strand: Hashable, Sendable {
  public let replica: ReplicaID
  /// Ed25519 public key of the device that writes it.
  public let deviceKey: [UInt8]
  /// Record 0; a branch repeats its feed's.
  public let genesis: [UInt8]
  /// Where it leaves another strand of the same feed; nil for a feed's first.
  public let parent: Dot?
  /// Highest seq held, and its chain hash: what the frontier speaks of.
  public var stored: UInt32
  public var storedHash: Digest256
  /// Highest seq taken into view: what contexts come from. Never above `stored`; 0 until a branch's parent has reached
  /// the fork.
  public var applied: UInt32
  /// HLC of entry `applied`.
  public var time: HybridTime
  /// Names introduced up to `applied`.
  public var names: FeedNameCounts
  /// ctx of entry `applied`, itself included.
  public var context: StrandVector
  public var standing: Standing
  /// The last seq that counts where its author was stopped; `UInt32.max` while nothing was taken away. What comes later is
  /// stored and never shown.
  public var validThrough: UInt32
  /// See ``Authority/dependableThrough``.
  public var dependableThrough: UInt32
  /// Why entry `applied` + 1 will never be applied here; nil while nothing is wrong.
  public var blocked: Block?

  /// The writer's authority over this log, as far as the directory is known.
  public enum Standing: UInt8, Sendable {
    /// Its device is not in the directory: entries wait.
    case unknown = 0
    case valid = 1
    /// Known, but not entitled to write here: entries are stored and never shown.
    case invalid = 2
  }

  public enum Block: UInt8, Sendable {
    /// Signed by its author, yet not a well-formed entry.
    case malformed = 1
    /// Written by a newer version: 需要新版本.
    case needsNewerVersion = 2
    /// `internal` and sealed with a key that is not here: relayed, and read once the key comes.
    case sealed = 3
  }

  /// Its own entries that are stored and not applied.
  public var unapplied: Int { Int(stored - max(applied, parent?.seq ?? 0)) }

  public init(replica: ReplicaID, deviceKey: [UInt8], genesis: [UInt8], parent: Dot?) {
    self.replica = replica
    self.deviceKey = deviceKey
    self.genesis = genesis
    self.parent = parent
    stored = parent?.seq ?? 0
    storedHash = Chain.start(genesis: genesis)
    applied = 0
    time = .zero
    names = FeedNameCounts()
    context = StrandVector()
    standing = .unknown
    validThrough = .max
    dependableThrough = .max
  }

  var authority: Authority {
    get { Authority(standing, validThrough: validThrough, dependableThrough: dependableThrough) }
    set {
      (standing, validThrough, dependableThrough) = (
        newValue.standing, newValue.validThrough, newValue.dependableThrough
      )
    }
  }

  /// True where nothing of it counts because its author was stopped before, not because it never had the authority.
  public var isStopped: Bool { standing == .invalid && validThrough == 0 }

  /// True for an entry that is shown and supersedes.
  public func isValid(_ seq: UInt32) -> Bool { standing == .valid && seq <= validThrough }

  /// What the directory says of a strand's author.
  public struct Authority: Hashable, Sendable {
    public var standing: Standing
    public var validThrough: UInt32
    /// Entries beyond it that are not held here need not be waited for: they would not count.
    public var dependableThrough: UInt32

    public init(_ standing: Standing, validThrough: UInt32 = .max, dependableThrough: UInt32 = .max) {
      self.standing = standing
      self.validThrough = validThrough
      self.dependableThrough = dependableThrough
    }
  }
}

/// An entry as a store keeps it: the bytes that were hashed, and what is needed to send them on.
public struct StoredEntry: Hashable, Sendable {
  public var body: Body
  /// The hub's or laptop's wall clock when it came, milliseconds since 1970.
  public var receivedMilliseconds: UInt64

  public enum Body: Hashable, Sendable {
    case plain(header: [UInt8], values: [UInt8], batch: BatchID)
    case explicit(header: [UInt8], slots: [Segment.ValueSlot])
    case sealed(Segment.SealedEntry)
  }

  public init(body: Body, receivedMilliseconds: UInt64) {
    self.body = body
    self.receivedMilliseconds = receivedMilliseconds
  }
}

/// A batch secret as a store numbers it.
public struct BatchID: RawRepresentable, Hashable, Sendable {
  public let rawValue: Int64
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// A register's number within one log of one store.
public struct RegisterID: RawRepresentable, Hashable, Sendable {
  public let rawValue: Int64
  public init(rawValue: Int64) { self.rawValue = rawValue }
}
