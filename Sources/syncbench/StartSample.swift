import Foundation
import SyncTesting

/// A hub with many logs: how long until it serves, and what it keeps in memory then.
enum StartSample {
  static let take: TakeSample = { context in
    let set = try LogSet(logs: context.scale, seed: context.data.seed, cache: context.data.cache)
    let folder = try set.hubFolder()
    return try context.inScratch { scratch in
      try FileManager.default.copyItem(atPath: folder, toPath: scratch + "/hub")
      // The first start finds that the folder was copied; what counts is an ordinary one.
      try HubProcess(binaries: context.binaries, folder: scratch + "/hub").stop()
      let hub = try HubProcess(binaries: context.binaries, folder: scratch + "/hub")
      var sample = Sample()
      sample["readySeconds"] = hub.readySeconds
      sample["residentBytes"] = Double(hub.residentBytes)
      let loopback = try LoopbackHTTP(port: hub.port)
      let (seconds, _) = try Usage.timed { try HubPeer.meet(loopback) }
      sample["firstAnswerSeconds"] = seconds
      loopback.close()
      try hub.stop()
      sample["peakBytes"] = sample["residentBytes"]
      sample["entries"] = Double(set.plan.edits)
      return sample
    }
  }
}
