import Synchronization
import SyncModel

/// Computes the directory from the notices logs held in a store.
enum DirectoryReader {
  static func read(_ snapshot: StoreSnapshot) throws -> Directory {
    let identity = snapshot.identity
    var directory = Directory(root: identity.rootUnit, rootDevice: DeviceID(key: identity.rootKey))
    // Key order: ancestors first, so that what stands nearer the root is there before what it bounds.
    for (log, registers) in try snapshot.directoryRegisters() {
      let bySubject = registers.reduce(into: [SubjectKind: [SubjectID: [Field: Register]]]()) {
        $0[$1.name.kind, default: [:]][$1.name.subject, default: [:]][$1.name.field] = $1
      }
      readUnits(log, bySubject[.unit] ?? [:], &directory)
      readDevices(log, bySubject[.device] ?? [:], school: identity.school, &directory)
      if log.unit == identity.rootUnit, let school = bySubject[.school]?.first?.value {
        directory.schoolName = school[.schoolName]?.value?.textValue ?? ""
      }
    }
    return directory
  }

  /// A unit is described in the notices of a unit above it (the root in its own); what is nearer the root prevails.
  private static func readUnits(
    _ log: LogID, _ subjects: [SubjectID: [Field: Register]], _ directory: inout Directory
  ) {
    for (subject, registers) in subjects {
      guard let text = registers[.unitPath]?.value?.textValue, let path = UnitPath(text),
        subject == SubjectID(unit: path),
        log.unit.isAbove(path) || path == directory.root, directory.units[path] == nil,
        let kind = registers[.unitKind]?.value?.choiceValue.flatMap(UnitKind.init(rawValue:))
      else { continue }
      // The most restrictive of conflicting values applies: any 'retired' retires.
      let statuses = registers[.unitStatus]?.values.compactMap { $0.choiceValue.flatMap(UnitStatus.init(rawValue:)) }
      directory.add(
        DirectoryUnit(
          path: path, name: registers[.unitName]?.value?.textValue ?? text, kind: kind,
          type: registers[.unitType]?.value?.choiceValue.flatMap(UnitType.init(rawValue:)),
          status: statuses?.contains(.retired) == true ? .retired : .active))
    }
  }

  /// A device is enrolled in the notices of its unit or of one above. Whatever contradicts leaves it known and without
  /// authority, never unknown: what others wrote after it must not wait for it.
  private static func readDevices(
    _ log: LogID, _ subjects: [SubjectID: [Field: Register]], school: SchoolID, _ directory: inout Directory
  ) {
    for (subject, registers) in subjects {
      guard let register = registers[.enrolment] else { continue }
      let enrolments = register.values.compactMap(Enrolment.init).filter {
        SubjectID(DeviceID(key: $0.key)) == subject && log.unit.contains($0.unit)
      }
      guard let first = enrolments.first else { continue }
      let device = DeviceID(key: first.key)
      let known = directory.devices[device]
      let agrees =
        enrolments.count == register.alternatives.count && enrolments.allSatisfy { $0.unit == first.unit }
        && known.map { $0.unit == first.unit } ?? true
      // The most restrictive of conflicting values applies: only the roles that all of them grant.
      let roles = enrolments.reduce(known?.roles ?? .all) { $0.intersection($1.roles) }
      directory.add(
        DirectoryDevice(
          id: device, key: first.key, unit: known?.unit ?? first.unit, roles: agrees ? roles : [],
          name: registers[.deviceName]?.value?.textValue ?? known?.name ?? "",
          agreementKey: enrolments.lazy.compactMap {
            AgreementCertificate(bytes: $0.agreement, deviceKey: $0.key, school: school)?.publicKey
          }.first ?? known?.agreementKey))
    }
  }
}

/// The value of a device's enrolment register.
public struct Enrolment: Hashable, Sendable {
  public var key: [UInt8]
  public var unit: UnitPath
  public var roles: Roles
  /// An ``AgreementCertificate``'s bytes, not checked yet; empty where the device gave none.
  public var agreement: [UInt8]

  public init(key: [UInt8], unit: UnitPath, roles: Roles, agreement: [UInt8] = []) {
    self.key = key
    self.unit = unit
    self.roles = roles
    self.agreement = agreement
  }

  public var value: Value {
    .list([.bytes(key), .text(unit.description), .integer(Int64(roles.rawValue)), .bytes(agreement)])
  }

  /// nil for anything that ``value`` could not be.
  public init?(_ value: Value) {
    guard let parts = value.listValue, parts.count >= 3, let key = parts[0].bytesValue,
      key.count == FeedGenesis.deviceKeyByteCount, let unit = parts[1].textValue.flatMap(UnitPath.init),
      let roles = parts[2].integerValue, roles >= 0
    else { return nil }
    let agreement = parts.count > 3 ? parts[3].bytesValue ?? [] : []
    self.init(key: key, unit: unit, roles: Roles(rawValue: UInt64(roles)), agreement: agreement)
  }
}

/// The last directory computed, shared by the transactions of one process.
final class DirectoryCache: Sendable {
  private let cached = Mutex<(version: UInt64, directory: Directory)?>(nil)

  func directory(version: UInt64, _ compute: () throws -> Directory) rethrows -> Directory {
    if let found = cached.withLock({ $0 }), found.version == version { return found.directory }
    let directory = try compute()
    cached.withLock { $0 = (version, directory) }
    return directory
  }

  func forget() { cached.withLock { $0 = nil } }
}
