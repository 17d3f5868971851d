import SyncModel

/// How a workspace stands: what is safe, what is not yet sent, what waits.
public struct WorkspaceStatus: Sendable {
  public let schoolName: String
  public let unit: DirectoryUnit
  /// The unit takes part no more; nil for one in use.
  public let ending: UnitEnding?
  public let replica: ReplicaID
  public let deviceName: String
  public let roles: Roles
  /// False until a hub has confirmed the invitation.
  public let enrolled: Bool
  /// The directory says that this device was stopped: nothing more is written here, and no hub takes anything of it.
  public let stopped: Bool
  /// The school's own workspace, with no hub above it.
  public let isTop: Bool
  /// Own entries that no hub has acknowledged: what would die with this laptop.
  public let unsentEntries: Int
  /// Those of them that a bundle holds which nobody has acknowledged yet 已导出待送达.
  public let exportedEntries: Int
  /// Files that no hub is known to have, and their bytes.
  public let unsentFiles: (files: Int, bytes: Int)
  /// The same log by log, in the order of their keys; no log without any.
  public let unsentLogs: [UnsentLog]
  /// 报送包 that came here before what they build on.
  public let waitingBundles: Int
  /// Open differences that this workspace is asked to settle.
  public let conflicts: Int
  /// Those below that are left to the units themselves for now (``Conflict/innerDays``); not part of ``conflicts``.
  public let innerConflicts: Int
  /// Fields that were changed after this unit had settled them 核定后改动.
  public let changedSettlements: Int
  /// Entries stored that wait for what they depend on.
  public let pending: Int
  /// Values 内容未到: their digest alone is here.
  public let owed: Int
  public let entries: Int
  public let sealing: SealingStatus
  public let campaigns: [(campaign: Campaign, summary: ScoreSummary)]
  /// Milliseconds since 1970 of the last exchange with any hub; nil where there was none.
  public let lastSyncMilliseconds: UInt64?
  /// How far the school has this unit's answers; nil for the school itself, and before anything was handed in.
  public let delivery: Delivery?
  /// Each time this folder was found set back or copied, oldest first.
  public let renewals: [Renewal]
  /// Open differences between two copies of this device's own folder; part of ``conflicts``.
  public let ownCopyConflicts: Int
}

/// Own entries of one log that nobody else who may hold them has acknowledged.
public struct UnsentLog: Hashable, Sendable {
  public let log: LogID
  public let entries: Int
  /// Those of them that a bundle holds which nobody has acknowledged yet.
  public let exported: Int
  /// When the oldest was written here, milliseconds since 1970.
  public let oldestMilliseconds: UInt64
}

extension Office {
  public func status() throws -> WorkspaceStatus {
    try read { snapshot in
      let directory = try snapshot.directory()
      let device = directory.devices[identity.device]
      let unit = try ownUnit(snapshot)
      let schoolName =
        try directory.schoolName.isEmpty ? pendingInvitation(snapshot)?.schoolName ?? "" : directory.schoolName
      let logs = try snapshot.logs()
      let renewals = try snapshot.renewals()
      var campaigns: [(campaign: Campaign, summary: ScoreSummary)] = []
      for campaign in try Self.campaigns(snapshot).all where campaign.units.contains(identity.unit) {
        guard let sheet = try? sheet(campaign, unit: unit, snapshot) else { continue }
        var summary = ScoreSummary()
        for part in sheet.parts { part.add(to: &summary) }
        campaigns.append((campaign, summary))
      }
      let unsent = try snapshot.unsentLogs()
      let counts = try snapshot.conflictCounts(at: claimedMilliseconds)
      return WorkspaceStatus(
        schoolName: schoolName, unit: unit, ending: directory.ending(of: unit.path), replica: try snapshot.ownReplica(),
        deviceName: String(decoding: try snapshot.setting(Workspace.Setting.deviceName) ?? [], as: UTF8.self),
        roles: device?.roles ?? [], enrolled: device != nil,
        stopped: device?.isStopped == true, isTop: try snapshot.isTop(),
        unsentEntries: unsent.reduce(0) { $0 + $1.entries }, exportedEntries: unsent.reduce(0) { $0 + $1.exported },
        unsentFiles: try snapshot.unsentFiles(), unsentLogs: unsent, waitingBundles: waitingBundles(),
        conflicts: counts.asked, innerConflicts: counts.inner,
        changedSettlements: try changedAfterSettling(snapshot).count { $0.isAsked(of: identity.unit, directory) },
        pending: logs.reduce(0) { $0 + $1.waiting },
        owed: try snapshot.owedCount(),
        entries: logs.reduce(0) { $0 + $1.entries }, sealing: try snapshot.sealingStatus(), campaigns: campaigns,
        lastSyncMilliseconds: try snapshot.lastSyncMilliseconds(), delivery: try snapshot.delivery(),
        renewals: renewals,
        ownCopyConflicts: renewals.isEmpty
          ? 0 : try self.conflicts(unit: nil, snapshot).count { $0.twoCopiesOf == identity.device })
    }
  }
}

