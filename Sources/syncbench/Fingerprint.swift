import Foundation
import GRDB
import SyncEngine
import SyncModel
import SyncTesting

/// FNV-1a (Fowler, Noll & Vo), 64 bits: tells data sets apart; nothing rests on it.
struct Fingerprint {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    // The length counts too: neighbours must not run into each other.
    value = (value ^ 0xff) &* 0x0000_0100_0000_01b3
  }

  var text: String { String(value, radix: 36) }

  /// By place, size and time: reading a large file would count as the memory of whoever asks.
  static func file(_ path: String) throws -> String {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    var fingerprint = Fingerprint()
    fingerprint.add(URL(fileURLWithPath: path).standardizedFileURL.path.utf8)
    fingerprint.add("\(attributes[.size] ?? 0) \(attributes[.modificationDate] ?? 0)".utf8)
    return fingerprint.text
  }

  /// Over a few entries as they go over the wire and the tables of a new database: another release with other bytes finds
  /// no data set of this one.
  static func formats() throws -> String {
    var plan = EditPlan()
    plan.units = 1
    plan.edits = 40
    let school = SchoolMaker.school(SchoolID(high: 1, low: 2), plan: plan)
    var fingerprint = Fingerprint()
    for feed in try school.feeds(ofUnit: 0, plan.edits(ofUnit: 0), devices: 2) {
      for segment in feed.segments { fingerprint.add(segment) }
    }
    let path = NSTemporaryDirectory() + "unitsync-bench-formats-\(UUID().uuidString).db"
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    let key = school.writer(unit: 0, device: 0).key.publicKey
    try LogStore(
      creatingAt: path,
      identity: StoreIdentity(
        school: school.school, rootKey: key, rehearsal: true, rootUnit: SchoolMaker.root, unit: SchoolMaker.root,
        firstStore: StoreID(high: 1, low: 1), deviceKey: key)
    ).close()
    let tables = try DatabaseQueue(path: path).read {
      try String.fetchAll($0, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    }
    for table in tables { fingerprint.add(table.utf8) }
    fingerprint.add([SchoolMaker.version])
    return fingerprint.text
  }
}
