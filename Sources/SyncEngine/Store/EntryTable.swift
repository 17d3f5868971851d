import SyncModel

/// The entries of one log over SQL, with the secrets of their batches. What is appended or replaced is written by
/// ``flush()``; reads through this object see it at once.
final class EntryTable {
  private let connection: any SQLConnection
  private let log: Int64
  /// Rows read or made in this transaction, by strand, ascending. Clean ones beyond ``cacheLimit`` are let go.
  private var chunks: [Int32: [EntryChunk]] = [:]
  private var clean = 0
  private var secrets: [BatchID: BatchSecret?] = [:]
  private var nextBatch: Int64?

  /// Rows kept in memory that are as the database has them.
  private static let cacheLimit = 64

  init(_ connection: any SQLConnection, log: Int64) {
    self.connection = connection
    self.log = log
  }

  // MARK: Reading

  /// nil where the strand itself holds no such entry.
  func entry(_ dot: Dot) throws -> StoredEntry? { try chunk(dot)?.entry(dot.seq) }
  func plainEntry(_ dot: Dot) throws -> PlainEntryView? { try chunk(dot)?.plainEntry(dot.seq) }
  func tag(of dot: Dot) throws -> ChainTag? { try chunk(dot)?.tag(dot.seq) }

  func hash(of dot: Dot) throws -> Digest256? {
    try chunk(dot)?.hash(dot.seq) { try secret(of: $0) }
  }

  func byteCount(of strand: Int, after: UInt32, through: UInt32) throws -> Int {
    var sum = 0
    var seq = after
    while seq < through, let chunk = try chunk(Dot(strand: strand, seq: seq + 1)) {
      let end = min(through, chunk.last)
      for next in seq + 1...end { sum += try chunk.byteCount(next) }
      seq = end
    }
    return sum
  }

  /// What rows claim of the chain, for checking it: first and last seq, the hashes before and after.
  func marks(of strand: Int) throws -> [(first: UInt32, last: UInt32, startHash: Digest256?, endHash: Digest256?)] {
    try connection.rows(
      "SELECT first, last, start_hash, end_hash FROM chunk WHERE log = ? AND strand = ? ORDER BY first",
      [.integer(log), SQLValue(strand)]
    ).map { row in
      (
        try row[0].number("chunk"), try row[1].number("chunk"), Digest256(bytes: row[2].blob),
        Digest256(bytes: row[3].blob)
      )
    }
  }

  private static let columns = "id, first, last, start_hash, end_hash, received, body"

  private func chunk(_ dot: Dot) throws -> EntryChunk? {
    if let cached = cached(dot) { return cached }
    guard
      let row = try connection.first(
        "SELECT \(Self.columns) FROM chunk WHERE log = ? AND strand = ? AND first <= ? ORDER BY first DESC LIMIT 1",
        [.integer(log), SQLValue(dot.strand), SQLValue(dot.seq)])
    else { return nil }
    let chunk = try keep(Self.chunk(row), of: dot.strand)
    return dot.seq <= chunk.last ? chunk : nil
  }

  /// The row in memory that holds `dot`.
  private func cached(_ dot: Dot) -> EntryChunk? {
    guard let rows = chunks[dot.strand] else { return nil }
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].first <= dot.seq { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let found = rows[low - 1]
    return dot.seq <= found.last ? found : nil
  }

  private static func chunk(_ row: [SQLValue]) throws -> EntryChunk {
    guard let start = Digest256(bytes: row[3].blob), let end = Digest256(bytes: row[4].blob) else {
      throw WorkspaceError.damaged("chunk")
    }
    return try EntryChunk(
      row: row[0].integer, first: try row[1].number("chunk"), last: try row[2].number("chunk"), startHash: start,
      endHash: end, received: row[5].blob, bytes: row[6].blob)
  }

  private func keep(_ chunk: EntryChunk, of strand: Int32) -> EntryChunk {
    if let known = chunks[strand]?.first(where: { $0.first == chunk.first }) { return known }
    if clean >= Self.cacheLimit { letGo() }
    clean += 1
    let rows = chunks[strand] ?? []
    chunks[strand, default: []].insert(chunk, at: rows.firstIndex { $0.first > chunk.first } ?? rows.count)
    return chunk
  }

