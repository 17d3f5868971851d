import SyncModel

/// Differences that a unit's own devices have among themselves: the unit is asked to settle them first, those above
/// only when it has not after ``Conflict/innerDays``. Whoever may settle one may do so at any time.
extension Conflict {
  /// Days that a unit has, from when the difference arrived here, before those above it are asked as well.
  public static let innerDays = 7

  /// Days that are left to the unit, 1 … ``innerDays``; nil where this workspace is asked: it is the unit's own or not
  /// above it, devices of several units wrote, the unit takes part no more, or the days are over.
  public func daysLeft(at milliseconds: UInt64) -> Int? {
    innerSinceMilliseconds.flatMap { Self.daysLeft(since: $0, at: milliseconds) }
  }

  static func daysLeft(since: UInt64, at milliseconds: UInt64) -> Int? {
    let day: UInt64 = 86_400_000
    let total = UInt64(innerDays) * day
    // It came while the clock here stood far ahead: nobody knows how long ago, so nobody waits.
    if since > milliseconds, since - milliseconds > day { return nil }
    let passed = milliseconds > since ? milliseconds - since : 0
    return passed >= total ? nil : Int((total - passed + day - 1) / day)
  }
}

extension StoreSnapshot {
  struct Contested: Hashable {
    let log: LogID
    let register: RegisterID
  }

  /// Open differences in units below this workspace's whose values the unit's own devices all wrote, each with when two
  /// different ones were first both here, milliseconds since 1970.
  func innerDifferences() throws -> [Contested: UInt64] {
    let directory = try directory()
    var siblings: [Contested: [(content: [SQLValue], dot: Dot, row: Int64)]] = [:]
    var outside: Set<Contested> = []
    try connection.query(
      """
      SELECT c.key, c.log, c.register, x.strand, x.seq, t.device_key, x.absent, x.content
      FROM (SELECT l.key AS key, s.log AS log, s.register AS register \(Self.conflicts)) c
      CROSS JOIN sibling x ON x.log = c.log AND x.register = c.register
      CROSS JOIN strand t ON t.log = x.log AND t.strand = x.strand
      WHERE x.valid = 1 AND x.absent <> 2
      """, []
    ) { row in
      let log = try LogID(key: row[0].blob)
      guard directory.tree.isAbove(identity.unit, log.unit), directory.units[log.unit]?.status == .active else {
        return
      }
      let contested = Contested(log: log, register: RegisterID(rawValue: row[2].integer))
      if directory.devices[DeviceID(key: row[5].blob)]?.grants[log.unit] == nil { outside.insert(contested) }
      let dot = Dot(strand: Int(row[3].integer), seq: try row[4].number("sibling"))
      siblings[contested, default: []].append((Array(row[6...7]), dot, row[1].integer))
    }
    var found: [Contested: UInt64] = [:]
    for (contested, written) in siblings where !outside.contains(contested) {
      var firstArrivals: [[SQLValue]: UInt64] = [:]
      for sibling in written {
        guard let entry = try storage(row: sibling.row).entry(sibling.dot) else { continue }
        firstArrivals[sibling.content] = min(firstArrivals[sibling.content] ?? .max, entry.receivedMilliseconds)
      }
      if let since = firstArrivals.values.sorted().dropFirst().first { found[contested] = since }
    }
    return found
  }

  /// Open differences that this workspace is asked to settle, and those that are still left to the units themselves.
  public func conflictCounts(at milliseconds: UInt64) throws -> (asked: Int, inner: Int) {
    let all = try conflictCount()
    if all == 0 { return (0, 0) }
    let inner = try innerDifferences().values.count { Conflict.daysLeft(since: $0, at: milliseconds) != nil }
    return (all - inner, inner)
  }
}
