import SyncModel

/// The directory beside the notices that it follows from: read by every command, worked out by those alone that change the notices.
extension StoreSnapshot {
  /// nil where none was kept of this version of the notices by these rules: it is worked out then.
  func keptDirectory(version: UInt64) throws -> Directory? {
    guard
      let row = try connection.first(
        "SELECT body FROM directory WHERE version = ? AND rules = ?", [SQLValue(version), SQLValue(Directory.rules)]),
      let kept = try? Directory(bytes: row[0].blob), kept.root == identity.rootUnit
    else { return nil }
    return kept
  }
}

extension StoreTransaction {
  /// A larger one, of cuts without end, is worked out by every command again: what a database can hold is not for one member to
  /// fill.
  static let keptDirectoryLimit = 32 << 20

  /// In the transaction that changed the notices: nobody reads one without the other.
  func keepDirectory() throws {
    let version = SQLValue(try counter(.directory))
    // Of several turns with one commit only those that changed it write it again.
    let rules = SQLValue(Directory.rules)
    if try connection.first("SELECT 1 FROM directory WHERE version = ? AND rules = ?", [version, rules]) != nil {
      return
    }
    let bytes = try directory().bytes
    try connection.run("DELETE FROM directory", [])
    if bytes.count > Self.keptDirectoryLimit { return }
    try connection.run(
      "INSERT INTO directory (version, rules, body) VALUES (?, ?, ?)",
      [version, rules, .blob(bytes)])
  }
}
