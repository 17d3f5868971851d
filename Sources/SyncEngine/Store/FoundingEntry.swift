import SyncModel

/// The school's founding entry (protocol §8) and what it alone says: a function of the entries that are stored, not of
/// the order in which they came.
enum FoundingEntry {
  /// ``SchoolZone/standard`` where the founding entry says nothing else, is not here, or owes that value.
  static func zone(in snapshot: StoreSnapshot) throws -> SchoolZone {
    let identity = snapshot.identity
    guard let row = try snapshot.rowID(of: LogID(identity.rootUnit, .notices)) else { return .standard }
    let school = SubjectID(high: identity.school.high, low: identity.school.low)
    let storage = snapshot.storage(row: row)
    var founding: (order: Order, zone: SchoolZone)?
    for (index, strand) in try snapshot.strands(row: row).enumerated()
    where strand.deviceKey == identity.rootKey && strand.stored > 0 && (strand.parent?.seq ?? 0) == 0 {
      let dot = Dot(strand: index, seq: 1)
      // Nothing was written before it: it had seen nothing, and introduces every name that it uses.
      guard let entry = try storage.entry(dot), let hash = try storage.hash(of: dot), let bytes = entry.header,
        let header = try? EntryHeader(bytes: bytes, after: FeedNameCounts()), header.context.isEmpty,
        header.changes.contains(where: { $0.register == .new(RegisterName(.school, school, .schoolName)) })
      else { continue }
      let order = Order(
        time: HybridTime(milliseconds: header.time.milliseconds, counter: header.time.counter), hash: hash)
      if let found = founding, found.order < order { continue }
      founding = (order, zone(entry, header, school))
    }
    return founding?.zone ?? .standard
  }

  private static func zone(_ entry: StoredEntry, _ header: EntryHeader, _ school: SubjectID) -> SchoolZone {
    let name = RegisterName(.school, school, .schoolZone)
    let values = entry.values
    guard let change = header.changes.firstIndex(where: { $0.register == .new(name) }), change < values.count,
      let minutes = values[change]?.integerValue, let zone = SchoolZone(minutesEast: Int(clamping: minutes))
    else { return .standard }
    return zone
  }

  /// Of several entries that could be the founding one, the first.
  private struct Order: Comparable {
    let time: HybridTime
    let hash: Digest256

    static func < (left: Self, right: Self) -> Bool { (left.time, left.hash) < (right.time, right.hash) }
  }
}
