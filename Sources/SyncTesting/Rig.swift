import SyncEngine
import SyncModel

/// Up to six replicas of one log in memory, a faulty network between them, and the ``Oracle`` watching: after every event
/// the replica that it touched must hold, apply and show exactly what the model says.
///
/// A run is a function of its seed:
///
///     try Rig(seed: 7, plan: Rig.Plan(replicas: 3, events: 40)).run()
public struct Rig {
  public struct Plan: Sendable {
    public var replicas: Int
    public var events: Int
    public var registers: Int
    /// Disks get cloned and set back, sometimes without anybody noticing (promise 6).
    public var disasters: Bool
    /// Replicas learn of authority, and of its loss, at different times.
    public var authorityChanges: Bool

    public static let replicaLimit = 6

    public init(
      replicas: Int, events: Int, registers: Int = 3, disasters: Bool = false, authorityChanges: Bool = false
    ) {
      self.replicas = replicas
      self.events = events
      self.registers = registers
      self.disasters = disasters
      self.authorityChanges = authorityChanges
    }

    /// A shape of history drawn from `seed`: small ones mostly, because small ones say what is wrong.
    public init(seed: UInt64, disasters: Bool = false, authorityChanges: Bool = false) {
      var generator = SeededGenerator(seed: ~seed)
      self.init(
        replicas: generator.int(in: 2...(disasters ? 4 : Self.replicaLimit)), events: generator.int(in: 8...40),
        registers: generator.int(in: 1...3), disasters: disasters, authorityChanges: authorityChanges)
    }
  }

  let seed: UInt64
  let plan: Plan
  var generator: SeededGenerator
  var network = FaultyNetwork<Int>()
  var oracle = Oracle()
  var sites: [Site] = []
  var snapshots: [Site] = []
  var deviceOf: [ReplicaID: Int] = [:]
  /// What a feed's indices mean after each write.
  var names: [Oracle.WriteID: FeedNamesModel] = [:]
  let registers: [RegisterName]
  /// What happened, for a failure's text.
  var trace: [String] = []

  struct FeedNamesModel {
    var replicas: [ReplicaID] = []
    var registers: [RegisterName] = []
  }

  public private(set) var statistics = Statistics()

  /// What a run came across: so that a test can tell that its histories were worth anything.
  public struct Statistics: Sendable {
    public var writes = 0
    public var keptDots = 0
    public var forks = 0
    public var recomputations = 0
    public var conflicts = 0

    public init() {}

    public static func += (left: inout Self, right: Self) {
      left.writes += right.writes
      left.keptDots += right.keptDots
      left.forks += right.forks
      left.recomputations += right.recomputations
      left.conflicts += right.conflicts
    }
  }

  public init(seed: UInt64, plan: Plan) throws {
    precondition((1...Plan.replicaLimit).contains(plan.replicas), "a rig holds up to six replicas")
    self.seed = seed
    self.plan = plan
    generator = SeededGenerator(seed: seed)
    registers = (0..<plan.registers).map {
      RegisterName(.answer, SubjectID(high: 1, low: 2), part: UInt64($0), Field(rawValue: 2))
    }
    let school = SchoolID(high: 11, low: 12)
    guard let unit = UnitPath("school/cs/b1") else { preconditionFailure("a well-formed path") }
    for index in 0..<plan.replicas {
      guard let key = DeviceKey(seed: [UInt8(index + 1)] + generator.bytes(31)) else {
        preconditionFailure("any 32 bytes are a seed")
      }
      var clock = ManualClock()
      // Wrong by up to three days either way: clocks mislabel, never lose (promise 10).
      clock.advance(byMilliseconds: Int64(generator.below(6 * 86_400_000)) - 3 * 86_400_000)
      var site = Site(
        engine: try LogEngine(school: school, log: LogID(unit, .answers), storage: MemoryLog()), device: index,
        key: key, person: PersonID(high: 7, low: UInt64(index)),
        incarnation: Incarnation(high: generator.next(), low: generator.next()), continues: nil, clock: clock)
      if plan.authorityChanges {
        for device in 0..<plan.replicas where device != index {
          site.authority[device] = generator.pick([.unknown, .valid, .valid, .invalid])
        }
      }
      sites.append(site)
      deviceOf[site.replica] = index
    }
  }

  /// The replicas' logs.
  public var logs: [LogEngine<MemoryLog>] { sites.map(\.engine) }

  /// Plays the plan's events, then lets everything arrive everywhere and compares once more.
  ///
  /// - Throws: ``Disagreement`` with the seed and what happened.
  public mutating func run() throws {
    for _ in 0..<plan.events { try event() }
    try settle()
  }

  // MARK: Events

  private mutating func event() throws {
    let site = generator.below(sites.count)
    sites[site].clock.advance(byMilliseconds: Int64(generator.below(90_000)) - 15_000)
    switch generator.below(100) {
    case ..<36: try write(at: site)
    case ..<64: try send(from: site, to: generator.below(sites.count))
    case ..<88: try receive()
    case ..<92: if plan.disasters { snapshots.append(try sites[site].copied()) }
    case ..<94: if plan.disasters { try clone(site) }
    case ..<97: if plan.disasters { try restore() }
    default: if plan.authorityChanges { try changeAuthority(at: site) }
    }
  }

