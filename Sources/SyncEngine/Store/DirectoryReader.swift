import SyncModel
import Synchronization

/// Computes the directory from the notices logs held in a store: first who may do what, from every statement ever taken
/// into view; then names and kinds, from the registers that stand.
enum DirectoryReader {
  static func read(_ snapshot: StoreSnapshot) throws -> Directory {
    let identity = snapshot.identity
    let statements = try snapshot.authorityStatements()
    let ways = FeedWays(snapshot)
    let outcome = AuthorityResolver(
      root: identity.rootUnit, rootDevice: DeviceID(key: identity.rootKey), statements: statements,
      covers: { ways.covers($0, $1, $2) }
    ).resolve()
    if let failure = ways.failure { throw failure }
    var directory = Directory(
      root: identity.rootUnit, rootDevice: DeviceID(key: identity.rootKey), authority: outcome)
    // Key order: ancestors first, so that what stands nearer the root is there before what it bounds.
    for (log, registers) in try snapshot.directoryRegisters() {
      let bySubject = registers.reduce(into: [SubjectKind: [SubjectID: [Field: Register]]]()) {
        $0[$1.name.kind, default: [:]][$1.name.subject, default: [:]][$1.name.field] = $1
      }
      readUnits(log, bySubject[.unit] ?? [:], &directory)
      for (subject, registers) in bySubject[.device] ?? [:] {
        let device = DeviceID(high: subject.high, low: subject.low)
        if let name = registers[.deviceName]?.value?.textValue, directory.devices[device]?.name == "" {
          directory.name(device, name)
        }
      }
      if log.unit == identity.rootUnit, let school = bySubject[.school]?.first?.value {
        directory.schoolName = school[.schoolName]?.value?.textValue ?? ""
      }
    }
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
      directory.add(
        DirectoryUnit(
          path: path, name: registers[.unitName]?.value?.textValue ?? text, kind: kind,
          type: registers[.unitType]?.value?.choiceValue.flatMap(UnitType.init(rawValue:)),
          status: status(registers) ?? .active,
          origin: registers[.unitOrigin]?.value?.textValue.flatMap(UnitPath.init)))
    }
  }

  /// The most restrictive of conflicting values applies: any 'retired' retires.
  private static func status(_ registers: [Field: Register]) -> UnitStatus? {
    registers[.unitStatus]?.values.compactMap { $0.choiceValue.flatMap(UnitStatus.init(rawValue:)) }
      .max { $0.rawValue < $1.rawValue }
  }
}

/// Whether an entry lies on the way to a place, forks and all; strands are read once a log.
private final class FeedWays {
  private let snapshot: StoreSnapshot
  private var engines: [LogID: LogEngine<SQLLogStorage>] = [:]
  private(set) var failure: (any Error)?

  init(_ snapshot: StoreSnapshot) {
    self.snapshot = snapshot
  }

  func covers(_ places: [FeedPlace], _ log: LogID, _ place: FeedPlace) -> Bool {
    let places = places.filter { $0.replica == place.replica && $0.seq >= place.seq }
    if places.isEmpty { return false }
    do {
      guard let engine = try engine(log), let dot = try engine.dot(place) else { return false }
      return try places.contains { other in
        guard let end = try engine.dot(other) else { return false }
        return engine.topology.commonSeq(of: end, and: Int(dot.strand)) >= dot.seq
      }
    } catch {
      failure = error
      return false
    }
  }

  private func engine(_ log: LogID) throws -> LogEngine<SQLLogStorage>? {
    if let known = engines[log] { return known }
    guard let row = try snapshot.rowID(of: log) else { return nil }
    let engine = try LogEngine(
      school: snapshot.identity.school, log: log, storage: SQLLogStorage(snapshot.connection, log: row))
    engines[log] = engine
    return engine
  }
}

extension StoreSnapshot {
  /// Everything that notices taken into view say about authority, valid or not, superseded or not.
  fileprivate func authorityStatements() throws -> [AuthorityStatement] {
    var statements: [AuthorityStatement] = []
    var values: (key: [SQLValue], values: [Value?])?
    let consents = try knownConsents()
    try connection.query(
      """
      SELECT l.id, c.strand, c.seq, l.key, r.kind, r.subject, r.field, c.change, e.hash, s.replica, s.device_key
      FROM register r JOIN log l ON l.id = r.log JOIN change c ON c.log = r.log AND c.register = r.id
        JOIN entry e ON e.log = c.log AND e.strand = c.strand AND e.seq = c.seq
        JOIN strand s ON s.log = c.log AND s.strand = c.strand
      WHERE l.channel = ? AND ((r.kind = ? AND r.field IN (?, ?)) OR (r.kind = ? AND r.field = ?))
      ORDER BY c.log, c.strand, c.seq
      """,
      [
        SQLValue(Channel.notices.rawValue), SQLValue(SubjectKind.device.rawValue),
        SQLValue(Field.enrolment.rawValue), SQLValue(Field.revocation.rawValue),
        SQLValue(SubjectKind.unit.rawValue), SQLValue(Field.unitMove.rawValue),
      ]
    ) { row in
      let key = Array(row[0...2])
      if values?.key != key {
        let entry = try SQLLogStorage(connection, log: row[0].integer)
          .entry(Dot(strand: Int(row[1].integer), seq: UInt32(row[2].integer)))
        values = (key, entry?.values ?? [])
      }
      let change = Int(row[7].integer)
      guard let all = values?.values, change < all.count, let value = all[change],
        let subject = SubjectID(bytes: row[5].blob), let hash = Digest256(bytes: row[8].blob),
        let replica = ReplicaID(bytes: row[9].blob)
      else { return }
      let content: AuthorityStatement.Content?
      switch (row[4].integer, row[6].integer) {
      case (Int64(SubjectKind.unit.rawValue), _):
        content = AuthorityStatement.Move(subject, value).map { .move($0) }
      case (_, Int64(Field.revocation.rawValue)):
        content = AuthorityStatement.Revocation(DeviceID(high: subject.high, low: subject.low), value)
          .map { .revocation($0) }
      default: content = try grant(subject, value, consents)
      }
      guard let content else { return }
      statements.append(
        AuthorityStatement(
          log: try LogID(key: row[3].blob),
          place: FeedPlace(replica: replica, seq: UInt32(row[2].integer), hash: hash),
          author: DeviceID(key: row[10].blob), content: content))
    }
    return statements
  }

  private func grant(
    _ subject: SubjectID, _ value: Value, _ consents: Set<[UInt8]>
  ) throws -> AuthorityStatement.Content? {
    guard let enrolment = Enrolment(value) else { return nil }
    let device = DeviceID(key: enrolment.key)
    guard SubjectID(device) == subject, enrolment.agreement.count == AgreementCertificate.byteCount else { return nil }
    // Verified once a store: a school has thousands, and a directory is read by every command.
    let consent = Hashing.labelled(.agreement, identity.school.bytes, value.bytes).bytes
    if !consents.contains(consent) {
      guard
        AgreementCertificate(
          bytes: enrolment.agreement, deviceKey: enrolment.key, school: identity.school, unit: enrolment.unit) != nil
      else { return nil }
      try remember(consent: consent)
    }
    return .grant(
      AuthorityStatement.Grant(
        device: device, key: enrolment.key, unit: enrolment.unit, roles: enrolment.roles,
        agreementKey: Array(enrolment.agreement.prefix(FeedGenesis.deviceKeyByteCount))))
  }

  private func knownConsents() throws -> Set<[UInt8]> {
    Set(try connection.rows("SELECT digest FROM consent").map { $0[0].blob })
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
