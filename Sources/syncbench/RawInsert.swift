import Foundation
import GRDBSQLite
import SyncModel
import SyncTesting

/// The raw limit of durable ingest: SQLite alone inserts the same bytes, a row an entry with a primary key of (replica, seq),
/// with the same settings and as many commits. Prepared once, bound without copies: there is nothing left to leave out.
enum RawInsert {
  static let take: TakeSample = { context in
    let data = try context.dataSet()
    let messages = try Messages(of: data.feeds(), from: data.school()).all
    let rows = try messages.map { try $0.segments.flatMap(rows(of:)) }
    return try context.inScratch { scratch in
      let path = scratch + "/raw.db"
      let database = try RawDatabase(path)
      try database.run(
        "CREATE TABLE entry (replica BLOB NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (replica, seq))"
      )
      let insert = try database.prepare("INSERT INTO entry VALUES (?, ?, ?)")
      let (seconds, _) = try Usage.timed {
        for message in rows {
          try database.run("BEGIN IMMEDIATE")
          for row in message { try insert.run(row.replica, row.seq, row.body) }
          try database.run("COMMIT")
        }
      }
      insert.finish()
      database.close()
      var sample = Sample()
      let count = rows.reduce(0) { $0 + $1.count }
      sample["seconds"] = seconds
      sample["entries"] = Double(count)
      sample["entriesPerSecond"] = Double(count) / seconds
      sample["bytesPerEntry"] = Double(rows.joined().reduce(0) { $0 + $1.body.count }) / Double(count)
      sample["storedPerEntry"] = Double(IngestSample.fileBytes(path)) / Double(count)
      return sample
    }
  }

  struct Row {
    var replica: [UInt8]
    var seq: Int64
    var body: ArraySlice<UInt8>
  }

  /// A segment's bytes cut into as many rows as it has entries; every byte stands in one of them.
  static func rows(of bytes: [UInt8]) throws -> [Row] {
    let segment = try Segment(bytes: bytes)
    let sizes = segment.runs.flatMap { run in
      switch run {
      case .plain(_, let entries): entries.map { $0.header.count + $0.values.count }
      case .explicit(let entries): entries.map(\.header.count)
      case .sealed(let entries): entries.map(\.box.count)
      }
    }
    let total = sizes.reduce(0, +)
    var (start, passed) = (0, 0)
    return sizes.enumerated().map { index, size in
      passed += size
      let end = index == sizes.count - 1 ? bytes.count : bytes.count * passed / max(1, total)
      defer { start = end }
      return Row(
        replica: segment.replica.bytes, seq: Int64(segment.from) + Int64(index) + 1, body: bytes[start..<end])
    }
  }
}

/// SQLite's C interface and nothing else.
final class RawDatabase {
  private var handle: OpaquePointer?

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// With the settings of the project's own databases.
  init(_ path: String) throws {
    guard sqlite3_open(path, &handle) == SQLITE_OK else { throw Failure(description: "cannot open \(path)") }
    for pragma in [
      "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "cache_size = -65536",
    ] { try run("PRAGMA \(pragma)") }
  }

  func run(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure }
  }

  func prepare(_ sql: String) throws -> RawStatement {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else { throw failure }
    return RawStatement(statement)
  }

  func close() {
    sqlite3_close_v2(handle)
    handle = nil
  }

  private var failure: Failure { Failure(description: sqlite3_errmsg(handle).map { String(cString: $0) } ?? "SQLite") }
}

struct RawStatement {
  private let statement: OpaquePointer

  fileprivate init(_ statement: OpaquePointer) {
    self.statement = statement
  }

  func run(_ replica: [UInt8], _ seq: Int64, _ body: ArraySlice<UInt8>) throws {
    let code = replica.withUnsafeBytes { replica in
      body.withUnsafeBytes { body in
        sqlite3_bind_blob(statement, 1, replica.baseAddress, Int32(replica.count), nil)
        sqlite3_bind_int64(statement, 2, seq)
        sqlite3_bind_blob(statement, 3, body.baseAddress, Int32(body.count), nil)
        return sqlite3_step(statement)
      }
    }
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else { throw RawDatabase.Failure(description: "SQLite \(code)") }
  }

  func finish() { sqlite3_finalize(statement) }
}
