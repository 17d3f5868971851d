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
  /// - Returns: their bounds, ascending, the last one that of `range`; bounds are as short as they can be between two logs.
  func split(
    _ range: Exchange.KeyRange, holding total: LogTotal, into count: Int
  ) throws -> [(high: [UInt8], total: LogTotal)] {
    let quota = max(1, (total.logs + UInt64(count) - 1) / UInt64(count))
    let level = level(for: total.logs, in: count)
    var parts: [(high: [UInt8], total: LogTotal)] = []
    var current = LogTotal.zero
    var low = range.low
    func cut(before key: [UInt8], after last: [UInt8]?) {
      guard current.logs >= quota else { return }
      let bound = key.shortestPrefix(above: last.map { low.lexicographicallyPrecedes($0) ? $0 : low } ?? low)
      parts.append((bound, current))
      (low, current) = (bound, .zero)
    }
    for piece in scope.pieces(in: range) {
      if level == 0 {
        var last: [UInt8]?
        for (log, item, entries) in try sums.logs(of: piece.channels, in: piece.range) {
          cut(before: log.key, after: try last ?? (current.logs >= quota ? sums.key(before: log.key) : nil))
          current += LogTotal(item: item, entries: entries)
          last = log.key
        }
      } else {
        let cells = try sums.keys(on: level, of: piece.channels, in: piece.range)
        let end = cells.first?.key ?? piece.range.high
        if piece.range.low != end {
          current += try sums.total(of: piece.channels, in: Exchange.KeyRange(low: piece.range.low, high: end))
        }
        for (index, cell) in cells.enumerated() {
          if current.logs >= quota { cut(before: cell.key, after: try sums.key(before: cell.key)) }
          current +=
            index + 1 < cells.count
            ? cell.total
            : try sums.total(of: piece.channels, in: Exchange.KeyRange(low: cell.key, high: piece.range.high))
        }
      }
    }
    return parts + [(range.high, current)]
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
