import SyncModel

/// One log inside one transaction: takes segments in, applies what is ready, writes own entries (protocol §3–§6).
///
/// Three extensions hold its work: `LogEngine+Ingest`, `LogEngine+Deliver`, `LogEngine+Append`. Everything is written
/// through `storage`; call ``flush()`` before committing. Not `Sendable`: it lives and dies within a transaction.
public final class LogEngine<Storage: LogStorage> {
  public let school: SchoolID
  public let log: LogID
  public let storage: Storage
  public internal(set) var strands: [Strand]
  public internal(set) var topology: StrandTopology
  /// The greatest HLC among the entries applied here, for the store's clock.
  public internal(set) var latest: HybridTime = .zero

  /// Registers whose siblings changed, and whether the view was computed anew, since ``takeViewChange()``.
  var touched: [RegisterID] = []
  var viewCleared = false
  var changed: Set<Int> = []
  private var registers: [RegisterID: CachedRegister] = [:]
  private var changedRegisters: [RegisterID] = []
  var replicaNames: [Int: [ReplicaID]] = [:]
  var registerNames: [Int: FeedRegisters] = [:]
  var personNames: [Int: [PersonID]] = [:]
  var secrets: [BatchID: BatchSecret] = [:]
  /// The keys of a sealed log, as far as they are here. Entries whose key comes later are read by the next
  /// ``deliver(order:authority:)``.
  public var sealing = Sealing()
  /// What ``reconcile(_:)`` was last told: values that come in are held against it.
  public internal(set) var redactions: RedactionsInForce = [:]
  /// Values absent here, true where redacted; nil until asked for.
  var absent: [Dot: [UInt16: Bool]]?
  /// Values that were owed and came since the last delivery.
  var arrived: [(Dot, UInt16)] = []
  /// A value or a batch's secret was taken off the disk.
  public internal(set) var hasErased = false
  /// Feeds that are cited here and were refused for want of room; nil until asked for.
  var refused: Set<ReplicaID>?
  /// Names that unapplied entries introduce, by strand.
  var chainNames: [Int: ChainNames] = [:]

  /// - Throws: what `storage` throws.
  public init(school: SchoolID, log: LogID, storage: Storage) throws {
    self.school = school
    self.log = log
    self.storage = storage
    strands = try storage.loadStrands()
    topology = StrandTopology(parents: strands.map(\.parent))
  }

  /// What is in view and counts: contexts come from it. What counts nowhere is not cited, so nobody waits for it who was
  /// never given it, and nothing of it is superseded unread.
  public var citable: StrandVector {
    var vector = StrandVector()
    for (index, strand) in strands.enumerated() where strand.standing == .valid {
      let end = min(strand.applied, strand.validThrough)
      if end > (strand.parent?.seq ?? 0) { vector.cover(Dot(strand: index, seq: end), in: topology) }
    }
    return vector
  }

  /// What the frontier speaks of: the end of every branch, sorted by (replica, seq, hash).
  public var tips: [FeedPlace] {
    strands.enumerated()
      .filter { index, strand in
        // A strand whose end another one branches from is no end; branches leave before the end, so none is.
        strand.stored > (strand.parent?.seq ?? 0)
      }
      .map { FeedPlace(replica: $0.element.replica, seq: $0.element.stored, hash: $0.element.storedHash) }
      .sorted()
  }

  /// Entries stored and not applied: the waiting room. What is sealed to others waits for nothing.
  public var waiting: Int {
    strands.reduce(0) { $1.blocked == .sealed ? $0 : $0 + $1.unapplied }
  }

  /// Entries stored behind one that does not open here.
  public var unreadable: Int {
    strands.reduce(0) { $1.blocked == .sealed ? $0 + $1.unapplied : $0 }
  }

  /// Entries stored, every branch counted.
  public var entryCount: Int {
    strands.reduce(0) { $0 + Int($1.stored - ($1.parent?.seq ?? 0)) }
  }

  /// Writes cached strands and siblings back.
  public func flush() throws {
    for index in changed.sorted() { try storage.updateStrand(strands[index], at: index) }
    for register in changedRegisters.sorted(by: { $0.rawValue < $1.rawValue }) {
      guard let index = registers.index(forKey: register) else { continue }
      registers.values[index].isChanged = false
      try storage.setSiblings(registers.values[index].siblings, of: register)
    }
    changed = []
    changedRegisters = []
    try storage.flush()
  }

  // MARK: Places

  /// The chain hash at `seq` on the way to `strand`; h[0] for 0.
  func hash(on strand: Int, seq: UInt32) throws -> Digest256? {
    if seq == 0 { return Chain.start(genesis: strands[strand].genesis) }
    if seq == strands[strand].stored { return strands[strand].storedHash }
    let holder = topology.holder(of: seq, on: strand)
    return try storage.hash(of: Dot(strand: holder, seq: seq))
  }

