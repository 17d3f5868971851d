import SyncModel

/// How a workspace stands: what is safe, what is not yet sent, what waits.
public struct WorkspaceStatus: Sendable {
  public let schoolName: String
  public let unit: DirectoryUnit
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
  public let conflicts: Int
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

/// Every chain and signature of a workspace, checked again from the stored bytes.
public struct Verification: Sendable {
  public var feeds = 0
  public var entries = 0
  public var problems: [Problem] = []

  public var ok: Bool { problems.isEmpty }

  public struct Problem: Hashable, Sendable {
    public let log: LogID
    public let replica: ReplicaID
    /// The first entry that cannot be trusted.
    public let seq: UInt32
    public let reason: String
  }
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
      for campaign in try Self.campaigns(snapshot) where campaign.units.contains(identity.unit) {
        guard let sheet = try? sheet(campaign, unit: unit, snapshot) else { continue }
        var summary = ScoreSummary()
        for part in sheet.parts {
          for item in part.template.leaves { part.add(item, to: &summary) }
        }
        campaigns.append((campaign, summary))
      }
      let unsent = try snapshot.unsent()
      return WorkspaceStatus(
        schoolName: schoolName, unit: unit, replica: try snapshot.ownReplica(),
        deviceName: String(decoding: try snapshot.setting("deviceName") ?? [], as: UTF8.self),
        roles: device?.roles ?? [], enrolled: device != nil,
        stopped: device?.isStopped == true, isTop: try snapshot.isTop(),
        unsentEntries: unsent.entries, exportedEntries: unsent.exported,
        conflicts: try snapshot.conflicts().count, pending: logs.reduce(0) { $0 + $1.waiting },
        owed: try snapshot.owedCount(),
        entries: logs.reduce(0) { $0 + $1.entries }, sealing: try snapshot.sealingStatus(), campaigns: campaigns,
        lastSyncMilliseconds: try snapshot.lastSyncMilliseconds(), delivery: try snapshot.delivery(),
        renewals: renewals,
        ownCopyConflicts: renewals.isEmpty
          ? 0 : try self.conflicts(unit: nil, snapshot).count { $0.twoCopiesOf == identity.device })
    }
  }

  /// Checks every chain hash and signature from the stored bytes; promise 5.
  public func verify() throws -> Verification {
    try read { try $0.verify() }
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
  /// are in a bundle on the way; and when the oldest was written, milliseconds since 1970. The school's own hub has
  /// nobody above to send to: 0.
  ///
  /// A peer whose place another store has taken does not count: a hub that was restored may have lost what it had
  /// acknowledged.
  /// - Parameter only: nil for all logs.
  func unsent(in only: LogID? = nil) throws -> (entries: Int, exported: Int, oldestMilliseconds: UInt64?) {
    if try isTop() { return (0, 0, nil) }
    let peers = try peers().filter { $0.address != nil }
    var oldest: UInt64?
    let directory = try directory()
    var (unsent, exported) = (0, 0)
    for row in try connection.rows(
      "SELECT DISTINCT l.id, l.key FROM strand s JOIN log l ON l.id = s.log WHERE s.device_key = ?",
      [.blob(identity.deviceKey)])
    {
      let log = try LogID(key: row[1].blob)
      if let only, only != log { continue }
      let acknowledged = peers.filter { directory.isShared(log, between: identity.unit, and: $0.unit) }.map(\.sent)
        .max()
      let places = try bundlePlaces(row: row[0].integer)
      for arrival in try connection.rows(
        """
        SELECT a.strand, a.first, a.last, e.received_ms
        FROM arrival a JOIN strand s ON s.log = a.log AND s.strand = a.strand
          JOIN entry e ON e.log = a.log AND e.strand = a.strand AND e.seq = a.first
        WHERE a.log = ? AND a.id > ? AND s.device_key = ?
        """, [row[0], SQLValue(acknowledged ?? 0), .blob(identity.deviceKey)])
      {
        let place = places[Int(arrival[0].integer)] ?? BundlePlace()
        let first = max(arrival[1].integer, Int64(place.acknowledged) + 1)
        let count = Int(max(0, arrival[2].integer - first + 1))
        if count > 0 { oldest = min(oldest ?? .max, UInt64(arrival[3].integer)) }
        unsent += count
        exported += Int(max(0, min(arrival[2].integer, Int64(place.exported)) - first + 1))
      }
    }
    return (unsent, exported, oldest)
  }

  func owedCount() throws -> Int {
    Int(try connection.first("SELECT count(*) FROM absent WHERE redacted = 0")?[0].integer ?? 0)
  }

  func lastSyncMilliseconds() throws -> UInt64? {
    try connection.first("SELECT max(last_ms) FROM peer")?[0].optionalInteger.map { UInt64($0) }
  }

  func verify() throws -> Verification {
    var verification = Verification()
    for summary in try logs() {
      let storage = SQLLogStorage(connection, log: summary.row)
      let strands = try strands(row: summary.row)
      let topology = StrandTopology(parents: strands.map(\.parent))
      for (index, strand) in strands.enumerated() {
        verification.feeds += 1
        let start = strand.parent?.seq ?? 0
        var hash = Chain.start(genesis: strand.genesis)
        if let parent = strand.parent {
          let holder = topology.holder(of: parent.seq, on: index)
          hash = try storage.hash(of: Dot(strand: holder, seq: parent.seq)) ?? hash
        }
        func problem(_ seq: UInt32, _ reason: String) {
          verification.problems.append(
            Verification.Problem(log: summary.log, replica: strand.replica, seq: seq, reason: reason))
        }
        if !strand.isOpened(in: summary.log, of: identity.school) { problem(start + 1, "开头与记录不符") }
        let heads = Dictionary(
          try storage.heads(of: index, after: start, through: strand.stored).map { ($0.head.seq, $0.head.signature) },
          uniquingKeysWith: { first, _ in first })
        if strand.stored > start, heads[strand.stored] == nil { problem(strand.stored, "末尾没有签名") }
        var seq = start
        while seq < strand.stored {
          seq += 1
          let found: StoredEntry?
          do {
            found = try storage.entry(Dot(strand: index, seq: seq))
          } catch {
            problem(seq, "内容无法读出")
            break
          }
          guard let entry = found else {
            problem(seq, "缺少这一条")
            break
          }
          verification.entries += 1
          guard let next = try? chain(entry, after: hash, seq: seq, log: summary.log, storage) else {
            problem(seq, "内容无法读出")
            break
          }
          hash = next
          if hash != entry.hash {
            problem(seq, "内容与记录不符")
            break
          }
          guard let signature = heads[seq] else { continue }
          let message = Chain.headMessage(
            school: identity.school, log: summary.log, replica: strand.replica, seq: seq, hash: hash)
          if !DeviceKey.verify(signature, of: message, by: strand.deviceKey) {
            problem(seq, "签名不符")
            break
          }
        }
        if let bad = try unopened(strand, index, summary.log, storage) { problem(bad, "密封内容与记录不符") }
        if seq == strand.stored, hash != strand.storedHash { problem(seq, "末尾与记录不符") }
      }
    }
    return verification
  }

  /// The first own entry of a strand whose box does not open although its key is here. The chain covers what a box
  /// holds, not the box.
  private func unopened(_ strand: Strand, _ index: Int, _ log: LogID, _ storage: SQLLogStorage) throws -> UInt32? {
    let keys = try sealing(of: log)
    if keys.isEmpty { return nil }
    var seq = strand.parent?.seq ?? 0
    while seq < strand.stored {
      seq += 1
      guard let entry = try storage.entry(Dot(strand: index, seq: seq)), case .sealed(let sealed) = entry.body,
        keys[sealed.epoch] != nil
      else { continue }
      if try readable(entry, of: strand.replica, seq: seq, in: log).isSealed { return seq }
    }
    return nil
  }

  private func chain(
    _ entry: StoredEntry, after hash: Digest256, seq: UInt32, log: LogID, _ storage: SQLLogStorage
  ) throws -> Digest256 {
    switch entry.body {
    case .plain(let header, let values, let batch):
      guard let secret = try storage.secret(of: batch) else { throw WorkspaceError.damaged("batch") }
      return try Chain.next(hash, header: header, values: values, secret: secret, seq: seq, in: log.channel)
    case .explicit(let header, let slots):
      return Chain.next(
        hash, headerDigest: Chain.headerDigest(header), valuesDigest: Chain.valuesDigest(slots))
    case .sealed(let sealed):
      return Chain.next(hash, headerDigest: sealed.headerDigest, valuesDigest: sealed.valuesDigest)
    }
  }
}

extension Strand {
  /// True where record 0 is one that this feed may begin with.
  fileprivate func isOpened(in log: LogID, of school: SchoolID) -> Bool {
    guard let start = try? FeedGenesis(bytes: genesis) else { return false }
    return start.school == school && start.log == log && start.deviceKey == deviceKey
      && ReplicaID(school: school, deviceKey: deviceKey, incarnation: start.incarnation) == replica
  }
}
