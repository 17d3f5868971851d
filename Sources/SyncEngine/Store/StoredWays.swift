import SyncModel

/// How the feeds of the notices held in a store run and branch; read once a log, and each place looked for once.
final class StoredWays: FeedWays {
  private let snapshot: StoreSnapshot
  private var logs: [LogID: Log] = [:]
  private(set) var failure: (any Error)?

  private struct Log {
    var strands: [Strand] = []
    var byReplica: [ReplicaID: [Int]] = [:]
    var storage: SQLLogStorage?
    var known: [FeedPlace: FeedSpot?] = [:]
  }

  init(_ snapshot: StoreSnapshot) {
    self.snapshot = snapshot
  }

  /// Tells in advance where the entry of a place stands.
  func note(_ place: FeedPlace, in log: LogID, at spot: FeedSpot) {
    open(log)
    logs[log]?.known[place] = .some(spot)
  }

  func spot(of place: FeedPlace, in log: LogID) -> FeedSpot? {
    open(log)
    if let known = logs[log]?.known[place] { return known }
    var found: FeedSpot?
    do { found = try find(place, in: log) } catch { failure = error }
    logs[log]?.known[place] = .some(found)
    return found
  }

  func parent(of branch: Int, in log: LogID) -> FeedSpot? {
    open(log)
    return logs[log]?.strands[branch].parent?.spot
  }

  private func find(_ place: FeedPlace, in log: LogID) throws -> FeedSpot? {
    guard let held = logs[log], let storage = held.storage else { return nil }
    for index in held.byReplica[place.replica] ?? [] {
      let strand = held.strands[index]
      guard place.seq <= strand.stored, place.seq > strand.parent?.seq ?? 0 else { continue }
      let dot = Dot(strand: index, seq: place.seq)
      let hash = place.seq == strand.stored ? strand.storedHash : try storage.hash(of: dot)
      if hash == place.hash { return dot.spot }
    }
    return nil
  }

  private func open(_ log: LogID) {
    if logs[log] != nil { return }
    var held = Log()
    do {
      if let row = try snapshot.rowID(of: log) {
        held.strands = try snapshot.strands(row: row)
        held.storage = snapshot.storage(row: row)
        for (index, strand) in held.strands.enumerated() { held.byReplica[strand.replica, default: []].append(index) }
      }
    } catch { failure = error }
    logs[log] = held
  }

  /// By branch: the entry after which it begins, on the branch that it leaves or the feed of the same device that it continues.
  func beginnings(in log: LogID) throws -> [Int: FeedSpot] {
    open(log)
    var found: [Int: FeedSpot] = [:]
    for (index, strand) in (logs[log]?.strands ?? []).enumerated() {
      if let parent = strand.parent {
        found[index] = parent.spot
      } else if let continued = try FeedGenesis(bytes: strand.genesis).continues, continued.seq > 0,
        let spot = spot(of: continued, in: log), logs[log]?.strands[spot.branch].deviceKey == strand.deviceKey
      {
        found[index] = spot
      }
    }
    if let failure { throw failure }
    return found
  }
}

extension Dot {
  var spot: FeedSpot { FeedSpot(branch: Int(strand), seq: seq) }
}
