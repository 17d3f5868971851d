import Foundation
import SyncEngine
import SyncModel
import SyncTesting

/// Ten entries of one feed go to a peer that both know, one round a figure: written one by one at registers that the feed
/// has named before, as people go on filling in what they began.
enum TenEntriesSample {
  static let take: TakeSample = { context in
    let set = try LogSet(logs: context.scale, seed: context.data.seed, cache: context.data.cache)
    let (hub, client) = (try set.hubFolder(), try set.clientFolder())
    let toHub = context.settings["direction"] != "down"
    return try context.inScratch { scratch in
      var pair = try Pair(hub: hub, client: client, scratch: scratch, seed: context.data.seed)
      let writer = toHub ? pair.clientWriter : pair.hubWriter
      let log = try set.school().log(0)
      var plan = EditPlan()
      plan.units = 1
      plan.devices = 1
      plan.items = 5
      plan.edits = Self.known + Self.rounds * 10
      plan.concurrentPerMille = 0
      var edits = plan.edits(ofUnit: 0)[...]
      func write(_ count: Int) throws {
        for edit in edits.prefix(count) { try writer.write(edit, to: log, at: pair.exchange.wall) }
        edits = edits.dropFirst(count)
      }
      try write(Self.known)
      for _ in 0..<2 { if try !pair.exchange.run().inSync { throw Wrong("not in step before") } }
      var courses: [InProcess.Course] = []
      for _ in 0..<Self.rounds {
        try write(10)
        courses.append(try pair.exchange.run())
      }
      if courses.contains(where: { !$0.inSync || $0.outcome.sent + $0.outcome.received != 10 }) {
        throw Wrong("ten entries should have gone over")
      }
      return sample(of: courses)
    }
  }

  /// Enough to name every register.
  private static let known = 150
  private static let rounds = 11

  static func sample(of courses: [InProcess.Course]) -> Sample {
    var sample = Sample()
    func median(_ value: (InProcess.Course) -> Double) -> Double { Statistics(courses.map(value))?.median ?? .nan }
    sample["roundTrips"] = courses.map { Double($0.roundTrips) }.max() ?? .nan
    sample["requestBytes"] = median { Double($0.requestBytes) }
    sample["answerBytes"] = median { Double($0.answerBytes) }
    sample["bodyBytes"] = median { Double($0.requestBytes + $0.answerBytes) }
    sample["segmentBytes"] = median { Double($0.segmentBytes) }
    sample["otherBytes"] = median { Double($0.requestBytes + $0.answerBytes - $0.segmentBytes) }
    sample["hubSeconds"] = median { $0.hubSeconds }
    sample["clientSeconds"] = median { $0.clientSeconds }
    return sample
  }
}

/// Copies of a hub and of a laptop that holds the same, opened, with somebody to write at each.
struct Pair {
  var exchange: InProcess
  let clientWriter: StoreWriter
  let hubWriter: StoreWriter

  init(hub: String, client: String, scratch: String, seed: UInt64) throws {
    try FileManager.default.copyItem(atPath: hub, toPath: scratch + "/hub")
    try FileManager.default.copyItem(atPath: client, toPath: scratch + "/client")
    let hubStore = try LogStore(path: scratch + "/hub/workspace/workspace.db")
    let clientStore = try LogStore(path: scratch + "/client/workspace/workspace.db")
    let key = SchoolMaker.laptop(0, seed: seed)
    exchange = InProcess(client: clientStore, hub: hubStore, key: key)
    clientWriter = StoreWriter(store: clientStore, key: key)
    guard let seed = try Platform.readPrivate(scratch + "/hub/workspace/device.key"), let hubKey = DeviceKey(seed: seed)
    else { throw Wrong("the hub has no key") }
    hubWriter = StoreWriter(store: hubStore, key: hubKey)
  }
}

/// Somebody who sees everything that is in the store and writes one edit at a time.
struct StoreWriter {
  let store: LogStore
  let key: DeviceKey
  let incarnation = Incarnation(high: 0xbe9c, low: 1)

  func write(_ edit: Edit, to log: LogID, at milliseconds: UInt64) throws {
    try store.write(wallMilliseconds: milliseconds) { transaction in
      _ = try transaction.append(
        [Change(EditedSchool.register(edit.item, edit.field), EditedSchool.value(edit.value))], to: log,
        by: Author(key: key, incarnation: incarnation, person: PersonID(high: 0xbe9c, low: 2), shownUpTo: .max),
        continues: nil, secret: .random(), claimedMilliseconds: milliseconds)
    }
  }
}
