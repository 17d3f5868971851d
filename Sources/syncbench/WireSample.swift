import Foundation
import SyncModel
import SyncTesting

/// The bytes of a cold transfer: every message's body, as it is, and compressed by programs that compress a peer's bytes
/// just the same.
enum WireSample {
  static let take: TakeSample = { context in
    let data = try context.dataSet()
    let facts = try data.facts()
    let messages = try Messages(of: data.feeds(), from: data.school()).all
    return try context.inScratch { scratch in
      var sample = Sample()
      let path = scratch + "/wire"
      try Data(messages.flatMap(\.bytes)).write(to: URL(fileURLWithPath: path))
      let entries = Double(facts.entries)
      sample["bytesPerEntry"] = Double(messages.reduce(0) { $0 + $1.bytes.count }) / entries
      sample["payloadPerEntry"] = Double(facts.payloadBytes) / entries
      sample["messages"] = Double(messages.count)
      for (name, tool) in Compressor.all {
        if let size = try tool.size(of: path) {
          sample["\(name)PerEntry"] = Double(size) / entries
        } else {
          sample.notes.append("\(name) is not installed")
        }
      }
      return sample
    }
  }
}

/// A compressing program with a setting that other systems' bytes get too.
struct Compressor: Sendable {
  let arguments: [String]

  static let all: [(name: String, tool: Compressor)] = [
    ("gzip", Compressor(arguments: ["gzip", "-6", "-n", "-c"])),
    ("zstd", Compressor(arguments: ["zstd", "-3", "-q", "-c"])),
  ]

  /// nil where the program is not there.
  func size(of path: String) throws -> Int? {
    let result = try Child.run(arguments + [path])
    return result.code == 127 ? nil : result.output.count
  }
}
