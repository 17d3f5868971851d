import SyncModel
import Testing

@testable import SyncEngine

/// Feeds that do not count, or that some replica has no room for, hold up nobody who saw them (promises 1, 2 and 7).
@Suite struct RoomTests {
  @Test("a write cites what counts: whoever was never given the rest need not wait for it")
  func citesWhatCounts() throws {
    let (author, stopped, reader) = (try Desk(1), try Desk(2), try Desk(3))
    try stopped.write(5)
    author.standing[stopped.replica] = .invalid
    try author.take(from: stopped)
    try author.write(7)
    try reader.take(author.segment(after: 0))
    #expect(reader.engine.waiting == 0)
    #expect(try reader.shows() == [7])
    // Who wrote without seeing it superseded nothing: where it counts after all, both stand.
    author.standing[stopped.replica] = .valid
    try author.deliver()
    try reader.take(from: stopped)
    #expect(try author.shows() == [5, 7])
    #expect(try author.view() == reader.view())
  }

  @Test("of a feed that counts up to a place, that place is cited")
  func citesUpToTheCut() throws {
    let (author, stopped, reader) = (try Desk(1), try Desk(2), try Desk(3))
    try stopped.write(5)
    let counting = try stopped.segment(after: 0)
    try stopped.write(6)
    for desk in [author, reader] { desk.cut[stopped.replica] = 1 }
    try author.take(from: stopped)
    try author.write(7)
    try reader.take(counting)
    try reader.take(author.segment(after: 0))
    #expect(reader.engine.waiting == 0)
    #expect(try reader.shows() == [7])
    #expect(try author.view() == reader.view())
  }

  @Test("what cites a feed that was refused goes on without it, and is worked out again once it comes")
  func refusedFeed() throws {
    let (author, crowded, other) = (try Desk(1), try Desk(2), try Desk(3))
    try other.write(5, to: 1)
    try author.take(from: other)
    try author.write(7, to: 1)
    try author.write(8, to: 2)
    try crowded.take(author.segment(after: 0))
    #expect(crowded.engine.waiting == 2)
    #expect(try !crowded.engine.noteRefusal(of: crowded.replica), "nobody waits for it: nothing is remembered")
    #expect(try crowded.engine.noteRefusal(of: other.replica))
    try crowded.deliver()
    #expect(try crowded.shows(1) == [7] && crowded.shows(2) == [8])
    // Also after the store was closed in between.
    let again = try crowded.cloned()
    for desk in [crowded, again] {
      try desk.take(from: other)
      #expect(try desk.view() == author.view())
    }
    #expect(again.engine.storage.refusedFeeds().isEmpty)
  }

  @Test("a feed that counts again is waited for by what had gone on without it", arguments: [true, false])
  func countsAgain(closed: Bool) throws {
    let (author, stopped) = (try Desk(1), try Desk(2))
    for number in 1...5 { try stopped.write(Int64(number)) }
    let first = try stopped.segment(after: 0)
    for number in 6...8 { try stopped.write(Int64(number)) }
    let rest = try stopped.segment(after: 5)
    try author.take(from: stopped)
    try author.write(9)

    var reader = try Desk(3)
    try reader.take(first)
    reader.cut[stopped.replica] = 5
    try reader.take(author.segment(after: 0))
    #expect(try reader.shows() == [9])
    if closed { reader = try reader.cloned() }
    reader.cut[stopped.replica] = nil
    try reader.deliver()
    try reader.take(rest)
    #expect(try reader.shows() == [9])
    #expect(try reader.view() == author.view())
  }

  @Test("one device begins so many feeds in a log, and goes on with those it has")
  func feedLimit() throws {
    let (restless, reader) = (try Desk(1), try Desk(2))
    for number in 1...LogEngine<MemoryLog>.feedLimit {
      restless.drawIncarnation(UInt64(number), continuing: nil)
      try restless.write([Change(Desk.register(1), .integer(1))], deliver: false)
    }
    try restless.deliver()
    for segment in try restless.segments() { _ = try reader.engine.ingest(segment, receivedMilliseconds: 0) }
    try reader.deliver()

    let more = try Desk(1)
    more.drawIncarnation(0, continuing: nil)
    try more.write(2)
    #expect(throws: IngestError.waitingRoomFull) { try reader.take(from: more) }
    try restless.write(3)
    try reader.take(restless.segment(after: 1))
    #expect(try reader.shows() == [3])
    restless.drawIncarnation(0, continuing: nil)
    #expect(throws: AppendError.tooManyFeeds) { try restless.write(4) }
    // Others write on, and a fork counts like a feed.
    try reader.write(5)
    let fork = try Desk(1)
    fork.drawIncarnation(7, continuing: nil)
    try fork.write(6, to: 2)
    #expect(throws: IngestError.waitingRoomFull) { try reader.take(from: fork) }
  }

  @Test("a feed that begins with what is in view does not wait")
  func startsInView() throws {
    let (author, reader, other) = (try Desk(1), try Desk(2), try Desk(3))
    try other.write(5)
    #expect(try reader.engine.startsInView(other.segment(after: 0)))
    try author.take(from: other)
    try author.write(7)
    #expect(try !reader.engine.startsInView(author.segment(after: 0)))
    try reader.take(from: other)
    #expect(try reader.engine.startsInView(author.segment(after: 0)))
  }
}
