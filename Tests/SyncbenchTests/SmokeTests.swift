import Foundation
import SyncTesting
import Testing

@testable import syncbench

/// The whole program at sizes that say nothing: its children start, and its report has the form that others read.
@Suite("syncbench as a whole")
struct SmokeTests {
  private static let peers = ["Yjs", "Loro", "Automerge", "python-docx", "openpyxl"]

  /// Beside the test bundle.
  private static let folder: String = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("syncbench").path),
      folder.path != "/"
    {
      folder.deleteLastPathComponent()
    }
    return folder.path
  }()

  @Test("measures its workloads and writes what it found as JSON")
  func report() throws {
    let cache = NSTemporaryDirectory() + "unitsync-bench-test-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: cache) }
    try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
    let json = cache + "/report.json"
    // The first of them has no door yet for what it measures, and no peers are installed: it starts nothing.
    let names = Workloads.all.map(\.name).filter { $0 != "merge" }
    let run = try ChildProcess.run(
      Self.folder + "/syncbench",
      ["--form", "tiny", "--cache", cache, "--json", json, "--markdown"]
        + names.flatMap { ["--only", $0] })
    #expect(run.code == 0, "\(run.error)")
    let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
    #expect(report.outcomes.map(\.name) == names)
    for outcome in report.outcomes {
      for series in outcome.series where !Self.peers.contains(series.label) {
        #expect(
          series.error == nil && !series.samples.isEmpty, "\(outcome.name), \(series.label): \(series.error ?? "")")
        #expect(series.samples.allSatisfy { $0.values.values.allSatisfy { $0 >= 0 } })
        #expect(series.samples.allSatisfy { ($0.values["peakBytes"] ?? 0) > 1_000_000 })
      }
      for series in outcome.series where Self.peers.contains(series.label) {
        #expect(series.error?.contains("not installed") == true, "a peer that is not there says so")
      }
      #expect(outcome.state != .met, "nothing is met at a size that no target speaks of")
      #expect(!outcome.checks.isEmpty)
    }
    let markdown = String(decoding: run.output, as: UTF8.self)
    for name in names { #expect(markdown.contains("| \(name) |")) }
  }

  @Test("a workload that is not there is refused by name")
  func unknown() throws {
    let run = try ChildProcess.run(Self.folder + "/syncbench", ["--only", "nonsense"])
    #expect(run.code != 0)
    #expect(run.error.contains("unknown workload"))
  }
}
