import Foundation
import SyncEngine
import SyncModel
import SyncTesting

/// Two stores that never met differ in ten logs, one entry each: what it costs to find them. What has to go over anyway, the
/// entries, is not counted.
enum TenLogsSample {
  static let take: TakeSample = { context in
    let set = try LogSet(logs: context.scale, seed: context.data.seed, cache: context.data.cache)
    let (hub, client) = (try set.hubFolder(), try set.clientFolder())
    let school = try set.school()
    let adjacent = context.settings["where"] == "adjacent"
    return try context.inScratch { scratch in
      var pair = try Pair(hub: hub, client: client, scratch: scratch, seed: context.data.seed)
      var plan = EditPlan()
      plan.units = 1
      plan.edits = 10
      // By key, as both sides have them in order.
      let logs = (0..<context.scale.count).map(school.log).sorted()
      let places = (0..<10).map { adjacent ? logs.count / 2 - 5 + $0 : logs.count * $0 / 10 + logs.count / 20 }
      for (edit, place) in zip(plan.edits(ofUnit: 0), places) {
        try pair.hubWriter.write(edit, to: logs[place], at: pair.exchange.wall)
      }
      let course = try pair.exchange.run(limitSeconds: Double(context.setting("limit", default: 120)))
      var sample = TenEntriesSample.sample(of: [course])
      if !course.inSync {
        sample.notes.append("given up before both were in step")
        sample["unfinished"] = 1
      } else if course.outcome.received != 10 {
        throw Wrong("\(course.outcome.received) entries came, not ten")
      }
      return sample
    }
  }
}
