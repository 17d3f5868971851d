import SyncModel

// What is refused here for want of room must not hold up those who could see it elsewhere.
extension LogEngine {
  func refusedFeeds() throws -> Set<ReplicaID> {
    if let refused { return refused }
    let loaded = try storage.refusedFeeds()
    refused = loaded
    return loaded
  }

  /// Notes that something of a feed was refused for want of room, where an entry waits for it: that entry goes on without.
  /// Only what is cited is remembered, so that whoever is refused cannot fill this memory.
  /// - Returns: true where something may go on now.
  func noteRefusal(of replica: ReplicaID) throws -> Bool {
    guard try !refusedFeeds().contains(replica), try isAwaited(replica) else { return false }
    refused?.insert(replica)
    try storage.setRefused(replica, true)
    return true
  }

  /// True where entries of a feed came that had been refused: what went on without them is worked out again.
  func takenAfterAll(_ replica: ReplicaID) throws -> Bool {
    guard try refusedFeeds().contains(replica) else { return false }
    refused?.remove(replica)
    try storage.setRefused(replica, false)
    return true
  }

  /// Whether the first entry of a feed cites nothing that is not in view: what begins so does not wait.
  func startsInView(_ segment: Segment) throws -> Bool {
    guard segment.from == 0, let run = segment.runs.first else { return false }
    let header: [UInt8]?
    switch run {
    case .plain(_, let entries): header = entries.first?.header
    case .explicit(let entries): header = entries.first?.header
    // What is sealed waits for its key alone.
    case .sealed: return true
    }
    guard let first = try header.map({ try EntryHeader(bytes: $0, after: FeedNameCounts()) }) else { return false }
    return try first.context.allSatisfy { tip in
      guard case .new(let replica) = tip.replica else { return false }
      return try places(Tip(replica: replica, seq: tip.seq, tag: tip.tag)).contains {
        strands[Int($0.strand)].applied >= $0.seq
      }
    }
  }

  /// True where the next entry of some feed cites a place of `replica` that is not stored.
  private func isAwaited(_ replica: ReplicaID) throws -> Bool {
    for (index, strand) in strands.enumerated()
    where strand.standing != .unknown && strand.applied < strand.stored
      && strand.applied >= (strand.parent?.seq ?? 0)
    {
      let names = try replicas(of: index)
      guard let bytes = try readableEntry(Dot(strand: index, seq: strand.applied + 1))?.header,
        let header = try? EntryHeader(bytes: bytes, after: strand.names)
      else { continue }
      for tip in header.context {
        let cited: ReplicaID
        switch tip.replica {
        case .known(let known): cited = names[known]
        case .new(let id): cited = id
        }
        if cited == replica, try places(Tip(replica: cited, seq: tip.seq, tag: tip.tag)).isEmpty { return true }
      }
    }
    return false
  }
}
