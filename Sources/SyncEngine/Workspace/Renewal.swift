import SyncModel

/// One time at which this device's past was in doubt: it then drew a new incarnation, under which it writes on, and a new
/// store id, which tells every peer that what it remembers of this database no longer applies (decision 0012).
public struct Renewal: Hashable, Sendable {
  /// This machine's wall clock, milliseconds since 1970.
  public let milliseconds: UInt64
  public let reason: Reason
  /// Under which name this device wrote until then, and from then on.
  public let previous: ReplicaID
  public let replica: ReplicaID

  public enum Reason: UInt8, Sendable {
    /// This machine remembers nothing of the folder: it was copied or moved here, or the memory is lost.
    case unknownHere = 1
    /// This machine remembers more own writes than the folder holds: it was set back.
    case setBack = 2
    /// Another machine, path or file than the one remembered: it was copied or moved.
    case copied = 3
    /// Entries under the own name came from elsewhere: a copy writes too, or the whole machine was set back.
    case ownEntriesReturned = 4
    /// Restored from a backup file by the command for it.
    case restored = 5
    /// Somebody said that the folder was set back.
    case announced = 6
  }

  init(milliseconds: UInt64, reason: Reason, previous: ReplicaID, replica: ReplicaID) {
    self.milliseconds = milliseconds
    self.reason = reason
    self.previous = previous
    self.replica = replica
  }
}

extension StoreSnapshot {
  /// Every renewal of this device in this folder, oldest first, the last ``StoreTransaction/renewalLimit``.
  public func renewals() throws -> [Renewal] {
    guard let bytes = try setting(StoreTransaction.renewals) else { return [] }
    var reader = ByteReader(bytes)
    var found: [Renewal] = []
    while reader.remaining > 0 {
      let milliseconds = try reader.varint()
      guard let reason = Renewal.Reason(rawValue: try reader.byte()) else { throw WorkspaceError.damaged("renewal") }
      found.append(
        Renewal(
          milliseconds: milliseconds, reason: reason, previous: try reader.id(), replica: try reader.id()))
    }
    return found
  }
}

extension StoreTransaction {
  static let renewals = "renewals"
  /// More are not remembered one by one; the feeds themselves stay.
  static let renewalLimit = 200

  /// Draws a new incarnation and a new store id together, and remembers why.
  ///
  /// What is remembered of peers stays. `received` speaks of the peer's store and is only older than it might be: some
  /// things come twice. `sent` speaks of arrivals that this database holds: numbers above it are given out again, those
  /// up to it name the same rows as when the peer got them.
  func renew(_ reason: Renewal.Reason) throws -> Incarnation {
    let previous = try ownReplica()
    let incarnation = Incarnation.random()
    try setSetting(Self.incarnation, incarnation.bytes)
    try setSetting(Self.store, StoreID.random().bytes)
    // Those signatures were under marks of the former id.
    try connection.run("UPDATE peer SET vouched_arrival = 0", [])
    let all =
      try renewals() + [
        Renewal(milliseconds: wallMilliseconds, reason: reason, previous: previous, replica: try ownReplica())
      ]
    var writer = ByteWriter(capacity: all.count * 40)
    for renewal in all.suffix(Self.renewalLimit) {
      writer.varint(renewal.milliseconds)
      writer.byte(renewal.reason.rawValue)
      writer.id(renewal.previous)
      writer.id(renewal.replica)
    }
    try setSetting(Self.renewals, writer.bytes)
    return incarnation
  }
}
