import SyncModel

/// One `register := value` of an own write.
public struct Change: Hashable, Sendable {
  public var register: RegisterName
  public var value: Value

  public init(_ register: RegisterName, _ value: Value) {
    self.register = register
    self.value = value
  }
}

/// Who writes, and what they had been shown.
public struct Author: Sendable {
  public var key: DeviceKey
  public var incarnation: Incarnation
  public var person: PersonID
  /// Siblings taken into view after this mark were not shown and are not superseded (``Sibling/order``).
  public var shownUpTo: UInt64
  /// Where the author filled in a paper rather than a screen: how far the log was when it was made, whatever stood on
  /// this machine since. What lies outside is not superseded, the author's own writes included. nil: no paper.
  public var base: [Tip]?

  public init(
    key: DeviceKey, incarnation: Incarnation, person: PersonID, shownUpTo: UInt64, base: [Tip]? = nil
  ) {
    self.key = key
    self.incarnation = incarnation
    self.person = person
    self.shownUpTo = shownUpTo
    self.base = base
  }
}

/// Why an own write is refused; nothing of it is stored.
public enum AppendError: Error, Hashable, Sendable {
  /// One change alone is larger than an entry may be.
  case tooLarge(bytes: Int)
  /// One register twice in one write.
  case twice(RegisterName)
  case empty
  case full
  /// This device has begun as many feeds in this log as others take from one: ``LogEngine/feedLimit``.
  case tooManyFeeds
  /// A value that its own encoding does not read back: a list nested too deep, an unknown kind with a known number.
  case unencodable(RegisterName)
  /// More values of one register that were not shown than an entry can name as kept: ``Entry/keptLimit``.
  case tooManyUnshown(RegisterName)
  /// An `internal` log is written sealed alone, and no key to seal with was given.
  case noSealingKey
  /// This feed forked, or entries of it that came from elsewhere still wait: this disk was set back or cloned. Draw a new
  /// incarnation that continues the own end, and write again.
  case needsNewIncarnation
}

extension LogEngine {
  /// The strand that `author` goes on writing; nil before its first entry here.
  public func ownStrand(_ replica: ReplicaID) -> Int? {
    strands.firstIndex { $0.replica == replica }
  }

  /// True where somebody else's continuation of this replica's own feed is stored: it must draw a new incarnation.
  public func hasForeignBranch(_ replica: ReplicaID) -> Bool {
    strands.count { $0.replica == replica } > 1
  }

  /// Writes `changes` as the author's next entries, ending on a signed head. They are applied at once by the next
  /// ``deliver(order:authority:)``; one entry holds what fits, so a write over its limits becomes several.
  ///
  /// - Parameters:
  ///   - continues: the end of this device's earlier feed in this log, for the first entry of a new incarnation.
  ///   - secret: of a new batch; where the last own one never left this machine, that goes on instead.
  /// - Returns: the place of the last entry written.
  /// - Throws: ``AppendError``; what the storage throws.
  public func append(
    _ changes: [Change], by author: Author, continues: FeedPlace?, secret: BatchSecret, time: HybridTime,
    wallMilliseconds: UInt64
  ) throws -> FeedPlace {
    if changes.isEmpty { throw AppendError.empty }
    var secret = secret
    let sorted = changes.sorted { $0.register < $1.register }
    for (left, right) in zip(sorted, sorted.dropFirst()) where left.register == right.register {
      throw AppendError.twice(left.register)
    }
    for change in sorted where (try? Value(bytes: change.value.bytes)) != change.value {
      throw AppendError.unencodable(change.register)
    }
    let strand = try openStrand(author, continues: continues)
    guard strands[strand].applied == strands[strand].stored, !hasForeignBranch(strands[strand].replica) else {
      throw AppendError.needsNewIncarnation
    }
    var draft = OwnDraft(strand: strand, time: strands[strand].time, names: strands[strand].names)
    draft.tips = try contextDelta(of: strand, for: sorted, &draft)
    let seal: SealingKey?
    let batch: BatchID?
    if log.channel == .internal {
      guard let key = sealing.writing else { throw AppendError.noSealingKey }
      (seal, batch) = (key, nil)
    } else {
      // Sealed entries hold their salts inside: no secret of theirs is kept.
      seal = nil
      if let open = try unsentBatch(of: strand) {
        (batch, secret) = (open.batch, open.secret)
      } else {
        batch = try storage.insertBatch(secret: secret)
      }
    }
    // Every commit and every segment ends on a signed head, so the end of a strand is one.
    let start = strands[strand].stored
    var head = start
    var bytesSinceHead = 0

    for group in try groups(of: sorted, draft, author: author) {
      guard strands[strand].stored < UInt32.max else { throw AppendError.full }
      let seq = strands[strand].stored + 1
      let (header, values) = try compose(group, draft: &draft, author: author, time: time, wall: wallMilliseconds)
      if header.count + values.count > Entry.byteLimit {
        throw AppendError.tooLarge(bytes: header.count + values.count)
      }
      let hash = try Chain.next(
        strands[strand].storedHash, header: header, values: values, secret: secret, seq: seq, in: log.channel)
      let body: StoredEntry.Body
      if let batch {
        body = .plain(header: header, values: values, batch: batch)
      } else if let seal {
        let sealed = try SealedBox(Segment.PlainEntry(header: header, values: values), secret: secret, seq: seq)
          .seal(at: sealedPlace(strands[strand].replica, seq: seq), with: seal, secret: secret)
        if sealed.box.count > Entry.byteLimit { throw AppendError.tooLarge(bytes: sealed.box.count) }
        body = .sealed(sealed)
      } else {
        throw AppendError.noSealingKey
      }
      let entry = StoredEntry(body: body, receivedMilliseconds: wallMilliseconds)
      try storage.insertEntry(
        entry, hash: hash, after: strands[strand].storedHash, at: Dot(strand: strand, seq: seq))
      strands[strand].stored = seq
      strands[strand].storedHash = hash
      changed.insert(strand)
      bytesSinceHead += entry.byteCount
      if seq - head >= HeadRule.entries || bytesSinceHead >= HeadRule.bytes {
        try sign(strand, author)
        head = seq
        bytesSinceHead = 0
      }
    }
    if head != strands[strand].stored {
      try dropUnsentHead(of: strand)
      try sign(strand, author)
    }
    return FeedPlace(
      replica: strands[strand].replica, seq: strands[strand].stored, hash: strands[strand].storedHash)
  }

