import SyncModel

/// A set of keys as disjoint ranges in order: what is still to be compared.
struct KeySet: Hashable, Sendable {
  private(set) var ranges: [Exchange.KeyRange] = []

  static let all = KeySet(.all)

  init() {}

  init(_ range: Exchange.KeyRange) { insert(range) }

  var isEmpty: Bool { ranges.isEmpty }

  mutating func insert(_ range: Exchange.KeyRange) {
    subtract(range)
    guard !range.isEmpty else { return }
    let place = ranges.firstIndex { range.low.lexicographicallyPrecedes($0.low) } ?? ranges.count
    ranges.insert(range, at: place)
    joinNext(at: place)
    if place > 0 { joinNext(at: place - 1) }
  }

  mutating func insert(_ other: KeySet) {
    for range in other.ranges { insert(range) }
  }

  mutating func subtract(_ range: Exchange.KeyRange) {
    ranges = ranges.flatMap { kept in
      guard kept.intersection(range) != nil else { return [kept] }
      let before = Exchange.KeyRange(low: kept.low, high: range.low)
      let after = Exchange.KeyRange(low: range.high, high: kept.high)
      return (kept.low.lexicographicallyPrecedes(range.low) ? [before] : [])
        + (range.high.isEmpty || after.isEmpty ? [] : [after])
    }
  }

  private mutating func joinNext(at place: Int) {
    guard place + 1 < ranges.count, ranges[place].high == ranges[place + 1].low else { return }
    ranges[place].high = ranges[place + 1].high
    ranges.remove(at: place + 1)
  }
}

extension Exchange.KeyRange {
  /// True where no key can be in it.
  var isEmpty: Bool { !high.isEmpty && !low.lexicographicallyPrecedes(high) }
}
