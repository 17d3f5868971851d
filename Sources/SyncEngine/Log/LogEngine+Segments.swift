import SyncModel

extension LogEngine {
  /// The next segment of the feed that leads to the end of `strand`, after `from` (on that way; 0 for its start).
  ///
  /// It ends on the last signed head that fits `byteLimit`, and never before the first one: heads stand at most
  /// ``HeadRule/bytes`` and one entry apart, which is the least a frame must hold. Of the heads on the way only those are sent
  /// that keep that distance: a later signature covers what an earlier one did.
  ///
  /// - Parameter end: nothing behind it is in it; nil takes all that is stored.
  /// - Returns: nil where nothing follows `from`.
  public func segment(
    on strand: Int, after from: UInt32, byteLimit: Int, through end: UInt32? = nil
  ) throws -> Segment? {
    guard from < strands[strand].stored, let fromHash = try hash(on: strand, seq: from) else { return nil }
    let heads = try headsOnWay(to: strand, after: from).filter { $0.head.seq <= end ?? .max }
    guard !heads.isEmpty else { return nil }
    var runs = RunBuilder()
    var bytes = 0
    var seq = from
    var included = HeadThinner()
    for head in heads {
      var piece: [(StoredEntry, BatchSecret?)] = []
      var pieceBytes = Segment.SignedHead.signatureByteCount + 5
      for next in seq + 1...head.head.seq {
        let dot = Dot(strand: topology.holder(of: next, on: strand), seq: next)
        guard let entry = try storage.entry(dot) else { preconditionFailure("stored entries have no gaps") }
        // Stored sealed alone; whatever else a file may hold never leaves this machine.
        if log.channel == .internal, !entry.isSealed { return nil }
        var batchSecret: BatchSecret?
        if case .plain(_, _, let batch) = entry.body { batchSecret = try secret(batch) }
        piece.append((entry, batchSecret))
        pieceBytes += entry.byteCount + Self.entryOverheadBytes
        if bytes + pieceBytes > byteLimit, !included.isEmpty { break }
      }
      let entries = runs.count + piece.count
      if !included.isEmpty, bytes + pieceBytes > byteLimit || entries > Segment.entryLimit { break }
      for (entry, secret) in piece { runs.add(entry, secret: secret) }
      bytes += pieceBytes
      seq = head.head.seq
      included.append(head.head, entries: piece.count, bytes: piece.reduce(0) { $0 + $1.0.byteCount })
    }
    return Segment(
      log: log, replica: strands[strand].replica, from: from, fromHash: fromHash,
      genesis: from == 0 ? strands[strand].genesis : nil, runs: runs.runs, heads: included.heads)
  }

  /// Marks the heads on the way to `strand` up to `seq` as sent, so that no later head replaces them. Call it, and commit,
  /// before a segment that ends there leaves this machine: peers hold on to what they were given.
  public func markHeadsSent(on strand: Int, through seq: UInt32) throws {
    var (current, through) = (strand, seq)
    while true {
      try storage.markHeadsSent(of: current, through: through)
      guard let parent = strands[current].parent else { return }
      (current, through) = (Int(parent.strand), min(through, parent.seq))
    }
  }

  /// Lengths, a salt or a secret, and a digest.
  private static var entryOverheadBytes: Int { 48 }

  /// The last place on the way to `strand` up to which, from `from` on, every head left this machine before, or came from others: so far
  /// it may be sent without marking anything. `from` where it is none.
  public func markedEnd(on strand: Int, after from: UInt32) throws -> UInt32 {
    try headsOnWay(to: strand, after: from).prefix { $0.sent }.last?.head.seq ?? from
  }

  private func headsOnWay(to strand: Int, after from: UInt32) throws -> [StoredHead] {
    var pieces: [[StoredHead]] = []
    var current = strand
    var through = strands[strand].stored
    while through > from {
      pieces.append(try storage.heads(of: current, after: from, through: through))
      guard let parent = strands[current].parent else { break }
      current = Int(parent.strand)
      through = parent.seq
    }
    return pieces.reversed().flatMap { $0 }
  }
}

/// Leaves out heads that a later one within ``HeadRule``'s distance makes needless.
private struct HeadThinner {
  private(set) var heads: [Segment.SignedHead] = []
  /// Between the last two of `heads`.
  private var entries = 0
  private var bytes = 0

  var isEmpty: Bool { heads.isEmpty }

  mutating func append(_ head: Segment.SignedHead, entries: Int, bytes: Int) {
    if !heads.isEmpty, self.entries + entries <= Int(HeadRule.entries), self.bytes + bytes <= HeadRule.bytes {
      heads[heads.count - 1] = head
      self.entries += entries
      self.bytes += bytes
    } else {
      heads.append(head)
      (self.entries, self.bytes) = (entries, bytes)
    }
  }
}

/// Collects entries into runs: neighbours of one batch share its secret.
private struct RunBuilder {
  private var finished: [Segment.Run] = []
  private var secret: BatchSecret?
  private var plain: [Segment.PlainEntry] = []
  private var explicit: [Segment.ExplicitEntry] = []
  private var sealed: [Segment.SealedEntry] = []
  private(set) var count = 0

  mutating func add(_ entry: StoredEntry, secret: BatchSecret?) {
    count += 1
    switch entry.body {
    case .plain(let header, let values, _):
      if plain.isEmpty || self.secret != secret { close() }
      self.secret = secret
      plain.append(Segment.PlainEntry(header: header, values: values))
    case .explicit(let header, let slots):
      if explicit.isEmpty { close() }
      explicit.append(Segment.ExplicitEntry(header: header, slots: slots))
    case .sealed(let entry):
      if sealed.isEmpty { close() }
      sealed.append(entry)
    }
  }

  var runs: [Segment.Run] {
    var copy = self
    copy.close()
    return copy.finished
  }

  private mutating func close() {
    if !plain.isEmpty {
      guard let secret else { preconditionFailure("a plain entry's batch has its secret") }
      finished.append(.plain(secret: secret, entries: plain))
    } else if !explicit.isEmpty {
      finished.append(.explicit(entries: explicit))
    } else if !sealed.isEmpty {
      finished.append(.sealed(entries: sealed))
    }
    (plain, explicit, sealed) = ([], [], [])
  }
}
