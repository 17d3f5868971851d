import SyncModel

/// The redactions in force for one log: by entry, the changes whose values are to go.
public typealias RedactionsInForce = [FeedPlace: Set<UInt16>]

// Values of which only the digest is here: redacted 依规删除 or owed 内容未到 (protocol §4).
//
// Invariant: no batch is stored partly as written and partly in explicit form. Its secret would let an absent value be
// guessed, so it goes with the first value that is absent.
extension LogEngine {
  /// Values whose digest alone is here and whose redaction is not known, in order.
  public var owed: [OwedDot] {
    get throws {
      try absences().flatMap { dot, changes in
        changes.filter { !$0.value }
          .map { OwedDot(replica: strands[Int(dot.strand)].replica, seq: dot.seq, change: $0.key) }
      }.sorted()
    }
  }

  /// Entries of which some value is owed, in order.
  func owedEntries() throws -> [Dot] {
    try absences().filter { $0.value.contains { !$0.value } }.keys.sorted()
  }

  /// By entry and change: true where redacted, false where owed.
  func absences() throws -> [Dot: [UInt16: Bool]] {
    if let absent { return absent }
    var loaded: [Dot: [UInt16: Bool]] = [:]
    for found in try storage.absentValues() { loaded[found.dot, default: [:]][found.change] = found.redacted }
    absent = loaded
    return loaded
  }

  /// - Parameter redacted: nil once the value is here.
  func setAbsence(_ dot: Dot, _ change: UInt16, redacted: Bool?) throws {
    var all = try absences()
    // The cache lets go first, so that changing it copies nothing.
    absent = nil
    all[dot, default: [:]][change] = redacted
    if all[dot]?.isEmpty == true { all[dot] = nil }
    absent = all
    try storage.setAbsent(dot, change: change, redacted: redacted)
  }

  // MARK: Redactions in force

  /// Makes what is stored agree with the redactions in force: values that one of them names are erased, absent ones are
  /// redacted where one names them and owed where none does (any longer). Idempotent; each entry is rewritten once for
  /// its batch and once for each redaction in it.
  public func reconcile(_ redactions: RedactionsInForce) throws {
    self.redactions = redactions
    for (dot, changes) in try absences().sorted(by: { $0.key < $1.key }) {
      guard let place = try place(dot) else { continue }
      for (change, wasRedacted) in changes {
        let isRedacted = try redactions[place]?.contains(change) == true && isRedactable(dot, change)
        if isRedacted == wasRedacted { continue }
        try setAbsence(dot, change, redacted: isRedacted)
        try refresh(dot, change)
      }
    }
    for (place, changes) in redactions.sorted(by: { $0.key < $1.key }) {
      for dot in try places(place.tip) where try storage.hash(of: dot) == place.hash {
        for change in changes.sorted() where try absences()[dot]?[change] == nil {
          if try isRedactable(dot, change) { try erase(dot, change) }
        }
      }
    }
  }

  func place(_ dot: Dot) throws -> FeedPlace? {
    try storage.hash(of: dot).map {
      FeedPlace(replica: strands[Int(dot.strand)].replica, seq: dot.seq, hash: $0)
    }
  }

  private func erase(_ dot: Dot, _ change: UInt16) throws {
    try openBatch(at: dot)
    guard case .explicit(let header, var slots)? = try storage.entry(dot)?.body, change < slots.count,
      case .present(let salt, let value) = slots[Int(change)]
    else { return }
    slots[Int(change)] = .absent(Chain.valueDigest(value, salt: salt))
    try storage.updateBody(.explicit(header: header, slots: slots), at: dot)
    try setAbsence(dot, change, redacted: true)
    hasErased = true
    try refresh(dot, change)
  }

