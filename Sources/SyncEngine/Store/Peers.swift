import SyncModel

/// One batch of entries as it arrived here, from this device or from a peer.
struct Arrival {
  let id: UInt64
  let log: LogID
  let strand: Int
  let first: UInt32
  let last: UInt32
  let source: StoreID?
}

/// What is remembered of a peer: how far each side has the other's store.
public struct PeerPlace: Hashable, Sendable {
  public var store: StoreID
  public var unit: UnitPath
  /// The address it is reached at; nil for a peer that only calls.
  public var address: String?
  /// This store has everything of the peer's up to here.
  public var received: UInt64
  /// The peer has everything of this store up to here.
  public var sent: UInt64
  /// The last mark that the peer showed of its store: it must be able to show it again.
  public var shown: Exchange.Mark?
  /// The last own mark that the peer was given this device's signature under, by its arrival.
  public var vouched: UInt64 = 0
}

extension StoreSnapshot {
  func latestArrival() throws -> UInt64 {
    UInt64(try connection.first("SELECT max(id) FROM arrival")?[0].integer ?? 0)
  }

  /// nil where nothing of the log is held.
  func lastArrival(in log: LogID) throws -> Arrival? {
    try connection.first(
      """
      SELECT a.id, a.strand, a.first, a.last, a.source FROM arrival a JOIN log l ON l.id = a.log
      WHERE l.key = ? ORDER BY a.id DESC LIMIT 1
      """, [.blob(log.key)]
    ).map { row in
      Arrival(
        id: UInt64(row[0].integer), log: log, strand: Int(row[1].integer), first: UInt32(row[2].integer),
        last: UInt32(row[3].integer), source: row[4].optionalBlob.flatMap { StoreID(bytes: $0) })
    }
  }

  /// Arrivals read for one message: more than a frame holds.
  static let arrivalLimit = 20_000

  /// In order, after `arrival`, the first ``arrivalLimit``.
  func arrivals(after arrival: UInt64) throws -> [Arrival] {
    try connection.rows(
      """
      SELECT a.id, l.key, a.strand, a.first, a.last, a.source FROM arrival a JOIN log l ON l.id = a.log
      WHERE a.id > ? ORDER BY a.id LIMIT ?
      """, [SQLValue(arrival), SQLValue(Self.arrivalLimit)]
    ).map { row in
      Arrival(
        id: UInt64(row[0].integer), log: try LogID(key: row[1].blob), strand: Int(row[2].integer),
        first: UInt32(row[3].integer), last: UInt32(row[4].integer),
        source: row[5].optionalBlob.flatMap { StoreID(bytes: $0) })
    }
  }

  /// Every peer met so far.
  func peers() throws -> [PeerPlace] { try peers("1 = ?", .integer(1)) }

  private func peers(_ filter: String, _ argument: SQLValue) throws -> [PeerPlace] {
    try connection.rows(
      "SELECT store, unit, address, received_arrival, sent_arrival, shown_arrival, shown_digest, vouched_arrival FROM peer WHERE \(filter)",
      [argument]
    ).map { row in
      guard let store = StoreID(bytes: row[0].blob) else { throw WorkspaceError.damaged("peer") }
      return PeerPlace(
        store: store, unit: try UnitPath(key: row[1].blob), address: row[2] == .null ? nil : row[2].text,
        received: UInt64(row[3].integer), sent: UInt64(row[4].integer),
        shown: row[6].optionalBlob.flatMap { Digest256(bytes: $0) }
          .map { Exchange.Mark(arrival: UInt64(row[5].integer), digest: $0) },
        vouched: UInt64(clamping: row[7].integer))
    }
  }

  public func peer(store: StoreID) throws -> PeerPlace? { try peers("store = ?", .blob(store.bytes)).first }
  public func peer(address: String) throws -> PeerPlace? { try peers("address = ?", .text(address)).first }
}

extension StoreTransaction {
  func remember(_ peer: PeerPlace) throws {
    if let address = peer.address {
      try connection.run(
        "UPDATE peer SET address = NULL WHERE address = ? AND store <> ?", [.text(address), .blob(peer.store.bytes)])
    }
    try connection.run(
      """
      INSERT INTO peer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (store) DO UPDATE SET unit = excluded.unit, address = coalesce(excluded.address, peer.address),
        received_arrival = excluded.received_arrival, sent_arrival = excluded.sent_arrival, last_ms = excluded.last_ms,
        shown_arrival = excluded.shown_arrival, shown_digest = excluded.shown_digest,
        vouched_arrival = excluded.vouched_arrival
      """,
      [
        .blob(peer.store.bytes), .blob(peer.unit.key), peer.address.map { .text($0) } ?? .null,
        SQLValue(peer.received), SQLValue(peer.sent), SQLValue(wallMilliseconds),
        SQLValue(peer.shown?.arrival ?? 0), SQLValue(peer.shown?.digest.bytes), SQLValue(peer.vouched),
      ])
  }
}
