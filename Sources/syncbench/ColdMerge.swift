import SyncEngine
import SyncModel
import SyncTesting

/// The one place that knows how the engine merges without a database.
enum ColdMerge {
  enum Mode: String {
    /// Every hash of every chain and every signed head.
    case checked
    /// What was checked before: nothing but decoding and merging, as other systems do.
    case unchecked
  }

  /// What stands after a merge; siblings can be read.
  struct Outcome {
    fileprivate let logs: [MergedLog]

    func forEachRegister(_ body: (LogID, RegisterName, [[UInt8]]) -> Void) throws {
      for log in logs {
        log.forEachRegister { name, siblings in
          body(
            log.log, name,
            siblings.compactMap { if $0.valid, case .value(let bytes) = $0.content { bytes } else { nil } })
        }
      }
    }
  }

  /// Decodes and merges feeds of any number of logs.
  static func merge(_ feeds: [EditedFeed], school: SchoolID, mode: Mode, threads: Int) throws -> Outcome {
    let logs = Dictionary(grouping: feeds, by: \.log).sorted { $0.key < $1.key }.map(\.value)
    @Sendable func merge(_ feeds: [EditedFeed]) throws -> MergedLog {
      guard
        let merged = BulkMerge.merge(
          feeds.flatMap(\.segments), of: feeds[0].log, school: school,
          trust: mode == .checked ? .checked : .taken)
      else { throw Wrong("the log of \(feeds[0].log) was not merged") }
      return merged
    }
    if threads == 1 { return Outcome(logs: try logs.map(merge)) }
    return Outcome(logs: try inParallel(logs.count) { try merge(logs[$0]) })
  }
}