  /// Gives every entry of the batch that `dot` belongs to its single salts, and erases the secret. A batch is
  /// consecutive entries of one feed; what came in pieces has its secret in several rows.
  func openBatch(at dot: Dot) throws {
    guard case .plain(_, _, let batch)? = try storage.entry(dot)?.body, let wanted = try secret(batch) else { return }
    var batches: Set<BatchID> = []
    var queue = [dot]
    while let next = queue.popLast() {
      guard case .plain(let header, let values, let batch)? = try storage.entry(next)?.body,
        try secret(batch) == wanted
      else { continue }
      let slots = try Segment.ValueSlot.single(values, secret: wanted, seq: next.seq)
      try storage.updateBody(.explicit(header: header, slots: slots), at: next)
      batches.insert(batch)
      if next.seq > 1 {
        queue.append(Dot(strand: topology.holder(of: next.seq - 1, on: Int(next.strand)), seq: next.seq - 1))
      }
      queue.append(Dot(strand: Int(next.strand), seq: next.seq + 1))
      queue += strands.indices.filter { strands[$0].parent == next }.map { Dot(strand: $0, seq: next.seq + 1) }
    }
    for batch in batches.sorted(by: { $0.rawValue < $1.rawValue }) {
      try storage.eraseSecret(of: batch)
      secrets[batch] = nil
    }
    hasErased = true
  }

  // MARK: Taking in

  /// What of a segment's plain runs must not be stored as written: a redaction names an entry of it, or its batch has
  /// begun in explicit form.
  func runsToOpen(_ prepared: ArraySlice<Prepared>, of segment: Segment, after last: Dot?) throws -> Set<Int> {
    var open: Set<Int> = []
    if !redactions.isEmpty {
      for entry in prepared {
        guard case .plain(let run, _) = entry.body else { continue }
        let place = FeedPlace(replica: segment.replica, seq: entry.seq, hash: entry.hash)
        if redactions[place] != nil { open.insert(run) }
      }
    }
    var before: (slots: [Segment.ValueSlot], seq: UInt32)?
    if let last, case .explicit(_, let slots)? = try storage.entry(last)?.body { before = (slots, last.seq) }
    for entry in prepared {
      switch entry.body {
      case .plain(let run, let plain):
        guard case .plain(let secret, _) = segment.runs[run] else { continue }
        if let before, Segment.ValueSlot.mayBelong(before.slots, seq: before.seq, to: secret) { open.insert(run) }
        before =
          open.contains(run)
          ? (try Segment.ValueSlot.single(plain.values, secret: secret, seq: entry.seq), entry.seq) : nil
      case .explicit(let explicit): before = (explicit.slots, entry.seq)
      case .sealed: before = nil
      }
    }
    return open
  }

  /// An explicit entry about to be stored at `dot`: values that a redaction names are left out, what is absent is noted,
  /// and an earlier piece of its batch loses its secret.
  func received(_ slots: [Segment.ValueSlot], header: [UInt8], hash: Digest256, at dot: Dot) throws
    -> [Segment.ValueSlot]
  {
    var slots = slots
    let named = redactions[FeedPlace(replica: strands[Int(dot.strand)].replica, seq: dot.seq, hash: hash)] ?? []
    for (index, slot) in slots.enumerated() {
      let change = UInt16(index)
      let isRedacted = try named.contains(change) && isRedactable(header, of: dot, change)
      if isRedacted, case .present(let salt, let value) = slot {
        slots[index] = .absent(Chain.valueDigest(value, salt: salt))
      }
      if case .absent = slots[index] { try setAbsence(dot, change, redacted: isRedacted) }
    }
    if let last = predecessor(of: dot), case .plain(_, _, let batch)? = try storage.entry(last)?.body,
      let secret = try secret(batch), Segment.ValueSlot.mayBelong(slots, seq: dot.seq, to: secret)
    {
      try openBatch(at: last)
    }
    return slots
  }

  func predecessor(of dot: Dot) -> Dot? {
    dot.seq > 1 ? Dot(strand: topology.holder(of: dot.seq - 1, on: Int(dot.strand)), seq: dot.seq - 1) : nil
  }

