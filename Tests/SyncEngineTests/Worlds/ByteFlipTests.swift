import Foundation
import SyncModel
import Testing

@testable import SyncEngine

/// Each byte of a small workspace's log changed in turn: `verify` names feed and entry every time (promise 5).
///
/// Covered: every byte of chunk (entries with form, batch and tag; the hashes before and after), head (signature), batch (secret) and strand (replica,
/// device key, record 0, parent, fork, end, the end's hash), and the places (strand, seq) of last heads; entries
/// missing and in another order. Not covered, as no chain speaks of it: when an entry was received, whether a head was
/// sent, and what is computed from entries (applied, names, context, standing, siblings).
@Suite struct ByteFlipTests {
  private let folder: String
  private let store: LogStore
  private let first: ReplicaID
  private let second: ReplicaID

  /// Two feeds of three entries and more, one with a branch.
  init() throws {
    folder = NSTemporaryDirectory() + "unitsync-flip-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let root = try #require(UnitPath("school"))
    let unit = try #require(UnitPath("school/cs/b1"))
    let identity = StoreIdentity(
      school: Desk.school, rootKey: Array(repeating: 1, count: 32), rehearsal: true, rootUnit: root, unit: unit,
      firstStore: .random(), deviceKey: DeviceKey().publicKey)
    store = try LogStore(creatingAt: folder + "/workspace.db", identity: identity)
    let (one, other) = (try Desk(1), try Desk(2))
    try one.writeAndSend(1)
    try other.take(from: one)
    try other.writeAndSend(2)
    try one.writeAndSend(3)
    let twin = try one.cloned()
    try one.writeAndSend(4)
    try twin.writeAndSend(5)
    try twin.writeAndSend(6)
    first = one.replica
    second = other.replica
    let segments = try one.segments() + other.segments() + twin.segments()
    try store.write(wallMilliseconds: 1) { transaction in
      try transaction.setSetting(StoreTransaction.incarnation, Incarnation.random().bytes)
      for segment in segments { _ = try transaction.ingest(segment) }
    }
    let isSound = try store.read { try $0.verify().ok }
    #expect(isSound)
  }

  private struct Undone: Error {}

  /// What `verify` says after `change`, which is taken back.
  private func verified(_ change: (any SQLConnection) throws -> Void) throws -> [Verification.Problem]? {
    var problems: [Verification.Problem]?
    do {
      try store.write(wallMilliseconds: 1) { transaction in
        try change(transaction.connection)
        problems = try StoreSnapshot(
          transaction.connection, identity: store.identity, directories: DirectoryCache(), keyring: Keyring(nil)
        ).verify().problems
        throw Undone()
      }
    } catch is Undone {}
    return problems
  }

  private static let wide = "-- wide"

  /// Each leaves one number open.
  private static let damages: [(table: String, sql: String)] = {
    var damages: [(table: String, sql: String)] = []
    for column in ["stored", "applied", "hlc_ms", "hlc_counter", "replicas", "persons", "registers", "valid_through"] {
      damages.append(("strand", "UPDATE strand SET \(column) = ? WHERE strand = 0"))
    }
    // Applied is never beyond stored; where it was, the waiting room would be less than empty.
    damages.append(("strand", "UPDATE strand SET applied = stored + abs(?) WHERE strand = 0"))
    for place in ["?, 1, 0", "0, ?, 0", "0, 1, ?"] {
      damages.append(("absent", "INSERT INTO absent VALUES (1, \(place), 0)"))
      damages.append(("sibling", "INSERT INTO sibling VALUES (1, 1, \(place), 1, 0, 1, 1, 0, x'')"))
    }
    damages.append(("register_history", "INSERT INTO register_history VALUES (1, 1, ?, x'')"))
    damages.append(("register_history", "INSERT OR REPLACE INTO register_history VALUES (1, 1, ? * 0, x'80')"))
    damages.append(("sibling", "INSERT INTO sibling VALUES (1, 1, 0, 1, 0, ?, 0, 1, 1, 0, x'') \(wide)"))
    damages.append(("sibling", "INSERT INTO sibling VALUES (1, 1, 0, 1, 0, 1, ?, 1, 1, 0, x'')"))
    damages.append(("sibling", "INSERT INTO sibling VALUES (1, 1, 0, 1, 0, 1, 0, ?, 1, 0, x'') \(wide)"))
    damages.append(("head", "INSERT INTO head VALUES (1, 0, ?, x'', 1)"))
    damages.append(("feed_register", "INSERT INTO feed_register VALUES (1, 0, ?, x'')"))
    damages.append(("feed_register", "INSERT OR REPLACE INTO feed_register VALUES (1, 0, ? * 0, x'01')"))
    damages.append(("feed_replica", "INSERT INTO feed_replica VALUES (1, 0, 0, zeroblob(16), ?)"))
    damages.append(("feed_person", "INSERT INTO feed_person VALUES (1, 0, 0, zeroblob(16), ?)"))
    return damages
  }()

