import SyncEngine
import SyncModel

/// Reads entries' own bytes, as anybody who receives them would.
extension WorldModel {
  /// What is known of an entry besides its bytes.
  struct Source {
    var log: LogID
    var place: FeedPlace
    var deviceKey: [UInt8]
    var personName: String
    var claimed: UInt64
    var previous: WriteID?
  }

  enum Misread: Error {
    case unreadable, notWhole, unresolved
  }

  /// Header and values; a redaction may have opened the batch that an own write went on with.
  private func whole(_ entry: StoredEntry) throws -> (header: [UInt8], values: [UInt8]) {
    switch entry.body {
    case .plain(let header, let values, _): return (header, values)
    case .explicit(let header, let slots):
      return (
        header,
        try slots.flatMap { slot in
          guard case .present(_, let value) = slot else { throw Misread.notWhole }
          return value
        }
      )
    case .sealed: throw Misread.unreadable
    }
  }

  /// The write that an entry as written makes: its context and what it keeps follow from its header.
  func write(_ entry: StoredEntry, from source: Source) throws -> Write {
    let (bytes, values) = try whole(entry)
    let before = source.previous.map { writes[$0] }
    var names = before?.names ?? Names()
    let header = try EntryHeader(
      bytes: bytes,
      after: FeedNameCounts(
        replicas: names.replicas.count, persons: names.persons.count, registers: names.registers.count))

    var context = before?.context ?? IDSet()
    if let previous = source.previous { context.insert(previous) }
    for tip in header.context {
      let replica = resolve(tip.replica, &names.replicas)
      let found = ids(Tip(replica: replica, seq: tip.seq, tag: tip.tag), in: source.log)
      guard found.count == 1 else { throw Misread.unresolved }
      context.formUnion(way(to: found[0]))
    }
    let person = resolve(header.person, &names.persons)

    var reader = ByteReader(values)
    var changes: [RegisterName: Change] = [:]
    for change in header.changes {
      let register = resolve(change.register, &names.registers)
      let start = reader.offset
      _ = try Value(from: &reader)
      changes[register] = Change(
        value: reader.consumed(since: start), kept: try kept(change.kept, names, source))
    }
    try reader.finish()
    return Write(
      log: source.log, place: source.place, deviceKey: source.deviceKey, device: DeviceID(key: source.deviceKey),
      person: person, personName: source.personName, claimed: source.claimed, previous: source.previous,
      context: context, changes: changes, names: names)
  }

  /// The writes that a segment carries: its chain is worked out from its bytes.
  func writes(in segment: Segment) throws -> IDSet {
    var found = IDSet()
    var (hash, seq) = (segment.fromHash, segment.from)
    func add(_ next: Digest256) throws {
      guard let id = id(next) else { throw Misread.unresolved }
      found.insert(id)
      hash = next
    }
    for run in segment.runs {
      switch run {
      case .plain(let secret, let entries):
        for entry in entries {
          seq += 1
          try add(
            Chain.next(
              hash, header: entry.header, values: entry.values, secret: secret, seq: seq, in: segment.log.channel))
        }
      case .explicit(let entries):
        for entry in entries {
          seq += 1
          try add(
            Chain.next(
              hash, headerDigest: Chain.headerDigest(entry.header), valuesDigest: Chain.valuesDigest(entry.slots)))
        }
      case .sealed(let entries):
        for entry in entries {
          seq += 1
          try add(Chain.next(hash, headerDigest: entry.headerDigest, valuesDigest: entry.valuesDigest))
        }
      }
    }
    return found
  }

  private func resolve<ID>(_ name: EntryHeader.Name<ID>, _ known: inout [ID]) -> ID {
    switch name {
    case .known(let index): return known[index]
    case .new(let id):
      known.append(id)
      return id
    }
  }

  private func kept(_ dots: [EntryHeader.KeptDot], _ names: Names, _ source: Source) throws -> IDSet {
    var kept = IDSet()
    for dot in dots {
      if let index = dot.replica, let tag = dot.tag {
        for id in ids(Tip(replica: names.replicas[index], seq: dot.seq, tag: tag), in: source.log) { kept.insert(id) }
      } else {
        var next = source.previous
        while let id = next, writes[id].place.seq > dot.seq { next = writes[id].previous }
        guard let id = next else { throw Misread.unresolved }
        kept.insert(id)
      }
    }
    return kept
  }
}
