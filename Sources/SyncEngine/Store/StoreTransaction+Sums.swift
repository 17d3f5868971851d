import SyncModel

/// The sums follow the logs' rows: each log that changes is noted, and all are added at once before anything is asked of the
/// sums, or the transaction ends.
extension StoreTransaction {
  /// Call it before the log's row says so.
  func note(_ log: LogID, row: Int64, becomes item: Digest256, entries: Int) throws {
    let after = entries > 0 ? LogTotal(item: item, entries: entries) : nil
    if sumChanges[log] != nil {
      sumChanges[log]?.after = after
      return
    }
    var before: LogTotal?
    if let row = try connection.first("SELECT digest, entries FROM log WHERE id = ?", [.integer(row)]),
      row[1].integer > 0
    {
      guard let item = Digest256(bytes: row[0].blob) else { throw WorkspaceError.damaged("log") }
      before = LogTotal(item: item, entries: Int(row[1].integer))
    }
    if before != after { sumChanges[log] = LogSums.Change(before: before, after: after) }
  }

  func settleSums() throws {
    if sumChanges.isEmpty { return }
    try LogSums(connection: connection).apply(sumChanges)
    sumChanges = [:]
    try setCounter(.sums, try counter(.sums) + 1)
  }
}
