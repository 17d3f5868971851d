import SyncModel

/// What came of one segment.
public struct Ingested: Hashable, Sendable {
  public var new = 0
  public var duplicates = 0
  /// Values that were owed 内容未到 and came with a whole copy.
  public var filled = 0
  /// It begins after a place that is not stored here: what leads there must come first.
  public var gap = false
  /// It made the feed fork: the same key wrote two continuations.
  public var forked = false
}

/// Why a segment is refused whole; nothing of it is stored.
public enum IngestError: Error, Hashable, Sendable {
  /// It belongs to another school or log, or its record 0 does not name its replica.
  case foreign
  /// A chain hash or signature does not hold: promise 5. Names the first seq that cannot be trusted.
  case evidence(replica: ReplicaID, seq: UInt32)
  case malformed(CodecError)
  /// A feed ends at 2³²−1.
  case full
  /// Too much of this log waits already for what it depends on, or stands aside, or its device has begun too many feeds.
  case waitingRoomFull
}

extension LogEngine {
  /// Feeds and branches of one device in one log. Beyond it a device is not honest; what it wrote before stays.
  public static var feedLimit: Int { 1000 }

  func isFull(_ deviceKey: [UInt8]) -> Bool {
    strands.count { $0.deviceKey == deviceKey } >= Self.feedLimit
  }

  /// Checks a segment's hashes and signatures and stores what is new of it. Idempotent (promise 4): entries already
  /// held are recognised by their chain hash. Nothing is applied yet.
  ///
  /// - Throws: ``IngestError`` where it is refused whole; otherwise what the storage throws.
  public func ingest(_ segment: Segment, receivedMilliseconds: UInt64) throws -> Ingested {
    try ingest(ReadSegment(segment), receivedMilliseconds: receivedMilliseconds)
  }

  /// The same of one that was read before.
  func ingest(_ read: ReadSegment, receivedMilliseconds: UInt64) throws -> Ingested {
    let segment = read.segment
    guard segment.log == log else { throw IngestError.foreign }
    guard UInt64(segment.from) + UInt64(segment.entryCount) <= UInt64(UInt32.max) else { throw IngestError.full }
    var result = Ingested()
    let genesis: FeedGenesis?
    if let bytes = segment.genesis {
      genesis = try checkGenesis(bytes, of: segment)
    } else {
      genesis = nil
    }
    // So that what is stored here can always be sent on in frames.
    guard HeadRule.holds(segment.heads, after: segment.from, segment.entryByteCounts) else {
      throw IngestError.malformed(
        .limitExceeded(what: "head distance", value: UInt64(HeadRule.entries) + 1, limit: UInt64(HeadRule.entries)))
    }
    let prepared = try prepare(read)
    try checkBoxes(of: prepared, replica: segment.replica)

    guard var place = try startingPlace(of: segment) else {
      if let genesis, let bytes = segment.genesis {
        try verify(segment, prepared, after: 0, deviceKey: genesis.deviceKey)
        if isFull(genesis.deviceKey) { throw IngestError.waitingRoomFull }
        result.forked = strands.contains { $0.replica == segment.replica }
        let index = try addStrand(
          Strand(replica: segment.replica, deviceKey: genesis.deviceKey, genesis: bytes, parent: nil))
        try append(
          prepared[...], after: segment.fromHash, of: segment, to: index, receivedMilliseconds: receivedMilliseconds,
          &result)
        return result
      }
      result.gap = true
      return result
    }

    // Walk along what is already held, into branches where they fit.
    var index = 0
    var incomplete: [(Dot, Prepared)] = []
    while index < prepared.count {
      guard let next = try successor(of: place, hash: prepared[index].hash) else { break }
      place = next
      if try absences()[next] != nil || mayOweBox(at: next) { incomplete.append((next, prepared[index])) }
      index += 1
    }
    result.duplicates = index
    // After the last check that may refuse the segment, and before anything is appended.
    func fillOwed() throws {
      for (dot, copy) in incomplete { result.filled += try fill(dot, from: copy, of: segment) }
    }
    guard index < prepared.count else {
      try fillOwed()
      return result
    }
    let strand = Int(place.strand)
    try verify(segment, prepared, after: place.seq, deviceKey: strands[strand].deviceKey)
    let goesOn = place.seq == strands[strand].stored
    if !goesOn, isFull(strands[strand].deviceKey) { throw IngestError.waitingRoomFull }
    try fillOwed()
    let previous = index == 0 ? segment.fromHash : prepared[index - 1].hash
    if goesOn {
      try append(
        prepared[index...], after: previous, of: segment, to: strand, receivedMilliseconds: receivedMilliseconds,
        &result)
    } else {
      result.forked = true
      let trunk = strands[strand]
      let parent = place.seq == 0 ? nil : place
      let branch = try addStrand(
        Strand(replica: trunk.replica, deviceKey: trunk.deviceKey, genesis: trunk.genesis, parent: parent))
      try append(
        prepared[index...], after: previous, of: segment, to: branch, receivedMilliseconds: receivedMilliseconds,
        &result)
      try startBranch(branch)
    }
    return result
  }

