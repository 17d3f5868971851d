import SyncHTTP

/// Token buckets by key, in bounded memory: a bucket that is full again is forgotten, and keys beyond the table's room share
/// one.
struct RateTable<Key: Hashable & Sendable>: Sendable {
  private struct Bucket {
    var level: Double
    var milliseconds: UInt64
  }

  private let rate: HTTPLimit.Rate
  private let capacity: Int
  private var buckets: [Key: Bucket] = [:]
  private var shared: Bucket?
  private var sweptAt: UInt64?

  /// Looking for forgettable buckets goes through them all, so it is done at most this often.
  private static var sweepEveryMilliseconds: UInt64 { 1000 }

  init(_ rate: HTTPLimit.Rate, capacity: Int) {
    self.rate = rate
    self.capacity = capacity
  }

  var count: Int { buckets.count }

  /// Takes `amount` from the key's bucket.
  /// - Returns: nil where it was there; otherwise nothing is taken, and this says in how many milliseconds it will be.
  mutating func take(_ amount: Double = 1, for key: Key, at now: UInt64) -> UInt64? {
    let isShared = !makeRoom(for: key, at: now)
    var bucket = current(isShared ? shared : buckets[key], at: now)
    if let wait = missing(amount, in: bucket) { return wait }
    bucket.level -= amount
    if isShared { shared = bucket } else { buckets[key] = bucket }
    return nil
  }

  /// What ``take(_:for:at:)`` would say, taking nothing.
  func wait(_ amount: Double = 1, for key: Key, at now: UInt64) -> UInt64? {
    let isShared = buckets[key] == nil && buckets.count >= capacity
    return missing(amount, in: current(isShared ? shared : buckets[key], at: now))
  }

  /// An amount beyond the burst waits for a full bucket and leaves a debt.
  private func missing(_ amount: Double, in bucket: Bucket) -> UInt64? {
    let missing = min(amount, rate.burst) - bucket.level
    if missing <= 0 { return nil }
    let milliseconds = min(missing / max(rate.perSecond, .leastNormalMagnitude) * 1000, Self.longestMilliseconds)
    return max(1, UInt64(milliseconds.rounded(.up)))
  }

  private static var longestMilliseconds: Double { 1e15 }

  private func current(_ bucket: Bucket?, at now: UInt64) -> Bucket {
    guard let bucket else { return Bucket(level: rate.burst, milliseconds: now) }
    let elapsed = Double(now - min(now, bucket.milliseconds)) / 1000
    return Bucket(level: min(rate.burst, bucket.level + elapsed * rate.perSecond), milliseconds: now)
  }

  private mutating func makeRoom(for key: Key, at now: UInt64) -> Bool {
    if buckets[key] != nil || buckets.count < capacity { return true }
    if sweptAt.map({ now >= $0 + Self.sweepEveryMilliseconds }) ?? true {
      sweptAt = now
      buckets = buckets.filter { current($0.value, at: now).level < rate.burst }
    }
    return buckets.count < capacity
  }
}
