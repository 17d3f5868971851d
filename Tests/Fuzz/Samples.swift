@testable import SyncEngine
import SyncModel

/// A small school with fixed keys, clocks and secrets: what seeds are encoded from.
enum Sample {
  static let school = SchoolID(high: 0x5c40_0150_0000_0001, low: 2)
  static let unit = required(UnitPath("school/cs/b1"), "unit")
  static let answers = LogID(unit, .answers)
  static let hidden = LogID(unit, .internal)

  /// Devices whose entries count, wait and are set aside, in this order.
  static let keys = (UInt8(1)...3).map { number in
    required(DeviceKey(seed: (0..<32).map { $0 ^ number }), "key")
  }

  static func authority(_ strand: Strand) -> Strand.Authority {
    switch strand.deviceKey {
    case keys[0].publicKey: Strand.Authority(.valid)
    case keys[1].publicKey: Strand.Authority(.unknown)
    case keys[2].publicKey: Strand.Authority(.invalid)
    default: Strand.Authority(.valid)
    }
  }

  static func register(_ part: UInt64) -> RegisterName {
    RegisterName(.answer, SubjectID(high: 1, low: 2), part: part, Field(rawValue: 2))
  }

  static let values: [Value] = [
    .nothing, .text("支部大会"), .integer(-5), .decimal(FixedDecimal(Score(hundredths: 150))), .bytes([0, 255]),
    .choice(3), .date(required(CalendarDate(year: 2026, month: 9, day: 26), "date")),
    .list([.integer(-1), .list([.text("甲"), .bytes([1])])]), .unknown(kind: 99, payload: [1, 2, 3]),
  ]

  /// Between them every part that a template can have.
  static let templates = [
    Template(
      title: "评分表", kind: .scoreSheet, audience: "二级党组织", columns: ["序号", "项目", "自查内容", "分值", "得分"],
      sections: [
        .init(
          number: "一", text: "班子集体责任", points: Score(hundredths: 200),
          children: [
            .init(
              number: "1", text: "每月议一次党建", points: Score(hundredths: 200), cells: ["会议纪要"],
              deliverables: [.init(title: "自查报告", due: CalendarDate(year: 2026, month: 9, day: 30))],
              requirements: [
                Requirement(
                  .cadence, "党小组会", amount: Score(hundredths: 100), measure: "次", per: .month, isSoft: true,
                  isEach: true, substitute: "党员大会", quote: "每月一次")
              ])
          ])
      ]),
    Template(
      title: "台账", kind: .ledger, preface: ["填报单位："],
      columns: [
        .init("类别", span: 2, width: 1200, content: .choice, isRequired: true, choices: ["正式党员", "预备党员"]),
        .init("日期", content: .date),
      ],
      note: "备注", isLandscape: true),
  ]

  /// Writes and takes in turn, so that contexts, introductions and known names all occur.
  struct Writer {
    let engine: LogEngine<MemoryLog>
    let key: DeviceKey
    private var order: UInt64 = 0
    private var writes: UInt64 = 0

    init(_ device: Int, in log: LogID = answers) throws {
      engine = try Sample.engine(of: log)
      engine.sealing.writing = engine.sealing[sealingKey.epoch]
      key = keys[device]
    }

    mutating func write(_ changes: [Change]) throws {
      writes += 1
      _ = try engine.append(
        changes,
        by: Author(
          key: key, incarnation: Incarnation(high: 7, low: 1), person: PersonID(high: 9, low: writes % 2),
          shownUpTo: order / 2),
        continues: nil, secret: BatchSecret(high: 8, low: writes),
        time: HybridTime(milliseconds: 1_790_000_000_000 + writes * 1000, counter: UInt32(writes % 2)),
        wallMilliseconds: 1_790_000_000_000 + writes * 1000)
      for strand in engine.strands.indices { try engine.markHeadsSent(on: strand, through: .max) }
      try deliver()
    }

    mutating func take(_ segment: Segment) throws {
      _ = try engine.ingest(segment, receivedMilliseconds: 1_790_000_000_000)
      try deliver()
    }

    private mutating func deliver() throws {
      order += 1
      try engine.deliver(order: order) { _, _ in Strand.Authority(.valid) }
      try engine.flush()
    }

