import SyncModel

/// Totals of the items of any stretch of logs, in about 16 rows a level instead of all logs (decision 0021).
///
/// A log whose key's hash begins with 4·L zero bits stands on level L: one of 16 on the first, one of 256 on the second. Its
/// row there holds the totals of everything from its key up to the next one on that level; a row with an empty key stands on
/// each level before all others. Level 0 is the logs themselves.
struct LogSums {
  let connection: any SQLConnection

  /// Enough for 16⁶ logs, 16 rows at the top.
  static let top = 5
  static let bitsPerLevel = 4

  /// The highest level that a log of this key stands on.
  static func level(of key: [UInt8]) -> Int {
    min(top, Hashing.labelled(.level, key).a.leadingZeroBitCount / bitsPerLevel)
  }

  /// The totals of the logs of `channels` with keys in `range`.
  func total(of channels: ChannelSet, in range: Exchange.KeyRange) throws -> LogTotal {
    var total = LogTotal.zero
    var low = range.low
    var level = 0
    // Up as long as something on the next level lies in the range …
    while level < Self.top, let next = try first(on: level + 1, in: Exchange.KeyRange(low: low, high: range.high)) {
      if low != next { total += try rows(on: level, of: channels, in: Exchange.KeyRange(low: low, high: next)) }
      low = next
      level += 1
    }
    // … and down again behind the last that lies wholly in it.
    while level > 0, !range.high.isEmpty {
      let last = try last(on: level, below: range.high)
      if low != last { total += try rows(on: level, of: channels, in: Exchange.KeyRange(low: low, high: last)) }
      low = last
      level -= 1
    }
    total += try rows(on: level, of: channels, in: Exchange.KeyRange(low: low, high: range.high))
    return total
  }

  /// Keys that stand on `level` and lie in `range`, ascending, each with the totals up to the next one on that level, which
  /// may lie outside.
  func keys(
    on level: Int, of channels: ChannelSet, in range: Exchange.KeyRange
  ) throws -> [(key: [UInt8], total: LogTotal)] {
    precondition(level > 0, "the logs themselves are read by logs(of:in:limit:)")
    var found: [(key: [UInt8], total: LogTotal)] = []
    try query("SELECT key, totals FROM log_sum", on: level, in: range) { row in
      found.append((row[0].blob, try ChannelTotals.total(of: channels, in: row[1].blob)))
    }
    return found
  }

  /// The logs of `channels` that hold anything, in key order, at most `limit`.
  func logs(
    of channels: ChannelSet, in range: Exchange.KeyRange, limit: Int = .max
  ) throws -> [(log: LogID, item: Digest256, entries: Int)] {
    var found: [(log: LogID, item: Digest256, entries: Int)] = []
    try eachLog(of: channels, in: range, limit: limit) { key, item, entries in
      found.append((try LogID(key: key), item, entries))
    }
    return found
  }

  // MARK: Rows

  func first(on level: Int, in range: Exchange.KeyRange) throws -> [UInt8]? {
    try connection.first(
      "SELECT key FROM log_sum WHERE level = ? AND key >= ? ORDER BY key LIMIT 1", [SQLValue(level), .blob(range.low)]
    )
    .map { $0[0].blob }
    .flatMap { range.contains($0) ? $0 : nil }
  }

  /// On every level there is one: the empty key.
  func last(on level: Int, below high: [UInt8]) throws -> [UInt8] {
    try connection.first(
      "SELECT key FROM log_sum WHERE level = ? AND key < ? ORDER BY key DESC LIMIT 1", [SQLValue(level), .blob(high)])?[
        0
      ]
      .blob ?? []
  }

  private func rows(on level: Int, of channels: ChannelSet, in range: Exchange.KeyRange) throws -> LogTotal {
    var total = LogTotal.zero
    if level == 0 {
      try eachLog(of: channels, in: range, limit: .max) { total += LogTotal(item: $1, entries: $2) }
    } else {
      try query("SELECT totals FROM log_sum", on: level, in: range) { row in
        total += try ChannelTotals.total(of: channels, in: row[0].blob)
      }
    }
    return total
  }

  /// The totals of everything in `range`, whose ends stand on `level`, by channel.
  func channelTotals(on level: Int, in range: Exchange.KeyRange) throws -> ChannelTotals {
    var totals = ChannelTotals()
    if level == 0 {
      try eachLog(of: .all, in: range, limit: .max) { key, item, entries in
        guard let channel = key.last.flatMap(Channel.init(rawValue:)) else { throw WorkspaceError.damaged("log") }
        totals[channel] += LogTotal(item: item, entries: entries)
      }
    } else {
      try query("SELECT totals FROM log_sum", on: level, in: range) { totals += try ChannelTotals(bytes: $0[0].blob) }
    }
    return totals
  }

  private func query(
    _ select: String, on level: Int, in range: Exchange.KeyRange, _ row: ([SQLValue]) throws -> Void
  ) throws {
    if range.high.isEmpty {
      try connection.query(
        "\(select) WHERE level = ? AND key >= ? ORDER BY key", [SQLValue(level), .blob(range.low)], row)
    } else {
      try connection.query(
        "\(select) WHERE level = ? AND key >= ? AND key < ? ORDER BY key",
        [SQLValue(level), .blob(range.low), .blob(range.high)], row)
    }
  }

  private func eachLog(
    of channels: ChannelSet, in range: Exchange.KeyRange, limit: Int,
    _ use: (_ key: [UInt8], _ item: Digest256, _ entries: Int) throws -> Void
  ) throws {
    // No key begins so: every one begins with text.
    let high = range.high.isEmpty ? [0xff] : range.high
    let chosen = Channel.allCases.filter { channels.contains($0) }.map { "\($0.rawValue)" }.joined(separator: ", ")
    try connection.query(
      """
      SELECT key, digest, entries FROM log
      WHERE key >= ? AND key < ? AND entries > 0 AND channel IN (\(chosen)) ORDER BY key LIMIT ?
      """, [.blob(range.low), .blob(high), SQLValue(limit)]
    ) { row in
      guard let item = Digest256(bytes: row[1].blob) else { throw WorkspaceError.damaged("log") }
      try use(row[0].blob, item, Int(row[2].integer))
    }
  }
}