  /// An entry with its place in the chain worked out.
  struct Prepared {
    var seq: UInt32
    var hash: Digest256
    var body: PreparedBody
  }

  enum PreparedBody {
    case plain(run: Int, Segment.PlainEntry)
    case explicit(Segment.ExplicitEntry)
    case sealed(Segment.SealedEntry)
  }

  private func checkGenesis(_ bytes: [UInt8], of segment: Segment) throws -> FeedGenesis {
    let genesis: FeedGenesis
    do { genesis = try FeedGenesis(bytes: bytes) } catch { throw IngestError.malformed(error) }
    guard genesis.opens(segment.replica, in: log, of: school) else { throw IngestError.foreign }
    guard segment.fromHash == Chain.start(genesis: bytes) else {
      throw IngestError.evidence(replica: segment.replica, seq: 0)
    }
    return genesis
  }

  /// True where the segment's chain ends in `hash`.
  func ends(_ segment: Segment, in hash: Digest256) throws -> Bool {
    try Self.checked(segment.chainHashes()).last == hash
  }

  private static func checked(_ hashes: @autoclosure () throws(CodecError) -> [Digest256]) throws -> [Digest256] {
    do throws(CodecError) { return try hashes() } catch { throw IngestError.malformed(error) }
  }

  private func prepare(_ read: ReadSegment) throws -> [Prepared] {
    let hashes = try Self.checked(read.hashes.get())
    var prepared: [Prepared] = []
    prepared.reserveCapacity(hashes.count)
    func add(_ body: PreparedBody) {
      let index = prepared.count
      prepared.append(Prepared(seq: read.segment.from + UInt32(index) + 1, hash: hashes[index], body: body))
    }
    for (run, content) in read.segment.runs.enumerated() {
      switch content {
      case .plain(_, let entries): for entry in entries { add(.plain(run: run, entry)) }
      case .explicit(let entries): for entry in entries { add(.explicit(entry)) }
      case .sealed(let entries): for entry in entries { add(.sealed(entry)) }
      }
    }
    return prepared
  }

  /// The chain holds digests, not boxes: where the key is here, a box that was exchanged on the way is refused, so that
  /// another peer can still send the right one.
  private func checkBoxes(of prepared: [Prepared], replica: ReplicaID) throws {
    for entry in prepared {
      guard case .sealed(let sealed) = entry.body, sealing[sealed.epoch] != nil else { continue }
      do throws(SealedBoxError) {
        _ = try sealing.open(sealed, at: sealedPlace(replica, seq: entry.seq))
      } catch {
        // What its author sealed wrongly stays the author's; it blocks that feed alone.
        if case .malformed = error { continue }
        throw IngestError.evidence(replica: replica, seq: entry.seq)
      }
    }
  }

  /// Where the segment's first entry hangs; nil where that is not stored here.
  private func startingPlace(of segment: Segment) throws -> Dot? {
    if segment.from == 0 {
      return strands.firstIndex {
        $0.replica == segment.replica && $0.parent == nil && $0.genesis == segment.genesis
      }.map { Dot(strand: $0, seq: 0) }
    }
    for (index, strand) in strands.enumerated()
    where strand.replica == segment.replica && segment.from <= strand.stored
      && segment.from > (strand.parent?.seq ?? 0)
    {
      if try hash(on: index, seq: segment.from) == segment.fromHash { return Dot(strand: index, seq: segment.from) }
    }
    return nil
  }

  /// The stored entry after `place` whose chain hash is `hash`, on this strand or on a branch that leaves here.
  private func successor(of place: Dot, hash wanted: Digest256) throws -> Dot? {
    let strand = Int(place.strand)
    if place.seq < strands[strand].stored, try hash(on: strand, seq: place.seq + 1) == wanted {
      return Dot(strand: strand, seq: place.seq + 1)
    }
    for (index, candidate) in strands.enumerated() {
      let leavesHere =
        candidate.parent == place
        || (place.seq == 0 && candidate.parent == nil && candidate.replica == strands[strand].replica
          && candidate.genesis == strands[strand].genesis && index != strand)
      let next = Dot(strand: index, seq: place.seq + 1)
      if leavesHere, candidate.stored > place.seq, try storage.hash(of: next) == wanted { return next }
    }
    return nil
  }