  private func letGo() {
    chunks = chunks.compactMapValues { rows in
      let left = rows.filter(\.isChanged)
      return left.isEmpty ? nil : left
    }
    clean = 0
  }

  // MARK: Writing

  /// The strand's next entry.
  /// - Parameter previous: the chain hash before it.
  func append(_ entry: StoredEntry, hash: Digest256, after previous: Digest256, at dot: Dot) throws {
    if let tail = try tail(dot), tail.hasRoom(for: entry) {
      if !tail.isChanged { clean -= 1 }
      tail.append(entry, hash: hash)
      return
    }
    let chunk = EntryChunk(first: dot.seq, startHash: previous)
    chunk.append(entry, hash: hash)
    chunks[dot.strand, default: []].append(chunk)
  }

  /// The row that ends just before `dot`, where it takes another entry.
  private func tail(_ dot: Dot) throws -> EntryChunk? {
    if let last = chunks[dot.strand]?.last, last.last == dot.seq - 1 { return last }
    // Its size is told without reading it.
    let end = try connection.first(
      "SELECT last, length(body) FROM chunk WHERE log = ? AND strand = ? ORDER BY first DESC LIMIT 1",
      [.integer(log), SQLValue(dot.strand)])
    guard let end, end[0].integer == Int64(dot.seq) - 1, end[1].integer < EntryChunk.openBytes else { return nil }
    return try chunk(Dot(strand: Int(dot.strand), seq: dot.seq - 1))
  }

  func replace(_ body: StoredEntry.Body, at dot: Dot) throws {
    guard let chunk = try chunk(dot) else { return }
    if !chunk.isChanged { clean -= 1 }
    try chunk.replace(body, at: dot.seq)
  }

  func flush() throws {
    for (strand, rows) in chunks.sorted(by: { $0.key < $1.key }) {
      for chunk in rows where chunk.isChanged {
        let values: [SQLValue] = [
          SQLValue(chunk.first), SQLValue(chunk.last), .blob(chunk.startHash.bytes), .blob(chunk.endHash.bytes),
          .blob(chunk.receivedBytes), .blob(chunk.bytes),
        ]
        if let row = chunk.row {
          try connection.run(
            """
            UPDATE chunk SET first = ?, last = ?, start_hash = ?, end_hash = ?, received = ?, body = ? WHERE id = ?
            """, values + [.integer(row)])
        } else {
          try connection.run(
            """
            INSERT INTO chunk (log, strand, first, last, start_hash, end_hash, received, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, [.integer(log), SQLValue(strand)] + values)
          chunk.row = connection.lastInsertedRow
        }
        chunk.isChanged = false
        clean += 1
      }
    }
    if clean > Self.cacheLimit { letGo() }
  }

  // MARK: Batches

  func insertBatch(secret: BatchSecret) throws -> BatchID {
    let next =
      try nextBatch
      ?? (connection.first("SELECT max(id) FROM batch WHERE log = ?", [.integer(log)])?[0].integer ?? 0) + 1
    nextBatch = next + 1
    try connection.run("INSERT INTO batch VALUES (?, ?, ?)", [.integer(log), .integer(next), .blob(secret.bytes)])
    let batch = BatchID(rawValue: next)
    secrets[batch] = .some(secret)
    return batch
  }

  func secret(of batch: BatchID) throws -> BatchSecret? {
    if let known = secrets[batch] { return known }
    let secret = try connection.first(
      "SELECT secret FROM batch WHERE log = ? AND id = ?", [.integer(log), .integer(batch.rawValue)]
    ).flatMap { BatchSecret(bytes: $0[0].blob) }
    secrets[batch] = .some(secret)
    return secret
  }

  func eraseSecret(of batch: BatchID) throws {
    try connection.run("DELETE FROM batch WHERE log = ? AND id = ?", [.integer(log), .integer(batch.rawValue)])
    secrets[batch] = .some(nil)
  }
}
