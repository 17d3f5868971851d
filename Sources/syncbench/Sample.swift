import Foundation
import SyncEngine
import SyncModel
import SyncTesting

/// One measurement, taken in a process of its own.
struct Sample: Codable, Sendable {
  var values: [String: Double] = [:]
  /// What is worth knowing beside the figures.
  var notes: [String] = []

  /// NaN where it was not measured; NaN is not kept.
  subscript(_ name: String) -> Double {
    get { values[name] ?? .nan }
    set { values[name] = newValue.isFinite ? newValue : nil }
  }
}

/// What a sample is taken of.
struct SampleContext: Sendable {
  let data: DataOptions
  let scale: Scale
  let settings: [String: String]
  let binaries: String

  func dataSet() throws -> DataSet { try data.dataSet(scale) }

  func paperSet() throws -> PaperSet { try PaperSet(scale: scale, seed: data.seed, cache: data.cache) }

  func setting(_ name: String, default value: Int) -> Int { settings[name].flatMap { Int($0) } ?? value }

  /// Runs `body` in an empty folder beside the data sets, on the same disk; it goes afterwards.
  func inScratch<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = try makeScratch()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  func inScratch<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = try makeScratch()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }

  private func makeScratch() throws -> String {
    let folder = "\(data.cache)/scratch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }
}

/// A sample that was measured, and was wrong: no figure is worth anything then.
struct Wrong: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

typealias TakeSample = @Sendable (SampleContext) async throws -> Sample

/// Every sample by name.
enum Samples {
  static let all: [String: TakeSample] = [
    "prepare": { context in
      let data = try context.dataSet()
      var sample = Sample()
      sample["seconds"] = try Usage.timed {
        _ = (try data.schoolFolder(), try data.feeds())
        if context.settings["hub"] != nil { _ = try data.hubFolder() }
      }.seconds
      return sample
    },
    "prepare-logs": { context in
      let set = try LogSet(logs: context.scale, seed: context.data.seed, cache: context.data.cache)
      var sample = Sample()
      sample["seconds"] = try Usage.timed { _ = try set.clientFolder() }.seconds
      return sample
    },
    "prepare-batches": { context in
      let set = try BatchSet(
        clients: context.setting("clients", default: 100), batches: context.scale.count, seed: context.data.seed,
        cache: context.data.cache)
      var sample = Sample()
      sample["seconds"] = try Usage.timed { _ = try set.loads() }.seconds
      return sample
    },
    "merge": MergeSample.take,
    "wire": WireSample.take,
    "ingest": IngestSample.take,
    "raw-insert": RawInsert.take,
    "raw-chain": RawChain.take,
    "nothing-new": NothingNewSample.take,
    "ten-entries": TenEntriesSample.take,
    "ten-logs": TenLogsSample.take,
    "clients": ClientsSample.take,
    "fetch": FetchSample.take,
    "start": StartSample.take,
    "tool": ToolSample.take,
    "prepare-papers": { context in
      let papers = try context.paperSet()
      var sample = Sample()
      sample["seconds"] = try Usage.timed { _ = try papers.schoolFolder() }.seconds
      return sample
    },
    "prepare-form": { context in
      let papers = try context.paperSet()
      var sample = Sample()
      sample["seconds"] = try Usage.timed { _ = try papers.longSheetFile() }.seconds
      return sample
    },
    "papers-docx": PaperSamples.scoreSheets,
    "papers-tool": PaperSamples.tool,
    "papers-import": PaperSamples.longSheet,
    "papers-xlsx": PaperSamples.ledger,
  ]
}