  @Test("numbers out of any range in what is computed from entries are named as damage and never trap (promises 5, 8)")
  func numbersOutOfRange() throws {
    let log = LogID(try #require(UnitPath("school/cs/b1")), .answers)
    for (table, sql) in Self.damages {
      // Counters of 64 bits may hold the greatest number of all.
      let isWide = sql.contains("hlc_ms = ?") || sql.hasSuffix(Self.wide)
      for number: Int64 in isWide ? [-1] : [-1, .max] {
        #expect(throws: WorkspaceError.damaged(table), "\(sql) \(number)") {
          try store.write(wallMilliseconds: 1) { transaction in
            try transaction.connection.run(sql, [.integer(number)])
            let engine = try transaction.engine(for: log)
            _ = try (engine.waiting, engine.owed)
            _ = try engine.storage.lastHeads(of: 0, limit: 100)
            _ = try (engine.storage.register(index: 0, of: 0), engine.storage.registers(of: 0))
            _ = try (engine.storage.replicas(of: 0), engine.storage.persons(of: 0))
            _ = try engine.storage.changes(of: RegisterID(rawValue: 1), after: 0, limit: 100)
            _ = try engine.storage.siblings(of: RegisterID(rawValue: 1))
            throw Undone()
          }
        }
      }
    }
  }

  private struct Cell {
    var table: String
    var column: String
    var keys: [(name: String, value: SQLValue)]
    var value: SQLValue
    var replica: ReplicaID
    var seq: UInt32?

    var filter: String { keys.map { "\($0.name) = ?" }.joined(separator: " AND ") }
  }

  private func cells(_ table: String, keys: [String], columns: [String]) throws -> [Cell] {
    try store.read { snapshot in
      let replicas = try snapshot.connection.rows("SELECT strand, replica FROM strand").reduce(
        into: [Int64: ReplicaID]()
      ) { $0[$1[0].integer] = ReplicaID(bytes: $1[1].blob) }
      return try columns.flatMap { column in
        try snapshot.connection.rows("SELECT \((keys + [column]).joined(separator: ", ")) FROM \(table)").map { row in
          let named = Array(zip(keys, row).map { (name: $0.0, value: $0.1) })
          let strand = named.first { $0.name == "strand" }?.value.integer
          return Cell(
            table: table, column: column, keys: named, value: row[keys.count],
            replica: strand.flatMap { replicas[$0] } ?? first,
            seq: named.first { $0.name == "seq" }.map { UInt32($0.value.integer) })
        }
      }
    }
  }

  /// Every byte of the cell, one at a time, one bit each.
  private func changes(of cell: Cell) -> [SQLValue] {
    switch cell.value {
    case .blob(let bytes):
      bytes.indices.map { index in
        var changed = bytes
        changed[index] ^= 1 << UInt8(index % 8)
        return .blob(changed)
      }
    case .integer(let number): (0..<8).map { .integer(number ^ 1 << Int64($0 * 8)) }
    case .null, .text: []
    }
  }

  /// - Returns: how many changes were tried.
  private func flip(
    _ cells: [Cell], _ isNamed: (Verification.Problem, Cell) -> Bool
  ) throws -> Int {
    var tried = 0
    for cell in cells {
      for value in changes(of: cell) {
        tried += 1
        let problems = try verified { connection in
          try connection.run(
            "UPDATE \(cell.table) SET \(cell.column) = ? WHERE \(cell.filter)", [value] + cell.keys.map(\.value))
        }
        let named = problems?.contains { isNamed($0, cell) } ?? false
        #expect(named, "\(cell.table).\(cell.column) of \(cell.keys) as \(value): \(problems ?? [])")
      }
    }
    return tried
  }

  /// Where each entry of a row ends among its bytes.
  private func ends(of cell: Cell) throws -> [(end: Int, seq: UInt32)] {
    let first = UInt32(try #require(cell.keys.last?.value.integer))
    return try store.read { snapshot in
      let row = try #require(
        try snapshot.connection.first("SELECT last FROM chunk WHERE \(cell.filter)", cell.keys.map(\.value)))
      let zero = try #require(Digest256(bytes: [UInt8](repeating: 0, count: 32)))
      let chunk = try EntryChunk(
        row: 1, first: first, last: UInt32(row[0].integer), startHash: zero, endHash: zero, received: [],
        bytes: cell.value.blob)
      return chunk.items.enumerated().map { ($0.element.body.upperBound, first + UInt32($0.offset)) }
    }
  }

