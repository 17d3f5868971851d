import SyncEngine
import SyncModel

/// Who writes a plan's edits, and where: keys, incarnations and people, all from the plan's seed.
public struct EditedSchool: Sendable {
  public let school: SchoolID
  public let seed: UInt64
  /// All units stand below this one.
  public let committee: UnitPath
  /// A device above all units that writes in all their logs; nil where each unit has devices of its own.
  public let soleWriter: DeviceKey?

  public init(school: SchoolID, committee: UnitPath, seed: UInt64, soleWriter: DeviceKey? = nil) {
    self.school = school
    self.committee = committee
    self.seed = seed
    self.soleWriter = soleWriter
  }

  public func unit(_ number: Int) -> UnitPath {
    let digits = String(number)
    let name = "b" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    guard let path = UnitPath("\(committee)/\(name)") else { preconditionFailure("a well-formed path") }
    return path
  }

  public func log(_ unit: Int) -> LogID { LogID(self.unit(unit), .answers) }

  /// One writer: a device with the person at it.
  public struct Writer: Sendable {
    public var key: DeviceKey
    public var incarnation: Incarnation
    public var person: PersonID
  }

  public func writer(unit: Int, device: Int) -> Writer {
    if let soleWriter {
      return Writer(
        key: soleWriter, incarnation: Incarnation(high: seed, low: 1), person: PersonID(high: seed, low: 2))
    }
    var generator = SeededGenerator(seed: seed ^ 0x6b65_7973 ^ (UInt64(unit) << 20 | UInt64(device)) &* 0x9e37_79b9)
    guard let key = DeviceKey(seed: generator.bytes(32)) else { preconditionFailure("any 32 bytes are a seed") }
    return Writer(
      key: key, incarnation: Incarnation(high: generator.next(), low: generator.next()),
      person: PersonID(high: generator.next(), low: generator.next()))
  }

  /// The register of an item's field: one campaign, as everywhere in the school.
  public static func register(_ item: Int, _ field: EditField) -> RegisterName {
    let number: AnswerField =
      switch field {
      case .status: .status
      case .score: .selfScore
      case .remark: .remark
      }
    return RegisterName(.answer, SubjectID(high: 0xca4e, low: 1), part: UInt64(item + 1), number.field)
  }

  public static func value(_ value: EditValue) -> Value {
    switch value {
    case .text(let text): .text(text)
    case .number(let number): .integer(Int64(number))
    }
  }
}

/// One device's entries of one unit's log, as they go over the wire.
public struct EditedFeed: Sendable {
  public var log: LogID
  public var entries: Int
  public var segments: [[UInt8]]

  public init(log: LogID, entries: Int, segments: [[UInt8]]) {
    self.log = log
    self.entries = entries
    self.segments = segments
  }
}

extension EditedSchool {
  /// Lets one unit's people make `edits` through the engine that every device runs: each edit is a write of its own, signed
  /// by its device, and before it the devices send each other what its context says that they had seen.
  ///
  /// - Parameter segmentBytes: the size that segments stay below.
  /// - Returns: a feed for each device that wrote anything.
  public func feeds(
    ofUnit unit: Int, _ edits: [Edit], devices: Int, segmentBytes: Int = 3 << 20
  ) throws -> [EditedFeed] {
    var desks = try (0..<devices).map { try EditDesk(self, unit: unit, device: $0) }
    var generator = SeededGenerator(seed: seed ^ 0x7365_6372 ^ UInt64(unit) &* 0x9e37_79b9)
    for (index, edit) in edits.enumerated() {
      let isFirst = index + 1 < edits.count && Edit.isPair(edit, edits[index + 1])
      let isSecond = index > 0 && Edit.isPair(edits[index - 1], edit)
      if isFirst {
        // Both of a pair know everything before it, and nothing of each other.
        for desk in desks.indices { try catchUp(desk, in: &desks) }
      } else if !isSecond {
        try catchUp(edit.device, in: &desks)
      }
      let secret = BatchSecret(high: generator.next(), low: generator.next())
      try desks[edit.device].write(edit, secret: secret)
    }
    return try desks.filter { $0.written > 0 }.map { try $0.feed(segmentBytes: segmentBytes) }
  }