  /// The batch of the own last entries, where none of them left this machine: it goes on, so that entries made one by one do
  /// not each carry a secret.
  private func unsentBatch(of strand: Int) throws -> (batch: BatchID, secret: BatchSecret)? {
    let end = strands[strand].stored
    let heads = try storage.lastHeads(of: strand, limit: 2)
    guard let last = heads.last, !last.sent, last.head.seq == end,
      end - (heads.count == 2 ? heads[0].head.seq : strands[strand].parent?.seq ?? 0) < HeadRule.replaceableEntries,
      case .plain(_, _, let batch)? = try storage.entry(Dot(strand: strand, seq: end))?.body,
      let secret = try secret(batch)
    else { return nil }
    return (batch, secret)
  }

  private func openStrand(_ author: Author, continues: FeedPlace?) throws -> Int {
    let replica = ReplicaID(school: school, deviceKey: author.key.publicKey, incarnation: author.incarnation)
    if let own = ownStrand(replica) { return own }
    guard !isFull(author.key.publicKey) else { throw AppendError.tooManyFeeds }
    let genesis = FeedGenesis(
      school: school, log: log, deviceKey: author.key.publicKey, incarnation: author.incarnation,
      continues: continues)
    return try addStrand(
      Strand(replica: replica, deviceKey: author.key.publicKey, genesis: genesis.bytes, parent: nil))
  }

  private func sign(_ strand: Int, _ author: Author) throws {
    let state = strands[strand]
    let message = Chain.headMessage(
      school: school, log: log, replica: state.replica, seq: state.stored, hash: state.storedHash)
    try storage.insertHead(
      Segment.SignedHead(seq: state.stored, signature: try author.key.sign(message)), of: strand, sent: false)
  }

  /// A head that never left this machine gives way to a later one, as long as heads stay close enough together.
  private func dropUnsentHead(of strand: Int) throws {
    let heads = try storage.lastHeads(of: strand, limit: 2)
    guard let last = heads.last, !last.sent else { return }
    let before = heads.count == 2 ? heads[0].head.seq : strands[strand].parent?.seq ?? 0
    let through = strands[strand].stored
    if through - before <= HeadRule.replaceableEntries,
      try storage.byteCount(of: strand, after: before, through: through) <= HeadRule.bytes
    {
      try storage.deleteHead(of: strand, seq: last.head.seq)
    }
  }

  // MARK: Composing

