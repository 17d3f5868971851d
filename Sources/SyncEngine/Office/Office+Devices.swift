import SyncModel

/// A device of the directory with the feeds it writes here.
public struct DeviceLine: Sendable {
  public let device: DirectoryDevice
  /// In the order in which they were first seen here. More than one where the device's folder was once set back or copied.
  public let replicas: [Replica]
  public let isOwn: Bool

  /// One name under which the device writes or wrote.
  public struct Replica: Hashable, Sendable {
    public let id: ReplicaID
    /// When its first entry came here, or was written here; milliseconds since 1970.
    public let sinceMilliseconds: UInt64
    /// The name under which the device had written before; nil for its first.
    public let continues: ReplicaID?
  }
}

extension Office {
  /// Devices known here, by unit and name.
  public func devices() throws -> [DeviceLine] {
    try read { snapshot in
      let replicas = try snapshot.replicasByDevice()
      return try snapshot.directory().devices.values
        .sorted { ($0.unit, $0.name, $0.id) < ($1.unit, $1.name, $1.id) }
        .map {
          DeviceLine(
            device: $0, replicas: replicas[$0.id] ?? [], isOwn: $0.id == identity.device)
        }
    }
  }

  /// The name under which this device writes now.
  public func replica() throws -> ReplicaID { try read { try $0.ownReplica() } }

  /// True for the school's own workspace: there is no hub above it.
  public func isTop() throws -> Bool { try read { try $0.isTop() } }

  /// Own entries that no hub has acknowledged.
  public func unsentEntries() throws -> Int { try read { try $0.unsentEntries() } }

  /// Each register's different values with everybody who wrote them, in the order of showing.
  public func versions(of registers: [Register]) throws -> [[Conflict.Version]] {
    try read { snapshot in try registers.map { try snapshot.versions(of: $0) } }
  }

  /// The different values of a difference that this person has not been shown; none for somebody new to this workspace,
  /// who can only know of it from a screen of someone else's.
  public func unseenAlternatives(of conflict: Conflict) throws -> [Int] {
    try read { snapshot in
      let shown = try snapshot.shownMark(of: person)
      let own = try snapshot.personIDs(named: person)
      if shown == 0 || own.isEmpty { return [] }
      return try conflict.register.alternatives.indices.filter { index in
        try conflict.register.alternatives[index].siblings.allSatisfy { sibling in
          guard sibling.order > shown else { return false }
          let origin = try snapshot.origin(conflict.register.log, of: sibling.dot)
          return origin?.person.map(own.contains) != true || origin?.device != identity.device
        }
      }
    }
  }
}

extension StoreSnapshot {
  /// Every name under which a device wrote what is held here, earliest first; for the own device also the one it would
  /// write under now.
  func replicasByDevice() throws -> [DeviceID: [DeviceLine.Replica]] {
    var found: [DeviceID: [ReplicaID: DeviceLine.Replica]] = [:]
    for row in try connection.rows(
      """
      SELECT s.device_key, s.replica, s.genesis, c.received
      FROM strand s JOIN chunk c ON c.log = s.log AND c.strand = s.strand AND c.first = 1 WHERE s.parent IS NULL
      """)
    {
      guard let id = ReplicaID(bytes: row[1].blob) else { throw WorkspaceError.damaged("strand") }
      let device = DeviceID(key: row[0].blob)
      let earlier = found[device]?[id]
      let since = try EntryChunk.times(in: row[3].blob).first?.milliseconds ?? 0
      found[device, default: [:]][id] = DeviceLine.Replica(
        id: id, sinceMilliseconds: min(earlier?.sinceMilliseconds ?? since, since),
        continues: try earlier?.continues ?? FeedGenesis(bytes: row[2].blob).continues?.replica)
    }
    if let renewal = try renewals().last, found[identity.device]?[renewal.replica] == nil {
      found[identity.device, default: [:]][renewal.replica] = DeviceLine.Replica(
        id: renewal.replica, sinceMilliseconds: renewal.milliseconds, continues: renewal.previous)
    }
    return found.mapValues { $0.values.sorted { ($0.sinceMilliseconds, $0.id) < ($1.sinceMilliseconds, $1.id) } }
  }
}
