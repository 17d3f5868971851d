import Foundation
import SyncEngine
import SyncHTTP
import SyncModel
import SyncTesting
import Synchronization

/// Many laptops push what they wrote to one hub at the same time, batch after batch, each waiting for its answer: the hub
/// answers once a batch is on the disk.
///
/// The laptops are thin: entries were written and signed before, each request is signed when it is sent.
enum ClientsSample {
  static let take: TakeSample = { context in
    let clients = context.setting("clients", default: 100)
    let seconds = Double(context.setting("seconds", default: 30))
    let set = try BatchSet(
      clients: clients, batches: context.scale.count, seed: context.data.seed, cache: context.data.cache)
    let (folder, school) = (try set.schoolFolder(), try set.school())
    let loads = try set.loads()
    return try context.inScratch { scratch in
      try FileManager.default.copyItem(atPath: folder, toPath: scratch + "/hub")
      let hub = try HubProcess(binaries: context.binaries, folder: scratch + "/hub")
      let first = try LoopbackHTTP(port: hub.port)
      let peer = try HubPeer.meet(first)
      first.close()
      let (cpu, port) = (hub.cpuSeconds, hub.port)
      let begin = Usage.wallSeconds
      let end = begin + seconds
      let tallies = Mutex<[Int: Tally]>([:])
      let group = DispatchGroup()
      for number in 0..<clients {
        let thread = Thread {
          let tally = push(
            loads[number], by: school.writer(unit: number, device: 0).key, at: school.unit(number), school, to: peer,
            port: port, until: end)
          tallies.withLock { $0[number] = tally }
          group.leave()
        }
        group.enter()
        thread.start()
      }
      group.wait()
      let elapsed = Usage.wallSeconds - begin
      var sample = Sample()
      sample["hubCPUSeconds"] = hub.cpuSeconds - cpu
      sample["hubPeakBytes"] = Double(hub.peakBytes)
      let all = tallies.withLock { $0 }
      sample["seconds"] = elapsed
      let acknowledged = all.values.reduce(0) { $0 + $1.entries }
      sample["entries"] = Double(acknowledged)
      sample["entriesPerSecond"] = Double(acknowledged) / elapsed
      let latencies = all.values.flatMap(\.seconds)
      sample["p50Seconds"] = Statistics.percentile(0.5, of: latencies) ?? .nan
      sample["p99Seconds"] = Statistics.percentile(0.99, of: latencies) ?? .nan
      sample["busyAnswers"] = Double(all.values.reduce(0) { $0 + $1.busy })
      sample["errors"] = Double(all.values.reduce(0) { $0 + $1.errors.count })
      sample.notes += Set(all.values.flatMap(\.errors)).sorted().prefix(3)
      if all.values.contains(where: \.ranOut) { sample.notes.append("some clients had nothing left to send") }
      try hub.stop()
      let store = try LogStore(path: scratch + "/hub/workspace/workspace.db")
      var lost = 0
      for (number, tally) in all {
        let stored = try store.read { try $0.strands(of: school.log(number)).reduce(0) { $0 + Int($1.stored) } }
        lost += max(0, tally.entries - stored)
      }
      sample["lost"] = Double(lost)
      return sample
    }
  }

  struct Tally: Sendable {
    /// Acknowledged.
    var entries = 0
    /// Of each batch from its first attempt to its acknowledgement.
    var seconds: [Double] = []
    /// Answers that asked to come again later.
    var busy = 0
    var errors: [String] = []
    var ranOut = false
  }

  private static func push(
    _ batches: [EditedFeed], by key: DeviceKey, at unit: UnitPath, _ school: EditedSchool, to peer: HubPeer,
    port: UInt16, until end: Double
  ) -> Tally {
    var tally = Tally()
    let store = StoreID(high: 0x10ad, low: key.deviceID.low)
    var cursor: Exchange.Cursor?
    do {
      let connection = try LoopbackHTTP(port: port)
      defer { connection.close() }
      for batch in batches {
        if Usage.wallSeconds >= end { return tally }
        var message = Messages.message(batch.segments, from: school)
        message.hello.unit = unit
        message.hello.store = store
        message.hello.clockMilliseconds = Platform.wallMilliseconds
        message.cursor = cursor
        let body = message.bytes
        let start = Usage.wallSeconds
        while true {
          let reply = try peer.exchange(body, by: key, over: connection)
          if reply.status == 200 {
            let answer = try Exchange(bytes: reply.body)
            if !answer.refusals.isEmpty { throw Messages.Refused(refusals: answer.refusals) }
            // As a session does: next time the hub says only what is new since.
            cursor = answer.cursor ?? Exchange.Cursor(store: answer.hello.store, arrival: answer.summary.arrival)
            break
          }
          guard reply.status == 503 || reply.status == 429, let wait = reply["retry-after"].flatMap({ Double($0) })
          else { throw Wrong("the hub answered \(reply.status)") }
          tally.busy += 1
          if Usage.wallSeconds + wait > end { return tally }
          Thread.sleep(forTimeInterval: wait)
        }
        tally.seconds.append(Usage.wallSeconds - start)
        tally.entries += batch.entries
      }
      tally.ranOut = true
    } catch {
      tally.errors.append("\(error)")
    }
    return tally
  }
}

/// What many laptops have to push: one unit each, in batches of a hundred edits that were made one by one.
struct BatchSet: Sendable {
  let plan: EditPlan
  let folder: String
  private var parts: Parts { Parts(folder: folder) }

  static let batchEntries = 100

  init(clients: Int, batches: Int, seed: UInt64, cache: String) throws {
    var plan = EditPlan()
    plan.units = clients
    plan.devices = 1
    plan.edits = clients * batches * Self.batchEntries
    plan.concurrentPerMille = 0
    plan.seed = seed
    self.plan = plan
    folder = "\(cache)/batches\(clients)x\(batches)-seed\(seed)-\(try Fingerprint.formats())"
  }

  func schoolFolder() throws -> String {
    try parts.make("school") { try SchoolMaker(plan: plan, devices: 1).make(in: $0) }
  }

  func school() throws -> EditedSchool {
    let store = try LogStore(path: schoolFolder() + "/workspace/workspace.db")
    defer { try? store.close() }
    return SchoolMaker.school(store.identity.school, plan: plan)
  }

  /// By client, batch after batch.
  func loads() throws -> [[EditedFeed]] {
    let school = try school()
    let path = try parts.make("batches.bin") { path in
      let feeds = try inParallel(plan.units) { unit in
        try school.batches(ofUnit: unit, plan.edits(ofUnit: unit), count: Self.batchEntries)
      }
      try FeedFile.write(feeds.flatMap { $0 }, to: path)
    }
    let all = try FeedFile(path: path).load()
    let each = all.count / plan.units
    return (0..<plan.units).map { Array(all[$0 * each..<($0 + 1) * each]) }
  }
}
