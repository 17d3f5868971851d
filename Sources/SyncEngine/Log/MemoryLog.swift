import SyncModel

/// A log held in memory: the storage of property tests and of the merge benchmark.
public final class MemoryLog: LogStorage {
  private var strands: [Strand] = []
  private var entries: [[StoredEntry]] = []
  private var hashes: [[Digest256]] = []
  private var secrets: [BatchSecret?] = []
  private var heads: [[StoredHead]] = []
  private var registerIDs: [RegisterName: RegisterID] = [:]
  private var registerNames: [RegisterName] = []
  private var registers: [[(id: RegisterID, introducedAt: UInt32)]] = []
  private var replicas: [[(id: ReplicaID, introducedAt: UInt32)]] = []
  private var persons: [[(id: PersonID, introducedAt: UInt32)]] = []
  private var registerBase: [Int] = []
  private var siblings: [RegisterID: Siblings] = [:]
  private var changes: [RegisterID: [(dot: Dot, change: UInt16, order: UInt64)]] = [:]
  private var absent: [Dot: [UInt16: Bool]] = [:]
  private var refused: Set<ReplicaID> = []

  public init() {}

  /// Another log with the same rows: the data folder as a clone or a backup finds it. Flush the engine first.
  public func copy() -> MemoryLog {
    let copy = MemoryLog()
    copy.strands = strands
    copy.entries = entries
    copy.hashes = hashes
    copy.secrets = secrets
    copy.heads = heads
    copy.registerIDs = registerIDs
    copy.registerNames = registerNames
    copy.registers = registers
    copy.replicas = replicas
    copy.persons = persons
    copy.registerBase = registerBase
    copy.siblings = siblings
    copy.changes = changes
    copy.absent = absent
    copy.refused = refused
    return copy
  }

  /// Every register with its siblings.
  public var view: [RegisterName: Siblings] {
    Dictionary(uniqueKeysWithValues: siblings.map { (registerNames[Int($0.key.rawValue)], $0.value) })
  }

  public func loadStrands() -> [Strand] { strands }

  public func flush() {}

  public func insertStrand(_ strand: Strand, at index: Int) {
    precondition(index == strands.count, "strands are numbered without gaps")
    strands.append(strand)
    entries.append([])
    hashes.append([])
    heads.append([])
    registers.append([])
    registerBase.append(0)
    replicas.append([])
    persons.append([])
  }

  public func refusedFeeds() -> Set<ReplicaID> { refused }

  public func setRefused(_ replica: ReplicaID, _ isRefused: Bool) {
    if isRefused { refused.insert(replica) } else { refused.remove(replica) }
  }

  public func updateStrand(_ strand: Strand, at index: Int) { strands[index] = strand }

  /// A strand's own entries begin after its fork.
  private func position(_ dot: Dot) -> Int {
    Int(dot.seq) - Int(strands[Int(dot.strand)].parent?.seq ?? 0) - 1
  }

  public func entry(_ dot: Dot) -> StoredEntry? {
    let position = position(dot)
    return entries[Int(dot.strand)].indices.contains(position) ? entries[Int(dot.strand)][position] : nil
  }

  public func plainEntry(_ dot: Dot) -> PlainEntryView? {
    guard case .plain(let header, let values, _)? = entry(dot)?.body else { return nil }
    return PlainEntryView(header: ByteSpan(header), values: ByteSpan(values))
  }

  public func hash(of dot: Dot) -> Digest256? {
    let position = position(dot)
    return hashes[Int(dot.strand)].indices.contains(position) ? hashes[Int(dot.strand)][position] : nil
  }

  public func tag(of dot: Dot) -> ChainTag? { hash(of: dot)?.tag }

  public func insertEntry(_ entry: StoredEntry, hash: Digest256, after previous: Digest256, at dot: Dot) {
    precondition(position(dot) == entries[Int(dot.strand)].count, "entries have no gaps")
    entries[Int(dot.strand)].append(entry)
    hashes[Int(dot.strand)].append(hash)
  }

  public func updateBody(_ body: StoredEntry.Body, at dot: Dot) { entries[Int(dot.strand)][position(dot)].body = body }

  public func insertBatch(secret: BatchSecret) -> BatchID {
    secrets.append(secret)
    return BatchID(rawValue: Int64(secrets.count - 1))
  }

  public func secret(of batch: BatchID) -> BatchSecret? { secrets[Int(batch.rawValue)] }

  public func eraseSecret(of batch: BatchID) { secrets[Int(batch.rawValue)] = nil }