  @Test("a changed byte of an entry is found, and its feed and seq are named")
  func entries() throws {
    var tried = 0
    for cell in try cells("chunk", keys: ["log", "strand", "first"], columns: ["body"]) {
      let ends = try ends(of: cell)
      for (index, value) in changes(of: cell).enumerated() {
        tried += 1
        let problems = try verified { connection in
          try connection.run("UPDATE chunk SET body = ? WHERE \(cell.filter)", [value] + cell.keys.map(\.value))
        }
        let seq = ends.first { index < $0.end }?.seq
        let named = problems?.contains { $0.replica == cell.replica && $0.seq == seq } ?? false
        #expect(named, "byte \(index) of \(cell.keys): \(problems ?? [])")
      }
    }
    #expect(tried > 6 * 40)
  }

  @Test("a changed byte of the hashes beside a row of entries is found, and its feed is named")
  func rowHashes() throws {
    let cells = try cells("chunk", keys: ["log", "strand", "first"], columns: ["start_hash", "end_hash"])
    #expect(try flip(cells) { $0.replica == $1.replica } == cells.count * 32)
  }

  @Test("a changed byte of a signature or a batch's secret is found, and feed and seq are named")
  func headsAndSecrets() throws {
    let heads = try cells("head", keys: ["log", "strand", "seq"], columns: ["signature"])
    #expect(try flip(heads) { $0.replica == $1.replica && $0.seq == $1.seq } == heads.count * 64)
    let secrets = try cells("batch", keys: ["log", "id"], columns: ["secret"])
    #expect(try flip(secrets) { problem, _ in problem.seq > 0 } == secrets.count * 16)
  }

  @Test("a changed byte of what a feed is known by is found")
  func strands() throws {
    let blobs = try cells(
      "strand", keys: ["log", "strand"], columns: ["device_key", "genesis", "stored_hash"])
    #expect(try flip(blobs) { $0.replica == $1.replica } > 3 * 96)
    let names = try cells("strand", keys: ["log", "strand"], columns: ["replica"])
    #expect(try flip(names) { problem, _ in problem.seq > 0 } == 3 * 16)
  }

  @Test("a feed whose numbers make no sense is refused or named, and never trapped on")
  func numbers() throws {
    for cell in try cells("strand", keys: ["log", "strand"], columns: ["stored", "fork", "parent"]) {
      for value in changes(of: cell) {
        var problems: [Verification.Problem]?
        var isDamaged = false
        do {
          problems = try verified { connection in
            try connection.run(
              "UPDATE strand SET \(cell.column) = ? WHERE \(cell.filter)", [value] + cell.keys.map(\.value))
          }
        } catch WorkspaceError.damaged {
          isDamaged = true
        }
        #expect(isDamaged || problems?.isEmpty == false, "\(cell.column) of \(cell.keys) as \(value)")
      }
    }
  }

  @Test("a missing entry, a missing last head and entries in another order are found, and the place is named")
  func missingAndReordered() throws {
    let rows = try cells("chunk", keys: ["log", "strand", "first"], columns: ["body"])
    for cell in rows {
      let ends = try ends(of: cell)
      let bytes = cell.value.blob
      let pieces = zip([0] + ends.map(\.end), ends.map(\.end)).map { Array(bytes[$0..<$1]) }
      func problems(_ pieces: [[UInt8]]) throws -> [Verification.Problem] {
        try verified { connection in
          try connection.run(
            "UPDATE chunk SET body = ? WHERE \(cell.filter)",
            [.blob(Array(pieces.joined()))] + cell.keys.map(\.value))
        } ?? []
      }
      for index in pieces.indices {
        var missing = pieces
        missing.remove(at: index)
        #expect(try problems(missing).contains { $0.replica == cell.replica && $0.seq == ends[index].seq })
      }
      for index in pieces.indices.dropLast() {
        var swapped = pieces
        swapped.swapAt(index, index + 1)
        #expect(try problems(swapped).contains { $0.replica == cell.replica && $0.seq == ends[index].seq })
      }
      let lost = try verified { connection in
        try connection.run("DELETE FROM chunk WHERE \(cell.filter)", cell.keys.map(\.value))
      }
      #expect(lost?.contains { $0.replica == cell.replica && $0.seq == ends[0].seq } == true)
    }
    for strand in try cells("strand", keys: ["log", "strand"], columns: ["stored"]) {
      let problems = try verified { connection in
        try connection.run(
          "DELETE FROM head WHERE \(strand.filter) AND seq = ?", strand.keys.map(\.value) + [strand.value])
      }
      #expect(problems?.contains { $0.replica == strand.replica && $0.seq == UInt32(strand.value.integer) } == true)
    }
  }
}

extension Desk {
  /// Each write is a batch of its own.
  fileprivate func writeAndSend(_ value: Int64) throws {
    let place = try write(value)
    guard let strand = engine.ownStrand(replica) else { return }
    try engine.markHeadsSent(on: strand, through: place.seq)
  }
}
