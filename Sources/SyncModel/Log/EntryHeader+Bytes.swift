extension EntryHeader {
  private enum Flag {
    static let counter: UInt64 = 1
    static let raw: UInt64 = 2
    static let known: UInt64 = 3
  }

  /// Canonical bytes; the caller has sorted tips, changes and kept dots.
  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 32)
    let flags = (time.counter == 0 ? 0 : Flag.counter) | (time.rawOffsetMilliseconds == nil ? 0 : Flag.raw)
    writer.varint(flags)
    writer.varint(time.milliseconds)
    if time.counter != 0 { writer.varint(UInt64(time.counter)) }
    if let offset = time.rawOffsetMilliseconds { writer.zigzag(offset) }
    writer.varint(context.count)
    for tip in context {
      switch tip.replica {
      case .known(let index): writer.varint(index + 1)
      case .new(let id):
        writer.byte(0)
        writer.id(id)
      }
      writer.varint(UInt64(tip.seq))
      writer.tag(tip.tag)
    }
    switch person {
    case .known(let index): writer.varint(index + 1)
    case .new(let id):
      writer.byte(0)
      writer.id(id)
    }
    writer.varint(changes.count)
    for change in changes {
      switch change.register {
      case .known(let index): writer.varint(index + 1)
      case .new(let name):
        writer.byte(0)
        name.write(to: &writer)
      }
      writer.varint(change.kept.count)
      for dot in change.kept {
        writer.varint(dot.replica.map { $0 + 1 } ?? 0)
        writer.varint(UInt64(dot.seq))
        if let tag = dot.tag { writer.tag(tag) }
      }
    }
    return writer.bytes
  }

  /// Reads the header that follows in a feed which has introduced `counts` names so far.
  ///
  /// - Throws: ``CodecError`` for anything ``bytes`` would not have written there.
  ///   ``CodecError/needsNewerVersion(what:value:)`` for unknown flags: such an entry is stored, not applied.
  public init(bytes: [UInt8], after counts: FeedNameCounts) throws(CodecError) {
    var reader = ByteReader(bytes)
    let flags = try reader.varint()
    if flags & ~Flag.known != 0 { throw .needsNewerVersion(what: "header flags", value: flags) }
    let time = try Self.time(from: &reader, flags: flags)
    let (context, replicas) = try Self.context(from: &reader, replicas: counts.replicas)
    let personIndex = try reader.count("person", limit: counts.persons)
    let person: Name<PersonID> = personIndex == 0 ? .new(try reader.id()) : .known(personIndex - 1)
    let changes = try Self.changes(from: &reader, registers: counts.registers, replicas: replicas)
    try reader.finish()
    self.init(time: time, context: context, person: person, changes: changes)
  }

  /// A header that only goes on: nobody new, at most one feed newly cited, one register, nothing kept.
  public struct Edit: Sendable {
    public let time: TimeDelta
    /// The place that is newly cited, by the feed's index of its replica.
    public let cited: (replica: Int, seq: UInt32, tag: ChainTag)?
    public let register: Name<RegisterName>

    /// nil for any other header, well-formed or not.
    public init?(_ header: ByteSpan, after counts: FeedNameCounts) {
      var reader = ByteReader(header)
      guard let flags = try? reader.varint(), flags & ~Flag.known == 0,
        let time = try? EntryHeader.time(from: &reader, flags: flags), let tips = try? reader.varint(), tips <= 1
      else { return nil }
      if tips == 0 {
        cited = nil
      } else {
        guard let replica = try? reader.count("replica", limit: counts.replicas), replica > 0,
          let seq = try? reader.seq(), seq > 0, let tag = try? reader.tag()
        else { return nil }
        cited = (replica - 1, seq, tag)
      }
      guard let person = try? reader.count("person", limit: counts.persons), person > 0,
        (try? reader.varint()) == 1,
        let index = try? reader.count("register", limit: counts.registers)
      else { return nil }
      if index > 0 {
        register = .known(index - 1)
      } else if let name = try? RegisterName(from: &reader) {
        register = .new(name)
      } else {
        return nil
      }
      guard (try? reader.varint()) == 0, reader.isAtEnd else { return nil }
      self.time = time
    }
  }

  /// When the entry of a header was written, which can be told without the names that its feed introduced before; nil for a
  /// header of a newer version, or none.
  public static func time(in header: [UInt8]) -> TimeDelta? {
    var reader = ByteReader(header)
    guard let flags = try? reader.varint(), flags & ~Flag.known == 0 else { return nil }
    return try? time(from: &reader, flags: flags)
  }

  private static func time(from reader: inout ByteReader, flags: UInt64) throws(CodecError) -> TimeDelta {
    let milliseconds = try reader.varint()
    if milliseconds > HybridTime.millisecondLimit { throw .invalid(what: "hlc", offset: reader.offset) }
    var counter = 0
    if flags & Flag.counter != 0 {
      counter = try reader.count("counter", limit: Int(UInt32.max))
      if counter == 0 { throw .nonCanonical(what: "counter", offset: reader.offset) }
    }
    var offset: Int64?
    if flags & Flag.raw != 0 {
      let raw = try reader.zigzag()
      guard raw.magnitude > UInt64(TimeDelta.rawThresholdMilliseconds), raw.magnitude <= HybridTime.millisecondLimit
      else { throw .nonCanonical(what: "raw clock", offset: reader.offset) }
      offset = raw
    }
    return TimeDelta(milliseconds: milliseconds, counter: UInt32(counter), rawOffsetMilliseconds: offset)
  }

  private static func context(
    from reader: inout ByteReader, replicas known: Int
  ) throws(CodecError) -> (tips: [ContextTip], replicas: Int) {
    let count = try reader.count("context", limit: min(Entry.contextLimit, reader.remaining / 10))
    var tips: [ContextTip] = []
    var replicas = known
    var lastNew: ReplicaID?
    var last: (index: Int, seq: UInt32, tag: ChainTag) = (-1, 0, ChainTag(rawValue: 0))
    for _ in 0..<count {
      let start = reader.offset
      let raw = try reader.count("replica", limit: replicas)
      let replica: Name<ReplicaID>
      let index: Int
      if raw == 0 {
        let id: ReplicaID = try reader.id()
        if let lastNew, id <= lastNew { throw .nonCanonical(what: "context order", offset: start) }
        lastNew = id
        (replica, index) = (.new(id), replicas)
        replicas += 1
      } else {
        (replica, index) = (.known(raw - 1), raw - 1)
      }
      let seq = try reader.seq()
      let tag = try reader.tag()
      if seq == 0 { throw .invalid(what: "context seq", offset: start) }
      if (index, seq, tag) <= last { throw .nonCanonical(what: "context order", offset: start) }
      last = (index, seq, tag)
      tips.append(ContextTip(replica: replica, seq: seq, tag: tag))
    }
    return (tips, replicas)
  }

  private static func changes(
    from reader: inout ByteReader, registers known: Int, replicas: Int
  ) throws(CodecError) -> [Change] {
    let count = try reader.count("changes", limit: Entry.changeLimit)
    if count == 0 { throw .invalid(what: "changes", offset: reader.offset) }
    var changes: [Change] = []
    var lastKnown = 0
    var lastNew: RegisterName?
    for _ in 0..<count {
      let start = reader.offset
      let raw = try reader.count("register", limit: known)
      let register: Name<RegisterName>
      if raw == 0 {
        let name = try RegisterName(from: &reader)
        if let lastNew, name <= lastNew { throw .nonCanonical(what: "register order", offset: start) }
        lastNew = name
        register = .new(name)
      } else {
        if lastNew != nil || raw <= lastKnown { throw .nonCanonical(what: "register order", offset: start) }
        lastKnown = raw
        register = .known(raw - 1)
      }
      changes.append(Change(register: register, kept: try kept(from: &reader, replicas: replicas)))
    }
    return changes
  }

  private static func kept(from reader: inout ByteReader, replicas: Int) throws(CodecError) -> [KeptDot] {
    let count = try reader.count("kept dots", limit: min(Entry.keptLimit, reader.remaining / 2))
    var dots: [KeptDot] = []
    var last: (Int, UInt32, ChainTag) = (-1, 0, ChainTag(rawValue: 0))
    for _ in 0..<count {
      let start = reader.offset
      let raw = try reader.count("replica", limit: replicas)
      let seq = try reader.seq()
      if seq == 0 { throw .invalid(what: "kept seq", offset: start) }
      let tag = raw == 0 ? nil : try reader.tag()
      let key = (raw, seq, tag ?? ChainTag(rawValue: 0))
      if key <= last { throw .nonCanonical(what: "kept order", offset: start) }
      last = key
      dots.append(KeptDot(replica: raw == 0 ? nil : raw - 1, seq: seq, tag: tag))
    }
    return dots
  }
}
