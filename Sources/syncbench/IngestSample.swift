import Foundation
import SyncEngine
import SyncModel
import SyncTesting

/// A hub takes in everything that all units wrote: decode, chain, authority, merge, commit with synchronous=FULL.
enum IngestSample {
  static let take: TakeSample = { context in
    let data = try context.dataSet()
    let (school, messages) = (try data.school(), try Messages(of: data.feeds(), from: data.school()).all)
    let before = try data.schoolFolder()
    return try context.inScratch { scratch in
      try FileManager.default.copyItem(atPath: before, toPath: scratch + "/hub")
      let path = scratch + "/hub/workspace/workspace.db"
      let store = try LogStore(path: path)
      guard try store.synchronousLevel == 2 else { throw Wrong("commits are not synchronous=FULL") }
      let (start, cpu) = (Usage.wallSeconds, Usage.processSeconds)
      for message in messages { try Messages.take(message, into: store) }
      var sample = Sample()
      sample["seconds"] = Usage.wallSeconds - start
      sample["cpuSeconds"] = Usage.processSeconds - cpu
      sample["peakBytes"] = Double(Usage.peakBytes)
      let entries = messages.reduce(0) { $0 + $1.entries }
      sample["entries"] = Double(entries)
      sample["entriesPerSecond"] = Double(entries) / sample["seconds"]
      let stored = try store.read { snapshot in
        try snapshot.logs().filter { $0.log.channel == .answers && $0.waiting == 0 }.reduce(0) { $0 + $1.entries }
      }
      if stored != entries { throw Wrong("\(stored) of \(entries) entries are stored and in view") }
      try store.close()
      // What was there before, directory and all, is not the entries'.
      let empty = fileBytes(before + "/workspace/workspace.db")
      sample["storedPerEntry"] = Double(fileBytes(path) - empty) / Double(entries)
      return sample
    }
  }

  static func fileBytes(_ path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }
}
