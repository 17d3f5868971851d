import SyncModel

/// The items of the logs that one side takes to be shared, as far as they can be told cheaply: totals of any range, logs in
/// order, and cuts into ranges of like size.
struct FrontierView {
  let sums: LogSums
  let scope: SharedScope
  /// Over the whole scope.
  let whole: LogTotal

  /// Rows read for each range that is cut off, at least: their sizes then differ by some tens of percent only.
  private static let cellsPerRange = 3
  /// A bound moves by a fourth of a range at most, or by one row.
  private static let shiftDivisor: UInt64 = 4

  func total(in range: Exchange.KeyRange) throws -> LogTotal {
    if range == .all { return whole }
    return try scope.pieces(in: range).reduce(into: .zero) {
      $0 += try sums.total(of: $1.channels, in: $1.range)
    }
  }

  /// In key order, at most `limit`.
  func logs(in range: Exchange.KeyRange, limit: Int = .max) throws -> [(log: LogID, item: Digest256, entries: Int)] {
    var found: [(log: LogID, item: Digest256, entries: Int)] = []
    for piece in scope.pieces(in: range) where found.count < limit {
      found += try sums.logs(of: piece.channels, in: piece.range, limit: limit - found.count)
    }
    return found
  }

  /// Cuts `range`, which holds `total`, into about `count` ranges with about as many logs each.
  /// - Returns: their bounds, ascending, the last one that of `range`. They are sent: each is as short as it can be without
  ///   moving by much.
  func split(
    _ range: Exchange.KeyRange, holding total: LogTotal, into count: Int
  ) throws -> [(high: [UInt8], total: LogTotal)] {
    let quota = max(1, (total.logs + UInt64(count) - 1) / UInt64(count))
    var parts: [(high: [UInt8], total: LogTotal)] = []
    var current = LogTotal.zero
    var low = range.low
    // The cells added last: a bound may fall back behind them.
    var recent: [(key: [UInt8], total: LogTotal)] = []
    try cells(range, level: level(for: total.logs, in: count)) { key, cell in
      if current.logs >= quota, let key {
        let bound = key.shortestPrefix(above: recent.first?.key ?? low)
        var moved = LogTotal.zero
        let first = recent.firstIndex { !$0.key.lexicographicallyPrecedes(bound) } ?? recent.count
        for cell in recent[first...] { moved += cell.total }
        let next = first < recent.count ? recent[first].key : key
        if bound != next { moved += try self.total(in: Exchange.KeyRange(low: bound, high: next)) }
        current -= moved
        parts.append((bound, current))
        (low, current, recent) = (bound, moved, [])
      }
      current += cell
      guard let key else { return }
      recent.append((key, cell))
      var behind = recent.dropFirst().reduce(0) { $0 + $1.total.logs }
      while recent.count > 1, behind > quota / Self.shiftDivisor {
        recent.removeFirst()
        behind -= recent[0].total.logs
      }
    }
    return parts + [(range.high, current)]
  }

  /// Stretches of `range` in order that begin with a key on `level`, or (without a key) where a piece of the scope begins.
  private func cells(
    _ range: Exchange.KeyRange, level: Int, _ use: (_ key: [UInt8]?, _ total: LogTotal) throws -> Void
  ) throws {
    for piece in scope.pieces(in: range) {
      if level == 0 {
        for (log, item, entries) in try sums.logs(of: piece.channels, in: piece.range) {
          try use(log.key, LogTotal(item: item, entries: entries))
        }
        continue
      }
      let keys = try sums.keys(on: level, of: piece.channels, in: piece.range)
      let first = keys.first?.key ?? piece.range.high
      if piece.range.low != first {
        try use(nil, try sums.total(of: piece.channels, in: Exchange.KeyRange(low: piece.range.low, high: first)))
      }
      for (index, cell) in keys.enumerated() {
        let isLast = index + 1 == keys.count
        let rest = Exchange.KeyRange(low: cell.key, high: piece.range.high)
        try use(cell.key, isLast ? sums.total(of: piece.channels, in: rest) : cell.total)
      }
    }
  }

  /// The highest level with enough rows to cut at.
  private func level(for logs: UInt64, in count: Int) -> Int {
    var level = 0
    while level < LogSums.top, logs >> UInt64((level + 1) * LogSums.bitsPerLevel) >= UInt64(count * Self.cellsPerRange)
    {
      level += 1
    }
    return level
  }
}

extension [UInt8] {
  /// - Parameter other: something that sorts before this.
  fileprivate func shortestPrefix(above other: [UInt8]) -> [UInt8] {
    let common = zip(self, other).prefix { $0 == $1 }.count
    return Array(prefix(common + 1))
  }
}

extension StoreSnapshot {
  /// - Parameter reach: how much of the scope is meant.
  func frontier(with peer: UnitPath, reach: ExchangeReach = .whole) throws -> FrontierView {
    let sums = try sums()
    let question = ScopeCache.Question(own: identity.unit, peer: peer, reach: reach)
    let version = ScopeCache.Version(directory: try counter(.directory), sums: try counter(.sums))
    if let memo = frontierMemo, memo.question == question, memo.version == version { return memo.view }
    let (scope, whole) = try scopes.known(question, version: version, keeping: isCommitted) {
      let scope = try sharedScope(with: peer, reach: reach)
      let whole = try scope.pieces.reduce(into: LogTotal.zero) {
        $0 += try sums.total(of: $1.channels, in: $1.range)
      }
      return (scope, whole)
    }
    let view = FrontierView(sums: sums, scope: scope, whole: whole)
    frontierMemo = (question, version, view)
    return view
  }

  /// As the directory has it at this moment.
  func sharedScope(with peer: UnitPath, reach: ExchangeReach) throws -> SharedScope {
    let directory = try directory()
    return directory.sharedScope(between: identity.unit, and: peer) {
      reach == .whole || directory.isNotice($0, forDevicesOf: peer)
    }
  }

  /// Logs in which a value is owed 内容未到, in key order.
  func owingLogs() throws -> [LogID] {
    try connection.rows(
      "SELECT DISTINCT l.key FROM absent a JOIN log l ON l.id = a.log WHERE a.redacted = 0 ORDER BY l.key"
    ).map { try LogID(key: $0[0].blob) }
  }
}

extension Directory {
  /// True for notices that can speak of devices of `unit`: whom a stopped device asks whether it still is.
  fileprivate func isNotice(_ log: LogID, forDevicesOf unit: UnitPath) -> Bool {
    let relation = tree.relation(of: log.unit, to: unit)
    return log.channel == .notices && (relation == .own || relation == .above || relation == .formerlyAbove)
  }
}
