import SyncModel

/// Whom something counts for where many want it: the unit of an enrolled device, or the network of anybody else.
struct Share: Hashable, Sendable {
  enum Key: Hashable, Sendable {
    case unit(UnitPath)
    /// The bytes of an IPv4 address, of an IPv6 /64 or of a /48: as many tell them apart.
    case network([UInt8])
  }

  let key: Key
  /// It may have so many times as much as others.
  let times: Int

  init(_ key: Key, times: Int) {
    precondition(times > 0, "nobody has no share")
    self.key = key
    self.times = times
  }
}

/// How much each share has of something.
struct ShareCounts {
  private var counts: [Share.Key: Int] = [:]

  mutating func add(_ amount: Int, to shares: [Share]) {
    for share in shares {
      let sum = (counts[share.key] ?? 0) + amount
      counts[share.key] = sum == 0 ? nil : sum
    }
  }

  /// How much the fullest of them has, measured by what it may have.
  func load(_ shares: [Share]) -> Double {
    shares.reduce(0) { max($0, Double(counts[$1.key] ?? 0) / Double($1.times)) }
  }

  func has(_ share: Share) -> Bool { counts[share.key] != nil }

  /// By how much one would have more than it may; negative where there is room.
  func excess(of share: Share, adding amount: Int, limit: Int) -> Int {
    (counts[share.key] ?? 0) + amount - limit * share.times
  }
}

/// Who asks, as far as it counts what they have under way.
struct Owner: Hashable, Sendable {
  let device: DeviceID
  let shares: [Share]

  /// An enrolled device.
  init(_ device: DeviceID, of unit: UnitPath) {
    self.device = device
    shares = [Share(.unit(unit), times: 1)]
  }

  /// One that was stopped, or that nobody enrolled yet: where it comes from is what counts.
  init(_ device: DeviceID, at address: ClientAddress) {
    self.device = device
    shares = address.shares
  }
}
