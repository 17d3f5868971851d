import SyncModel

/// A device of the directory with the feeds it writes here.
public struct DeviceLine: Sendable {
  public let device: DirectoryDevice
  /// More than one where the device's folder was once set back or copied.
  public let replicas: [ReplicaID]
  public let isOwn: Bool
}

extension Office {
  /// Devices known here, by unit and name.
  public func devices() throws -> [DeviceLine] {
    try read { snapshot in
      var replicas: [DeviceID: Set<ReplicaID>] = [:]
      for row in try snapshot.connection.rows("SELECT DISTINCT device_key, replica FROM strand") {
        guard let replica = ReplicaID(bytes: row[1].blob) else { continue }
        replicas[DeviceID(key: row[0].blob), default: []].insert(replica)
      }
      return try snapshot.directory().devices.values
        .sorted { ($0.unit, $0.name, $0.id) < ($1.unit, $1.name, $1.id) }
        .map {
          DeviceLine(
            device: $0, replicas: (replicas[$0.id] ?? []).sorted(), isOwn: $0.id == identity.device)
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
      let own = try snapshot.personID(named: person)
      if shown == 0 || own == nil { return [] }
      return try conflict.register.alternatives.indices.filter { index in
        try conflict.register.alternatives[index].siblings.allSatisfy { sibling in
          guard sibling.order > shown else { return false }
          let origin = try snapshot.origin(conflict.register.log, of: sibling.dot)
          return origin?.person != own || origin?.device != identity.device
        }
      }
    }
  }
}
