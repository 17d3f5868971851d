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
      try breakDown(messages.flatMap(\.segments), into: &sample, entries: entries)
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

  /// What an entry's bytes are spent on; lengths, names of logs and hashes between segments are the rest.
  private static func breakDown(_ segments: [[UInt8]], into sample: inout Sample, entries: Double) throws {
    var (headers, values, secrets, heads) = (0, 0, 0, 0)
    for bytes in segments {
      let segment = try Segment(bytes: bytes)
      heads += segment.heads.reduce(0) { $0 + $1.signature.count }
      for run in segment.runs {
        guard case .plain(let secret, let entries) = run else { continue }
        secrets += secret.bytes.count
        headers += entries.reduce(0) { $0 + $1.header.count }
        values += entries.reduce(0) { $0 + $1.values.count }
      }
    }
    sample["headersPerEntry"] = Double(headers) / entries
    sample["valuesPerEntry"] = Double(values) / entries
    sample["secretsPerEntry"] = Double(secrets) / entries
    sample["headsPerEntry"] = Double(heads) / entries
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
    let result = try ChildProcess.run("/usr/bin/env", arguments + [path])
    return result.code == 127 ? nil : result.output.count
  }
}
