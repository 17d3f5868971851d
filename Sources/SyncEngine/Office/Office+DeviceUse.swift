import SyncModel

/// How a device came and who works at it, as far as the logs held here tell.
public struct DeviceUse: Hashable, Sendable {
  /// Claimed time of its enrolment, milliseconds since 1970; nil for the first device of a school.
  public var enrolledMilliseconds: UInt64?
  /// Everybody who wrote with it, as it calls them itself.
  public var people: [String] = []
  /// What else it was ever called.
  public var formerNames: [String] = []

  public init() {}
}

extension Office {
  /// By device; one that is in no log held here is missing.
  public func deviceUses() throws -> [DeviceID: DeviceUse] {
    try read { snapshot in
      var uses: [DeviceID: DeviceUse] = [:]
      for (_, registers) in try snapshot.noticesRegisters(of: [.device]) {
        for register in registers where register.name.field == .enrolment {
          guard let key = register.value.flatMap(Enrolment.init)?.key else { continue }
          // Where several enrolled it, the first; a later change of roles does not make it new.
          let time = register.siblings.map(\.time.milliseconds).min()
          let known = uses[DeviceID(key: key)]?.enrolledMilliseconds
          uses[DeviceID(key: key), default: DeviceUse()].enrolledMilliseconds = [time, known].compactMap { $0 }.min()
        }
      }
      for (device, names) in try snapshot.peopleByDevice() {
        uses[device, default: DeviceUse()].people = names.sorted()
      }
      for device in try snapshot.directory().devices.values {
        let former = try snapshot.formerNames(of: device)
        if !former.isEmpty { uses[device.id, default: DeviceUse()].formerNames = former }
      }
      return uses
    }
  }
}

extension StoreSnapshot {
  /// Names of those who wrote with each device, as the device itself has them; whose name is not here is left out.
  fileprivate func peopleByDevice() throws -> [DeviceID: Set<String>] {
    var found: [DeviceID: Set<String>] = [:]
    for row in try connection.rows(
      """
      SELECT DISTINCT l.key, s.device_key, p.person FROM strand s
      JOIN feed_person p ON p.log = s.log AND p.strand = s.strand JOIN log l ON l.id = s.log WHERE s.standing = ?
      """, [SQLValue(Strand.Standing.valid.rawValue)])
    {
      guard let person = PersonID(bytes: row[2].blob),
        let name = try personName(person, by: row[1].blob, in: try LogID(key: row[0].blob)).text
      else { continue }
      found[DeviceID(key: row[1].blob), default: []].insert(name)
    }
    return found
  }
}
