import SyncModel

/// A file that an attachment names: by which log, and how long it is to be.
public struct NamedFile: Hashable, Sendable {
  public let hash: Digest256
  public let byteCount: Int
  public let log: LogID

  public init(hash: Digest256, byteCount: Int, log: LogID) {
    self.hash = hash
    self.byteCount = byteCount
    self.log = log
  }
}

extension StoreSnapshot {
  /// What stands of attachments that name the file.
  public func attachments(naming hash: Digest256) throws -> [NamedFile] {
    try named("a.hash = ?", [.blob(hash.bytes)])
  }

  /// What attachments name and is not here.
  public func missingFiles() throws -> [NamedFile] {
    try named("NOT EXISTS (SELECT 1 FROM file f WHERE f.hash = a.hash)", [])
  }

  /// What is here and named, and that the peer's store is not known to have.
  func filesUnknown(to store: StoreID) throws -> [NamedFile] {
    try named(
      """
      EXISTS (SELECT 1 FROM file f WHERE f.hash = a.hash)
      AND NOT EXISTS (SELECT 1 FROM file_sent s WHERE s.store = ? AND s.hash = a.hash)
      """, [.blob(store.bytes)])
  }

  /// What is here and named.
  func filesHere() throws -> [NamedFile] {
    try named("EXISTS (SELECT 1 FROM file f WHERE f.hash = a.hash)", [])
  }

  private func named(_ filter: String, _ arguments: [SQLValue]) throws -> [NamedFile] {
    try connection.rows(
      """
      SELECT DISTINCT a.hash, a.bytes, l.key FROM attachment a JOIN log l ON l.id = a.log
      WHERE a.stands = 1 AND \(filter) ORDER BY l.key, a.hash, a.bytes
      """, arguments
    ).map { row in
      guard let hash = Digest256(bytes: row[0].blob) else { throw WorkspaceError.damaged("attachment") }
      return NamedFile(hash: hash, byteCount: Int(row[1].integer), log: try LogID(key: row[2].blob))
    }
  }

  func fileName(of hash: Digest256) throws -> String? {
    let row = try connection.first(
      """
      SELECT l.key, a.name FROM attachment a JOIN log l ON l.id = a.log
      WHERE a.hash = ? AND a.stands = 1 ORDER BY l.key, a.name
      """, [.blob(hash.bytes)])
    guard let row else { return nil }
    let register = try register(LogID(key: row[0].blob), RegisterName(bytes: row[1].blob))
    return register?.values.compactMap(Attachment.init).first { $0.hash == hash }?.fileName
  }

  /// Files here that attachments name and no hub is known to have: what would die with this laptop.
  func unsentFiles() throws -> (files: Int, bytes: Int) {
    if try isTop() { return (0, 0) }
    let row = try connection.first(
      """
      SELECT count(*), coalesce(sum(f.bytes), 0) FROM file f
      WHERE EXISTS (SELECT 1 FROM attachment a WHERE a.hash = f.hash AND a.stands = 1)
        AND NOT EXISTS (
          SELECT 1 FROM file_sent s JOIN peer p ON p.store = s.store
          WHERE s.hash = f.hash AND p.address IS NOT NULL)
      """)
    return (Int(row?[0].integer ?? 0), Int(row?[1].integer ?? 0))
  }

  /// Files here, all together.
  func fileTotals() throws -> (files: Int, bytes: Int) {
    let row = try connection.first("SELECT count(*), coalesce(sum(bytes), 0) FROM file")
    return (Int(row?[0].integer ?? 0), Int(row?[1].integer ?? 0))
  }

  /// Bytes of the files here that attachments of the unit name.
  func fileBytes(of unit: UnitPath) throws -> Int {
    var bytes = 0
    var seen: Set<Digest256> = []
    for channel in [Channel.answers, .inspection] {
      guard let row = try rowID(of: LogID(unit, channel)) else { continue }
      for columns in try connection.rows(
        """
        SELECT DISTINCT f.hash, f.bytes FROM attachment a JOIN file f ON f.hash = a.hash
        WHERE a.log = ? AND a.stands = 1
        """, [.integer(row)])
      {
        guard let hash = Digest256(bytes: columns[0].blob), seen.insert(hash).inserted else { continue }
        bytes += Int(columns[1].integer)
      }
    }
    return bytes
  }

  /// The length with which a file was taken in; nil where the index does not say that it is here.
  func fileByteCount(_ hash: Digest256) throws -> Int? {
    try connection.first("SELECT bytes FROM file WHERE hash = ?", [.blob(hash.bytes)]).map { Int($0[0].integer) }
  }

  /// Every file that stands in the index of what is here.
  func fileRows() throws -> Set<Digest256> {
    var found: Set<Digest256> = []
    try connection.query("SELECT hash FROM file", []) { row in
      if let hash = Digest256(bytes: row[0].blob) { found.insert(hash) }
    }
    return found
  }

  /// Files that no attachment names, and did not before `moment` either.
  func unnamedFiles(since moment: UInt64, limit: Int) throws -> [Digest256] {
    try connection.rows(
      """
      SELECT hash FROM file f WHERE unnamed_ms <= ?
        AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.hash = f.hash AND a.stands = 1)
      ORDER BY hash LIMIT ?
      """, [SQLValue(moment), SQLValue(limit)]
    ).compactMap { Digest256(bytes: $0[0].blob) }
  }
}

extension StoreTransaction {
  /// A file stands in its place now; what was to go for want of an attachment is asked about anew.
  func noteFile(_ hash: Digest256, byteCount: Int) throws {
    try connection.run(
      """
      INSERT INTO file (hash, bytes, unnamed_ms) VALUES (?, ?, NULL)
      ON CONFLICT (hash) DO UPDATE SET bytes = excluded.bytes, unnamed_ms = NULL
      """, [.blob(hash.bytes), SQLValue(byteCount)])
  }

  func forgetFile(_ hash: Digest256) throws {
    try connection.run("DELETE FROM file WHERE hash = ?", [.blob(hash.bytes)])
    try connection.run("DELETE FROM file_sent WHERE hash = ?", [.blob(hash.bytes)])
  }

  /// Starts the grace of files that lost their last attachment, and ends that of files that have one again.
  func noteUnnamedFiles(at moment: UInt64) throws {
    try connection.run(
      """
      UPDATE file SET unnamed_ms = NULL WHERE unnamed_ms IS NOT NULL
        AND EXISTS (SELECT 1 FROM attachment a WHERE a.hash = file.hash AND a.stands = 1)
      """, [])
    try connection.run(
      """
      UPDATE file SET unnamed_ms = ? WHERE unnamed_ms IS NULL
        AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.hash = file.hash AND a.stands = 1)
      """, [SQLValue(moment)])
  }

  /// The peer's store is known to have them, or not to.
  func note(_ hashes: [Digest256], sentTo store: StoreID, _ sent: Bool = true) throws {
    for hash in hashes {
      try connection.run(
        sent
          ? "INSERT OR IGNORE INTO file_sent (store, hash) VALUES (?, ?)"
          : "DELETE FROM file_sent WHERE store = ? AND hash = ?", [.blob(store.bytes), .blob(hash.bytes)])
    }
  }
}
