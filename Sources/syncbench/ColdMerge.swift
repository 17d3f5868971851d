import SyncEngine
import SyncModel
import SyncTesting

/// The one place that knows how the engine merges without a database: what is measured changes here when the engine's door
/// does.
enum ColdMerge {
  enum Mode: String {
    /// Every hash of every chain and every signed head.
    case checked
    /// What was checked before: nothing but decoding and merging, as other systems do.
    case unchecked
  }

  /// What stands after a merge; siblings can be read.
  struct Outcome {
    fileprivate let engines: [LogEngine<MemoryLog>]

    func forEachRegister(_ body: (LogID, RegisterName, [[UInt8]]) -> Void) throws {
      for engine in engines {
        for (name, siblings) in engine.storage.view {
          body(
            engine.log, name,
            siblings.all.compactMap { if $0.valid, case .value(let bytes) = $0.content { bytes } else { nil } })
        }
      }
    }
  }

  struct Unavailable: Error, CustomStringConvertible {
    let description: String
  }

  /// Decodes and merges feeds of any number of logs.
  /// - Throws: ``Unavailable`` for a mode that the engine has no door for.
  static func merge(_ feeds: [EditedFeed], school: SchoolID, mode: Mode, threads: Int) throws -> Outcome {
    if mode == .unchecked {
      throw Unavailable(description: "the engine has no way of merging in memory without checking chains")
    }
    let logs = Dictionary(grouping: feeds, by: \.log).sorted { $0.key < $1.key }.map(\.value)
    if threads == 1 { return Outcome(engines: try logs.map { try merge($0, school: school) }) }
    let engines = try inParallel(logs.count) { Handed(engine: try merge(logs[$0], school: school)) }
    return Outcome(engines: engines.map(\.engine))
  }

  private static func merge(_ feeds: [EditedFeed], school: SchoolID) throws -> LogEngine<MemoryLog> {
    let engine = try LogEngine(school: school, log: feeds[0].log, storage: MemoryLog())
    for feed in feeds {
      for bytes in feed.segments { _ = try engine.ingest(Segment(bytes: bytes), receivedMilliseconds: 0) }
    }
    try engine.deliver(order: 1) { _, _ in Strand.Authority(.valid) }
    try engine.flush()
    return engine
  }

  /// An engine that one thread made and another goes on with; never two at a time.
  private struct Handed: @unchecked Sendable {
    let engine: LogEngine<MemoryLog>
  }
}
