/// Ordered migrations, each run once, inside the transaction that records it. Every table of a log leads with the log, so
/// that a database can shard on it.
enum Schema {
  /// What this release writes. A workspace with a higher number is from a newer version and is not touched.
  static var version: Int { migrations.count }

  static let migrations: [[String]] = [
    first, absentValues, bundlePlaces, refusals, vouchers, logSums, files, keptDirectory,
  ]

  private static let absentValues = [
    """
    CREATE TABLE absent (
      log INTEGER NOT NULL, strand INTEGER NOT NULL, seq INTEGER NOT NULL, change INTEGER NOT NULL,
      redacted INTEGER NOT NULL, PRIMARY KEY (log, strand, seq, change)) WITHOUT ROWID
    """
  ]

  /// How far each log's strands went into bundles for a unit, and how far that unit is known to have them.
  private static let bundlePlaces = [
    """
    CREATE TABLE bundle_place (
      log INTEGER NOT NULL, strand INTEGER NOT NULL, unit BLOB NOT NULL, exported INTEGER NOT NULL,
      acknowledged INTEGER NOT NULL, PRIMARY KEY (log, strand, unit)) WITHOUT ROWID
    """
  ]

  /// How far what cites a strand has to be waited for, and feeds that nobody waits for.
  private static let refusals = [
    "ALTER TABLE strand ADD COLUMN dependable_through INTEGER NOT NULL DEFAULT 4294967295",
    "CREATE TABLE refused (log INTEGER NOT NULL, replica BLOB NOT NULL, PRIMARY KEY (log, replica)) WITHOUT ROWID",
  ]

  /// The device's own signature under the mark that is remembered of it.
  private static let vouchers = [
    "ALTER TABLE witness ADD COLUMN voucher BLOB",
    "ALTER TABLE peer ADD COLUMN vouched_arrival INTEGER NOT NULL DEFAULT 0",
  ]

  /// Totals of the logs' items by level (``LogSums``), and where a value is owed.
  private static let logSums = [
    """
    CREATE TABLE log_sum (
      level INTEGER NOT NULL, key BLOB NOT NULL, totals BLOB NOT NULL, PRIMARY KEY (level, key)) WITHOUT ROWID
    """,
    "CREATE INDEX absent_owed ON absent (log) WHERE redacted = 0",
  ]

  /// Which files attachments name (`stands`: in view now), which files are here, and which a peer's store has.
  private static let files = [
    """
    CREATE TABLE attachment (
      log INTEGER NOT NULL, name BLOB NOT NULL, hash BLOB NOT NULL, bytes INTEGER NOT NULL, stands INTEGER NOT NULL,
      PRIMARY KEY (log, name, hash, bytes)) WITHOUT ROWID
    """,
    "CREATE INDEX attachment_hash ON attachment (hash, stands)",
    "CREATE TABLE file (hash BLOB PRIMARY KEY, bytes INTEGER NOT NULL, unnamed_ms INTEGER) WITHOUT ROWID",
    "CREATE INDEX file_unnamed ON file (unnamed_ms) WHERE unnamed_ms IS NOT NULL",
    "CREATE TABLE file_sent (store BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (store, hash)) WITHOUT ROWID",
  ]

  /// What the notices came to, with the version of them that it follows from (``StoreSnapshot/keptDirectory(version:)``): one row, or none.
  private static let keptDirectory = [
    "CREATE TABLE directory (version INTEGER NOT NULL, rules INTEGER NOT NULL, body BLOB NOT NULL)"
  ]

