import SyncModel
import SyncTesting
import Testing

/// Random values of every type that has canonical bytes, drawn to hit the edges of each form.
struct Samples {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// Any width, so that every length of varint occurs.
  mutating func number() -> UInt64 { generator.next() >> UInt64(generator.below(64)) }

  mutating func id<Tag>() -> Identifier<Tag> { Identifier(high: generator.next(), low: generator.next()) }

  mutating func digest() -> Digest256 {
    Digest256(a: generator.next(), b: generator.next(), c: generator.next(), d: generator.next())
  }

  mutating func tag() -> ChainTag { ChainTag(rawValue: generator.next()) }
  mutating func seq() -> UInt32 { UInt32(truncatingIfNeeded: number()) }

  mutating func text() -> String {
    (0..<generator.below(6)).map { _ in
      generator.pick(["党", "a", "支部", "é", "e\u{301}", "\0", "🇨🇳", "\r\n", "9"]) ?? ""
    }.joined()
  }

  mutating func date() -> CalendarDate? { CalendarDate(daysSinceEpoch: generator.int(in: -25_567...376_200)) }

  mutating func value(depth: Int = 0) -> Value {
    switch generator.below(depth < Value.listDepthLimit ? 9 : 8) {
    case 0: return .nothing
    case 1: return .text(text())
    case 2: return .integer(Int64(bitPattern: number()))
    case 3:
      let scale = UInt8(generator.below(7))
      return FixedDecimal(mantissa: Int64(bitPattern: number()), scale: scale).map { .decimal($0) } ?? .nothing
    case 4: return .bytes(generator.bytes(generator.below(20)))
    case 5: return .choice(number())
    case 6: return date().map { .date($0) } ?? .nothing
    case 7: return .unknown(kind: 8 + number() % 1000, payload: generator.bytes(generator.below(9)))
    default: return .list((0..<generator.below(4)).map { _ in value(depth: depth + 1) })
    }
  }

  mutating func register() -> RegisterName {
    RegisterName(
      SubjectKind(rawValue: UInt16(truncatingIfNeeded: number())), id(),
      part: generator.chance(percent: 50) ? number() : 0,
      element: generator.chance(percent: 50) ? id() : ElementID(high: 0, low: 0),
      Field(rawValue: UInt16(truncatingIfNeeded: number())))
  }

  mutating func path() -> UnitPath? {
    UnitPath(
      (0..<generator.int(in: 1...UnitPath.depthLimit)).map { _ in
        generator.pick(["school", "计算机", "b1", "z-9", "é"]) ?? "x"
      }.joined(separator: "/"))
  }

  mutating func log() -> LogID {
    guard let path = path(), let channel = generator.pick(Channel.allCases) else { preconditionFailure("well formed") }
    return LogID(path, channel)
  }

  mutating func genesis() -> FeedGenesis {
    FeedGenesis(
      school: id(), log: log(), deviceKey: generator.bytes(32), incarnation: id(),
      continues: generator.chance(percent: 50) ? FeedPlace(replica: id(), seq: seq(), hash: digest()) : nil)
  }

  /// A header that may follow in a feed with these counts.
  mutating func header() -> (header: EntryHeader, counts: FeedNameCounts) {
    let counts = FeedNameCounts(
      replicas: generator.below(4), persons: generator.below(3), registers: generator.below(300))
    var tips: [EntryHeader.ContextTip] = []
    for index in 0..<counts.replicas where generator.chance(percent: 50) {
      tips.append(.init(replica: .known(index), seq: max(1, seq()), tag: tag()))
    }
    let introduced = (0..<generator.below(4)).map { _ -> ReplicaID in id() }.sorted()
    for id in introduced { tips.append(.init(replica: .new(id), seq: max(1, seq()), tag: tag())) }
    let replicas = counts.replicas + introduced.count
    var changes: [EntryHeader.Change] = []
    for index in Set((0..<generator.below(4)).map { _ in generator.below(max(1, counts.registers)) }).sorted()
    where counts.registers > 0 {
      changes.append(.init(register: .known(index), kept: kept(replicas)))
    }
    for name in Set((0..<generator.int(in: changes.isEmpty ? 1...3 : 0...3)).map { _ in register() }).sorted() {
      changes.append(.init(register: .new(name), kept: kept(replicas)))
    }
    let raw = Int64(generator.int(in: 60_001...10_000_000)) * (generator.chance(percent: 50) ? 1 : -1)
    let header = EntryHeader(
      time: .init(
        milliseconds: number() % HybridTime.millisecondLimit,
        counter: generator.chance(percent: 50) ? 0 : seq(),
        rawOffsetMilliseconds: generator.chance(percent: 50) ? nil : raw),
      context: tips, person: counts.persons > 0 ? .known(generator.below(counts.persons)) : .new(id()), changes: changes
    )
    return (header, counts)
  }