  public func absentValues() -> [(dot: Dot, change: UInt16, redacted: Bool)] {
    absent.flatMap { dot, changes in changes.map { (dot, $0.key, $0.value) } }
  }

  public func setAbsent(_ dot: Dot, change: UInt16, redacted: Bool?) { absent[dot, default: [:]][change] = redacted }

  /// Every stored byte of values and secrets, for tests that look for what must be gone.
  public var contents: [[UInt8]] {
    let bodies = entries.joined().map { entry in
      switch entry.body {
      case .plain(_, let values, _): values
      case .explicit(_, let slots): Segment.ValueSlot.bytes(of: slots)
      case .sealed(let sealed): sealed.box
      }
    }
    let shown = siblings.values.flatMap(\.all).compactMap { sibling in
      if case .value(let bytes) = sibling.content { bytes } else { nil }
    }
    return bodies + shown + secrets.compactMap { $0?.bytes }
  }

  public func heads(of strand: Int, after: UInt32, through: UInt32) -> [StoredHead] {
    heads[strand].filter { $0.head.seq > after && $0.head.seq <= through }
  }

  public func lastHeads(of strand: Int, limit: Int) -> [StoredHead] { heads[strand].suffix(limit) }

  public func byteCount(of strand: Int, after: UInt32, through: UInt32) -> Int {
    guard after < through else { return 0 }
    return (after + 1...through).reduce(0) { $0 + (entry(Dot(strand: strand, seq: $1))?.byteCount ?? 0) }
  }

  public func insertHead(_ head: Segment.SignedHead, of strand: Int, sent: Bool) {
    heads[strand].append(StoredHead(head: head, sent: sent))
  }

  public func markHeadsSent(of strand: Int, through seq: UInt32) {
    for index in heads[strand].indices where heads[strand][index].head.seq <= seq { heads[strand][index].sent = true }
  }

  public func deleteHead(of strand: Int, seq: UInt32) {
    heads[strand].removeAll { $0.head.seq == seq }
  }

  public func registerID(_ name: RegisterName) -> RegisterID {
    if let known = registerIDs[name] { return known }
    let id = RegisterID(rawValue: Int64(registerNames.count))
    registerNames.append(name)
    registerIDs[name] = id
    return id
  }

  public func registerName(_ id: RegisterID) -> RegisterName? { registerNames[Int(id.rawValue)] }

  public func addRegister(_ id: RegisterID, index: Int, to strand: Int, introducedAt seq: UInt32) {
    if registers[strand].isEmpty { registerBase[strand] = index }
    registers[strand].append((id, seq))
  }

  public func registers(of strand: Int) -> [(id: RegisterID, introducedAt: UInt32)] { registers[strand] }

  public func register(index: Int, of strand: Int) -> (id: RegisterID, introducedAt: UInt32)? {
    let position = index - registerBase[strand]
    return registers[strand].indices.contains(position) ? registers[strand][position] : nil
  }

  public func addReplica(_ id: ReplicaID, index: Int, to strand: Int, introducedAt seq: UInt32) {
    replicas[strand].append((id, seq))
  }

  public func replicas(of strand: Int) -> [(id: ReplicaID, introducedAt: UInt32)] { replicas[strand] }

  public func addPerson(_ id: PersonID, index: Int, to strand: Int, introducedAt seq: UInt32) {
    persons[strand].append((id, seq))
  }

  public func persons(of strand: Int) -> [(id: PersonID, introducedAt: UInt32)] { persons[strand] }

  public func siblings(of register: RegisterID) -> Siblings { siblings[register] ?? Siblings() }

  public func setSiblings(_ siblings: Siblings, of register: RegisterID) { self.siblings[register] = siblings }

  public func addChange(_ dot: Dot, change: UInt16, of register: RegisterID, order: UInt64) {
    changes[register, default: []].append((dot, change, order))
  }

  public func setChangeOrder(_ order: UInt64, of dot: Dot, change: UInt16, of register: RegisterID) {
    guard let index = changes[register]?.firstIndex(where: { $0.dot == dot && $0.change == change }) else { return }
    changes[register]?[index].order = order
  }

  public func changes(of register: RegisterID, after order: UInt64, limit: Int) -> [Dot] {
    (changes[register] ?? []).filter { $0.order > order }.suffix(limit).map(\.dot)
  }

  public func clearView() {
    siblings = [:]
    changes = [:]
    for strand in strands.indices {
      registers[strand] = []
      replicas[strand] = []
      persons[strand] = []
    }
  }
}
