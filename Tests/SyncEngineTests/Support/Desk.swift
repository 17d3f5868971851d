import SyncEngine
import SyncModel
import SyncTesting
import Testing

/// One device at one log, for tests that tell a story: it writes, sends and shows.
final class Desk {
  static let school = SchoolID(high: 0x5c40_0150_0000_0001, low: 0x0000_0000_0000_0002)

  let engine: LogEngine<MemoryLog>
  let key: DeviceKey
  var incarnation: Incarnation
  var continues: FeedPlace?
  var order: UInt64 = 0
  /// By replica; those not named are valid.
  var standing: [ReplicaID: Strand.Standing] = [:]
  /// By replica: how far it counts and is waited for; those not named without end.
  var cut: [ReplicaID: UInt32] = [:]
  private var clock = ManualClock()
  private var writes: UInt64 = 0

  /// - Parameter holdsKey: an `internal` log is read and written with ``sealingKeyBytes``; relayed blindly without.
  init(
    _ number: UInt8, channel: Channel = .answers, holdsKey: Bool = true, storage: MemoryLog = MemoryLog()
  ) throws {
    let unit = try #require(UnitPath("school/cs/b1"))
    engine = try LogEngine(school: Self.school, log: LogID(unit, channel), storage: storage)
    if channel == .internal, holdsKey {
      let sealingKey = try #require(SealingKey(epoch: 1, bytes: Self.sealingKeyBytes))
      engine.sealing = Sealing(writing: sealingKey)
    }
    key = try #require(DeviceKey(seed: (0..<32).map { $0 ^ number }))
    incarnation = Incarnation(high: UInt64(number), low: 1)
  }

  static let sealingKeyBytes = Array(repeating: UInt8(7), count: SealingKey.byteCount)

  private init(copying other: Desk) throws {
    try other.engine.flush()
    engine = try LogEngine(school: Self.school, log: other.engine.log, storage: other.engine.storage.copy())
    engine.sealing = other.engine.sealing
    key = other.key
    incarnation = other.incarnation
    continues = other.continues
    order = other.order
    standing = other.standing
    cut = other.cut
    clock = other.clock
    writes = other.writes
  }

  /// The same disk somewhere else, the same key in it.
  func cloned() throws -> Desk { try Desk(copying: self) }

  /// The past is in doubt: a new feed that goes on from `place`.
  func drawIncarnation(_ low: UInt64, continuing place: FeedPlace?) {
    incarnation = Incarnation(high: incarnation.high, low: low)
    continues = place
  }

  var replica: ReplicaID {
    ReplicaID(school: Self.school, deviceKey: key.publicKey, incarnation: incarnation)
  }

  static func register(_ part: UInt64) -> RegisterName {
    RegisterName(.answer, SubjectID(high: 1, low: 2), part: part, Field(rawValue: 2))
  }

  /// Writes numbers; the author was shown everything unless a mark says otherwise.
  @discardableResult
  func write(_ value: Int64, to parts: UInt64..., shownUpTo: UInt64? = nil) throws -> FeedPlace {
    try write((parts.isEmpty ? [1] : parts).map { Change(Self.register($0), .integer(value)) }, shownUpTo: shownUpTo)
  }

  @discardableResult
  func write(
    _ changes: [Change], shownUpTo: UInt64? = nil, person: UInt64? = nil, deliver: Bool = true,
    secret: BatchSecret? = nil
  ) throws -> FeedPlace {
    clock.advance(byMilliseconds: 1000)
    writes += 1
    let place = try engine.append(
      changes,
      by: Author(
        key: key, incarnation: incarnation, person: PersonID(high: 9, low: person ?? UInt64(key.publicKey[0])),
        shownUpTo: shownUpTo ?? order),
      continues: continues,
      secret: secret ?? BatchSecret(high: incarnation.high << 8 | incarnation.low, low: writes),
      time: HybridTime(milliseconds: clock.milliseconds, counter: 0), wallMilliseconds: clock.milliseconds)
    if deliver { try self.deliver() }
    return place
  }

  func deliver() throws {
    order += 1
    try engine.deliver(order: order) { _, strand in
      let end = cut[strand.replica] ?? .max
      return Strand.Authority(standing[strand.replica] ?? .valid, validThrough: end, dependableThrough: end)
    }
    try engine.flush()
  }

  @discardableResult
  func take(_ segment: Segment) throws -> Ingested {
    let result = try engine.ingest(try Segment(bytes: segment.bytes), receivedMilliseconds: clock.milliseconds)
    try deliver()
    return result
  }

  /// Everything that `other` holds.
  func take(from other: Desk) throws {
    for segment in try other.segments() { try take(segment) }
  }

  /// What leads to the end of each strand, from its start.
  func segments() throws -> [Segment] {
    try engine.strands.indices.compactMap { try engine.segment(on: $0, after: 0, byteLimit: 1 << 22) }
  }

  /// The piece of the own feed after `from`.
  func segment(after from: UInt32, byteLimit: Int = 1 << 22) throws -> Segment {
    let strand = try #require(engine.ownStrand(replica))
    return try #require(try engine.segment(on: strand, after: from, byteLimit: byteLimit))
  }

  /// The numbers that stand in a register, ascending.
  func shows(_ part: UInt64 = 1) throws -> [Int64] {
    try siblings(part).compactMap { sibling in
      guard sibling.valid, case .value(let bytes) = sibling.content else { return nil }
      return try Value(bytes: bytes).integerValue
    }.sorted()
  }

  func siblings(_ part: UInt64 = 1) -> [Sibling] {
    engine.storage.view[Self.register(part)]?.all ?? []
  }

  /// What others can tell of this desk's view: places and contents, no local numbers.
  func view() throws -> [RegisterName: Set<Shown>] {
    var view: [RegisterName: Set<Shown>] = [:]
    for (register, siblings) in engine.storage.view {
      for sibling in siblings.all where sibling.valid {
        let tip = try #require(try engine.tip(sibling.dot))
        view[register, default: []].insert(Shown(tip: tip, content: sibling.content, time: sibling.time))
      }
    }
    return view
  }

  struct Shown: Hashable {
    var tip: Tip
    var content: Sibling.Content
    var time: HybridTime
  }
}