  private mutating func kept(_ replicas: Int) -> [EntryHeader.KeptDot] {
    var dots: [EntryHeader.KeptDot] = []
    if generator.chance(percent: 30) { dots.append(.init(replica: nil, seq: max(1, seq()), tag: nil)) }
    for index in 0..<replicas where generator.chance(percent: 30) {
      dots.append(.init(replica: index, seq: max(1, seq()), tag: tag()))
    }
    return dots
  }

  mutating func segment() -> Segment {
    let from = generator.chance(percent: 50) ? 0 : UInt32(generator.int(in: 1...100_000))
    var runs: [Segment.Run] = []
    for _ in 0..<generator.int(in: 1...3) {
      let count = generator.int(in: 1...3)
      switch generator.below(3) {
      case 0:
        runs.append(
          .plain(
            secret: id(),
            entries: (0..<count).map { _ in .init(header: generator.bytes(generator.below(9)), values: value().bytes) })
        )
      case 1:
        runs.append(
          .explicit(
            entries: (0..<count).map { _ in
              .init(
                header: generator.bytes(generator.below(9)),
                slots: (0..<generator.below(3)).map { _ in
                  generator.chance(percent: 50) ? .absent(digest()) : .present(salt: id(), value: value().bytes)
                })
            }))
      default:
        runs.append(
          .sealed(
            entries: (0..<count).map { _ in
              .init(
                epoch: number(), headerDigest: digest(), valuesDigest: digest(),
                box: generator.bytes(generator.below(40)))
            }))
      }
    }
    let last = from + UInt32(runs.reduce(0) { $0 + $1.count })
    var heads = (from + 1..<last).filter { _ in generator.chance(percent: 30) }
    heads.append(last)
    return Segment(
      log: log(), replica: id(), from: from, fromHash: digest(), genesis: from == 0 ? genesis().bytes : nil, runs: runs,
      heads: heads.map { Segment.SignedHead(seq: $0, signature: generator.bytes(64)) })
  }

  mutating func exchange() -> Exchange {
    guard let unit = path() else { preconditionFailure("well formed") }
    var exchange = Exchange(
      hello: .init(school: id(), store: id(), unit: unit, clockMilliseconds: number()),
      summary: .init(digest: digest(), logs: number(), entries: number(), arrival: number()))
    if generator.chance(percent: 50) { exchange.cursor = .init(store: id(), arrival: number()) }
    if generator.chance(percent: 50) { exchange.ranges = ranges() }
    exchange.segments = (0..<generator.below(3)).map { _ in generator.bytes(generator.below(30)) }
    exchange.wants = (0..<generator.below(3)).map { _ in
      .init(log: log(), tip: Tip(replica: id(), seq: seq(), tag: tag()))
    }
    exchange.probes = (0..<generator.below(3)).map { _ in
      let seqs = Set((0..<generator.below(5)).map { _ in seq() }).sorted(by: >)
      return .init(log: log(), replica: id(), places: seqs.map { .init(seq: $0, tag: tag()) })
    }
    exchange.refusals = (0..<generator.below(3)).map { _ in
      .init(
        log: log(), replica: id(), seq: seq(), reason: generator.pick([.scope, .evidence, .room, .malformed]) ?? .room)
    }
    exchange.more = generator.chance(percent: 50)
    if generator.chance(percent: 50) {
      func mark(_ arrival: UInt64) -> Exchange.Mark { .init(arrival: arrival, digest: digest()) }
      // Mostly both speak of one store.
      let store = generator.chance(percent: 50) ? exchange.cursor?.store : nil
      exchange.history = .init(
        own: (0..<generator.below(3)).map { mark(UInt64($0 * 7)) },
        remembered: generator.chance(percent: 50) ? .init(store: store ?? id(), mark: mark(number())) : nil)
    }
    func voucher() -> [UInt8]? {
      generator.chance(percent: 50) ? generator.bytes(Segment.SignedHead.signatureByteCount) : nil
    }
    exchange.vouchers = .init(own: voucher(), remembered: voucher())
    if generator.chance(percent: 50) { exchange.filesMark = id() }
    return exchange
  }

