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

  @Option(help: "Steps in each world.")
  var actions = 60

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
        let world = try World(seed: seed, plan: World.Plan(actions: actions))
        defer { if trace { print(world.trace.joined(separator: "\n")) } }
        try world.run()
        tally += world.tally
        played += 1
        if clocks { try compareClocks(world) }
      } catch {
        failed.append(seed)
        print(all ? "seed \(seed): \((error as? World.Failure)?.what ?? "\(error)")" : "\(error)")
        print(
          "replay: scripts/simulate --worlds 1 --seed \(seed) --actions \(actions)\(clocks ? " --clocks" : "") --trace")
        if !all { break }
      }
      if played % 500 == 0, played > 0 { print("… \(played) worlds, up to seed \(seed)") }
    }
    let seconds = (ContinuousClock.now - start).components.seconds
    print("worlds that held: \(played), seeds from \(seed), \(actions) steps each, \(seconds) s")
    for (name, count) in tally.lines { print("  \(name): \(count)") }
    if !failed.isEmpty {
      print("failed: \(failed)")
      throw ExitCode.failure
    }
  }

  private func compareClocks(_ world: World) throws {
    let right = try World(seed: world.seed, plan: World.Plan(actions: actions, wrongClocks: false))
    try right.run()
    if try right.outcome() != world.outcome() { throw ClocksDecide(seed: world.seed) }
  }

  struct ClocksDecide: Error, CustomStringConvertible {
    let seed: UInt64
    var description: String { "seed \(seed): what stands in the end depends on clocks (promise 10)" }
  }
}
