@testable import SyncEngine
import SyncModel

/// The decoders of the log and of the wire.
let modelTargets = [
  Target("value", seeds: { (Sample.values + Readers.values).map(\.bytes) }) { bytes in
    canonical(bytes, { try Value(bytes: $0) }, { $0.bytes })
    if let value = try? Value(bytes: bytes) { Readers.read(value) }
  },

  Target("register", seeds: { [Sample.register(0).bytes, Sample.register(1 << 32).bytes] }) { bytes in
    canonical(bytes, { try RegisterName(bytes: $0) }, { $0.bytes })
  },

  // How many names the feed has introduced before, in three bytes; then the header.
  Target("entry", seeds: entrySeeds) { bytes in
    guard bytes.count >= 3 else { return }
    let counts = FeedNameCounts(
      replicas: Int(bytes[0] % 8), persons: Int(bytes[1] % 4), registers: Int(bytes[2]) * 4)
    canonical(Array(bytes[3...]), { try EntryHeader(bytes: $0, after: counts) }, { $0.bytes })
  },

  Target("genesis", seeds: { try Sample.story().compactMap(\.genesis) }) { bytes in
    canonical(bytes, { try FeedGenesis(bytes: $0) }, { $0.bytes })
  },

  Target(
    "segment",
    seeds: {
      let story = try Sample.story()
      return try story.map(\.bytes) + [
        Sample.withoutFirstValue(story[0]).bytes, Sample.story(in: Sample.hidden)[0].bytes,
      ]
    }
  ) { bytes in
    canonical(bytes, { try Segment(bytes: $0) }, { $0.bytes })
    canonical(bytes, { try Segment.ValueSlot.read($0) }, { Segment.ValueSlot.bytes(of: $0) })
  },

  Target("exchange", seeds: { [try Sample.exchange().bytes] }) { bytes in
    guard let exchange = try? Exchange(bytes: bytes) else { return }
    // Parts of a newer version are skipped: what is left is canonical, and shorter.
    let known = exchange.bytes
    promise(known == bytes || known.count < bytes.count, "an exchange has a second encoding")
    canonical(known, { try Exchange(bytes: $0) }, { $0.bytes })
    promise((try? Exchange(bytes: known)) == exchange, "an exchange without its unknown parts says something else")
  },

  Target("template", seeds: { Sample.templates.map(\.bytes) }) { bytes in
    canonical(bytes, { try Template(bytes: $0) }, { $0.bytes })
  },

  Target("cut", seeds: { [FeedCut().bytes, Readers.cut.bytes] }) { bytes in
    canonical(bytes, { try FeedCut(bytes: $0) }, { $0.bytes })
  },
]

private func entrySeeds() throws -> [[UInt8]] {
  try Sample.story().flatMap { segment -> [[UInt8]] in
    segment.runs.flatMap { run -> [[UInt8]] in
      guard case .plain(_, let entries) = run else { return [] }
      return entries.map { [segment.heads.count > 1 ? 1 : 0, 2, 3] + $0.header }
    }
  }
}

/// What reads a foreign value into something of ours: each says nil where it is none, and writes back what it read.
enum Readers {
  static let cut = FeedCut([
    Sample.answers: [FeedPlace(replica: ReplicaID(high: 1, low: 2), seq: 9, hash: Hashing.sha256([1]))]
  ])

  private static let enrolment = Enrolment(
    key: Sample.keys[0].publicKey, unit: Sample.unit, roles: [.reporter, .admin],
    agreement: Array(repeating: 5, count: AgreementCertificate.byteCount))
  private static let redaction = RedactionTarget(
    log: Sample.answers, place: FeedPlace(replica: ReplicaID(high: 1, low: 2), seq: 9, hash: Hashing.sha256([1])),
    change: 3)
  private static let move = AuthorityStatement.Move(
    unit: Sample.unit, generation: 2, parent: required(Sample.unit.parent, "parent"), cut: cut)

  static let values = [
    enrolment.value, redaction.value, move.value, .list([.integer(1), .integer(3), .bytes(cut.bytes), .text("调离")]),
    .list([.bytes(Array(repeating: 4, count: 32)), .text("school/cs"), .integer(1), .integer(1_790_000_000_000)]),
  ]

  static func read(_ value: Value) {
    if let read = Enrolment(value) { promise(Enrolment(read.value) == read, "an enrolment changes") }
    if let read = RedactionTarget(value) { promise(RedactionTarget(read.value) == read, "a redaction changes") }
    if let read = AuthorityStatement.Move(SubjectID(unit: Sample.unit), value) {
      promise(AuthorityStatement.Move(SubjectID(unit: Sample.unit), read.value) == read, "a move changes")
    }
    let device = Sample.keys[0].deviceID
    if let read = AuthorityStatement.Revocation(device, value) {
      promise(
        AuthorityStatement.Revocation(device, read.value(reason: "")) == read, "a revocation changes")
    }
    if let read = Invitation.Terms(value) { promise(Invitation.Terms(read.value) != nil, "an invitation changes") }
    _ = Receipt(value)
    _ = value.scoreValue
  }
}
