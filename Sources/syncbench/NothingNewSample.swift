import Foundation
import SyncEngine
import SyncModel

/// A laptop and its hub hold the same and know each other: what it costs to find out that there is nothing to do.
enum NothingNewSample {
  static let take: TakeSample = { context in
    let set = try LogSet(logs: context.scale, seed: context.data.seed, cache: context.data.cache)
    let (hub, client) = (try set.hubFolder(), try set.clientFolder())
    return try context.inScratch { scratch in
      var exchange = try Pair(hub: hub, client: client, scratch: scratch, seed: context.data.seed).exchange
      // Once to meet, once more so that what is sent only the first time after is over.
      for _ in 0..<2 {
        if try !exchange.run().inSync { throw Wrong("the copy is not in step with what it is a copy of") }
      }
      var courses: [InProcess.Course] = []
      let start = Usage.wallSeconds
      repeat { courses.append(try exchange.run()) } while courses.count < 51 && Usage.wallSeconds - start < 10
      if courses.contains(where: { !$0.inSync }) { throw Wrong("not in step") }
      var sample = Sample()
      sample["roundTrips"] = courses.map { Double($0.roundTrips) }.max() ?? .nan
      sample["requestBytes"] = courses.map { Double($0.requestBytes) }.max() ?? .nan
      sample["answerBytes"] = courses.map { Double($0.answerBytes) }.max() ?? .nan
      sample["hubSeconds"] = Statistics(courses.map(\.hubSeconds))?.median ?? .nan
      sample["clientSeconds"] = Statistics(courses.map(\.clientSeconds))?.median ?? .nan
      return sample
    }
  }
}
