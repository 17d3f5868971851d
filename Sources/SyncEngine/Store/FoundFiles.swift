import Foundation

/// A database's files as they stand at one moment: what opens them without writing, and what tells whether somebody has written since.
struct FoundFiles: Hashable, Sendable {
  /// Nothing else may stand under these figures: what SQLite writes changes at least one of them.
  private struct File: Hashable {
    var byteCount: UInt64
    var number: UInt64
    var changed: Date?

    init?(_ path: String) {
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
        let byteCount = attributes[.size] as? NSNumber
      else { return nil }
      self.byteCount = byteCount.uint64Value
      number = (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
      changed = attributes[.modificationDate] as? Date
    }
  }

  let path: String
  private let database: File?
  private let log: File?
  /// The start of the write-ahead log, with the salt that each of its lives draws.
  private let logStart: Data?

  private static let logStartBytes = 32

  init(_ path: String) {
    self.path = path
    database = File(path)
    let logPath = path + "-wal"
    log = File(logPath)
    let handle = FileHandle(forReadingAtPath: logPath)
    defer { try? handle?.close() }
    logStart = try? handle?.read(upToCount: Self.logStartBytes)
  }

  /// What SQLite is told to open so that it writes nothing.
  ///
  /// `immutable` leaves the write-ahead log out, so it is right only where that holds nothing. Elsewhere the layer without locks reads
  /// both where they stand: with `locking_mode = EXCLUSIVE` the log's index is made in memory.
  var name: String {
    let escaped = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
    let isLogEmpty = (log?.byteCount ?? 0) == 0
    return "file:\(escaped)?mode=ro&" + (isLogEmpty ? "immutable=1" : "vfs=unix-none")
  }
}
