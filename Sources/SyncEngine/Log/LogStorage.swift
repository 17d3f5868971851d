import SyncModel

/// One log's rows inside one open transaction: what ``LogEngine`` reads and writes. The SQL store and the in-memory log
/// of tests and benchmarks conform, so that the same engine runs on both.
///
/// Any method may throw what the storage throws; the caller then rolls the transaction back.
public protocol LogStorage: AnyObject {
  /// Strands in order of their numbers.
  func loadStrands() throws -> [Strand]
  func insertStrand(_ strand: Strand, at index: Int) throws
  func updateStrand(_ strand: Strand, at index: Int) throws

  /// nil where the strand itself (not its parent) holds no such entry.
  func hash(of dot: Dot) throws -> Digest256?
  /// The first bytes of that hash, at less cost.
  func tag(of dot: Dot) throws -> ChainTag?
  func entry(_ dot: Dot) throws -> StoredEntry?
  /// The entry where it stands, without copying it; nil where there is none or it is not plain.
  func plainEntry(_ dot: Dot) throws -> PlainEntryView?
  /// Puts another form of the same entry in its place; what stood there is gone.
  func updateBody(_ body: StoredEntry.Body, at dot: Dot) throws
  /// The strand's next entry.
  /// - Parameter previous: the chain hash before it.
  func insertEntry(_ entry: StoredEntry, hash: Digest256, after previous: Digest256, at dot: Dot) throws
  func insertBatch(secret: BatchSecret) throws -> BatchID
  func secret(of batch: BatchID) throws -> BatchSecret?
  /// Once no entry is stored as written in that batch.
  func eraseSecret(of batch: BatchID) throws

  /// Values of which only the digest is stored.
  func absentValues() throws -> [(dot: Dot, change: UInt16, redacted: Bool)]
  /// - Parameter redacted: false where owed, nil where the value is here.
  func setAbsent(_ dot: Dot, change: UInt16, redacted: Bool?) throws

  /// Feeds that are cited and were refused for want of room.
  func refusedFeeds() throws -> Set<ReplicaID>
  func setRefused(_ replica: ReplicaID, _ isRefused: Bool) throws

  /// Signed heads of the strand itself with after < seq ≤ through, ascending.
  func heads(of strand: Int, after: UInt32, through: UInt32) throws -> [StoredHead]
  /// The last `limit` signed heads of the strand itself, ascending.
  func lastHeads(of strand: Int, limit: Int) throws -> [StoredHead]
  /// Bytes of headers and values of the strand's own entries with after < seq ≤ through.
  func byteCount(of strand: Int, after: UInt32, through: UInt32) throws -> Int
  func insertHead(_ head: Segment.SignedHead, of strand: Int, sent: Bool) throws
  /// The strand's own heads up to `seq` are about to leave this machine: from now on they are kept.
  func markHeadsSent(of strand: Int, through seq: UInt32) throws
  func deleteHead(of strand: Int, seq: UInt32) throws

  func registerID(_ name: RegisterName) throws -> RegisterID
  func registerName(_ id: RegisterID) throws -> RegisterName?
  /// Feed-local indices from 0; a branch sees its parent's up to the fork, which the engine resolves by `introducedAt`.
  func addRegister(_ id: RegisterID, index: Int, to strand: Int, introducedAt seq: UInt32) throws
  /// All of them, by index from the strand's first.
  func registers(of strand: Int) throws -> [(id: RegisterID, introducedAt: UInt32)]
  func register(index: Int, of strand: Int) throws -> (id: RegisterID, introducedAt: UInt32)?
  func addReplica(_ id: ReplicaID, index: Int, to strand: Int, introducedAt seq: UInt32) throws
  func replicas(of strand: Int) throws -> [(id: ReplicaID, introducedAt: UInt32)]
  func addPerson(_ id: PersonID, index: Int, to strand: Int, introducedAt seq: UInt32) throws
  func persons(of strand: Int) throws -> [(id: PersonID, introducedAt: UInt32)]

  func siblings(of register: RegisterID) throws -> Siblings
  func setSiblings(_ siblings: Siblings, of register: RegisterID) throws
  /// Remembers that `dot` changes `register`: history and recomputation read it.
  func addChange(_ dot: Dot, change: UInt16, of register: RegisterID, order: UInt64) throws
  /// Moves the mark at which a change was taken into view: its value came later.
  func setChangeOrder(_ order: UInt64, of dot: Dot, change: UInt16, of register: RegisterID) throws
  /// The writes of `register` taken into view after the mark `order`, superseded ones included; the latest `limit`.
  func changes(of register: RegisterID, after order: UInt64, limit: Int) throws -> [Dot]
  /// Forgets names, siblings and changes, but no entry: the view is about to be computed anew.
  func clearView() throws

  /// Writes what is held back, so that whoever reads the rows by other ways sees it.
  func flush() throws
}

/// A plain entry's bytes where they stand.
public struct PlainEntryView: Sendable {
  public var header: ByteSpan
  public var values: ByteSpan

  public init(header: ByteSpan, values: ByteSpan) {
    self.header = header
    self.values = values
  }
}

/// A head with whether it has left this machine; one that has is never dropped.
public struct StoredHead: Hashable, Sendable {
  public var head: Segment.SignedHead
  public var sent: Bool

  public init(head: Segment.SignedHead, sent: Bool) {
    self.head = head
    self.sent = sent
  }
}
