import Foundation
@_spi(Simulation) import SyncEngine
import SyncModel

/// A whole school in one process, on real stores, and a model that watches: people answer, look and settle, machines sync
/// through any hub, message by message over a bad network, lose power in the middle of a write, run out of disk, are set back,
/// copied, have wrong clocks, are stopped and given back, and units move, all at once. After every step each store that it
/// touched must hold, apply and show exactly what the model says; in the end everything meets and must agree (promises 1–11).
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
    /// Power loss and kills at any write or sync, disks that fail or are full.
    public var diskFaults: Bool
    public var lies = Lies.none
    /// Every message by itself over a bad network; otherwise exchanges run to their end, or break off, at once.
    public var isByMessage = true
    public var size: Size
    public static let machineLimit = 14

    /// Disks that say that they have synced and have not. Nothing can be acknowledged on such a disk; what is left after
    /// power loss must be noticed as set back or damaged, and never show anything wrong.
    public enum Lies: String, Sendable {
      case none
      /// What is lost is everything since some moment.
      case ordered
      /// What is lost is any of it.
      case unordered
      /// Nobody reckons with it: a planted fault, which a world must find.
      case unnoticed
    }

    public enum Size: String, Sendable {
      /// One line of three machines: what most faults need, and thousands an hour.
      case small
      /// Up to two committees with two branches each, some with two machines.
      case medium
      /// The same with longer histories.
      case large
    }

    public init(actions: Int = 60, wrongClocks: Bool = true, diskFaults: Bool = true, size: Size = .medium) {
      self.actions = actions
      self.wrongClocks = wrongClocks
      self.diskFaults = diskFaults
      self.size = size
    }

    /// As worlds were before networks and disks failed in them: what their seeds once showed they still show.
    public static func ofWholeExchanges(actions: Int) -> Plan {
      var plan = Plan(actions: actions, diskFaults: false, size: .medium)
      plan.isByMessage = false
      return plan
    }

    /// What `scripts/simulate` plays unless told otherwise: of 50 worlds 44 are small, 5 medium and one is large.
    public static func mixed(seed: UInt64) -> Plan {
      switch seed % 50 {
      case 0: Plan(actions: 120, size: .large)
      case 10, 20, 30, 40, 5: Plan(actions: 40, size: .medium)
      default: Plan(actions: 24, size: .small)
      }
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
  var network = FaultyNetwork<Route>(lossPercent: 6, duplicationPercent: 6, cutPercent: 3)
  /// Exchanges under way, as their clients know them.
  var conversations: [Int: Conversation] = [:]
  var conversationCount = 0
  /// Machines that only reach each other.
  var island: Set<Int> = []
  var guarantees = SessionGuarantees()
  var isFounded = false
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
      generator: SeededGenerator(seed: ~seed), wallMilliseconds: clock, fileLayer: FaultyFileLayer.name)
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
        isFounded = true
        for _ in 0..<plan.actions {
          try act()
          if plan.isByMessage { try carryMessages() }
        }
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
    return turn(to: machine)
  }

  /// From now on it is `machine` that acts, by its own clock.
  func turn(to machine: Machine) -> UInt64 {
    surroundings.wallMilliseconds = now(machine)
    return surroundings.wallMilliseconds
  }

  // MARK: Choosing

  func pick<Choice>(_ choices: [Choice]) -> Choice? { generator.pick(choices) }

  func nextPlace() -> Machine.Place {
    Machine.Place(folder, machines.count, seed: seed &+ UInt64(machines.count) &* 0x9e37_79b9)
  }
}
