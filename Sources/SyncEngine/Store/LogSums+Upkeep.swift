import SyncModel

/// Keeping the sums: one row a level for each log that changed; many logs of one transaction share rows, and each is
/// written once.
extension LogSums {
  /// What became of one log's item. `before` is nil where it held nothing.
  struct Change {
    var before: LogTotal?
    var after: LogTotal?
  }

  /// Brings the sums up to what the log rows already say. Call it before anything is asked.
  func apply(_ changes: [LogID: Change]) throws {
    let changes = changes.map { (key: $0.key.key, channel: $0.key.channel, change: $0.value) }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    // A log that was there already stands where it stood.
    var added = changes.filter { $0.change.before == nil }.map { (key: $0.key, level: Self.level(of: $0.key)) }
    for level in 1...Self.top {
      added.removeAll { $0.level < level }
      var index = 0
      var new = added[...]
      while index < changes.count {
        let start = try last(on: level, through: changes[index].key)
        let next = index + 1 < changes.count ? try first(on: level, after: changes[index].key) : nil
        let end = next.flatMap { next in
          changes[index...].firstIndex { !$0.key.lexicographicallyPrecedes(next) }
        }
        let group = changes[index..<(end ?? changes.count)]
        let last = group.last?.key ?? start
        let inside = new.prefix { !last.lexicographicallyPrecedes($0.key) }
        new = new.dropFirst(inside.count)
        if inside.isEmpty {
          try add(group.map { ($0.channel, $0.change) }, to: start, on: level)
        } else {
          try divide(start, at: inside.map(\.key), on: level)
        }
        index = group.endIndex
      }
    }
  }

  /// Adds to the row of `key`.
  private func add(_ changes: [(channel: Channel, change: Change)], to key: [UInt8], on level: Int) throws {
    guard
      let row = try connection.first(
        "SELECT totals FROM log_sum WHERE level = ? AND key = ?", [SQLValue(level), .blob(key)])
    else { throw WorkspaceError.damaged("log_sum") }
    var totals = try ChannelTotals(bytes: row[0].blob)
    for (channel, change) in changes {
      if let before = change.before { totals[channel] -= before }
      if let after = change.after { totals[channel] += after }
    }
    try put(totals, key, on: level)
  }

  /// Logs that are new and stand on this level divide a row: its pieces are added up anew from the level below, which is
  /// right already.
  private func divide(_ start: [UInt8], at new: [[UInt8]], on level: Int) throws {
    let end = try first(on: level, after: new.last ?? start) ?? []
    let starts = new.first == start ? new : [start] + new
    for (low, high) in zip(starts, starts.dropFirst() + [end]) {
      try put(try channelTotals(on: level - 1, in: Exchange.KeyRange(low: low, high: high)), low, on: level)
    }
  }

  /// Everything anew from the logs, level by level.
  func rebuild() throws {
    try connection.run("DELETE FROM log_sum", [])
    var standing: [(key: [UInt8], level: Int)] = []
    try connection.query("SELECT key FROM log WHERE entries > 0 ORDER BY key", []) { row in
      let level = Self.level(of: row[0].blob)
      if level > 0 { standing.append((row[0].blob, level)) }
    }
    for level in 1...Self.top {
      standing.removeAll { $0.level < level }
      let starts = [[]] + standing.map(\.key)
      for (low, high) in zip(starts, starts.dropFirst() + [[]]) {
        try put(try channelTotals(on: level - 1, in: Exchange.KeyRange(low: low, high: high)), low, on: level)
      }
    }
  }

  private func put(_ totals: ChannelTotals, _ key: [UInt8], on level: Int) throws {
    try connection.run(
      """
      INSERT INTO log_sum (level, key, totals) VALUES (?, ?, ?)
      ON CONFLICT (level, key) DO UPDATE SET totals = excluded.totals
      """, [SQLValue(level), .blob(key), .blob(totals.bytes)])
  }

  private func last(on level: Int, through key: [UInt8]) throws -> [UInt8] {
    try connection.first(
      "SELECT key FROM log_sum WHERE level = ? AND key <= ? ORDER BY key DESC LIMIT 1", [SQLValue(level), .blob(key)])?[
        0
      ]
      .blob ?? []
  }

  private func first(on level: Int, after key: [UInt8]) throws -> [UInt8]? {
    try connection.first(
      "SELECT key FROM log_sum WHERE level = ? AND key > ? ORDER BY key LIMIT 1", [SQLValue(level), .blob(key)])?[0]
      .blob
  }
}