  private func tag(on strand: Int, seq: UInt32) throws -> ChainTag? {
    if seq == strands[strand].stored { return strands[strand].storedHash.tag }
    return try storage.tag(of: Dot(strand: topology.holder(of: seq, on: strand), seq: seq))
  }

  /// The entries that (replica, seq, tag8) may mean: none where it is not stored, two where 8 bytes do not tell
  /// branches apart.
  func places(_ tip: Tip) throws -> [Dot] {
    var found: [Dot] = []
    for (index, strand) in strands.enumerated()
    where strand.replica == tip.replica && tip.seq <= strand.stored && tip.seq > (strand.parent?.seq ?? 0) {
      if try tag(on: index, seq: tip.seq) == tip.tag { found.append(Dot(strand: index, seq: tip.seq)) }
    }
    return found
  }

  /// The entry that a place names beyond doubt; nil where it is not stored.
  public func dot(_ place: FeedPlace) throws -> Dot? {
    for (index, strand) in strands.enumerated()
    where strand.replica == place.replica && place.seq <= strand.stored && place.seq > (strand.parent?.seq ?? 0) {
      if try hash(on: index, seq: place.seq) == place.hash { return Dot(strand: index, seq: place.seq) }
    }
    return nil
  }

  public func tip(_ dot: Dot) throws -> Tip? {
    if dot.seq == 0 {
      let start = Chain.start(genesis: strands[Int(dot.strand)].genesis)
      return Tip(replica: strands[Int(dot.strand)].replica, seq: 0, tag: start.tag)
    }
    return try tag(on: Int(dot.strand), seq: dot.seq).map {
      Tip(replica: strands[Int(dot.strand)].replica, seq: dot.seq, tag: $0)
    }
  }

  /// The entry, opened where it is sealed and its key is here; sealed otherwise.
  func readableEntry(_ dot: Dot) throws -> StoredEntry? {
    guard let entry = try storage.entry(dot) else { return nil }
    return sealing.opened(entry, at: sealedPlace(strands[Int(dot.strand)].replica, seq: dot.seq))
  }

  func sealedPlace(_ replica: ReplicaID, seq: UInt32) -> SealedBox.Place {
    SealedBox.Place(school: school, log: log, replica: replica, seq: seq)
  }

  // MARK: Caches

  func cachedSiblings(_ register: RegisterID) throws -> Siblings {
    try registers.values[cached(register)].siblings
  }

  private func cached(_ register: RegisterID) throws -> Dictionary<RegisterID, CachedRegister>.Index {
    if let index = registers.index(forKey: register) { return index }
    registers[register] = CachedRegister(siblings: try storage.siblings(of: register))
    guard let index = registers.index(forKey: register) else { preconditionFailure("it was just put there") }
    return index
  }

  /// Changes a register's siblings; ``flush()`` writes them.
  func changeSiblings(of register: RegisterID, _ change: (inout Siblings) -> Void) throws {
    let index = try cached(register)
    change(&registers.values[index].siblings)
    if !registers.values[index].isChanged {
      registers.values[index].isChanged = true
      changedRegisters.append(register)
    }
    if !registers.values[index].isTouched {
      registers.values[index].isTouched = true
      touched.append(register)
    }
  }

  func forgetTouched() {
    for register in touched {
      if let index = registers.index(forKey: register) { registers.values[index].isTouched = false }
    }
    touched = []
  }

  func forgetSiblings() {
    registers = [:]
    changedRegisters = []
  }

  func replicas(of strand: Int) throws -> [ReplicaID] {
    if let cached = replicaNames[strand] { return cached }
    let loaded = try FeedNames(storage: storage, strands: strands).replicas(of: strand)
    replicaNames[strand] = loaded
    return loaded
  }

  func persons(of strand: Int) throws -> [PersonID] {
    if let cached = personNames[strand] { return cached }
    let loaded = try FeedNames(storage: storage, strands: strands).persons(of: strand)
    personNames[strand] = loaded
    return loaded
  }

  /// Loads the registers that a strand has introduced, once.
  func needRegisters(of strand: Int) throws {
    if registerNames[strand] != nil { return }
    registerNames[strand] = FeedRegisters(try FeedNames(storage: storage, strands: strands).registers(of: strand))
  }

  func secret(_ batch: BatchID) throws -> BatchSecret? {
    if let cached = secrets[batch] { return cached }
    let loaded = try storage.secret(of: batch)
    secrets[batch] = loaded
    return loaded
  }
}

/// A register in memory, and what came of it since.
private struct CachedRegister {
  var siblings: Siblings
  /// Not as `storage` has it.
  var isChanged = false
  /// Stands in ``LogEngine/touched``.
  var isTouched = false
}
