import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// Heads, and the pieces that end on them (protocol §3, §4).
@Suite("heads and segments")
struct SegmentTests {
  @Test("a feed cut at any head comes together again, in order and out of it (promises 4, 9)")
  func cutsAnywhere() throws {
    let a = try Desk(1)
    for value in 1...12 {
      try a.write(Int64(value), to: UInt64(value % 3 + 1))
      // What is marked as sent stays a head.
      if value.isMultiple(of: 2) { try a.engine.markHeadsSent(on: 0, through: UInt32(value)) }
    }
    let whole = try a.segment(after: 0)
    #expect(a.engine.storage.heads(of: 0, after: 0, through: 12).map(\.head.seq) == [2, 4, 6, 8, 10, 12])
    // A later signature covers what an earlier one did.
    #expect(whole.heads.map(\.seq) == [12])
    for limit in stride(from: 1, through: whole.bytes.count + 64, by: 37) {
      var pieces: [Segment] = []
      var after: UInt32 = 0
      while after < 12 {
        let piece = try a.segment(after: after, byteLimit: limit)
        #expect(piece.from == after)
        after += UInt32(piece.entryCount)
        #expect(piece.heads.last?.seq == after, "a segment ends on a signed head")
        #expect(pieces.isEmpty || piece.genesis == nil)
        pieces.append(piece)
      }
      let (inOrder, backwards) = (try Desk(2), try Desk(3))
      for piece in pieces { #expect(try inOrder.take(piece).gap == false) }
      for piece in pieces.reversed() { #expect(try backwards.take(piece).gap == (piece.from > 0)) }
      for piece in pieces { try backwards.take(piece) }
      #expect(inOrder.engine.tips == a.engine.tips)
      #expect(backwards.engine.tips == a.engine.tips)
      #expect(try backwards.view() == a.view())
    }
  }

  @Test("a segment that fits its limit stays within it")
  func byteLimit() throws {
    let a = try Desk(1)
    for value in 1...30 {
      try a.write(Int64(value), to: UInt64(value))
      try a.engine.markHeadsSent(on: 0, through: UInt32(value))
    }
    for limit in [600, 1000, 2000, 4000] {
      var after: UInt32 = 0
      while after < 30 {
        let piece = try a.segment(after: after, byteLimit: limit)
        // Its preamble and record 0 come on top.
        #expect(piece.bytes.count <= limit + 320)
        after += UInt32(piece.entryCount)
      }
    }
  }

  @Test("a head that never left gives way to the next one; one that was marked as sent is kept")
  func unsentHeads() throws {
    let a = try Desk(1)
    func heads() -> [UInt32] { a.engine.storage.heads(of: 0, after: 0, through: .max).map(\.head.seq) }
    for value in 1...5 { try a.write(Int64(value)) }
    #expect(heads() == [5])
    try a.engine.markHeadsSent(on: 0, through: 5)
    for value in 6...9 { try a.write(Int64(value)) }
    #expect(heads() == [5, 9])
    // A stretch of unsigned entries does not grow without end.
    for value in 10...200 { try a.write(Int64(value)) }
    let heads = heads()
    #expect(zip(heads, heads.dropFirst()).allSatisfy { $1 - $0 <= 64 }, "\(heads)")
    #expect(heads.last == 200)
  }

  @Test("heads are sent 1,000 entries or 256 KiB apart, and commits that never left share one batch")
  func sparseHeads() throws {
    let a = try Desk(1)
    for value in 1...2100 {
      try a.write(Int64(value), to: 1)
      if value.isMultiple(of: 100) { try a.engine.markHeadsSent(on: 0, through: UInt32(value)) }
    }
    let segment = try a.segment(after: 0)
    #expect(segment.heads.map(\.seq) == [1000, 2000, 2100])
    // A batch ends where a head left, and where an unsent head is kept for its distance.
    #expect(segment.runs.count == 42)
    let b = try Desk(2)
    #expect(try b.take(segment).new == 2100)
    #expect(try b.segments() == a.segments())
  }

  @Test("a big write is cut into entries, and a head stands at least every 256 KiB of them (promise 8)")
  func bigWrite() throws {
    let a = try Desk(1)
    let chunk = Value.bytes(Array(repeating: 7, count: Entry.chunkByteLimit))
    try a.write((1...9).map { Change(Desk.register($0), chunk) })
    let segment = try a.segment(after: 0)
    #expect(segment.entryCount == 9)
    var since = 0
    guard case .plain(_, let entries)? = segment.runs.first else { return #expect(Bool(false), "one batch, one run") }
    let heads = Set(segment.heads.map(\.seq))
    for (offset, entry) in entries.enumerated() {
      since += entry.header.count + entry.values.count
      #expect(since < 512 << 10)
      if heads.contains(UInt32(offset + 1)) { since = 0 }
    }
    #expect(since == 0)
    let b = try Desk(2)
    try b.take(segment)
    #expect(try b.view() == a.view())
  }

  @Test("a write over 1,024 changes becomes several entries")
  func manyChanges() throws {
    let a = try Desk(1)
    try a.write((1...2500).map { Change(Desk.register($0), .integer(Int64($0))) })
    #expect(try a.segment(after: 0).entryCount == 3)
    let b = try Desk(2)
    try b.take(from: a)
    #expect(try b.shows(2500) == [2500])
    #expect(b.engine.waiting == 0)
  }

  @Test("a write with more dots to keep than one entry holds is spread over several")
  func manyKeptDots() throws {
    let a = try Desk(1)
    let reader = try Desk(2)
    let registers = (1...600).map { UInt64($0) }
    for number in 3...27 {
      let writer = try Desk(UInt8(number))
      try writer.write(registers.map { Change(Desk.register($0), .integer(Int64(number))) })
      try reader.take(from: writer)
    }
    try reader.write(registers.map { Change(Desk.register($0), .integer(1)) }, shownUpTo: 0)
    #expect(try reader.segment(after: 0).entryCount > 1)
    #expect(reader.engine.waiting == 0)
    #expect(try reader.shows(600).count == 26)
    try a.take(from: reader)
    #expect(try a.view() == reader.view())
  }

  @Test("a value that would not read back is refused before anything is written")
  func unencodable() throws {
    let a = try Desk(1)
    let deep = Value.list([.list([.list([.list([])])])])
    #expect(throws: AppendError.unencodable(Desk.register(1))) { try a.write([Change(Desk.register(1), deep)]) }
    let posing = Value.unknown(kind: 2, payload: [0x80, 0])
    #expect(throws: AppendError.unencodable(Desk.register(1))) { try a.write([Change(Desk.register(1), posing)]) }
    #expect(a.engine.entryCount == 0)
  }

  @Test("one change larger than an entry, one register twice, or nothing at all is refused by name (promise 8)")
  func refusals() throws {
    let a = try Desk(1)
    let large = Value.bytes(Array(repeating: 0, count: Entry.byteLimit))
    #expect(throws: AppendError.self) { try a.write([Change(Desk.register(1), large)]) }
    #expect(throws: AppendError.twice(Desk.register(1))) {
      try a.write([Change(Desk.register(1), .nothing), Change(Desk.register(1), .nothing)])
    }
    #expect(throws: AppendError.empty) { try a.write([]) }
    #expect(a.engine.entryCount == 0)
  }

  @Test("a wall clock that is nonsense does not block the feed (promise 10)", arguments: [0, 1 << 48, UInt64.max])
  func nonsenseClock(wall: UInt64) throws {
    let a = try Desk(1)
    var clock = HybridClock()
    for value in 1...3 {
      _ = try a.engine.append(
        [Change(Desk.register(1), .integer(Int64(value)))],
        by: Author(key: a.key, incarnation: a.incarnation, person: PersonID(high: 1, low: 1), shownUpTo: a.order),
        continues: nil, secret: BatchSecret(high: 1, low: 1), time: clock.tick(wallMilliseconds: wall),
        wallMilliseconds: wall)
      try a.deliver()
    }
    let b = try Desk(2)
    try b.take(from: a)
    #expect(b.engine.waiting == 0)
    #expect(try b.shows() == [3])
  }
}
