import Foundation
@_spi(Simulation) import SyncEngine
import SyncModel

/// A whole school in one process, on real stores, and a model that watches: people answer, look and settle, machines sync
/// through any hub, break off, are set back, copied, have wrong clocks, are stopped and given back, and units move, all at
/// once. After every action each store that it touched must hold, apply and show exactly what the model says; in the end
/// everything meets and must agree (promises 1–7, 10, 11).
///
/// A run is a function of its seed:
///
///     let world = try World(seed: 7)
///     try world.run()
public final class World {
  public struct Plan: Hashable, Sendable {
    public var actions: Int
    /// Clocks jump by years both ways; otherwise the same draws are made and not followed.
    public var wrongClocks: Bool
    public static let machineLimit = 14

    public init(actions: Int = 60, wrongClocks: Bool = true) {
      self.actions = actions
      self.wrongClocks = wrongClocks
    }
  }

  public let seed: UInt64
  public let plan: Plan
  let folder: String
  let surroundings: SimulatedSurroundings
  var generator: SeededGenerator
  var clock: UInt64 = 1_790_000_000_000
  var machines: [Machine] = []
  var model = WorldModel()
  var campaign: Campaign?
  var items: [CampaignItem] = []
  /// Requests that some hub once got: they may come again.
  var letters: [Letter] = []
  /// By device: units under which it was ever enrolled.
  var enrolments: [DeviceID: Set<UnitPath>] = [:]
  /// Keys of devices by what a strand names, the school's root key among them.
  var rootDevice: [UInt8] = []
  var values: Int64 = 0
  /// Whoever is asked to do something now does it.
  var isSettling = false
  /// Writes of which somebody asked to have a value removed, with or without authority.
  var redacted = IDSet()
  var names = 0
  /// Every parent that a unit ever had, by the moves made.
  var formerParents: [UnitPath: Set<UnitPath>] = [:]
  public internal(set) var tally = Tally()
  /// What happened, for a failure's text and for comparing two runs.
  public private(set) var trace: [String] = []

  struct Letter {
    var hub: Machine
    var bytes: [UInt8]
    var sender: DeviceID
  }

  public init(seed: UInt64, plan: Plan = Plan()) throws {
    self.seed = seed
    self.plan = plan
    generator = SeededGenerator(seed: seed)
    surroundings = SimulatedSurroundings(
      generator: SeededGenerator(seed: ~seed), wallMilliseconds: clock)
    let memory = "/dev/shm"
    let base = FileManager.default.isWritableFile(atPath: memory) ? memory + "/" : NSTemporaryDirectory()
    folder = base + "unitsync-world-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    for machine in machines { machine.close() }
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// - Throws: ``Failure`` with the seed and what happened.
  public func run() throws {
    try SimulatedSurroundings.$current.withValue(surroundings) {
      do {
        try found()
        for _ in 0..<plan.actions { try act() }
        try settle()
      } catch let failure as Failure {
        throw failure
      } catch {
        throw failure("\(type(of: error)): \(error)")
      }
    }
  }

  /// A promise that does not hold, or an error that nobody should meet.
  public struct Failure: Error, CustomStringConvertible {
    public let seed: UInt64
    public let what: String
    public let description: String
  }

  func failure(_ what: String, at machine: Machine? = nil) -> Failure {
    let whose = machine.map { ", machine \($0.number) \($0.name)" } ?? ""
    let events = trace.suffix(120).joined(separator: "\n  ")
    return Failure(
      seed: seed, what: what, description: "seed \(seed)\(whose): \(what)\n\(plan)\n  \(events)")
  }

  func tell(_ line: String) { trace.append("\(trace.count) \(line)") }

  // MARK: Time

  func now(_ machine: Machine) -> UInt64 {
    UInt64(clamping: Int64(clock) + (plan.wrongClocks ? machine.clockOffset : 0))
  }

  /// A little later; the machine's own clock is what the process then goes by.
  func advance(_ machine: Machine) -> UInt64 {
    clock += UInt64(generator.int(in: 1...5_400)) * 1000
    surroundings.wallMilliseconds = now(machine)
    return surroundings.wallMilliseconds
  }

  // MARK: Choosing

  func pick<Choice>(_ choices: [Choice]) -> Choice? { generator.pick(choices) }

  func nextPlace() -> Machine.Place { Machine.Place(folder, machines.count) }
}

/// What happened in a world: so that a test can tell that its worlds were worth anything.
public struct Tally: Hashable, Sendable {
  public var writes = 0
  public var syncs = 0
  public var brokenSyncs = 0
  public var lettersAgain = 0
  public var restores = 0
  public var unnoticedRestores = 0
  public var clones = 0
  public var twins = 0
  public var newIncarnations = 0
  public var forks = 0
  public var conflicts = 0
  public var settlements = 0
  public var keptDots = 0
  public var clockJumps = 0
  public var enrolments = 0
  public var revocations = 0
  public var reinstatements = 0
  public var moves = 0
  public var redactions = 0
  public var refusals = 0
  public var refusedHubs = 0
  public var ownPastsInDoubt = 0
  public var announcements = 0
  public var aside = 0
  public var uncertain = 0

  public init() {}

  /// In words, for a report.
  public var lines: [(name: String, count: Int)] {
    [
      ("writes", writes), ("syncs", syncs), ("broken off", brokenSyncs), ("messages again", lettersAgain),
      ("restores", restores), ("of them unnoticed", unnoticedRestores), ("clones", clones), ("twins", twins),
      ("new incarnations", newIncarnations), ("forks", forks), ("conflicts", conflicts), ("settlements", settlements),
      ("kept dots", keptDots), ("clock jumps", clockJumps), ("enrolments", enrolments), ("revocations", revocations),
      ("reinstatements", reinstatements), ("moves", moves), ("redactions", redactions), ("refusals", refusals),
      ("writes aside", aside),
      ("beyond cuts", uncertain), ("hubs refused", refusedHubs), ("own pasts in doubt", ownPastsInDoubt),
      ("restores announced", announcements),
    ]
  }

  public static func += (left: inout Self, right: Self) {
    left.writes += right.writes
    left.syncs += right.syncs
    left.brokenSyncs += right.brokenSyncs
    left.lettersAgain += right.lettersAgain
    left.restores += right.restores
    left.unnoticedRestores += right.unnoticedRestores
    left.clones += right.clones
    left.twins += right.twins
    left.newIncarnations += right.newIncarnations
    left.forks += right.forks
    left.conflicts += right.conflicts
    left.settlements += right.settlements
    left.keptDots += right.keptDots
    left.clockJumps += right.clockJumps
    left.enrolments += right.enrolments
    left.revocations += right.revocations
    left.reinstatements += right.reinstatements
    left.moves += right.moves
    left.redactions += right.redactions
    left.refusals += right.refusals
    left.aside += right.aside
    left.uncertain += right.uncertain
    left.refusedHubs += right.refusedHubs
    left.ownPastsInDoubt += right.ownPastsInDoubt
    left.announcements += right.announcements
  }
}