  private static let first = [
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL)",
    """
    CREATE TABLE log (
      id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, channel INTEGER NOT NULL,
      digest BLOB NOT NULL, entries INTEGER NOT NULL, waiting INTEGER NOT NULL)
    """,
    """
    CREATE TABLE strand (
      log INTEGER NOT NULL, strand INTEGER NOT NULL, replica BLOB NOT NULL, device_key BLOB NOT NULL,
      genesis BLOB NOT NULL, parent INTEGER, fork INTEGER NOT NULL,
      stored INTEGER NOT NULL, stored_hash BLOB NOT NULL, applied INTEGER NOT NULL,
      hlc_ms INTEGER NOT NULL, hlc_counter INTEGER NOT NULL,
      replicas INTEGER NOT NULL, persons INTEGER NOT NULL, registers INTEGER NOT NULL,
      context BLOB NOT NULL, standing INTEGER NOT NULL, valid_through INTEGER NOT NULL, blocked INTEGER,
      PRIMARY KEY (log, strand)) WITHOUT ROWID
    """,
    """
    CREATE TABLE chunk (
      id INTEGER PRIMARY KEY, log INTEGER NOT NULL, strand INTEGER NOT NULL, first INTEGER NOT NULL,
      last INTEGER NOT NULL, start_hash BLOB NOT NULL, end_hash BLOB NOT NULL, received BLOB NOT NULL,
      body BLOB NOT NULL)
    """,
    "CREATE UNIQUE INDEX chunk_place ON chunk (log, strand, first)",
    """
    CREATE TABLE batch (
      log INTEGER NOT NULL, id INTEGER NOT NULL, secret BLOB NOT NULL, PRIMARY KEY (log, id)) WITHOUT ROWID
    """,
    """
    CREATE TABLE head (
      log INTEGER NOT NULL, strand INTEGER NOT NULL, seq INTEGER NOT NULL, signature BLOB NOT NULL,
      sent INTEGER NOT NULL, PRIMARY KEY (log, strand, seq)) WITHOUT ROWID
    """,
    """
    CREATE TABLE register (
      log INTEGER NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL, subject BLOB NOT NULL,
      element BLOB NOT NULL, part INTEGER NOT NULL, field INTEGER NOT NULL,
      PRIMARY KEY (log, id)) WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX register_name ON register (log, kind, subject, element, part, field)",
    """
    CREATE TABLE feed_register (
      log INTEGER NOT NULL, strand INTEGER NOT NULL, first INTEGER NOT NULL, body BLOB NOT NULL,
      PRIMARY KEY (log, strand, first)) WITHOUT ROWID
    """,
    """
    CREATE TABLE feed_replica (
      log INTEGER NOT NULL, strand INTEGER NOT NULL, idx INTEGER NOT NULL, replica BLOB NOT NULL,
      introduced INTEGER NOT NULL, PRIMARY KEY (log, strand, idx)) WITHOUT ROWID
    """,
    """
    CREATE TABLE feed_person (
      log INTEGER NOT NULL, strand INTEGER NOT NULL, idx INTEGER NOT NULL, person BLOB NOT NULL,
      introduced INTEGER NOT NULL, PRIMARY KEY (log, strand, idx)) WITHOUT ROWID
    """,
    """
    CREATE TABLE sibling (
      log INTEGER NOT NULL, register INTEGER NOT NULL, strand INTEGER NOT NULL, seq INTEGER NOT NULL,
      change INTEGER NOT NULL, hlc_ms INTEGER NOT NULL, hlc_counter INTEGER NOT NULL, ord INTEGER NOT NULL,
      valid INTEGER NOT NULL, absent INTEGER NOT NULL, content BLOB NOT NULL,
      PRIMARY KEY (log, register, strand, seq, change)) WITHOUT ROWID
    """,
    // Registers with more than one sibling: few, and asked for by every command that tells of differences.
    "CREATE TABLE contested (log INTEGER NOT NULL, register INTEGER NOT NULL, PRIMARY KEY (log, register)) WITHOUT ROWID",
    """
    CREATE TABLE register_history (
      log INTEGER NOT NULL, register INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
      PRIMARY KEY (log, register, number)) WITHOUT ROWID
    """,
    """
    CREATE TABLE arrival (
      id INTEGER PRIMARY KEY, log INTEGER NOT NULL, strand INTEGER NOT NULL, first INTEGER NOT NULL,
      last INTEGER NOT NULL, source BLOB, chain BLOB NOT NULL)
    """,
    "CREATE INDEX arrival_log ON arrival (log, id)",
    """
    CREATE TABLE peer (
      store BLOB PRIMARY KEY, unit BLOB NOT NULL, address TEXT, received_arrival INTEGER NOT NULL,
      sent_arrival INTEGER NOT NULL, last_ms INTEGER NOT NULL, shown_arrival INTEGER NOT NULL, shown_digest BLOB)
    """,
    """
    CREATE TABLE witness (
      device BLOB PRIMARY KEY, store BLOB NOT NULL, arrival INTEGER NOT NULL, digest BLOB NOT NULL) WITHOUT ROWID
    """,
    "CREATE TABLE consent (digest BLOB PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE person (name TEXT PRIMARY KEY, id BLOB NOT NULL, shown INTEGER NOT NULL)",
  ]

  /// True where the database is of this release already.
  /// - Throws: ``WorkspaceError/newerVersion(found:known:)`` for one from a newer release, ``WorkspaceError/trialVersion`` for one from
  ///   before the first; both stay untouched.
  static func isCurrent(_ connection: some SQLConnection) throws -> Bool {
    try found(connection) == version
  }

  private static func found(_ connection: some SQLConnection) throws -> Int {
    let found = Int(try connection.first("PRAGMA user_version")?.first?.integer ?? 0)
    if found > version { throw WorkspaceError.newerVersion(found: found, known: version) }
    if found > 0, try connection.first("SELECT 1 FROM sqlite_master WHERE name = 'register_history'") == nil {
      throw WorkspaceError.trialVersion
    }
    return found
  }

  /// Brings the database up to ``version``.
  /// - Throws: ``WorkspaceError/newerVersion(found:known:)``; ``WorkspaceError/trialVersion``.
  static func migrate(_ connection: some SQLConnection) throws {
    var found = try found(connection)
    let hasSums = found >= (migrations.firstIndex(of: logSums) ?? version) + 1
    while found < version {
      for statement in migrations[found] { try connection.run(statement, []) }
      found += 1
      try connection.run("PRAGMA user_version = \(found)", [])
    }
    if !hasSums { try LogSums(connection: connection).rebuild() }
  }
}