  /// A copy of a stored entry came again: puts in what is owed. Only the value of the digest fits.
  /// - Returns: how many values came.
  func fill(_ dot: Dot, from copy: Prepared, of segment: Segment) throws -> Int {
    if case .sealed(let sealed) = copy.body { return try fillBox(dot, from: sealed) }
    guard let owed = try absences()[dot]?.filter({ !$0.value }), !owed.isEmpty,
      case .explicit(let header, var slots)? = try storage.entry(dot)?.body
    else { return 0 }
    let whole: [Segment.ValueSlot]
    switch copy.body {
    case .plain(let run, let plain):
      guard case .plain(let secret, _) = segment.runs[run] else { return 0 }
      whole = try Segment.ValueSlot.single(plain.values, secret: secret, seq: dot.seq)
    case .explicit(let explicit): whole = explicit.slots
    case .sealed: return 0
    }
    var filled: [UInt16] = []
    for change in owed.keys.sorted() where change < min(whole.count, slots.count) {
      guard case .present(let salt, let value) = whole[Int(change)],
        slots[Int(change)] == .absent(Chain.valueDigest(value, salt: salt))
      else { continue }
      slots[Int(change)] = whole[Int(change)]
      filled.append(change)
    }
    if filled.isEmpty { return 0 }
    try storage.updateBody(.explicit(header: header, slots: slots), at: dot)
    for change in filled {
      try setAbsence(dot, change, redacted: nil)
      arrived.append((dot, change))
    }
    return filled.count
  }

  /// Values that were owed and came since the last delivery are new to whoever looks: they carry this batch's mark.
  func takeArrivedIntoView(order: UInt64) throws {
    for (dot, change) in arrived { try refresh(dot, change, order: order) }
    arrived = []
  }

  /// What a stored slot comes to in view.
  func content(_ slot: Segment.ValueSlot, of dot: Dot, _ change: Int) throws -> Sibling.Content {
    switch slot {
    case .present(_, let value): .value(value)
    case .absent(let digest):
      try absences()[dot]?[UInt16(change)] == true ? .redacted(digest) : .absent(digest)
    }
  }

  /// Brings the sibling of a stored value up to date, where its entry is in view and it still stands.
  private func refresh(_ dot: Dot, _ change: UInt16, order: UInt64? = nil) throws {
    let strand = Int(dot.strand)
    guard strands[strand].applied >= dot.seq, case .explicit(let bytes, let slots)? = try storage.entry(dot)?.body,
      let header = try? EntryHeader(
        bytes: bytes, after: FeedNames(storage: storage, strands: strands).counts(before: dot)),
      change < header.changes.count,
      change < slots.count
    else { return }
    let register: RegisterID
    switch header.changes[Int(change)].register {
    case .new(let name): register = try storage.registerID(name)
    case .known(let index):
      guard let known = try FeedNames(storage: storage, strands: strands).register(index: index, of: strand) else {
        return
      }
      register = known
    }
    if let order { try storage.setChangeOrder(order, of: dot, change: change, of: register) }
    let content = try content(slots[Int(change)], of: dot, Int(change))
    try changeSiblings(of: register) { $0.set(content, of: dot, change: change, order: order) }
  }

  // MARK: What may be redacted

  private func isRedactable(_ dot: Dot, _ change: UInt16) throws -> Bool {
    guard let header = try storage.entry(dot)?.header else { return false }
    return try isRedactable(header, of: dot, change)
  }

  /// Also of an entry that still waits: its names follow from the headers before it alone. False where they cannot be
  /// read: nobody shows what is in it.
  private func isRedactable(_ header: [UInt8], of dot: Dot, _ change: UInt16) throws -> Bool {
    // `internal` travels sealed, where a slot cannot be replaced.
    guard log.channel != .internal, let before = try chainNames(before: dot),
      let header = try? EntryHeader(bytes: header, after: before.counts(before: dot, self)),
      change < header.changes.count
    else { return false }
    switch header.changes[Int(change)].register {
    case .new(let name): return name.isRedactable
    case .known(let index): return try before.name(index, self, Int(dot.strand))?.isRedactable ?? false
    }
  }

