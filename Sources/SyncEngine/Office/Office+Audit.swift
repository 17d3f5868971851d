import SyncModel

/// Entries that are stored and shown to nobody, by feed: whose they are and why.
public struct AsideFeed: Hashable, Sendable {
  public let log: LogID
  public let replica: ReplicaID
  public let device: DeviceID
  public let deviceName: String
  /// From and to, both included.
  public let first: UInt32
  public let last: UInt32
  public let reason: Reason

  public enum Reason: String, Sendable {
    /// Its device is not in the directory as far as it is known here: they wait.
    case unknownDevice
    /// Its device has no authority over the log.
    case notEntitled
    /// Written after the device was stopped, or after its unit lost the log's.
    case afterCut
    /// They cite what has not arrived.
    case waiting
    /// Signed by their author, yet no well-formed entries.
    case malformed
    case needsNewerVersion
    /// Of this unit's own papers, and not readable here yet.
    case sealed
  }

  public var entries: Int { Int(last - first) + 1 }
}

/// A feed that was continued in two ways: its device was cloned or set back unnoticed, or its key is in two hands.
public struct ForkedFeed: Hashable, Sendable {
  public let log: LogID
  public let replica: ReplicaID
  public let device: DeviceID
  public let deviceName: String
  /// Where branches leave, ascending.
  public let forks: [UInt32]
}

/// What does not count, and what looks wrong.
public struct Audit: Sendable {
  public let aside: [AsideFeed]
  public let forked: [ForkedFeed]
}

extension Office {
  /// Everything stored here that is kept out of every view, and every feed that forked, in the order of logs.
  public func audit() throws -> Audit {
    try read { snapshot in
      let directory = try snapshot.directory()
      var aside: [AsideFeed] = []
      var forked: [ForkedFeed] = []
      for summary in try snapshot.logs() {
        let strands = try snapshot.strands(row: summary.row)
        for strand in strands {
          let device = DeviceID(key: strand.deviceKey)
          for (range, reason) in Self.aside(strand)
          // What is carried for other units' devices is theirs to read.
          where reason != .sealed || summary.log.unit == identity.unit {
            aside.append(
              AsideFeed(
                log: summary.log, replica: strand.replica, device: device,
                deviceName: directory.devices[device]?.name ?? "", first: range.lowerBound, last: range.upperBound,
                reason: reason))
          }
        }
        for (replica, branches) in Dictionary(grouping: strands, by: \.replica).sorted(by: { $0.key < $1.key })
        where branches.count > 1 {
          let device = DeviceID(key: branches[0].deviceKey)
          forked.append(
            ForkedFeed(
              log: summary.log, replica: replica, device: device,
              deviceName: directory.devices[device]?.name ?? "",
              forks: branches.compactMap { $0.parent?.seq }.sorted()))
        }
      }
      return Audit(aside: aside, forked: forked)
    }
  }

  private static func aside(_ strand: Strand) -> [(ClosedRange<UInt32>, AsideFeed.Reason)] {
    let start = strand.parent?.seq ?? 0
    guard strand.stored > start else { return [] }
    switch strand.standing {
    case .unknown: return [(start + 1...strand.stored, .unknownDevice)]
    case .invalid where strand.isStopped: return [(start + 1...strand.stored, .afterCut)]
    case .invalid: return [(start + 1...strand.stored, .notEntitled)]
    case .valid: break
    }
    let counting = max(start, min(strand.stored, strand.validThrough))
    var found: [(ClosedRange<UInt32>, AsideFeed.Reason)] = []
    if strand.applied < counting {
      let reason: AsideFeed.Reason =
        switch strand.blocked {
        case .malformed: .malformed
        case .needsNewerVersion: .needsNewerVersion
        case .sealed: .sealed
        case nil: .waiting
        }
      found.append((max(start, strand.applied) + 1...counting, reason))
    }
    if counting < strand.stored { found.append((counting + 1...strand.stored, .afterCut)) }
    return found
  }
}
