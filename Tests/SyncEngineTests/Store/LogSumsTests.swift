import SyncModel
import SyncTesting
import Testing

@testable import SyncEngine

/// Sums kept beside the logs against sums over all logs (promises 1 and 8).
@Suite struct LogSumsTests {
  private let school: TestSchool
  private let office: Office

  init() throws {
    school = try TestSchool()
    office = try school.found()
  }

  private func digest(_ generator: inout SeededGenerator) -> Digest256 {
    // Carries over all words happen with numbers near the end.
    let near = generator.chance(percent: 20)
    return Digest256(
      a: near ? .max : generator.next(), b: near ? .max : generator.next(), c: near ? .max : generator.next(),
      d: generator.next())
  }

  private func log(_ generator: inout SeededGenerator, of count: Int) throws -> LogID {
    let path = "school/\(generator.below(7))/u\(generator.below(count))"
    let channel = Channel.allCases[generator.below(Channel.allCases.count)]
    return LogID(try #require(UnitPath(path)), channel)
  }

  private func set(_ log: LogID, _ item: Digest256, entries: Int, _ transaction: StoreTransaction) throws {
    try transaction.connection.run(
      "INSERT OR IGNORE INTO log (key, channel, digest, entries, waiting) VALUES (?, ?, ?, 0, 0)",
      [.blob(log.key), SQLValue(log.channel.rawValue), .blob(item.bytes)])
    let row = try #require(try transaction.rowID(of: log))
    try transaction.note(log, row: row, becomes: item, entries: entries)
    try transaction.connection.run(
      "UPDATE log SET digest = ?, entries = ? WHERE id = ?", [.blob(item.bytes), SQLValue(entries), .integer(row)])
  }

  private func naive(
    _ logs: [LogSummary], _ channels: ChannelSet, _ range: Exchange.KeyRange
  ) -> LogTotal {
    logs.filter { $0.entries > 0 && channels.contains($0.log.channel) && range.contains($0.log.key) }
      .reduce(into: .zero) { $0 += LogTotal(item: $1.digest, entries: $1.entries) }
  }

  private func rows(_ snapshot: StoreSnapshot) throws -> [[SQLValue]] {
    try snapshot.connection.rows("SELECT level, key, totals FROM log_sum ORDER BY level, key")
  }

  @Test("sums over any range are those over its logs, after any inserts, changes and removals", arguments: 1...4)
  func maintained(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    // What once divided a row goes on doing so when it is gone.
    let removes = seed.isMultiple(of: 2)
    for batch in 0..<8 {
      try office.workspace.store.write(wallMilliseconds: 0) { transaction in
        for _ in 0..<(batch == 0 ? 600 : generator.below(80)) {
          let entries = removes && generator.chance(percent: 10) ? 0 : generator.int(in: 1...9)
          try set(try log(&generator, of: 200), digest(&generator), entries: entries, transaction)
          if generator.chance(percent: 2) { _ = try transaction.sums() }
        }
      }
      try office.workspace.store.read { snapshot in
        let logs = try snapshot.logs()
        let sums = try snapshot.sums()
        for _ in 0..<60 {
          let channels = ChannelSet(rawValue: UInt8(generator.int(in: 1...15)))
          let ends = try [log(&generator, of: 220).key, log(&generator, of: 220).key]
            .sorted { $0.lexicographicallyPrecedes($1) }
          let range = Exchange.KeyRange(
            low: generator.chance(percent: 15) ? [] : ends[0], high: generator.chance(percent: 15) ? [] : ends[1])
          #expect(try sums.total(of: channels, in: range) == naive(logs, channels, range), "seed \(seed)")
        }
        #expect(try sums.total(of: .all, in: .all) == naive(logs, .all, .all))
      }
    }
    // Nothing of it depends on the way: the rows are those that are made in one go.
    guard !removes else { return }
    try office.workspace.store.write(wallMilliseconds: 0) { transaction in
      let before = try rows(transaction)
      try LogSums(connection: transaction.connection).rebuild()
      #expect(before.count > 50)
      #expect(try rows(transaction) == before)
    }
  }

  @Test("a long range is cut into ranges of like size whose sums add up, with bounds that part two logs")
  func split() throws {
    var generator = SeededGenerator(seed: 9)
    try office.workspace.store.write(wallMilliseconds: 0) { transaction in
      for number in 0..<3000 {
        let unit = try #require(UnitPath("school/c\(number % 9)/unit-\(number)"))
        try set(
          LogID(unit, number.isMultiple(of: 2) ? .notices : .answers), digest(&generator), entries: 1, transaction)
      }
    }
    try office.workspace.store.read { snapshot in
      let view = try snapshot.frontier(with: office.identity.unit)
      let logs = try snapshot.logs()
      for range in [Exchange.KeyRange.all, .init(low: Array("school\0c2".utf8), high: Array("school\0c5".utf8))] {
        let total = try view.total(in: range)
        let parts = try view.split(range, holding: total, into: 32)
        #expect((20...44).contains(parts.count))
        #expect(parts.last?.high == range.high)
        var low = range.low
        for part in parts {
          let piece = Exchange.KeyRange(low: low, high: part.high)
          #expect(part.total == naive(logs, .all, piece))
          #expect(part.total.logs < 4 * total.logs / 32)
          low = part.high
        }
      }
    }
  }

  @Test("what one transaction wrote and another process asks is told from the database, not from memory (promise 1)")
  func otherProcess() throws {
    let path = office.workspace.folder + "/workspace.db"
    let other = try LogStore(path: path)
    func digest(_ store: LogStore) throws -> Digest256 {
      try store.read { try $0.frontier(with: office.identity.unit).whole.scopeDigest }
    }
    #expect(try digest(other) == digest(office.workspace.store))
    _ = try office.at(school.now()).addUnit("school/cs", name: "计算机学院党总支", kind: .committee, type: nil)
    let after = try digest(office.workspace.store)
    #expect(try digest(other) == after)
    #expect(
      try other.read {
        FrontierDigest.scope(Dictionary(uniqueKeysWithValues: try $0.logs().map { ($0.log, $0.digest) }))
      } == after)
    struct Undone: Error {}
    #expect(throws: Undone.self) {
      try other.write(wallMilliseconds: 0) { transaction in
        try set(LogID(office.identity.unit, .answers), Digest256(a: 1, b: 2, c: 3, d: 4), entries: 3, transaction)
        #expect(try transaction.frontier(with: office.identity.unit).whole.scopeDigest != after)
        throw Undone()
      }
    }
    #expect(try digest(other) == after)
  }

  @Test("adding and taking away are inverse, over every carry")
  func arithmetic() {
    var generator = SeededGenerator(seed: 3)
    var total = LogTotal.zero
    let items = (0..<200).map { _ in LogTotal(item: digest(&generator), entries: generator.below(100)) }
    for item in items { total += item }
    for item in items.reversed() { total -= item }
    #expect(total == .zero)
    let one = Digest256(a: 0, b: 0, c: 0, d: 1)
    let last = Digest256(a: .max, b: .max, c: .max, d: .max)
    #expect(last &+ one == Digest256(a: 0, b: 0, c: 0, d: 0))
    #expect(Digest256(a: 0, b: 0, c: 0, d: 0) &- one == last)
    #expect(Digest256(a: 1, b: 0, c: 0, d: 0) &- one == Digest256(a: 0, b: .max, c: .max, d: .max))
  }
}
