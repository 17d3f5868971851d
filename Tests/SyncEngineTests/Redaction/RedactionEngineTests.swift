import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// What redactions and missing values do inside one log.
@Suite("redacted and owed values")
struct RedactionEngineTests {
  private func text(_ part: UInt64, _ text: String) -> Change { Change(Desk.register(part), .text(text)) }

  private func target(_ desk: Desk, _ place: FeedPlace, _ change: UInt16 = 0) -> RedactionTarget {
    RedactionTarget(log: desk.engine.log, place: place, change: change)
  }

  private func inForce(_ targets: RedactionTarget...) -> RedactionsInForce {
    targets.reduce(into: [:]) { $0[$1.place, default: []].insert($1.change) }
  }

  private func holds(_ desk: Desk, _ bytes: [UInt8]) -> Bool {
    desk.engine.storage.contents.contains { $0.contains(bytes) }
  }

  /// 1,030 values in one batch of two entries.
  private func batch(_ desk: Desk, secret: BatchSecret) throws -> FeedPlace {
    try desk.write((0..<1030).map { text($0 + 1, "第\($0)个值") }, secret: secret)
  }

  private func place(_ desk: Desk, seq: UInt32) throws -> FeedPlace {
    FeedPlace(
      replica: desk.replica, seq: seq, hash: try #require(desk.engine.storage.hash(of: Dot(strand: 0, seq: seq))))
  }

  @Test("the whole batch loses its secret, its other values and the chain stay as they were")
  func wholeBatch() throws {
    let desk = try Desk(1)
    let secret = BatchSecret(high: 77, low: 88)
    let first = try batch(desk, secret: secret)
    try desk.engine.markHeadsSent(on: 0, through: first.seq)
    try desk.write([text(1, "另一批")])
    let (segments, tips) = (try desk.segments(), desk.engine.tips)
    try desk.engine.reconcile(inForce(target(desk, try place(desk, seq: 1), 5)))
    try desk.engine.flush()
    #expect(!holds(desk, Array("第5个值".utf8)) && !holds(desk, secret.bytes))
    #expect(holds(desk, Array("第6个值".utf8)) && holds(desk, Array("第1029个值".utf8)))
    #expect(desk.engine.tips == tips && desk.engine.hasErased)
    let redacted = try desk.segments()
    #expect(redacted[0].heads == segments[0].heads)
    guard redacted[0].runs.count == 2, case .explicit(let entries) = redacted[0].runs[0],
      case .plain = redacted[0].runs[1]
    else {
      Issue.record("the batch is one explicit run, the next one as written")
      return
    }
    #expect(entries.count == 2)
    let fresh = try Desk(9)
    #expect(try fresh.take(redacted[0]).new == 3)
    #expect(try fresh.engine.owed == [OwedDot(replica: desk.replica, seq: 1, change: 5)])
  }

  @Test("a batch that came in pieces keeps no secret in any of them, in whichever order and form they come")
  func pieces() throws {
    let secret = BatchSecret(high: 77, low: 88)
    let desk = try Desk(1)
    // Six entries of one batch, two under each head; all that the middle piece holds is redacted.
    try desk.write((0..<6).map { text($0 + 1, String(repeating: "第\($0)个值", count: 20_000)) }, secret: secret)
    let named = inForce(target(desk, try place(desk, seq: 3)), target(desk, try place(desk, seq: 4)))
    let gone = [Array("第2个值".utf8), Array("第3个值".utf8)]
    let starts: [UInt32] = [0, 2, 4]
    let whole = try starts.map { try desk.segment(after: $0, byteLimit: 1) }
    try #require(whole.map(\.entryCount) == [2, 2, 2])
    let redacting = try desk.cloned()
    try redacting.engine.reconcile(named)
    let opened = try starts.map { try redacting.segment(after: $0, byteLimit: 1) }
    for forms in 0..<8 {
      let receiver = try Desk(9)
      for piece in 0..<3 { try receiver.take(forms >> piece & 1 == 0 ? whole[piece] : opened[piece]) }
      if forms >> 1 & 1 == 1 { #expect(!holds(receiver, secret.bytes), "\(forms)") }
      try receiver.engine.reconcile(named)
      try receiver.engine.flush()
      #expect(!holds(receiver, secret.bytes) && !gone.contains { holds(receiver, $0) }, "\(forms)")
      #expect(try receiver.engine.owed.isEmpty)
      let knowing = try Desk(9)
      try knowing.engine.reconcile(named)
      for piece in 0..<3 {
        try knowing.take(forms >> piece & 1 == 0 ? whole[piece] : opened[piece])
        #expect(!gone.contains { holds(knowing, $0) }, "a value came to the disk that was known to be redacted")
      }
      #expect(!holds(knowing, secret.bytes), "\(forms)")
      #expect(knowing.engine.tips == receiver.engine.tips)
    }
  }

  @Test("a value that comes after it was owed counts as unseen, whatever was on the screen before (promise 2)")
  func filledIsUnseen() throws {
    let (author, reader) = (try Desk(1), try Desk(2))
    try author.write([text(1, "甲")])
    let whole = try author.segment(after: 0)
    try reader.take(whole.stripped { _, _ in true })
    #expect(try reader.engine.owed.count == 1)
    let seen = reader.order
    try reader.write([text(1, "乙")])
    #expect(reader.siblings().count == 2, "what is owed was not shown and is kept")
    #expect(try reader.take(whole).filled == 1)
    #expect(try reader.engine.owed.isEmpty)
    // Shown up to before the value came: it still counts as new.
    try reader.write([text(1, "丙")], shownUpTo: seen)
    #expect(reader.siblings().count == 2)
    try reader.write([text(1, "丁")])
    #expect(reader.siblings().count == 1)
  }

  @Test("only the value of the digest fills a gap, and a second copy fills nothing")
  func wrongValue() throws {
    let (author, other, reader) = (try Desk(1), try Desk(1), try Desk(2))
    try author.write([text(1, "真"), text(2, "实")])
    try other.write([text(1, "假"), text(2, "实")])
    let whole = try author.segment(after: 0)
    try reader.take(whole.stripped { _, change in change == 0 })
    let before = reader.engine.storage.contents
    var forged = whole
    forged.runs = try other.segment(after: 0).runs
    #expect(throws: IngestError.self) { try reader.take(forged) }
    #expect(reader.engine.storage.contents == before)
    #expect(try reader.take(whole).filled == 1)
    #expect(try reader.take(whole).filled == 0)
    #expect(reader.siblings(1).map(\.content) == author.siblings(1).map(\.content))
  }

  @Test("authority and redactions themselves cannot be redacted, applied or still waiting (promise 7)")
  func protected() throws {
    let names: [(RegisterName, Bool)] = [
      (RegisterName(.device, SubjectID(high: 1, low: 1), .enrolment), false),
      (RegisterName(.unit, SubjectID(high: 1, low: 1), .unitStatus), false),
      (RegisterName(.invitation, SubjectID(high: 1, low: 1), .invitationTerms), false),
      (RegisterName(.redaction, SubjectID(high: 1, low: 1), .redactionTarget), false),
      (RegisterName(.redaction, SubjectID(high: 1, low: 1), .redactionReason), true),
      (RegisterName(.person, SubjectID(high: 1, low: 1), .personName), true),
    ]
    for (name, goes) in names {
      for standing in [Strand.Standing.valid, .unknown, .invalid] {
        for early in [true, false] {
          let (author, reader) = (try Desk(1, channel: .notices), try Desk(2, channel: .notices))
          reader.standing[author.replica] = standing
          // The register's name is introduced by an entry before the one that is redacted.
          try author.write([Change(name, .text("前"))])
          let place = try author.write([Change(name, .text("内容"))])
          let named = inForce(target(author, place))
          if early { try reader.engine.reconcile(named) }
          try reader.take(from: author)
          try reader.engine.reconcile(named)
          try reader.engine.flush()
          #expect(holds(reader, Array("内容".utf8)) == !goes, "\(name) \(standing) \(early)")
        }
      }
    }
  }

  @Test("a redaction's value says what it names, and nothing else passes for one")
  func targets() throws {
    let target = RedactionTarget(
      log: LogID(try #require(UnitPath("school/cs")), .answers),
      place: FeedPlace(replica: ReplicaID(high: 1, low: 2), seq: 7, hash: Digest256(a: 1, b: 2, c: 3, d: 4)), change: 3)
    #expect(RedactionTarget(target.value) == target)
    guard case .list(let parts) = target.value else {
      Issue.record("a list")
      return
    }
    #expect(RedactionTarget(.list(parts + [.choice(1)])) == target, "a newer version may say more")
    for index in parts.indices {
      var wrong = parts
      wrong[index] = .text("x")
      #expect(RedactionTarget(.list(wrong)) == nil)
      #expect(RedactionTarget(.list(Array(parts[..<index]))) == nil)
    }
    for seq in [0, -1, Int64(UInt32.max) + 1] {
      var wrong = parts
      wrong[2] = .integer(seq)
      #expect(RedactionTarget(.list(wrong)) == nil)
    }
    var other = parts
    other[4] = .integer(4)
    #expect(RedactionTarget(.list(other))?.subject != target.subject)
  }
}