    func segments() throws -> [Segment] {
      try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 20) }
    }
  }

  /// What two devices wrote that knew of each other, and one batch of it in single salts with a value missing.
  static func story(in log: LogID = answers) throws -> [Segment] {
    var first = try Writer(0, in: log)
    var second = try Writer(1, in: log)
    try first.write([Change(register(1), .integer(5)), Change(register(2), .text("支部大会"))])
    for segment in try first.segments() { try second.take(segment) }
    try second.write([Change(register(1), values[3])])
    try second.write([Change(register(3), .nothing)])
    for segment in try second.segments() { try first.take(segment) }
    try first.write(values.enumerated().map { Change(register(UInt64($0) + 1), $1) })
    return try first.segments()
  }

  /// The first entry's first value as its digest.
  static func withoutFirstValue(_ segment: Segment) throws -> Segment {
    var copy = segment
    guard case .plain(let secret, let entries)? = segment.runs.first else { return segment }
    var slots = try SealedBox(entries[0], secret: secret, seq: segment.from + 1).slots
    if case .present(let salt, let value)? = slots.first {
      slots[0] = .absent(Chain.valueDigest(value, salt: salt))
    }
    copy.runs[0] = .explicit(entries: [Segment.ExplicitEntry(header: entries[0].header, slots: slots)])
    return copy
  }

  static let sealingKey = required(SealingKey(epoch: 1, bytes: Array(repeating: 7, count: 32)), "sealing key")

  /// Of a device that has the key to what is sealed.
  static func engine(of log: LogID) throws -> LogEngine<MemoryLog> {
    let engine = try LogEngine(school: school, log: log, storage: MemoryLog())
    if log == hidden { engine.sealing = Sealing([sealingKey]) }
    return engine
  }

  static func place(_ segment: Segment, seq: UInt32) -> SealedBox.Place {
    SealedBox.Place(school: school, log: segment.log, replica: segment.replica, seq: seq)
  }

  /// Its entries sealed, as their author would have.
  static func sealed(_ segment: Segment) throws -> Segment {
    var copy = segment
    var seq = segment.from
    copy.runs = try segment.runs.map { run in
      let boxes: [SealedBox]
      switch run {
      case .plain(let secret, let entries):
        boxes = try entries.enumerated().map {
          try SealedBox($1, secret: secret, seq: seq + UInt32($0) + 1)
        }
      case .explicit(let entries):
        boxes = entries.map { SealedBox(header: $0.header, headerSalt: Salt(high: 1, low: 1), slots: $0.slots) }
      case .sealed(let entries):
        seq += UInt32(entries.count)
        return run
      }
      return .sealed(
        entries: try boxes.map { box in
          seq += 1
          return try box.seal(
            at: place(segment, seq: seq), with: sealingKey,
            nonce: Array(repeating: 3, count: SealedBox.nonceByteCount))
        })
    }
    return copy
  }

  static func exchange() throws -> Exchange {
    let segments = try story()
    var exchange = Exchange(
      hello: .init(school: school, store: StoreID(high: 1, low: 1), unit: unit, clockMilliseconds: 1_790_000_000_000),
      summary: .init(digest: Hashing.sha256([1]), logs: 1, entries: 5, arrival: 3))
    let tips = segments.compactMap { segment in
      segment.heads.last.map { Tip(replica: segment.replica, seq: $0.seq, tag: segment.fromHash.tag) }
    }.sorted()
    exchange.cursor = .init(store: StoreID(high: 2, low: 2), arrival: 300)
    let print = Exchange.Fingerprint(rawValue: 7)
    exchange.ranges = .init(
      salt: 5, low: [1],
      [
        .init(high: [2], content: .fingerprint(print)), .init(high: [2, 3], content: .logs([print, print])),
        .init(high: answers.key, content: .nothing),
        .init(
          high: [],
          content: .items(
            [.init(log: answers, tips: tips, owed: 1), .init(log: hidden, tips: tips)]
              .sorted { $0.log < $1.log })),
      ])
    exchange.segments = [segments[0].bytes]
    exchange.wants = tips.map { .init(log: answers, tip: $0) }
    exchange.probes = [
      .init(log: answers, replica: segments[0].replica, places: tips.prefix(1).map { .init(seq: $0.seq, tag: $0.tag) })
    ]
    exchange.refusals = [.init(log: answers, replica: segments[0].replica, seq: 1, reason: .evidence)]
    exchange.more = true
    let mark = Exchange.Mark(arrival: 9, digest: Hashing.sha256([2]))
    exchange.history = .init(own: [mark], remembered: .init(store: StoreID(high: 2, low: 2), mark: mark))
    exchange.vouchers = .init(remembered: Array(repeating: 5, count: Segment.SignedHead.signatureByteCount))
    return exchange
  }
}