  private mutating func ranges() -> Exchange.Ranges {
    let replicas: [ReplicaID] = [id(), id(), id()]
    let logs = Set((0..<8).map { _ in log() }).sorted()
    func fingerprint() -> Exchange.Fingerprint { .init(rawValue: number()) }
    var ranges = Exchange.Ranges(salt: number(), low: generator.chance(percent: 50) ? [] : logs[0].key)
    for (low, high) in zip(logs, logs.dropFirst()) {
      switch generator.below(4) {
      case 0: ranges.append(.nothing, below: high.key)
      case 1: ranges.append(.fingerprint(fingerprint()), below: high.key)
      case 2: ranges.append(.logs((0..<generator.below(4)).map { _ in fingerprint() }), below: high.key)
      default:
        let tips = Set(
          (0..<generator.below(4)).map { _ in
            Tip(replica: generator.pick(replicas) ?? replicas[0], seq: seq(), tag: tag())
          })
        let owed = generator.chance(percent: 50) ? 0 : number()
        let item = Exchange.FrontierItem(log: low, tips: tips.sorted(), owed: owed)
        ranges.append(.items(generator.chance(percent: 30) ? [] : [item]), below: high.key)
      }
    }
    if generator.chance(percent: 50) { ranges.append(.fingerprint(fingerprint()), below: []) }
    return ranges
  }

  mutating func template() -> Template {
    Template(
      title: text(), kind: generator.pick(Template.Kind.allCases) ?? .guide, audience: text(),
      preface: (0..<generator.below(3)).map { _ in text() }, columns: (0..<generator.below(4)).map { _ in column() },
      sections: nodes(depth: 1), note: text(), isLandscape: generator.chance(percent: 50))
  }

  private mutating func column() -> Template.Column {
    Template.Column(
      text(), span: 1 + generator.below(Template.columnLimit), width: generator.below(Template.widthLimit),
      content: generator.pick(Template.Column.Content.allCases) ?? .text, isRequired: generator.chance(percent: 50),
      choices: (0..<generator.below(3)).map { _ in text() })
  }

  private mutating func requirement() -> Requirement {
    Requirement(
      generator.pick(Requirement.Kind.allCases) ?? .cadence, text(),
      amount: generator.chance(percent: 50) ? nil : Score(hundredths: Int64(generator.int(in: 0...100_000_000))),
      measure: text(),
      per: generator.chance(percent: 50) ? nil : generator.pick(Requirement.Period.allCases),
      isSoft: generator.chance(percent: 50), isEach: generator.chance(percent: 50), substitute: text(), quote: text())
  }

  private mutating func nodes(depth: Int) -> [Template.Node] {
    guard depth <= Template.depthLimit else { return [] }
    return (0..<generator.below(3)).map { _ in
      Template.Node(
        number: text(), text: text(),
        points: generator.chance(percent: 50)
          ? nil : Score(hundredths: Int64(generator.int(in: -100_000_000...100_000_000))),
        cells: (0..<generator.below(3)).map { _ in text() },
        deliverables: (0..<generator.below(3)).map { _ in
          .init(title: text(), due: generator.chance(percent: 50) ? nil : date())
        }, requirements: (0..<generator.below(3)).map { _ in requirement() }, children: nodes(depth: depth + 1))
    }
  }
}

/// A type with canonical bytes, as the laws see it.
struct Codec: Sendable, CustomTestStringConvertible {
  let name: String
  /// Canonical bytes of a random value, and those bytes after decoding and encoding again.
  let sample: @Sendable (inout Samples) -> [UInt8]
  /// Decodes and encodes again.
  let recode: @Sendable ([UInt8]) throws -> [UInt8]

  var testDescription: String { name }

  static let all: [Codec] = [
    Codec(
      name: "varint",
      sample: {
        var writer = ByteWriter()
        writer.varint($0.number())
        return writer.bytes
      }
    ) { bytes in
      var reader = ByteReader(bytes)
      let value = try reader.varint()
      try reader.finish()
      var writer = ByteWriter()
      writer.varint(value)
      return writer.bytes
    },
    Codec(
      name: "zigzag",
      sample: {
        var writer = ByteWriter()
        writer.zigzag(Int64(bitPattern: $0.number()))
        return writer.bytes
      }
    ) { bytes in
      var reader = ByteReader(bytes)
      let value = try reader.zigzag()
      try reader.finish()
      var writer = ByteWriter()
      writer.zigzag(value)
      return writer.bytes
    },
    Codec(name: "Value", sample: { $0.value().bytes }) { try Value(bytes: $0).bytes },
    Codec(name: "RegisterName", sample: { $0.register().bytes }) { try RegisterName(bytes: $0).bytes },
    Codec(name: "UnitPath", sample: { $0.log().unit.key }) { try UnitPath(key: $0).key },
    Codec(name: "LogID", sample: { $0.log().key }) { try LogID(key: $0).key },
    Codec(name: "FeedGenesis", sample: { $0.genesis().bytes }) { try FeedGenesis(bytes: $0).bytes },
    Codec(name: "Segment", sample: { $0.segment().bytes }) { try Segment(bytes: $0).bytes },
    Codec(name: "Exchange", sample: { $0.exchange().bytes }) { try Exchange(bytes: $0).bytes },
    Codec(name: "Template", sample: { $0.template().bytes }) { try Template(bytes: $0).bytes },
  ]
}
