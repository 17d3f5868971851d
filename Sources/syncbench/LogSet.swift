import Foundation
import GRDB
@_spi(Simulation) import SyncEngine
import SyncModel
import SyncTesting

/// A hub with any number of logs: what everything that grows with logs, not entries, is measured on.
///
/// One device of the committee writes in all of them. The units are not described one by one: a directory of a million
/// branches is nobody's.
struct LogSet: Sendable {
  let plan: EditPlan
  let folder: String
  private var parts: Parts { Parts(folder: folder) }

  /// Ten entries in each log, one where there are more logs than ``wideLogs``.
  init(logs: Scale, seed: UInt64, cache: String) throws {
    var plan = EditPlan()
    plan.units = logs.count
    plan.devices = 1
    plan.edits = logs.count * (logs.count > Self.wideLogs ? 1 : 10)
    plan.concurrentPerMille = 0
    plan.seed = seed
    self.plan = plan
    folder = "\(cache)/logs\(logs)-seed\(seed)-\(try Fingerprint.formats())"
  }

  static let wideLogs = 100_000

  private func schoolFolder() throws -> String {
    try parts.make("school") { path in
      var empty = plan
      empty.units = 0
      try SchoolMaker(plan: empty, devices: 1).make(in: path)
    }
  }

  func school() throws -> EditedSchool {
    let store = try LogStore(path: schoolFolder() + "/workspace/workspace.db")
    defer { try? store.close() }
    return SchoolMaker.school(store.identity.school, plan: plan, soleWriter: true)
  }

  /// The school's workspace with all logs in it.
  func hubFolder() throws -> String {
    let school = try school()
    return try parts.make("hub") { path in
      try FileManager.default.copyItem(atPath: schoolFolder(), toPath: path)
      let store = try LogStore(path: path + "/workspace/workspace.db")
      for start in stride(from: 0, to: plan.units, by: Self.logsAtOnce) {
        let feeds = try inParallel(min(Self.logsAtOnce, plan.units - start)) { offset in
          try school.feeds(ofUnit: start + offset, plan.edits(ofUnit: start + offset), devices: 1)
        }
        for message in Messages(feeds.flatMap { $0 }, from: school).all { try Messages.take(message, into: store) }
      }
      try store.close()
    }
  }

  private static let logsAtOnce = 2000

  /// A laptop of the committee that holds all that the hub holds: the hub's database under an identity of its own, as if
  /// it had fetched everything. No peer has been met.
  func clientFolder() throws -> String {
    let hub = try hubFolder()
    return try parts.make("client") { try Laptop.copy(of: hub, number: 0, seed: plan.seed, to: $0) }
  }
}

/// Laptops of the committee.
enum Laptop {
  /// An empty workspace, as after joining.
  static func make(in folder: String, school hub: StoreIdentity, number: Int, seed: UInt64) throws -> Workspace {
    let key = SchoolMaker.laptop(number, seed: seed)
    return try Workspace.create(
      in: folder + "/workspace",
      identity: StoreIdentity(
        school: hub.school, rootKey: hub.rootKey, rehearsal: hub.rehearsal, rootUnit: hub.rootUnit,
        unit: SchoolMaker.committee, firstStore: StoreID(high: seed, low: UInt64(number) + 1), deviceKey: key.publicKey),
      key: key, stateFolder: folder + "/state")
  }

  static func copy(of hub: String, number: Int, seed: UInt64, to folder: String) throws {
    let store = try LogStore(path: hub + "/workspace/workspace.db")
    let identity = store.identity
    try store.close()
    try make(in: folder, school: identity, number: number, seed: seed).store.close()
    let database = folder + "/workspace/workspace.db"
    let own = try DatabaseQueue(path: database).read { database in
      try Row.fetchAll(database, sql: "SELECT key, value FROM meta WHERE key IN ('identity', 'incarnation')")
        .map { (key: $0["key"] as String, value: $0["value"] as Data) }
    }
    try FileManager.default.removeItem(atPath: database)
    try FileManager.default.copyItem(atPath: hub + "/workspace/workspace.db", toPath: database)
    let queue = try DatabaseQueue(path: database)
    try queue.write { database in
      try database.execute(sql: "DELETE FROM meta WHERE key = 'store'")
      for (key, value) in own {
        try database.execute(sql: "UPDATE meta SET value = ? WHERE key = ?", arguments: [value, key])
      }
    }
    try queue.close()
  }
}