  /// Names and clock as they grow over the entries of one write.
  struct OwnDraft {
    let strand: Int
    var time: HybridTime
    var names: FeedNameCounts
    var tips: [EntryHeader.ContextTip] = []
    /// What the entries of this write cite, those of their feed before them included.
    var context = StrandVector()
    var replicas: [ReplicaID] = []
    var persons: [PersonID] = []
    var registers: [RegisterID: Int] = [:]

    init(strand: Int, time: HybridTime, names: FeedNameCounts) {
      self.strand = strand
      self.time = time
      self.names = names
    }
  }

  /// What came into view since this feed's last entry. Where an entry cannot name it all, what `changes` were read from
  /// comes first and the rest with the next entry: until then it counts as not shown.
  private func contextDelta(
    of strand: Int, for changes: [Change], _ draft: inout OwnDraft
  ) throws -> [EntryHeader.ContextTip] {
    draft.replicas = try replicas(of: strand)
    draft.persons = try persons(of: strand)
    let own = strands[strand].context
    var dots = citable.tips(in: topology).filter { Int($0.strand) != strand && !own.covers($0) }
    if dots.count > Entry.contextLimit {
      let read = try Set(
        changes.flatMap { try cachedSiblings(storage.registerID($0.register)).all.map(\.dot.strand) })
      dots = Array(
        (dots.filter { read.contains($0.strand) } + dots.filter { !read.contains($0.strand) })
          .prefix(Entry.contextLimit))
    }
    draft.context = own
    for dot in dots { draft.context.cover(dot, in: topology) }
    let fresh = try dots.compactMap { try tip($0) }
    let unknown = Set(fresh.map(\.replica)).subtracting(draft.replicas).sorted()
    let known = draft.replicas.count
    draft.replicas += unknown
    var position: [ReplicaID: Int] = [:]
    for (index, id) in draft.replicas.enumerated() { position[id] = index }
    let ordered = fresh.map { (index: position[$0.replica] ?? 0, tip: $0) }
      .sorted { ($0.index, $0.tip.seq, $0.tip.tag) < ($1.index, $1.tip.seq, $1.tip.tag) }
    var introduced: Set<Int> = []
    return ordered.map { index, tip in
      let isNew = index >= known && introduced.insert(index).inserted
      return EntryHeader.ContextTip(replica: isNew ? .new(tip.replica) : .known(index), seq: tip.seq, tag: tip.tag)
    }
  }

  /// As many changes to an entry as its limits allow, in order. The first entry also carries the context delta.
  private func groups(of changes: [Change], _ draft: OwnDraft, author: Author) throws -> [[Change]] {
    var groups: [[Change]] = []
    var current: [Change] = []
    var bytes = draft.tips.count * HeadRule.tipBytes
    for change in changes {
      let kept = try keptDots(storage.registerID(change.register), draft, author).count
      if kept > Entry.keptLimit {
        throw AppendError.tooManyUnshown(change.register)
      }
      let salt = log.channel == .internal ? HeadRule.saltBytes : 0
      let size = change.value.bytes.count + HeadRule.changeOverhead + salt + kept * HeadRule.keptBytes
      if size + HeadRule.headerReserve > Entry.byteLimit { throw AppendError.tooLarge(bytes: size) }
      if !current.isEmpty,
        current.count == Entry.changeLimit || bytes + size + HeadRule.headerReserve > Entry.byteLimit
      {
        groups.append(current)
        current = []
        bytes = 0
      }
      current.append(change)
      bytes += size
    }
    groups.append(current)
    return groups
  }

  private func compose(
    _ group: [Change], draft: inout OwnDraft, author: Author, time: HybridTime, wall: UInt64
  ) throws -> (header: [UInt8], values: [UInt8]) {
    try needRegisters(of: draft.strand)
    var known: [(index: Int, change: Change, id: RegisterID)] = []
    var new: [(change: Change, id: RegisterID)] = []
    for change in group {
      let id = try storage.registerID(change.register)
      if let index = draft.registers[id] ?? registerNames[draft.strand]?.index(of: id) {
        known.append((index, change, id))
      } else {
        new.append((change, id))
      }
    }
    known.sort { $0.index < $1.index }
    var changes: [EntryHeader.Change] = []
    var values = ByteWriter()
    for (index, change, id) in known {
      changes.append(EntryHeader.Change(register: .known(index), kept: try kept(id, draft: draft, author: author)))
      change.value.write(to: &values)
    }
    for (change, id) in new {
      draft.registers[id] = draft.names.registers
      draft.names.registers += 1
      changes.append(
        EntryHeader.Change(register: .new(change.register), kept: try kept(id, draft: draft, author: author)))
      change.value.write(to: &values)
    }

    let person: EntryHeader.Name<PersonID>
    if let index = draft.persons.firstIndex(of: author.person) {
      person = .known(index)
    } else {
      person = .new(author.person)
      draft.persons.append(author.person)
    }
    let later = max(time, draft.time.next)
    let offset = Int64(min(wall, HybridTime.millisecondLimit)) - Int64(later.milliseconds)
    let header = EntryHeader(
      time: EntryHeader.TimeDelta(
        milliseconds: later.milliseconds - draft.time.milliseconds, counter: later.counter,
        rawOffsetMilliseconds: offset.magnitude > UInt64(EntryHeader.TimeDelta.rawThresholdMilliseconds)
          ? offset : nil),
      context: draft.tips, person: person, changes: changes)
    draft.tips = []
    draft.time = later
    return (header.bytes, values.bytes)
  }