  private mutating func write(at site: Int) throws {
    let engine = sites[site].engine
    // A device that only finds its own feed longer than it remembers may go on in it; what forked or waits, it may not.
    if engine.hasForeignBranch(sites[site].replica) || ownEntriesWait(at: site)
      || (sites[site].pastInDoubt && generator.chance(percent: 50))
    {
      sites[site].drawIncarnation(&generator, continuing: sites[site].ownLast.map { oracle.writes[$0].place })
      deviceOf[sites[site].replica] = sites[site].device
    }
    let count = generator.int(in: 1...registers.count)
    let chosen = Set((0..<count).compactMap { _ in generator.pick(registers) }).sorted()
    let changes = chosen.map { register in
      Change(register, generator.chance(percent: 10) ? .nothing : .integer(Int64(generator.below(4))))
    }
    let shown =
      generator.chance(percent: 60)
      ? sites[site].order : sites[site].order - min(sites[site].order, UInt64(generator.below(4)))
    try write(changes, at: site, shownUpTo: shown)
  }

  private mutating func send(from sender: Int, to receiver: Int) throws {
    let engine = sites[sender].engine
    guard sender != receiver, let strand = generator.pick(engine.strands.indices) else { return }
    // From the start mostly; from anywhere at times, so that pieces come out of order and leave gaps.
    let after = generator.chance(percent: 50) ? 0 : UInt32(generator.below(Int(engine.strands[strand].stored)))
    guard
      let segment = try engine.segment(
        on: strand, after: after, byteLimit: generator.pick([1, 200, 400, 1 << 20]) ?? 1)
    else { return }
    if generator.chance(percent: 70) {
      try engine.markHeadsSent(on: strand, through: segment.from + UInt32(segment.entryCount))
    }
    trace.append("\(sender) sends \(segment.replica.short) \(after)+\(segment.entryCount) to \(receiver)")
    network.send(.init(receiver, bytes: segment.bytes), &generator)
  }

  private mutating func receive() throws {
    guard let packet = network.receive(&generator) else { return }
    try take(packet.bytes, at: packet.address)
  }

  /// The whole machine is copied: the same key, the same incarnation, and neither knows.
  private mutating func clone(_ site: Int) throws {
    guard sites.count < Plan.replicaLimit else { return }
    trace.append("\(site) is cloned as \(sites.count)")
    sites.append(try sites[site].copied())
  }

  /// A disk is set back; the marker outside the data folder tells in half of the cases.
  private mutating func restore() throws {
    guard let snapshot = generator.pick(snapshots),
      let site = sites.indices.first(where: { sites[$0].device == snapshot.device })
    else { return }
    let noticed = generator.chance(percent: 50)
    trace.append("\(site) is set back\(noticed ? " and notices" : "")")
    sites[site] = try snapshot.copied()
    if noticed {
      sites[site].drawIncarnation(&generator, continuing: sites[site].ownLast.map { oracle.writes[$0].place })
      deviceOf[sites[site].replica] = sites[site].device
    }
  }

  private mutating func changeAuthority(at site: Int) throws {
    let others = (0..<plan.replicas).filter { $0 != sites[site].device }
    guard let device = generator.pick(others) else { return }
    let now: Oracle.Authority = generator.chance(percent: 60) ? .valid : .invalid
    trace.append("\(site) takes device \(device) for \(now)")
    try setAuthority(now, of: device, at: site)
  }

  // MARK: The end

  /// Everything arrives everywhere, all learn the same of authority, and all must agree; then everything arrives again.
  mutating func settle() throws {
    trace.append("settling")
    while !network.underway.isEmpty { try receive() }
    for site in sites.indices.dropFirst() { try sendAll(from: site, to: 0) }
    for site in sites.indices.dropFirst() { try sendAll(from: 0, to: site) }
    for device in 0..<plan.replicas {
      let last: Oracle.Authority = plan.authorityChanges && generator.chance(percent: 30) ? .invalid : .valid
      for site in sites.indices.shuffled(using: &generator) { try setAuthority(last, of: device, at: site) }
    }
    for site in sites.indices {
      guard sites[site].engine.waiting == 0 else { throw disagreement("entries still wait", at: site) }
      guard sites[site].stored == sites[0].stored, sites[site].engine.tips == sites[0].engine.tips else {
        throw disagreement("holds something else than replica 0 in the end", at: site)
      }
      guard try visible(at: site) == visible(at: 0) else {
        throw disagreement("shows something else than replica 0 in the end", at: site)
      }
    }
    statistics.conflicts += try visible(at: 0).values.count { $0.count > 1 }
    for site in sites.indices {
      let (before, places) = (try visible(at: site), sites[site].engine.tips)
      try sendAll(from: site, to: site)
      try sendAll(from: (site + 1) % sites.count, to: site)
      guard try visible(at: site) == before, sites[site].engine.tips == places else {
        throw disagreement("what came twice changed something", at: site)
      }
    }
  }

  private mutating func sendAll(from sender: Int, to receiver: Int) throws {
    let engine = sites[sender].engine
    for strand in engine.strands.indices.shuffled(using: &generator) {
      var after: UInt32 = 0
      let limit = generator.pick([1, 300, 1 << 20]) ?? 1
      while let segment = try engine.segment(on: strand, after: after, byteLimit: limit) {
        try take(segment.bytes, at: receiver)
        after += UInt32(segment.entryCount)
      }
    }
  }

  mutating func count(_ change: (inout Statistics) -> Void) { change(&statistics) }

  func disagreement(_ what: String, at site: Int) -> Disagreement {
    let events = trace.suffix(60).joined(separator: "\n  ")
    return Disagreement(description: "seed \(seed), replica \(site): \(what)\n\(plan)\n  \(events)")
  }
}
