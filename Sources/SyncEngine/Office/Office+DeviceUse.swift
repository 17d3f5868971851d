import SyncModel

/// How a device came and who works at it, as far as the logs held here tell.
public struct DeviceUse: Hashable, Sendable {
  /// Claimed time of its enrolment, milliseconds since 1970; nil for the first device of a school.
  public var enrolledMilliseconds: UInt64?
  /// Everybody who wrote with it, by name.
  public var people: [String] = []

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
      return uses
    }
  }
}

extension StoreSnapshot {
  /// Names of those who wrote with each device; whose name is not here yet is left out.
  fileprivate func peopleByDevice() throws -> [DeviceID: Set<String>] {
    var names: [PersonID: String] = [:]
    for row in try connection.rows(
      """
      SELECT r.subject, s.content FROM register r CROSS JOIN sibling s ON s.log = r.log AND s.register = r.id
      WHERE r.kind = ? AND r.field = ? AND s.valid = 1 AND s.absent = 0
      """, [SQLValue(SubjectKind.person.rawValue), SQLValue(Field.personName.rawValue)])
    {
      guard let subject = PersonID(bytes: row[0].blob) else { continue }
      names[subject] = try Value(bytes: row[1].blob).textValue
    }
    var found: [DeviceID: Set<String>] = [:]
    for row in try connection.rows(
      """
      SELECT DISTINCT s.device_key, p.person FROM strand s
      JOIN feed_person p ON p.log = s.log AND p.strand = s.strand WHERE s.standing = ?
      """, [SQLValue(Strand.Standing.valid.rawValue)])
    {
      guard let person = PersonID(bytes: row[1].blob), let name = names[person] else { continue }
      found[DeviceID(key: row[0].blob), default: []].insert(name)
    }
    return found
  }
}
