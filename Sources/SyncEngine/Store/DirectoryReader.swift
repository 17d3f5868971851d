import SyncModel
import Synchronization

/// Computes the directory from the notices logs held in a store: first who may do what, from every statement ever taken
/// into view; then names and kinds, from the registers that stand.
enum DirectoryReader {
  static func read(_ snapshot: StoreSnapshot) throws -> Directory {
    let identity = snapshot.identity
    let ways = StoredWays(snapshot)
    let statements = try AuthorityReader(snapshot, ways).statements()
    let outcome = AuthorityResolver(
      root: identity.rootUnit, rootDevice: DeviceID(key: identity.rootKey), statements: statements, ways: ways
    ).resolve()
    if let failure = ways.failure { throw failure }
    var directory = Directory(
      root: identity.rootUnit, rootDevice: DeviceID(key: identity.rootKey), authority: outcome)
    directory.zone = try FoundingEntry.zone(in: snapshot)
    var names = DeviceNames(tree: directory.tree)
    // Key order: ancestors first, so that what stands nearer the root is there before what it bounds.
    for (log, registers) in try snapshot.directoryRegisters() {
      let bySubject = registers.reduce(into: [SubjectKind: [SubjectID: [Field: Register]]]()) {
        $0[$1.name.kind, default: [:]][$1.name.subject, default: [:]][$1.name.field] = $1
      }
      readUnits(log, bySubject[.unit] ?? [:], &directory)
      for (subject, registers) in bySubject[.device] ?? [:] {
        let device = DeviceID(high: subject.high, low: subject.low)
        if let name = registers[.deviceName]?.value?.textValue, let known = directory.devices[device] {
          names.add(name, of: known, in: log.unit)
        }
      }
      let school = SubjectID(high: identity.school.high, low: identity.school.low)
      if log.unit == identity.rootUnit, let registers = bySubject[.school]?[school] {
        directory.schoolName = registers[.schoolName]?.value?.textValue ?? ""
      }
    }
    for (device, name) in names.nearest { directory.name(device, name) }
    return directory
  }

  /// A unit is first described in the notices of a unit above it (the root in its own), what is nearer the root
  /// prevailing; its own notices then say what it is called since, and whether it still works. Where it was moved, they
  /// describe it to those who do not read its former place.
  private static func readUnits(
    _ log: LogID, _ subjects: [SubjectID: [Field: Register]], _ directory: inout Directory
  ) {
    for (subject, registers) in subjects {
      if subject == SubjectID(unit: log.unit), log.unit != directory.root, var unit = directory.units[log.unit] {
        unit.name = registers[.unitName]?.value?.textValue ?? unit.name
        unit.type = registers[.unitType]?.value?.choiceValue.flatMap(UnitType.init(rawValue:)) ?? unit.type
        unit.status = status(registers) ?? unit.status
        directory.add(unit)
        continue
      }
      guard let text = registers[.unitPath]?.value?.textValue, let path = UnitPath(text),
        subject == SubjectID(unit: path),
        log.unit.contains(path), directory.units[path] == nil,
        let kind = registers[.unitKind]?.value?.choiceValue.flatMap(UnitKind.init(rawValue:))
      else { continue }
      let name = registers[.unitName]?.value?.textValue ?? text
      directory.add(
        DirectoryUnit(
          path: path, name: name, kind: kind,
          type: registers[.unitType]?.value?.choiceValue.flatMap(UnitType.init(rawValue:)),
          status: status(registers) ?? .active,
          origin: registers[.unitOrigin]?.value?.textValue.flatMap(UnitPath.init),
          givenName: log.unit != path || path == directory.root ? name : nil, describedBy: log.unit))
    }
  }

  /// The most restrictive of conflicting values applies: any 'retired' retires.
  private static func status(_ registers: [Field: Register]) -> UnitStatus? {
    registers[.unitStatus]?.values.compactMap { $0.choiceValue.flatMap(UnitStatus.init(rawValue:)) }
      .max { $0.rawValue < $1.rawValue }
  }
}

/// What devices are called, in the notices of their unit or of those above it: the nearest prevails. Whom somebody stops is
/// chosen by name, so nobody else names them.
private struct DeviceNames {
  let tree: UnitTree
  private var found: [DeviceID: (steps: Int, name: String)] = [:]

  init(tree: UnitTree) {
    self.tree = tree
  }

  mutating func add(_ name: String, of device: DirectoryDevice, in unit: UnitPath) {
    let steps: Int
    if let above = tree.lineage(of: device.unit).firstIndex(of: unit) {
      steps = above
    } else if tree.cuts(above: unit, device.unit) != nil {
      // It may have been enrolled there.
      steps = .max
    } else {
      return
    }
    if let known = found[device.id], known.steps <= steps { return }
    found[device.id] = (steps, name)
  }

  var nearest: [DeviceID: String] { found.mapValues(\.name) }
}

/// The last directory computed that is committed, shared by the transactions of one process.
final class DirectoryCache: Sendable {
  /// What follows from it and from the logs.
  let scopes = ScopeCache()
  private let cached = Mutex<(version: UInt64, directory: Directory)?>(nil)

  func directory(version: UInt64, _ compute: () throws -> Directory) rethrows -> Directory {
    if let found = cached.withLock({ $0 }), found.version == version { return found.directory }
    let directory = try compute()
    keep(directory, version: version)
    return directory
  }

  /// One that an older moment has computed does not take a newer one's place.
  func keep(_ directory: Directory, version: UInt64) {
    cached.withLock { cached in
      if let known = cached, known.version > version { return }
      cached = (version, directory)
    }
  }
}

/// The directory as one transaction has changed it: nobody else sees it before the commit, and nobody ever does where that does not come.
final class UncommittedDirectory {
  private(set) var isChanged = false
  private(set) var found: (version: UInt64, directory: Directory)?

  func change() {
    isChanged = true
    found = nil
  }

  func directory(version: UInt64, _ compute: () throws -> Directory) rethrows -> Directory {
    if let found, found.version == version { return found.directory }
    let directory = try compute()
    found = (version, directory)
    return directory
  }
}
