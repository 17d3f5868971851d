extension Segment {
  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 256 + entryCount * 96)
    writer.varint(Self.version)
    writer.lengthPrefixed(log.key)
    writer.id(replica)
    writer.varint(UInt64(from))
    writer.digest(fromHash)
    if from == 0 { writer.lengthPrefixed(genesis ?? []) }
    writer.varint(runs.count)
    for run in runs { run.write(to: &writer) }
    writer.varint(heads.count)
    for head in heads {
      writer.varint(UInt64(head.seq))
      writer.raw(head.signature)
    }
    return writer.bytes
  }

  /// - Throws: ``CodecError`` for anything ``bytes`` would not have written. Hashes and signatures are not checked here.
  public init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    let start = try Start(from: &reader)
    var runs: [Run] = []
    let heads = try Self.runsAndHeads(from: &reader, after: start.from) { reader throws(CodecError) in
      runs.append(try Run(from: &reader))
      return runs[runs.count - 1].count
    }
    self.init(
      log: start.log, replica: start.replica, from: start.from, fromHash: start.fromHash, genesis: start.genesis,
      runs: runs, heads: heads)
  }

  /// What stands before the runs.
  struct Start {
    let log: LogID
    let replica: ReplicaID
    let from: UInt32
    let fromHash: Digest256
    let genesis: [UInt8]?

    init(from reader: inout ByteReader) throws(CodecError) {
      let version = try reader.varint()
      if version != Segment.version { throw .needsNewerVersion(what: "segment", value: version) }
      log = try LogID(key: try reader.lengthPrefixed("log", limit: LogID.keyByteLimit))
      replica = try reader.id()
      from = try reader.seq()
      fromHash = try reader.digest()
      genesis = from == 0 ? try reader.lengthPrefixed("record 0", limit: FeedGenesis.byteLimit) : nil
    }
  }

  /// Reads to the end.
  /// - Parameter run: reads one, and says how many entries it has.
  static func runsAndHeads(
    from reader: inout ByteReader, after from: UInt32,
    _ run: (inout ByteReader) throws(CodecError) -> Int
  ) throws(CodecError) -> [SignedHead] {
    var entries = 0
    for _ in 0..<(try reader.count("runs", limit: min(Self.entryLimit, reader.remaining / 3))) {
      entries += try run(&reader)
      if entries > Self.entryLimit {
        throw .limitExceeded(what: "entries", value: UInt64(entries), limit: UInt64(Self.entryLimit))
      }
    }
    let (last, overflow) = from.addingReportingOverflow(UInt32(entries))
    if entries == 0 || overflow { throw .invalid(what: "entries", offset: reader.offset) }
    let heads = try Self.heads(from: &reader, after: from, last: last)
    try reader.finish()
    return heads
  }

  private static func heads(
    from reader: inout ByteReader, after from: UInt32, last: UInt32
  ) throws(CodecError) -> [SignedHead] {
    var heads: [SignedHead] = []
    var previous = from
    for _ in 0..<(try reader.count("heads", limit: min(headLimit, reader.remaining / 65))) {
      let seq = try reader.seq()
      if seq <= previous || seq > last { throw .nonCanonical(what: "head order", offset: reader.offset) }
      previous = seq
      heads.append(SignedHead(seq: seq, signature: try reader.raw(SignedHead.signatureByteCount)))
    }
    if previous != last { throw .invalid(what: "a segment ends on a signed head", offset: reader.offset) }
    return heads
  }
}

extension Segment.Run {
  fileprivate func write(to writer: inout ByteWriter) {
    switch self {
    case .plain(let secret, let entries):
      writer.varint(UInt64(0))
      writer.varint(entries.count)
      writer.id(secret)
      for entry in entries {
        writer.lengthPrefixed(entry.header)
        writer.lengthPrefixed(entry.values)
      }
    case .explicit(let entries):
      writer.varint(UInt64(1))
      writer.varint(entries.count)
      for entry in entries {
        writer.lengthPrefixed(entry.header)
        writer.lengthPrefixed(Segment.ValueSlot.bytes(of: entry.slots))
      }
    case .sealed(let entries):
      writer.varint(UInt64(2))
      writer.varint(entries.count)
      for entry in entries {
        writer.varint(entry.epoch)
        writer.digest(entry.headerDigest)
        writer.digest(entry.valuesDigest)
        writer.lengthPrefixed(entry.box)
      }
    }
  }

  /// Its form, and how many entries it has.
  static func start(from reader: inout ByteReader) throws(CodecError) -> (form: UInt64, count: Int) {
    let form = try reader.varint()
    let count = try reader.count("run", limit: min(Segment.entryLimit, reader.remaining / 2))
    if count == 0 { throw .nonCanonical(what: "empty run", offset: reader.offset) }
    return (form, count)
  }

  fileprivate init(from reader: inout ByteReader) throws(CodecError) {
    let (form, count) = try Self.start(from: &reader)
    switch form {
    case 0:
      let secret: BatchSecret = try reader.id()
      var entries: [Segment.PlainEntry] = []
      for _ in 0..<count {
        let header = try reader.lengthPrefixed("header", limit: Entry.byteLimit)
        let values = try reader.lengthPrefixed("values", limit: Entry.byteLimit - header.count)
        entries.append(Segment.PlainEntry(header: header, values: values))
      }
      self = .plain(secret: secret, entries: entries)
    case 1:
      var entries: [Segment.ExplicitEntry] = []
      for _ in 0..<count {
        let header = try reader.lengthPrefixed("header", limit: Entry.byteLimit)
        // Salts and digests stand beside the values, outside the entry's own limit.
        let slots = try reader.lengthPrefixed("values", limit: Entry.byteLimit + Entry.changeLimit * 33)
        entries.append(Segment.ExplicitEntry(header: header, slots: try Segment.ValueSlot.read(slots)))
      }
      self = .explicit(entries: entries)
    case 2:
      var entries: [Segment.SealedEntry] = []
      for _ in 0..<count {
        entries.append(
          Segment.SealedEntry(
            epoch: try reader.varint(), headerDigest: try reader.digest(), valuesDigest: try reader.digest(),
            box: try reader.lengthPrefixed("box", limit: Entry.byteLimit * 2)))
      }
      self = .sealed(entries: entries)
    default: throw .needsNewerVersion(what: "run form", value: form)
    }
  }
}

extension Segment.ValueSlot {
  /// `1 ‖ salt ‖ value` or `0 ‖ digest`, one after another.
  public static func bytes(of slots: [Segment.ValueSlot]) -> [UInt8] {
    var writer = ByteWriter(capacity: slots.count * 40)
    for slot in slots {
      switch slot {
      case .present(let salt, let value):
        writer.byte(1)
        writer.id(salt)
        writer.raw(value)
      case .absent(let digest):
        writer.byte(0)
        writer.digest(digest)
      }
    }
    return writer.bytes
  }

  public static func read(_ bytes: [UInt8]) throws(CodecError) -> [Segment.ValueSlot] {
    var reader = ByteReader(bytes)
    var slots: [Segment.ValueSlot] = []
    while !reader.isAtEnd {
      switch try reader.byte() {
      case 1:
        let salt: Salt = try reader.id()
        let start = reader.offset
        _ = try Value(from: &reader)
        slots.append(.present(salt: salt, value: reader.consumed(since: start)))
      case 0: slots.append(.absent(try reader.digest()))
      default: throw .nonCanonical(what: "value slot", offset: reader.offset)
      }
    }
    return slots
  }
}
