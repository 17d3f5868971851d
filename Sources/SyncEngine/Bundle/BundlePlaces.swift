import SyncModel

/// How far a strand went into bundles for a unit, and how far that unit is known to have it; 0 for neither.
struct BundlePlace: Hashable, Sendable {
  var exported: UInt32 = 0
  var acknowledged: UInt32 = 0
}

/// What a bundle is to hold.
public enum BundleRange: Sendable {
  /// What the receiving unit is not known to have.
  case unacknowledged
  /// Of that, what no earlier bundle for it held.
  case sinceLast
  case all
}

extension StoreSnapshot {
  /// By strand of the log in `row`; the furthest over all units, or one unit's.
  func bundlePlaces(row: Int64, unit: UnitPath? = nil) throws -> [Int: BundlePlace] {
    var places: [Int: BundlePlace] = [:]
    for found in try connection.rows(
      "SELECT strand, unit, exported, acknowledged FROM bundle_place WHERE log = ?", [.integer(row)])
    where unit == nil || unit?.key == found[1].blob {
      var place = places[Int(found[0].integer)] ?? BundlePlace()
      place.exported = max(place.exported, UInt32(clamping: found[2].integer))
      place.acknowledged = max(place.acknowledged, UInt32(clamping: found[3].integer))
      places[Int(found[0].integer)] = place
    }
    return places
  }

  /// From where on a bundle for `unit` takes each strand of a log. Nothing of a strand that the unit has whole.
  func bundleStart(of log: LogID, for unit: UnitPath, _ range: BundleRange) throws -> [Int: UInt32] {
    guard let row = try rowID(of: log) else { return [:] }
    let strands = try strands(row: row)
    let places = try bundlePlaces(row: row, unit: unit)
    let fresh = try range == .all ? [:] : unsentStart(row: row, to: unit)
    var start: [Int: UInt32] = [:]
    for (index, strand) in strands.enumerated() {
      // A branch begins at its fork: what leads there is its parent's.
      var from = strand.parent?.seq ?? 0
      if range != .all {
        guard let first = fresh[index] else { continue }
        from = max(from, first, places[index]?.acknowledged ?? 0)
        if range == .sinceLast { from = max(from, places[index]?.exported ?? 0) }
      }
      if from < strand.stored { start[index] = from }
    }
    return start
  }

  /// By strand, the seq up to which a peer of `unit` has acknowledged it over the network; strands it has whole are left
  /// out.
  private func unsentStart(row: Int64, to unit: UnitPath) throws -> [Int: UInt32] {
    let peers = try peers().filter { $0.unit == unit }
    let stores = Set(peers.map { $0.store.bytes })
    var start: [Int: UInt32] = [:]
    for found in try connection.rows(
      "SELECT strand, source, min(first) FROM arrival WHERE log = ? AND id > ? GROUP BY strand, source",
      [.integer(row), SQLValue(peers.map(\.sent).max() ?? 0)])
    {
      if let source = found[1].optionalBlob, stores.contains(source) { continue }
      let before = UInt32(clamping: found[2].integer - 1)
      start[Int(found[0].integer)] = min(start[Int(found[0].integer)] ?? before, before)
    }
    return start
  }
}

extension StoreTransaction {
  /// Never goes back: a bundle or a receipt may come twice or late.
  func markBundled(_ log: LogID, strand: Int, for unit: UnitPath, exported: UInt32 = 0, acknowledged: UInt32 = 0) throws
  {
    guard let row = try rowID(of: log) else { return }
    let known = try bundlePlaces(row: row, unit: unit)[strand] ?? BundlePlace()
    try connection.run(
      """
      INSERT INTO bundle_place VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (log, strand, unit) DO UPDATE SET exported = excluded.exported, acknowledged = excluded.acknowledged
      """,
      [
        .integer(row), SQLValue(strand), .blob(unit.key), SQLValue(max(known.exported, exported)),
        SQLValue(max(known.acknowledged, acknowledged)),
      ])
  }

  /// A device of `unit` is known to hold the feed up to this place, and all that leads there.
  /// - Returns: false where the place is not held here.
  @discardableResult
  func acknowledge(_ place: FeedPlace, of log: LogID, by unit: UnitPath) throws -> Bool {
    guard let engine = try heldEngine(for: log) else { return false }
    for dot in try engine.places(place.tip) where try engine.hash(on: Int(dot.strand), seq: dot.seq) == place.hash {
      var current: Dot? = dot
      while let at = current {
        try markBundled(log, strand: Int(at.strand), for: unit, acknowledged: at.seq)
        current = engine.strands[Int(at.strand)].parent.map { Dot(strand: Int($0.strand), seq: min($0.seq, at.seq)) }
      }
      return true
    }
    return false
  }
}
