import Foundation
import SyncTesting

/// Runs probes, each in a process of its own, and keeps what they said.
final class Bench {
  let data: DataOptions
  let extent: Extent
  let peers: Peers?
  let binaries: String
  private let start = Usage.wallSeconds
  /// What was made, or could not be, in this run.
  private var prepared: Set<[String]> = []

  init(data: DataOptions, extent: Extent, peers: Peers?, binaries: String) {
    self.data = data
    self.extent = extent
    self.peers = peers
    self.binaries = binaries
  }

  static var folderOfThisProgram: String {
    URL(fileURLWithPath: thisProgram).deletingLastPathComponent().path
  }

  private static var thisProgram: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  var elapsedSeconds: Double { Usage.wallSeconds - start }

  /// Progress, beside the report.
  func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

  /// Takes every probe in turn, again and again, so that whatever else the machine does falls on all of them alike.
  ///
  /// A probe that fails is not tried again. One that took long already is not repeated as often.
  func measure(_ probes: [Probe]) -> [Series] {
    var series = probes.map { Series(label: $0.label, scale: $0.scale) }
    var spent = probes.map { _ in 0.0 }
    for probe in probes {
      guard let (name, settings) = probe.preparation else { continue }
      let step = [name, "\(probe.scale)"] + settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      if prepared.insert(step).inserted { prepare(probe.scale, name, settings) }
    }
    for run in 0..<extent.form.runs {
      for (index, probe) in probes.enumerated() where series[index].error == nil {
        if run > 0, probe.once || spent[index] > patienceSeconds { continue }
        let begun = Usage.wallSeconds
        do {
          series[index].samples.append(try sample(probe))
        } catch {
          series[index].error = "\(error)"
          say("    \(probe.label) at \(probe.scale): \(error)")
        }
        spent[index] += Usage.wallSeconds - begun
      }
    }
    return series
  }

  private var patienceSeconds: Double { extent.form == .full ? 120 : 12 }
  /// Beyond it a sample is given up: its workload is not met.
  private var limitSeconds: Double { extent.form == .full ? 3600 : 300 }

  /// Data sets are made before anything is timed.
  private func prepare(_ scale: Scale, _ name: String, _ settings: [String: String]) {
    do {
      let sample = try sample(Probe("data", scale, .own(name, settings)), limitSeconds: .infinity)
      if sample["seconds"] > 1 { say("    made the data set of \(scale) in \(Figure.text(sample["seconds"], "s"))") }
    } catch {
      say("    no data set of \(scale): \(error)")
    }
  }

  private func sample(_ probe: Probe, limitSeconds: Double? = nil) throws -> Sample {
    let limitSeconds = limitSeconds ?? self.limitSeconds
    let command: [String]
    switch probe.source {
    case .own(let name, let settings):
      command =
        [Self.thisProgram, "run", name, "--scale", "\(probe.scale.count)", "--binaries", binaries] + data.arguments
        + settings.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    case .peer(let name, let work):
      guard let peers else { throw NotInstalled() }
      command = peers.command(name, work, ops: try data.dataSet(probe.scale).opsFile(), cache: data.cache)
    case .script(let name, let arguments):
      guard let peers else { throw NotInstalled() }
      command = peers.command(name, arguments)
    }
    let result = try ChildProcess.run("/usr/bin/env", command, limitSeconds: limitSeconds)
    let last = String(decoding: result.output, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    guard result.code == 0, let sample = try? JSONDecoder().decode(Sample.self, from: Data(last.utf8)) else {
      throw Wrong(
        result.isTimedOut ? "given up after \(Int(limitSeconds)) s" : Self.lastLine(result.error))
    }
    return sample
  }

  private static func lastLine(_ text: String) -> String {
    guard let line = text.split(separator: "\n").last else { return "failed without a word" }
    return String((line.hasPrefix("Error: ") ? line.dropFirst(7) : line).prefix(300))
  }
}

/// What is measured, of how much, and where the figure comes from.
struct Probe: Sendable {
  enum Source: Sendable {
    case own(_ sample: String, _ settings: [String: String])
    /// Another system on the edits of the data set.
    case peer(_ name: String, _ work: String)
    /// Another system on something that its script makes.
    case script(_ name: String, _ arguments: [String])
  }

  var label: String
  var scale: Scale
  var source: Source
  /// Bytes and the like, which are the same every time.
  var once = false

  init(_ label: String, _ scale: Scale, _ source: Source, once: Bool = false) {
    self.label = label
    self.scale = scale
    self.source = source
    self.once = once
  }

  /// The sample that makes its data set; edits unless said otherwise.
  var preparation: (name: String, settings: [String: String])? = ("prepare", [:])

  func prepared(by name: String, _ settings: [String: String] = [:]) -> Probe {
    var copy = self
    copy.preparation = (name, settings)
    return copy
  }
}

extension Probe {
  /// It needs no data set.
  var unprepared: Probe {
    var copy = self
    copy.preparation = nil
    return copy
  }
}

struct NotInstalled: Error, CustomStringConvertible {
  var description: String { "not installed; scripts/bench --peers installs it" }
}

/// Other systems, measured by scripts of ours on the same edits.
struct Peers: Sendable {
  let python: String
  let scripts: String

  func command(_ name: String, _ work: String, ops: String, cache: String) -> [String] {
    command(name, [work, ops, cache])
  }

  func command(_ name: String, _ arguments: [String]) -> [String] {
    [python, "\(scripts)/\(name).py"] + arguments
  }
}

/// The samples of one probe.
struct Series: Codable, Sendable {
  var label: String
  var scale: Scale
  var samples: [Sample] = []
  var error: String?

  init(label: String, scale: Scale) {
    self.label = label
    self.scale = scale
  }

  func statistics(_ value: String) -> Statistics? {
    Statistics(samples.compactMap { $0.values[value] })
  }
}