  /// The same for one device alone that sends what is new after every `count` edits.
  public func batches(ofUnit unit: Int, _ edits: [Edit], count: Int) throws -> [EditedFeed] {
    var desk = try EditDesk(self, unit: unit, device: 0)
    var generator = SeededGenerator(seed: seed ^ 0x7365_6372 ^ UInt64(unit) &* 0x9e37_79b9)
    var batches: [EditedFeed] = []
    for edit in edits {
      try desk.write(edit, secret: BatchSecret(high: generator.next(), low: generator.next()))
      if Int(edit.seq) % count == 0 || edit.seq == edits.count {
        batches.append(try desk.send(segmentBytes: 3 << 20))
      }
    }
    return batches
  }

  private func catchUp(_ reader: Int, in desks: inout [EditDesk]) throws {
    for writer in desks.indices where writer != reader { try desks[reader].take(from: desks[writer]) }
  }
}

extension Edit {
  /// Two edits of one register on two devices, the second made without having seen the first.
  public static func isPair(_ first: Edit, _ second: Edit) -> Bool {
    first.device != second.device && first.item == second.item && first.field == second.field
      && second.seen[first.device] < first.seq
  }
}

/// One device at work on one log.
private struct EditDesk {
  let engine: LogEngine<MemoryLog>
  let writer: EditedSchool.Writer
  let replica: ReplicaID
  var order: UInt64 = 0
  var written: UInt32 = 0
  /// How far the own feed was sent.
  var sent: UInt32 = 0
  /// How far each other device's feed came here.
  var taken: [ReplicaID: UInt32] = [:]

  init(_ school: EditedSchool, unit: Int, device: Int) throws {
    engine = try LogEngine(school: school.school, log: school.log(unit), storage: MemoryLog())
    writer = school.writer(unit: unit, device: device)
    replica = ReplicaID(
      school: school.school, deviceKey: writer.key.publicKey, incarnation: writer.incarnation)
  }

  mutating func write(_ edit: Edit, secret: BatchSecret) throws {
    precondition(edit.seq == written + 1, "a device's edits have no gaps")
    _ = try engine.append(
      [Change(EditedSchool.register(edit.item, edit.field), EditedSchool.value(edit.value))],
      by: Author(
        key: writer.key, incarnation: writer.incarnation, person: writer.person, shownUpTo: order),
      continues: nil, secret: secret, time: HybridTime(milliseconds: edit.milliseconds, counter: 0),
      wallMilliseconds: edit.milliseconds)
    try deliver()
    written += 1
  }

  /// Takes in what another device wrote since the last time; its end is signed, and stays a head from then on.
  mutating func take(from other: EditDesk) throws {
    let known = taken[other.replica] ?? 0
    guard known < other.written, let strand = other.engine.ownStrand(other.replica) else { return }
    var from = known
    while let segment = try other.engine.segment(on: strand, after: from, byteLimit: 3 << 20) {
      from += UInt32(segment.entryCount)
      try other.engine.markHeadsSent(on: strand, through: from)
      _ = try engine.ingest(segment, receivedMilliseconds: 0)
    }
    taken[other.replica] = from
    try deliver()
  }

  private mutating func deliver() throws {
    order += 1
    try engine.deliver(order: order) { _, _ in Strand.Authority(.valid) }
  }

  func feed(segmentBytes: Int) throws -> EditedFeed {
    try feed(after: 0, segmentBytes: segmentBytes)
  }

  /// What was written since this was last asked: from now on its end is a head that others have.
  mutating func send(segmentBytes: Int) throws -> EditedFeed {
    defer { sent = written }
    let feed = try feed(after: sent, segmentBytes: segmentBytes)
    if let strand = engine.ownStrand(replica) { try engine.markHeadsSent(on: strand, through: written) }
    return feed
  }

  private func feed(after: UInt32, segmentBytes: Int) throws -> EditedFeed {
    guard let strand = engine.ownStrand(replica) else { preconditionFailure("it wrote something") }
    var segments: [[UInt8]] = []
    var from = after
    while let segment = try engine.segment(on: strand, after: from, byteLimit: segmentBytes) {
      from += UInt32(segment.entryCount)
      segments.append(segment.bytes)
    }
    return EditedFeed(log: engine.log, entries: Int(written - after), segments: segments)
  }
}
