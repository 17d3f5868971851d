import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting

/// A new laptop of the committee fetches everything from a hub over loopback, durably. The figure of memory is the
/// laptop's: nothing else is in this process.
enum FetchSample {
  static let take: TakeSample = { context in
    let data = try context.dataSet()
    let facts = try data.facts()
    let hubFolder = try data.hubFolder()
    return try await context.inScratch { scratch in
      try FileManager.default.copyItem(atPath: hubFolder, toPath: scratch + "/hub")
      let identity = try LogStore(path: scratch + "/hub/workspace/workspace.db").identity
      let laptop = try Laptop.make(in: scratch + "/laptop", school: identity, number: 0, seed: context.data.seed)
      guard try laptop.store.synchronousLevel == 2 else { throw Wrong("commits are not synchronous=FULL") }
      let hub = try HubProcess(binaries: context.binaries, folder: scratch + "/hub")
      let client = try HubClient(address: hub.url)
      var sample = Sample()
      sample["baseBytes"] = Double(Usage.residentBytes)
      let (start, cpu, hubCPU) = (Usage.wallSeconds, Usage.processSeconds, hub.cpuSeconds)
      let outcome = try await client.synchronize(laptop)
      sample["seconds"] = Usage.wallSeconds - start
      sample["cpuSeconds"] = Usage.processSeconds - cpu
      sample["hubSeconds"] = hub.cpuSeconds - hubCPU
      sample["peakBytes"] = Double(Usage.peakBytes)
      sample["hubPeakBytes"] = Double(hub.peakBytes)
      sample["entries"] = Double(facts.entries)
      sample["entriesPerSecond"] = Double(facts.entries) / sample["seconds"]
      sample["roundTrips"] = Double(outcome.roundTrips)
      sample["bytesPerEntry"] = Double(outcome.bytesReceived) / Double(facts.entries)
      try await client.shutdown()
      try hub.stop()
      let stored = try laptop.store.read { snapshot in
        try snapshot.logs().filter { $0.log.channel == .answers && $0.waiting == 0 }.reduce(0) { $0 + $1.entries }
      }
      if stored != facts.entries || !outcome.inSync {
        throw Wrong("\(stored) of \(facts.entries) entries came and are in view")
      }
      return sample
    }
  }
}