  /// Every write of the register in the author's context that this write does not supersede: what the author was not
  /// shown, be it superseded by now (whoever superseded it may lose authority later), and what was invalid or absent.
  private func keptDots(_ register: RegisterID, _ draft: OwnDraft, _ author: Author) throws -> Set<Dot> {
    let siblings = try cachedSiblings(register)
    let unseen: [Dot]
    if let base = try author.base.map(vector) {
      unseen =
        siblings.all.map(\.dot).filter { !base.covers($0) }
        + (try storage.changes(of: register, after: 0, limit: HeadRule.keptHistory).filter { !base.covers($0) })
    } else {
      unseen = try storage.changes(of: register, after: author.shownUpTo, limit: HeadRule.keptHistory)
    }
    let standing = siblings.kept(shownUpTo: author.shownUpTo).map(\.dot)
    // What the context does not cover is not superseded anyway.
    return try Set(standing).union(unseen).filter {
      try draft.context.covers($0) && (author.base != nil || !isOwn($0, author))
    }
  }

  /// What `tips` cover of what is held here; a tip that names nothing beyond doubt covers nothing.
  func vector(of tips: [Tip]) throws -> StrandVector {
    var vector = StrandVector()
    for tip in tips {
      let places = try places(tip)
      if places.count == 1 { vector.cover(places[0], in: topology) }
    }
    return vector
  }

  /// What is in view, as a paper carries it (``Author/base``).
  func viewTips() throws -> [Tip] {
    try citable.tips(in: topology).compactMap { try tip($0) }.sorted()
  }

  /// Written by this person in this incarnation: nobody has to be shown what they wrote themselves.
  private func isOwn(_ dot: Dot, _ author: Author) throws -> Bool {
    let replica = ReplicaID(school: school, deviceKey: author.key.publicKey, incarnation: author.incarnation)
    let strand = Int(dot.strand)
    guard strands[strand].replica == replica, strands[strand].isValid(dot.seq),
      let counts = try? FeedNames(storage: storage, strands: strands).counts(before: dot),
      let header = try readableEntry(dot)?.header.flatMap({ try? EntryHeader(bytes: $0, after: counts) })
    else { return false }
    switch header.person {
    case .new(let id): return id == author.person
    case .known(let index):
      let known = try persons(of: strand)
      return index < known.count && known[index] == author.person
    }
  }

  /// The kept dots in the order the header wants.
  private func kept(_ register: RegisterID, draft: OwnDraft, author: Author) throws -> [EntryHeader.KeptDot] {
    var dots: [EntryHeader.KeptDot] = []
    let own = strands[draft.strand].replica
    for dot in try keptDots(register, draft, author) {
      guard let tip = try tip(dot) else { continue }
      let replica = tip.replica == own ? nil : draft.replicas.firstIndex(of: tip.replica)
      dots.append(EntryHeader.KeptDot(replica: replica, seq: tip.seq, tag: replica == nil ? nil : tip.tag))
    }
    return dots.sorted {
      (($0.replica ?? -1), $0.seq, $0.tag ?? ChainTag(rawValue: 0))
        < (($1.replica ?? -1), $1.seq, $1.tag ?? ChainTag(rawValue: 0))
    }
  }
}

extension StoredEntry {
  /// Header and values as they count against limits.
  var byteCount: Int {
    switch body {
    case .plain(let header, let values, _): header.count + values.count
    case .explicit(let header, let slots): header.count + Segment.ValueSlot.bytes(of: slots).count
    case .sealed(let sealed): sealed.box.count
    }
  }
}
