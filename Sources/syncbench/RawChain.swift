import Crypto
import Foundation
import SyncModel
import SyncTesting

/// The raw limit of a checked merge: the hashes that the chain of every feed asks for, one by one in buffers that are there
/// already, and nothing else; with `heads=all` the signatures too.
enum RawChain {
  static let take: TakeSample = { context in
    let data = try context.dataSet()
    let feeds = try data.feeds().load()
    let segments = try feeds.map { try $0.segments.map { try Segment(bytes: $0) } }
    let verifies = context.settings["heads"] == "all"
    let entries = feeds.reduce(0) { $0 + $1.entries }
    let processor = Usage.processSeconds
    let (seconds, sums) = try Usage.timed { () -> [UInt64] in
      if context.setting("threads", default: 1) == 1 { return try segments.map { try run($0, verifies) } }
      return try inParallel(segments.count) { try run(segments[$0], verifies) }
    }
    var sample = Sample()
    sample["seconds"] = seconds
    sample["cpuSeconds"] = Usage.processSeconds - processor
    sample["entries"] = Double(entries)
    sample["entriesPerSecond"] = Double(entries) / seconds
    sample["entriesPerCPUSecond"] = Double(entries) / sample["cpuSeconds"]
    sample["headsPerEntry"] =
      Double(segments.joined().reduce(0) { $0 + $1.heads.count }) / Double(entries)
    // Looked at, so that nothing is left out as unused.
    if sums.reduce(0, &+) == 0 { throw Wrong("no hash was worked out") }
    return sample
  }

  private static func run(_ segments: [Segment], _ verifies: Bool) throws -> UInt64 {
    var sum: UInt64 = 0
    var key: Curve25519.Signing.PublicKey?
    for segment in segments {
      if let genesis = segment.genesis {
        key = try Curve25519.Signing.PublicKey(rawRepresentation: FeedGenesis(bytes: genesis).deviceKey)
      }
      var buffers = Buffers()
      for run in segment.runs {
        guard case .plain(let secret, let entries) = run else { continue }
        for entry in entries { sum &+= buffers.hash(entry, secret: secret.bytes) }
      }
      if verifies, let key {
        for head in segment.heads {
          // Whether it holds is not the question here: a wrong one costs as much.
          if key.isValidSignature(head.signature, for: buffers.chain) { sum &+= 1 }
        }
      }
    }
    return sum
  }

  /// A chain's hash, its parts' digests, and what is hashed to get them.
  private struct Buffers {
    var chain = [UInt8](repeating: 0, count: 96)
    private var salted: [UInt8] = []
    private var salt = [UInt8](repeating: 7, count: 56)

    mutating func hash(_ entry: Segment.PlainEntry, secret: [UInt8]) -> UInt64 {
      salt.replaceSubrange(0..<16, with: secret)
      let saltDigest = SHA256.hash(data: salt)
      salted.removeAll(keepingCapacity: true)
      saltDigest.withUnsafeBytes { salted.append(contentsOf: $0.prefix(16)) }
      salted += entry.values
      // One value an entry: the edits are made one by one.
      let valueDigest = SHA256.hash(data: salted)
      let valuesDigest = valueDigest.withUnsafeBytes { SHA256.hash(data: $0) }
      let headerDigest = SHA256.hash(data: entry.header)
      headerDigest.withUnsafeBytes { bytes in for (index, byte) in bytes.enumerated() { chain[32 + index] = byte } }
      valuesDigest.withUnsafeBytes { bytes in for (index, byte) in bytes.enumerated() { chain[64 + index] = byte } }
      let next = SHA256.hash(data: chain)
      return next.withUnsafeBytes { bytes in
        for (index, byte) in bytes.enumerated() { chain[index] = byte }
        return bytes.loadUnaligned(as: UInt64.self)
      }
    }
  }
}
