import ArgumentParser
import Foundation
import SyncTesting

/// Plays worlds by seed and says what happened in them. For developers: it is no product.
@main
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Plays seeded worlds (SyncTesting.World) and stops at the first that breaks a promise.")

  @Option(help: "How many worlds.")
  var worlds = 100

  @Option(help: "The first world's seed; the others follow.")
  var seed: UInt64 = 1

  @Option(help: "Steps in each world; else by its seed: of 50 worlds 44 are small, 5 medium, one is large.")
  var actions: Int?

  @Option(help: "small, medium or large; else by its seed.")
  var size: World.Plan.Size?

  @Option(
    help: "Disks that say that they have synced and have not: ordered, unordered, or unnoticed (which must fail).")
  var lies = World.Plan.Lies.none

  @Flag(help: "Exchanges run to their end at once and disks do not fail, as worlds once were.")
  var whole = false

  @Flag(help: "Play each world with right clocks, too, and compare what stands in the end.")
  var clocks = false

  @Flag(help: "Print every step.")
  var trace = false

  @Flag(help: "Go on after a failure and list all.")
  var all = false

  func run() throws {
    var tally = Tally()
    var failed: [UInt64] = []
    var played = 0
    let start = ContinuousClock.now
    for number in 0..<UInt64(worlds) {
      let seed = seed + number
      do {
        let world = try World(seed: seed, plan: plan(seed))
        defer { if trace { say(world.trace.joined(separator: "\n")) } }
        try world.run()
        tally += world.tally
        played += 1
        if clocks { try compareClocks(world) }
      } catch {
        failed.append(seed)
        say(all ? "seed \(seed): \((error as? World.Failure)?.what ?? "\(error)")" : "\(error)")
        say("replay: scripts/simulate --worlds 1 --seed \(seed)\(options) --trace")
        if !all { break }
      }
      if played % 500 == 0, played > 0 { say("… \(played) worlds, up to seed \(seed)") }
    }
    let seconds = (ContinuousClock.now - start).components.seconds
    say("worlds that held: \(played), seeds from \(seed)\(options), \(seconds) s")
    for (name, count) in tally.lines { say("  \(name): \(count)") }
    if !failed.isEmpty {
      say("failed: \(failed)")
      throw ExitCode.failure
    }
  }

  private func plan(_ seed: UInt64) -> World.Plan {
    var plan = whole ? World.Plan.ofWholeExchanges(actions: 60) : World.Plan.mixed(seed: seed)
    if let actions { plan.actions = actions }
    if let size { plan.size = size }
    plan.lies = lies
    // What clocks say takes more or less room, so that a fault would strike elsewhere.
    if clocks { plan.diskFaults = false }
    return plan
  }

  /// What a replay has to say besides the seed.
  private var options: String {
    (actions.map { " --actions \($0)" } ?? "") + (size.map { " --size \($0.rawValue)" } ?? "")
      + (whole ? " --whole" : "") + (clocks ? " --clocks" : "") + (lies == .none ? "" : " --lies \(lies.rawValue)")
  }

  /// At once, so that a long run can be watched.
  private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

  private func compareClocks(_ world: World) throws {
    var plan = world.plan
    plan.wrongClocks = false
    let right = try World(seed: world.seed, plan: plan)
    try right.run()
    if try right.outcome() != world.outcome() { throw ClocksDecide(seed: world.seed) }
  }

  struct ClocksDecide: Error, CustomStringConvertible {
    let seed: UInt64
    var description: String { "seed \(seed): what stands in the end depends on clocks (promise 10)" }
  }
}

extension World.Plan.Size: ExpressibleByArgument {}
extension World.Plan.Lies: ExpressibleByArgument {}