extension StoreSnapshot {
  func ownIncarnation() throws -> Incarnation {
    guard let incarnation = try setting(StoreTransaction.incarnation).flatMap({ Incarnation(bytes: $0) }) else {
      throw WorkspaceError.damaged("incarnation")
    }
    return incarnation
  }

  public func ownReplica() throws -> ReplicaID {
    ReplicaID(school: identity.school, deviceKey: identity.deviceKey, incarnation: try ownIncarnation())
  }

  func unsentEntries() throws -> Int { try unsent().entries }

  /// Own entries that nobody else who may hold them has acknowledged, over the network or by a receipt; how many of them
  /// are in a bundle on the way; and when the oldest was written, milliseconds since 1970.
  /// - Parameter only: nil for all logs.
  func unsent(in only: LogID? = nil) throws -> (entries: Int, exported: Int, oldestMilliseconds: UInt64?) {
    let logs = try unsentLogs(in: only)
    return (
      logs.reduce(0) { $0 + $1.entries }, logs.reduce(0) { $0 + $1.exported },
      logs.map(\.oldestMilliseconds).min()
    )
  }

  /// Log by log, in the order of their keys. The school's own hub has nobody above to send to: none.
  ///
  /// A peer whose place another store has taken does not count: a hub that was restored may have lost what it had
  /// acknowledged.
  func unsentLogs(in only: LogID? = nil) throws -> [UnsentLog] {
    if try isTop() { return [] }
    let peers = try peers().filter { $0.address != nil }
    let directory = try directory()
    var unsent: [UnsentLog] = []
    for row in try connection.rows(
      "SELECT DISTINCT l.id, l.key FROM strand s JOIN log l ON l.id = s.log WHERE s.device_key = ? ORDER BY l.key",
      [.blob(identity.deviceKey)])
    {
      let log = try LogID(key: row[1].blob)
      if let only, only != log { continue }
      let acknowledged = peers.filter { directory.isShared(log, between: identity.unit, and: $0.unit) }.map(\.sent)
        .max()
      let places = try bundlePlaces(row: row[0].integer)
      let stored = storage(row: row[0].integer)
      var (entries, exported, oldest) = (0, 0, UInt64?.none)
      for arrival in try connection.rows(
        """
        SELECT a.strand, a.first, a.last
        FROM arrival a JOIN strand s ON s.log = a.log AND s.strand = a.strand
        WHERE a.log = ? AND a.id > ? AND s.device_key = ? ORDER BY a.id
        """, [row[0], SQLValue(acknowledged ?? 0), .blob(identity.deviceKey)])
      {
        let place = places[Int(arrival[0].integer)] ?? BundlePlace()
        let first = max(arrival[1].integer, Int64(place.acknowledged) + 1)
        let count = Int(max(0, arrival[2].integer - first + 1))
        // Arrivals are numbered in the order in which they were written.
        if count > 0, oldest == nil {
          let dot = Dot(strand: Int(arrival[0].integer), seq: try arrival[1].number("arrival"))
          oldest = try stored.entry(dot)?.receivedMilliseconds
        }
        entries += count
        exported += Int(max(0, min(arrival[2].integer, Int64(place.exported)) - first + 1))
      }
      if entries > 0 {
        unsent.append(UnsentLog(log: log, entries: entries, exported: exported, oldestMilliseconds: oldest ?? 0))
      }
    }
    return unsent
  }

  func owedCount() throws -> Int {
    Int(try connection.first("SELECT count(*) FROM absent WHERE redacted = 0")?[0].integer ?? 0)
  }

  func lastSyncMilliseconds() throws -> UInt64? {
    try connection.first("SELECT max(last_ms) FROM peer")?[0].optionalInteger.map { UInt64($0) }
  }
}