  /// The names that a chain has introduced: those of applied entries as stored, the later ones as read from headers.
  struct ChainNames {
    var through: UInt32
    var counts: FeedNameCounts
    /// Index of the first of `names`.
    let base: Int
    var names: [RegisterName] = []
    /// Replicas introduced up to each entry walked over; the last one is `through`.
    var replicas: [Int] = []

    /// Registers and persons may be more; replicas are as many as that entry's author counted.
    func counts(before dot: Dot, _ engine: LogEngine) throws -> FeedNameCounts {
      var counts = counts
      let back = Int(through) - Int(dot.seq) + 1
      if back == 0 { return counts }
      counts.replicas =
        back < replicas.count
        ? replicas[replicas.count - 1 - back]
        : try FeedNames(storage: engine.storage, strands: engine.strands)
          .replicas(of: Int(dot.strand), introducedThrough: dot.seq - 1).count
      return counts
    }

    func name(_ index: Int, _ engine: LogEngine, _ strand: Int) throws -> RegisterName? {
      if index >= base { return index - base < names.count ? names[index - base] : nil }
      return try FeedNames(storage: engine.storage, strands: engine.strands).register(index: index, of: strand)
        .flatMap { try engine.storage.registerName($0) }
    }
  }

  /// Names up to the entry before `dot`, or further; nil where an entry on the way cannot be read.
  private func chainNames(before dot: Dot) throws -> ChainNames? {
    let strand = Int(dot.strand)
    if let known = chainNames[strand], known.through + 1 >= dot.seq { return known }
    guard let start = try chainNames[strand] ?? startNames(of: strand),
      let names = try walkNames(start, on: strand, through: dot.seq - 1)
    else { return nil }
    chainNames[strand] = names
    return names
  }

  private func startNames(of strand: Int) throws -> ChainNames? {
    let state = strands[strand]
    if let parent = state.parent, state.applied < parent.seq {
      // Where the parent is in view beyond the fork, its names are not all this branch's.
      let start =
        strands[Int(parent.strand)].applied <= parent.seq
        ? try startNames(of: Int(parent.strand)) : ChainNames(through: 0, counts: FeedNameCounts(), base: 0)
      return try start.flatMap { try walkNames($0, on: Int(parent.strand), through: parent.seq) }
    }
    return ChainNames(through: state.applied, counts: state.names, base: state.names.registers)
  }

  private func walkNames(_ start: ChainNames, on strand: Int, through seq: UInt32) throws -> ChainNames? {
    var names = start
    while names.through < seq {
      guard
        let bytes = try storage.entry(
          Dot(strand: topology.holder(of: names.through + 1, on: strand), seq: names.through + 1))?.header,
        let header = try? EntryHeader(bytes: bytes, after: names.counts)
      else { return nil }
      names.counts.replicas += header.context.count { if case .new = $0.replica { true } else { false } }
      if case .new = header.person { names.counts.persons += 1 }
      for change in header.changes {
        if case .new(let name) = change.register { names.names.append(name) }
      }
      names.counts.registers = names.base + names.names.count
      names.replicas.append(names.counts.replicas)
      names.through += 1
    }
    return names
  }
}

extension Segment.ValueSlot {
  /// Values as written, each with the salt that the batch's secret gives it.
  static func single(_ values: [UInt8], secret: BatchSecret, seq: UInt32) throws(CodecError) -> [Self] {
    try SealedBox(Segment.PlainEntry(header: [], values: values), secret: secret, seq: seq).slots
  }

  /// Whether entry `seq` with these slots may be of the batch of `secret`; where no salt is left to tell by, it may.
  static func mayBelong(_ slots: [Self], seq: UInt32, to secret: BatchSecret) -> Bool {
    for (change, slot) in slots.enumerated() {
      if case .present(let salt, _) = slot { return salt == Chain.salt(secret, seq: seq, change: UInt64(change)) }
    }
    return true
  }
}