  /// Every head beyond `after` must be the author's, and the last one must stand at the segment's end: what lies beyond
  /// a signature is nobody's.
  private func verify(_ segment: Segment, _ prepared: [Prepared], after: UInt32, deviceKey: [UInt8]) throws {
    guard segment.heads.last?.seq == prepared.last?.seq else {
      throw IngestError.evidence(replica: segment.replica, seq: prepared.last?.seq ?? segment.from)
    }
    for head in segment.heads where head.seq > after {
      guard head.seq > segment.from, head.seq <= segment.from + UInt32(prepared.count) else {
        throw IngestError.evidence(replica: segment.replica, seq: head.seq)
      }
      let hash = prepared[Int(head.seq - segment.from) - 1].hash
      let message = Chain.headMessage(
        school: school, log: log, replica: segment.replica, seq: head.seq, hash: hash)
      guard DeviceKey.verify(head.signature, of: message, by: deviceKey) else {
        throw IngestError.evidence(replica: segment.replica, seq: head.seq)
      }
    }
  }

  func addStrand(_ strand: Strand) throws -> Int {
    let index = strands.count
    strands.append(strand)
    topology.add(parent: strand.parent)
    try storage.insertStrand(strand, at: index)
    changed.insert(index)
    return index
  }

  private func append(
    _ prepared: ArraySlice<Prepared>, after previous: Digest256, of segment: Segment, to strand: Int,
    receivedMilliseconds: UInt64, _ result: inout Ingested
  ) throws {
    var batches: [Int: BatchID] = [:]
    let before = prepared.first.flatMap { predecessor(of: Dot(strand: strand, seq: $0.seq)) }
    let open = try runsToOpen(prepared, of: segment, after: before)
    var previous = previous
    for entry in prepared {
      let dot = Dot(strand: strand, seq: entry.seq)
      let body: StoredEntry.Body
      switch entry.body {
      case .plain(let run, let plain):
        guard case .plain(let secret, _) = segment.runs[run] else {
          preconditionFailure("a plain entry's run is plain")
        }
        if open.contains(run) {
          let slots = try Segment.ValueSlot.single(plain.values, secret: secret, seq: entry.seq)
          body = .explicit(
            header: plain.header, slots: try received(slots, header: plain.header, hash: entry.hash, at: dot))
          break
        }
        let batch: BatchID
        if let known = batches[run] {
          batch = known
        } else {
          batch = try storage.insertBatch(secret: secret)
          batches[run] = batch
        }
        body = .plain(header: plain.header, values: plain.values, batch: batch)
      case .explicit(let explicit):
        body = .explicit(
          header: explicit.header,
          slots: try received(explicit.slots, header: explicit.header, hash: entry.hash, at: dot))
      case .sealed(let sealed): body = .sealed(sealed)
      }
      try storage.insertEntry(
        StoredEntry(body: body, receivedMilliseconds: receivedMilliseconds), hash: entry.hash, after: previous, at: dot)
      previous = entry.hash
    }
    guard let first = prepared.first, let last = prepared.last else { return }
    for head in segment.heads where head.seq >= first.seq {
      try storage.insertHead(head, of: strand, sent: true)
    }
    strands[strand].stored = last.seq
    strands[strand].storedHash = last.hash
    changed.insert(strand)
    result.new = prepared.count
    if try takenAfterAll(segment.replica) || blursPlaces(prepared, of: strand) { try clearView() }
  }

  /// True where a new entry shares (replica, seq, tag8) with one of another branch: what cited that place covers neither
  /// from now on (protocol §3), so what was applied before must be worked out again. Costs nothing while no feed forked.
  private func blursPlaces(_ prepared: ArraySlice<Prepared>, of strand: Int) throws -> Bool {
    let replica = strands[strand].replica
    guard strands.count(where: { $0.replica == replica }) > 1 else { return false }
    for entry in prepared
    where try places(Tip(replica: replica, seq: entry.seq, tag: entry.hash.tag)).count > 1 { return true }
    return false
  }
}

extension Segment {
  /// Header and values of each entry as written, in order; a sealed entry's box.
  var entryByteCounts: [Int] {
    runs.flatMap { run in
      switch run {
      case .plain(_, let entries): entries.map { $0.header.count + $0.values.count }
      case .explicit(let entries): entries.map { $0.header.count + ValueSlot.writtenByteCount(of: $0.slots) }
      case .sealed(let entries): entries.map(\.box.count)
      }
    }
  }
}

extension Segment.ValueSlot {
  /// Bytes of the values as their author wrote them, by which the author placed the heads; of an absent one the least.
  fileprivate static func writtenByteCount(of slots: [Segment.ValueSlot]) -> Int {
    slots.reduce(0) { sum, slot in
      if case .present(_, let value) = slot { sum + value.count } else { sum + 2 }
    }
  }
}
