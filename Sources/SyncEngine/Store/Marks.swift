import SyncModel

/// Marks: a hash chain over all arrivals of a store. Whoever was shown one can tell later whether the store that claims
/// to be the same has really been there.
extension StoreSnapshot {
  /// nil where the store has no such arrival.
  func mark(at arrival: UInt64) throws -> Exchange.Mark? {
    try connection.first("SELECT chain FROM arrival WHERE id = ?", [SQLValue(arrival)])
      .flatMap { Digest256(bytes: $0[0].blob) }.map { Exchange.Mark(arrival: arrival, digest: $0) }
  }

  /// nil while nothing has arrived.
  func latestMark() throws -> Exchange.Mark? { try mark(at: latestArrival()) }

  /// What this store says of itself to a peer that remembers `remembered`, and what it remembers of the peer.
  /// - Parameter then: ``mark(answering:)``, worked out before anything of the request was taken in: what it brings may lead a
  /// store that was set back to the very same mark again.
  func history(then: Exchange.Mark?, of peer: Exchange.Remembered?) throws -> Exchange.History {
    var own = then.map { [$0] } ?? []
    if let latest = try latestMark(), own.last != latest { own.append(latest) }
    return Exchange.History(own: own, remembered: peer)
  }

  /// This store's mark at the arrival that a peer remembers; nil where it speaks of another store, or it has none.
  func mark(answering remembered: Exchange.Remembered?) throws -> Exchange.Mark? {
    guard let remembered, try remembered.store == storeID() else { return nil }
    return try mark(at: remembered.mark.arrival)
  }

  /// False where `remembered` speaks of this store and is not in its past: it was set back, or a copy of it writes too.
  func isInPast(_ remembered: Exchange.Remembered?) throws -> Bool {
    guard let remembered, try remembered.store == storeID() else { return true }
    return try mark(at: remembered.mark.arrival) == remembered.mark
  }

  /// What a device's store was last seen to be, with the device's own signature for it; one a device, so that it cannot grow
  /// without bound. nil where the device never vouched for a mark: what cannot be proved is not held against anybody.
  func witness(of device: DeviceID) throws -> Witness? {
    guard
      let row = try connection.first(
        "SELECT store, arrival, digest, voucher FROM witness WHERE device = ?", [.blob(device.bytes)]),
      let store = StoreID(bytes: row[0].blob), let digest = Digest256(bytes: row[2].blob),
      let voucher = row[3].optionalBlob
    else { return nil }
    return Witness(
      remembered: Exchange.Remembered(
        store: store, mark: Exchange.Mark(arrival: UInt64(clamping: row[1].integer), digest: digest)),
      voucher: voucher)
  }
}

/// A mark of a device's store that the device itself has signed for.
struct Witness {
  var remembered: Exchange.Remembered
  var voucher: [UInt8]

  /// What a device signs to say that a store of its own has been at a mark (protocol §7). It can be shown to nobody's
  /// disadvantage but of whoever was set back behind it.
  static func message(_ school: SchoolID, _ remembered: Exchange.Remembered) -> [UInt8] {
    var writer = ByteWriter(capacity: 112)
    writer.raw(Label.mark.prefix)
    writer.id(school)
    writer.id(remembered.store)
    writer.varint(remembered.mark.arrival)
    writer.digest(remembered.mark.digest)
    return writer.bytes
  }

  /// Whether `key` has signed for it.
  func holds(for school: SchoolID, key: [UInt8]) -> Bool {
    DeviceKey.verify(voucher, of: Self.message(school, remembered), by: key)
  }
}

extension StoreTransaction {
  /// Remembers the latest mark that a device vouched for.
  func remember(_ witness: Witness, of device: DeviceID) throws {
    try connection.run(
      "INSERT OR REPLACE INTO witness (device, store, arrival, digest, voucher) VALUES (?, ?, ?, ?, ?)",
      [
        .blob(device.bytes), .blob(witness.remembered.store.bytes), SQLValue(witness.remembered.mark.arrival),
        .blob(witness.remembered.mark.digest.bytes), .blob(witness.voucher),
      ])
  }

  /// The chain's value after one more arrival: entries `first` up to `end` of a feed.
  func nextMark(_ log: LogID, _ end: FeedPlace, _ first: UInt32) throws -> Digest256 {
    var writer = ByteWriter(capacity: 160)
    if let latest = try latestMark() { writer.digest(latest.digest) }
    writer.lengthPrefixed(log.key)
    writer.id(end.replica)
    writer.varint(UInt64(first))
    writer.varint(UInt64(end.seq))
    writer.digest(end.hash)
    return Hashing.labelled(.arrival, writer.bytes)
  }
}
