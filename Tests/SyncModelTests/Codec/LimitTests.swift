import SyncModel
import Testing

/// Every input has a limit and a clear error beyond it (promise 8), and no form but the shortest.
@Suite("limits and canonical forms")
struct LimitTests {
  private func varint(_ bytes: [UInt8]) throws(CodecError) -> UInt64 {
    var reader = ByteReader(bytes)
    let value = try reader.varint()
    try reader.finish()
    return value
  }

  @Test(
    "a varint longer than needed, or beyond 64 bits, is refused",
    arguments: [
      [0x80, 0], [0x81, 0x80, 0], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0],
    ] as [[UInt8]])
  func longVarints(bytes: [UInt8]) {
    #expect(throws: CodecError.nonCanonicalVarint(offset: 0)) { try varint(bytes) }
  }

  @Test("a store that the cursor names is named once, and not twice")
  func rememberedStore() throws {
    let store = StoreID(high: 3, low: 4)
    let mark = Exchange.Mark(arrival: 7, digest: Digest256(a: 1, b: 2, c: 3, d: 4))
    let unit = try #require(UnitPath("school"))
    var exchange = Exchange(
      hello: .init(
        school: SchoolID(high: 1, low: 1), store: StoreID(high: 2, low: 2), unit: unit, clockMilliseconds: 0),
      summary: .init(digest: Digest256(a: 0, b: 0, c: 0, d: 0), logs: 0, entries: 0, arrival: 0))
    exchange.history = .init(own: [], remembered: .init(store: store, mark: mark))
    let named = exchange.bytes
    exchange.cursor = .init(store: store, arrival: 7)
    let short = exchange.bytes
    #expect(try Exchange(bytes: short) == exchange)
    // The cursor's own part: kind, length, store, arrival.
    let cursor: [UInt8] = [3, 17] + store.bytes + [7]
    #expect(short.count == named.count + cursor.count - store.bytes.count)
    // History is the last part in both.
    #expect(throws: CodecError.self, "named again") {
      _ = try Exchange(bytes: Array(named.prefix(named.count - 53)) + cursor + Array(named.suffix(53)))
    }
    #expect(throws: CodecError.self, "nobody names it") {
      let start = short.count - 37
      _ = try Exchange(bytes: Array(short[..<(start - cursor.count)]) + Array(short[start...]))
    }
  }

  @Test("the greatest varint has ten bytes")
  func greatestVarint() throws {
    #expect(try varint(Array(repeating: 0xff, count: 9) + [1]) == .max)
  }

  private func exceeds(_ what: String, _ body: () throws -> Void) {
    do {
      try body()
      Issue.record("\(what) has no limit")
    } catch CodecError.limitExceeded(let named, _, _) {
      #expect(named == what)
    } catch {
      Issue.record("\(what): \(error)")
    }
  }

  @Test("lists nest at most three deep")
  func listDepth() throws {
    let three = Value.list([.list([.list([])])])
    #expect(try Value(bytes: three.bytes) == three)
    exceeds("list depth") { _ = try Value(bytes: Value.list([three]).bytes) }
  }

  @Test("a value is at most an entry long")
  func valueLimit() throws {
    let largest = Value.bytes(Array(repeating: 0, count: Entry.byteLimit))
    #expect(try Value(bytes: largest.bytes) == largest)
    exceeds("value") { _ = try Value(bytes: Value.bytes(Array(repeating: 0, count: Entry.byteLimit + 1)).bytes) }
  }

  @Test("a decimal has at most six places and no zeros at its end")
  func decimals() {
    #expect(FixedDecimal(mantissa: 1, scale: 7) == nil)
    for payload in [[2, 7], [20, 1], [0, 1]] as [[UInt8]] {
      #expect(throws: CodecError.self) { try Value(bytes: [3, UInt8(payload.count)] + payload) }
    }
  }

  @Test("every day of the calendar's range has one number, and none outside it has any")
  func dates() throws {
    let (first, last) = (
      try #require(CalendarDate(year: 1900, month: 1, day: 1)),
      try #require(CalendarDate(year: 2999, month: 12, day: 31))
    )
    var previous: CalendarDate?
    for day in first.daysSinceEpoch...last.daysSinceEpoch {
      let date = try #require(CalendarDate(daysSinceEpoch: day), "day \(day)")
      guard date.daysSinceEpoch == day, previous.map({ $0 < date }) ?? true else {
        Issue.record("day \(day) is \(date)")
        return
      }
      previous = date
    }
    #expect(previous == last)
    #expect(CalendarDate(daysSinceEpoch: first.daysSinceEpoch - 1) == nil)
    #expect(CalendarDate(daysSinceEpoch: last.daysSinceEpoch + 1) == nil)
  }

  private func header(
    context: [EntryHeader.ContextTip] = [], changes: Int = 1, kept: [EntryHeader.KeptDot] = [],
    milliseconds: UInt64 = 1, raw: Int64? = nil
  ) -> [UInt8] {
    EntryHeader(
      time: .init(milliseconds: milliseconds, counter: 0, rawOffsetMilliseconds: raw), context: context,
      person: .new(PersonID(high: 1, low: 1)),
      changes: (0..<changes).map {
        .init(
          register: .new(RegisterName(.answer, SubjectID(high: 1, low: 1), part: UInt64($0 + 1), Field(rawValue: 1))),
          kept: kept)
      }
    ).bytes
  }

  @Test("a header's limits: 1,024 changes, 4,096 places, 4,096 kept dots a change, the clock's range")
  func headers() throws {
    let none = FeedNameCounts()
    #expect(try EntryHeader(bytes: header(changes: Entry.changeLimit), after: none).changes.count == Entry.changeLimit)
    exceeds("changes") { _ = try EntryHeader(bytes: header(changes: Entry.changeLimit + 1), after: none) }
    func tips(_ count: Int) -> [EntryHeader.ContextTip] {
      (0..<count).map {
        .init(replica: .new(ReplicaID(high: 0, low: UInt64($0))), seq: 1, tag: ChainTag(rawValue: 0))
      }
    }
    #expect(try EntryHeader(bytes: header(context: tips(Entry.contextLimit)), after: none).context.count == 4096)
    exceeds("context") { _ = try EntryHeader(bytes: header(context: tips(Entry.contextLimit + 1)), after: none) }
    func kept(_ count: Int) -> [EntryHeader.KeptDot] {
      (0..<count).map { .init(replica: nil, seq: UInt32($0 + 1), tag: nil) }
    }
    #expect(try EntryHeader(bytes: header(kept: kept(Entry.keptLimit)), after: none).changes[0].kept.count == 4096)
    exceeds("kept dots") { _ = try EntryHeader(bytes: header(kept: kept(Entry.keptLimit + 1)), after: none) }
    #expect(throws: CodecError.self) {
      try EntryHeader(bytes: header(milliseconds: HybridTime.millisecondLimit + 1), after: none)
    }
    #expect(throws: CodecError.self) { try EntryHeader(bytes: header(changes: 0), after: none) }
    #expect(throws: CodecError.self) { try EntryHeader(bytes: header(raw: 60_000), after: none) }
    #expect(throws: CodecError.self) { try EntryHeader(bytes: header(raw: .min), after: none) }
  }

  @Test("unknown flags and versions say that a newer version is needed")
  func newerVersions() {
    func newer(_ body: () throws -> Void) {
      do {
        try body()
        Issue.record("read what it cannot know")
      } catch CodecError.needsNewerVersion {
      } catch { Issue.record("\(error)") }
    }
    newer { _ = try EntryHeader(bytes: [4, 1, 0, 0], after: FeedNameCounts()) }
    newer { _ = try Segment(bytes: [2]) }
    newer { _ = try Exchange(bytes: [2]) }
    newer { _ = try FeedGenesis(bytes: [2]) }
    newer { _ = try FeedGenesis(bytes: [1, 2]) }
    newer { _ = try Template(bytes: [3]) }
    newer { _ = try RegisterName(bytes: [4]) }
  }

  @Test("a path has 1–8 segments of 1–64 bytes, without blanks, control characters or slashes, however hidden")
  func paths() throws {
    #expect(UnitPath(Array(repeating: "a", count: 8).joined(separator: "/")) != nil)
    #expect(UnitPath(Array(repeating: "a", count: 9).joined(separator: "/")) == nil)
    #expect(UnitPath(String(repeating: "a", count: 64)) != nil)
    #expect(UnitPath(String(repeating: "a", count: 65)) == nil)
    for text in ["", "a//b", "/a", "a/", "a b", "a\u{3000}b", "a\tb", "a\u{85}b", "a\u{90}b", "a\0b"] {
      #expect(UnitPath(text) == nil, "\(text.debugDescription)")
    }
    // A combining mark makes one character of itself and the slash before it.
    #expect(UnitPath("a/\u{301}b")?.depth == 2)
    #expect(throws: CodecError.self) { try UnitPath(key: Array("a/\u{301}b".utf8) + [0]) }
    for key in [[], [0], Array("a".utf8), Array("a".utf8) + [0, 0], [0xff, 0]] as [[UInt8]] {
      #expect(throws: CodecError.self) { try UnitPath(key: key) }
    }
  }

  @Test("logs order as their keys do")
  func logOrder() {
    var samples = Samples(seed: 9)
    for _ in 0..<500 {
      let (left, right) = (samples.log(), samples.log())
      #expect((left < right) == left.key.lexicographicallyPrecedes(right.key))
    }
  }

  @Test("record 0, a frame and a segment's counts are bounded")
  func bounds() throws {
    var samples = Samples(seed: 10)
    let exchange = samples.exchange()
    exceeds("frame") { _ = try Exchange(bytes: exchange.bytes, frameByteLimit: exchange.bytes.count - 1) }
    var segment = samples.segment()
    segment.from = 0
    segment.genesis = Array(repeating: 0, count: FeedGenesis.byteLimit + 1)
    exceeds("record 0") { _ = try Segment(bytes: segment.bytes) }
    segment = samples.segment()
    segment.runs = [.plain(secret: BatchSecret(high: 0, low: 0), entries: [])]
    #expect(throws: CodecError.self) { try Segment(bytes: segment.bytes) }
    // A hostile count claims more than the input could hold.
    segment.runs = []
    #expect(throws: CodecError.self) { try Segment(bytes: segment.bytes) }
    let entry = Segment.PlainEntry(header: [], values: [])
    segment.runs = Array(
      repeating: .plain(secret: BatchSecret(high: 0, low: 0), entries: Array(repeating: entry, count: 32_768)), count: 3
    )
    exceeds("entries") { _ = try Segment(bytes: segment.bytes) }
    segment.runs = [.plain(secret: BatchSecret(high: 0, low: 0), entries: [entry])]
    segment.from = .max
    segment.heads = []
    #expect(throws: CodecError.self) { try Segment(bytes: segment.bytes) }
  }

  @Test("a message has one form: no empty parts, tips ascending, replicas introduced once, probes descending")
  func exchangeForms() throws {
    var samples = Samples(seed: 11)
    var exchange = Exchange(
      hello: .init(
        school: samples.id(), store: samples.id(), unit: samples.log().unit, clockMilliseconds: 1),
      summary: .init(digest: samples.digest(), logs: 0, entries: 0, arrival: 0))
    let bare = exchange.bytes
    #expect(try Exchange(bytes: bare) == exchange)
    for part in 6...9 as ClosedRange<UInt8> {
      #expect(throws: CodecError.self) { try Exchange(bytes: bare + [part, 1, 0]) }
    }
    #expect(throws: CodecError.self) { try Exchange(bytes: bare + [10, 1, 0]) }
    #expect(try Exchange(bytes: bare + [99, 2, 7, 7]) == exchange, "an unknown part is skipped")
    #expect(throws: CodecError.self) { try Exchange(bytes: bare + [99, 0, 99, 0]) }
    let tips = [1, 2].map { Tip(replica: ReplicaID(high: 1, low: 1), seq: $0, tag: ChainTag(rawValue: 0)) }
    exchange.ranges = .init(
      salt: 1, [.init(high: [], content: .items([.init(log: samples.log(), tips: tips.reversed())]))])
    #expect(throws: CodecError.self) { try Exchange(bytes: exchange.bytes) }
    exchange.ranges = nil
    exchange.probes = [
      .init(
        log: samples.log(), replica: samples.id(),
        places: [1, 2].map { .init(seq: $0, tag: ChainTag(rawValue: 0)) })
    ]
    #expect(throws: CodecError.self) { try Exchange(bytes: exchange.bytes) }
    exchange.probes[0].places = (0...Exchange.Probe.placeLimit).reversed().map {
      .init(seq: UInt32($0), tag: ChainTag(rawValue: 0))
    }
    exceeds("places") { _ = try Exchange(bytes: exchange.bytes) }
  }
}
