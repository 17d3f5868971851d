import ArgumentParser
import Foundation
import SyncTesting

/// Measures what the project promises about speed and size: ours, the raw limit of the machine and, where they are
/// installed, other systems, on the same edits in one run. For developers: nothing that a user runs.
@main
struct Syncbench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "syncbench", abstract: "Measures every workload of docs/benchmarks.md, as ratios in one run.",
    subcommands: [All.self, Run.self, List.self, Ops.self, DirectoryCommand.self], defaultSubcommand: All.self)
}

/// Where data sets are kept and what they are made of; the same for every subcommand.
struct DataOptions: ParsableArguments {
  @Option(help: "Folder for data sets; they are made once and used again.")
  var cache = DataOptions.defaultCache

  @Option(help: "Seed of the edits.")
  var seed: UInt64 = 1

  @Option(help: "Edits as JSON lines instead of generated ones; see EditLines.")
  var ops: String?

  static let defaultCache = NSTemporaryDirectory() + "unitsync-bench"

  func dataSet(_ scale: Scale) throws -> DataSet {
    try DataSet(scale: scale, seed: seed, opsFile: ops, cache: cache)
  }

  /// As a child process of this program is told them.
  var arguments: [String] {
    ["--cache", cache, "--seed", "\(seed)"] + (ops.map { ["--ops", $0] } ?? [])
  }
}

/// Every workload, one after another, each measurement in a process of its own.
struct All: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Runs the workloads and prints the table of targets.")

  @OptionGroup var data: DataOptions

  @Option(help: "short (within five minutes), full, or tiny (for the tests of this program).")
  var form: Form = .short

  @Option(name: .customLong("only"), help: "Only these workloads, by name; may be given several times.")
  var only: [String] = []

  @Option(help: "Python with the peers' packages; without it no peer is measured.")
  var peers: String?

  @Option(help: "Folder of the peers' scripts.")
  var peerScripts = "scripts/peers"

  @Option(help: "Folder of the built programs; beside this one by default.")
  var binaries: String?

  @Option(help: "Writes everything that was measured to this file.")
  var json: String?

  @Flag(help: "Prints the tables as Markdown.")
  var markdown = false

  func run() async throws {
    let extent = Extent(form: form, opsEntries: try data.ops.map { try DataSet.countLines($0) })
    let bench = Bench(
      data: data, extent: extent, peers: peers.map { Peers(python: $0, scripts: peerScripts) },
      binaries: binaries ?? Bench.folderOfThisProgram)
    var report = Report(form: form, machine: Machine.current, seed: data.seed, ops: data.ops)
    let chosen = Workloads.all.filter { only.isEmpty || only.contains($0.name) }
    if chosen.count < only.count { throw ValidationError("unknown workload; syncbench list names them") }
    for workload in chosen {
      bench.say("\(workload.name): \(workload.title)")
      let outcome = workload.outcome(in: bench)
      bench.say(outcome.verdictLine)
      report.outcomes.append(outcome)
    }
    report.seconds = bench.elapsedSeconds
    if let json { try report.json.write(to: URL(fileURLWithPath: json)) }
    print(markdown ? report.markdown : report.text)
  }
}

/// One measurement in this process: what `All` starts as a child, so that peak memory is the measurement's own.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes one sample in this process and prints it as a line of JSON.")

  @OptionGroup var data: DataOptions

  @Argument(help: "The sample, as syncbench list names it.")
  var name: String

  @Option(help: "How many edits, or logs.")
  var scale = Scale(10_000)

  @Option(help: "A setting of the sample, KEY=VALUE; may be given several times.")
  var set: [String] = []

  @Option(help: "Folder of the built programs; beside this one by default.")
  var binaries: String?

  func run() async throws {
    guard let take = Samples.all[name] else { throw ValidationError("unknown sample \(name)") }
    var settings: [String: String] = [:]
    for pair in set {
      let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
      settings[parts[0]] = parts.count > 1 ? parts[1] : ""
    }
    var sample = try await take(
      SampleContext(
        data: data, scale: scale, settings: settings, binaries: binaries ?? Bench.folderOfThisProgram))
    if sample.values["peakBytes"] == nil { sample.values["peakBytes"] = Double(Usage.peakBytes) }
    print(String(decoding: try JSONEncoder().encode(sample), as: UTF8.self))
  }
}

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Names workloads and samples.")

  func run() throws {
    for workload in Workloads.all { print("\(workload.name): \(workload.title)\n    target: \(workload.target)") }
    print("samples: " + Samples.all.keys.sorted().joined(separator: " "))
  }
}

/// The edits as other systems read them.
struct Ops: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Writes the edits of a scale as lines of JSON.")

  @OptionGroup var data: DataOptions

  @Option(help: "How many edits.")
  var scale = Scale(10_000)

  func run() throws { print(try data.dataSet(scale).opsFile()) }
}
