import SyncModel

/// Reads what the notices taken into view say about authority, valid or not, superseded or not: of those who might have it.
/// What others wrote there is up to their liking and is not even decoded, their enrolments apart.
struct AuthorityReader {
  private let snapshot: StoreSnapshot
  private let ways: StoredWays
  private let consents: Set<[UInt8]>

  init(_ snapshot: StoreSnapshot, _ ways: StoredWays) throws {
    self.snapshot = snapshot
    self.ways = ways
    consents = Set(try snapshot.connection.rows("SELECT digest FROM consent").map { $0[0].blob })
  }

  func statements() throws -> [AuthorityStatement] {
    let writes = try admitted()
    var enrolments: [(found: Found, enrolment: Enrolment)] = []
    try read(writes.filter { $0.field == .enrolment }) { found in
      if let enrolment = Enrolment(found.value) { enrolments.append((found, enrolment)) }
    }
    let granted = enrolments.filter { $0.enrolment.roles.contains(.admin) }
      .reduce(into: [DeviceID: [DeviceID]]()) {
        $0[$1.found.author, default: []].append(DeviceID(key: $1.enrolment.key))
      }
    let authors = AuthorityResolver.chains(from: DeviceID(key: snapshot.identity.rootKey), along: granted)
    var statements = try enrolments.filter { authors[$0.found.author] != nil }
      .compactMap { found, enrolment in try grant(found, enrolment).map { found.statement(.grant($0)) } }
    try read(writes.filter { $0.field != .enrolment && authors[$0.author] != nil }) { found in
      let content: AuthorityStatement.Content? =
        if found.kind == .unit {
          AuthorityStatement.Move(found.subject, found.value).map { .move($0) }
        } else {
          AuthorityStatement.Revocation(DeviceID(high: found.subject.high, low: found.subject.low), found.value)
            .map { .revocation($0) }
        }
      if let content { statements.append(found.statement(content)) }
    }
    return statements
  }

  /// One change of a register that speaks of authority.
  private struct Write {
    var row: Int64
    var log: LogID
    var dot: Dot
    var change: UInt16
    var kind: SubjectKind
    var field: Field
    var subject: SubjectID
    var author: DeviceID
  }

  /// False for a statement that its own past leaves out.
  func admits(_ place: FeedPlace, in log: LogID) throws -> Bool {
    let spot = ways.spot(of: place, in: log)
    return try admitted().contains { $0.log == log && $0.dot.spot == spot }
  }

  /// All but those that their own past leaves out (``StatementLimit``), by log and along feeds.
  private func admitted() throws -> [Write] {
    let fields: [(kind: SubjectKind, field: Field)] = [
      (.device, .enrolment), (.device, .revocation), (.unit, .unitMove),
    ]
    let wanted = fields.map { "(r.kind = \($0.kind.rawValue) AND r.field = \($0.field.rawValue))" }
      .joined(separator: " OR ")
    let kinds = Set(fields.map(\.kind.rawValue)).sorted().map(String.init).joined(separator: ", ")
    var writes: [Int64: [Write]] = [:]
    var logs: [Int64: LogID] = [:]
    var authors: [Int64: [DeviceID]] = [:]
    try snapshot.connection.query(
      """
      SELECT l.id, h.body, l.key, r.kind, r.subject, r.field
      FROM log l CROSS JOIN register r ON r.log = l.id CROSS JOIN register_history h ON h.log = r.log AND h.register = r.id
      WHERE l.channel = ? AND r.kind IN (\(kinds)) AND (\(wanted)) AND r.element = x'' AND r.part = 0
      """, [SQLValue(Channel.notices.rawValue)]
    ) { values in
      let row = values[0].integer
      let log = try logs[row] ?? LogID(key: values[2].blob)
      logs[row] = log
      guard let subject = SubjectID(bytes: values[4].blob),
        let named = fields.first(where: {
          Int64($0.kind.rawValue) == values[3].integer && Int64($0.field.rawValue) == values[5].integer
        })
      else { throw WorkspaceError.damaged("register") }
      let known = try authors[row] ?? snapshot.strands(row: row).map { DeviceID(key: $0.deviceKey) }
      authors[row] = known
      for change in try RegisterChange.read(values[1]) {
        guard known.indices.contains(Int(change.dot.strand)) else { throw WorkspaceError.damaged("register_history") }
        writes[row, default: []].append(
          Write(
            row: row, log: log, dot: change.dot, change: change.change, kind: named.kind, field: named.field,
            subject: subject, author: known[Int(change.dot.strand)]))
      }
    }
    return try writes.sorted { $0.key < $1.key }.flatMap { _, found -> [Write] in
      let sorted = found.sorted { ($0.dot, $0.change) < ($1.dot, $1.change) }
      guard sorted.count > StatementLimit.perSubject, let log = sorted.first?.log else { return sorted }
      let limit = StatementLimit(
        sorted.map { StatementLimit.Said(spot: $0.dot.spot, kind: UInt64($0.kind.rawValue), subject: $0.subject) },
        beginnings: try ways.beginnings(in: log))
      return zip(sorted, limit.isAdmitted).filter(\.1).map(\.0)
    }
  }

  /// One value of a register that speaks of authority.
  private struct Found {
    var log: LogID
    var place: FeedPlace
    var author: DeviceID
    var kind: SubjectKind
    var subject: SubjectID
    var value: Value

    func statement(_ content: AuthorityStatement.Content) -> AuthorityStatement {
      AuthorityStatement(log: log, place: place, author: author, content: content)
    }
  }

  /// - Parameter writes: by log and along feeds.
  private func read(_ writes: [Write], _ use: (Found) throws -> Void) throws {
    var values: (row: Int64, dot: Dot, values: [Value?], hash: Digest256?)?
    for write in writes {
      if values?.row != write.row || values?.dot != write.dot {
        let entries = snapshot.storage(row: write.row)
        values = (
          write.row, write.dot, try entries.entry(write.dot)?.values ?? [], try entries.hash(of: write.dot)
        )
      }
      guard let all = values?.values, write.change < all.count, let value = all[Int(write.change)],
        let hash = values?.hash
      else { continue }
      let strand = try snapshot.strands(row: write.row)[Int(write.dot.strand)]
      let place = FeedPlace(replica: strand.replica, seq: write.dot.seq, hash: hash)
      ways.note(place, in: write.log, at: write.dot.spot)
      try use(
        Found(
          log: write.log, place: place, author: write.author, kind: write.kind, subject: write.subject, value: value))
    }
  }

  /// nil where the device has not itself agreed to it.
  private func grant(_ found: Found, _ enrolment: Enrolment) throws -> AuthorityStatement.Grant? {
    let device = DeviceID(key: enrolment.key)
    guard SubjectID(device) == found.subject, enrolment.agreement.count == AgreementCertificate.byteCount else {
      return nil
    }
    // Verified once a store: a school has thousands, and a directory is read by every command.
    let school = snapshot.identity.school
    let consent = Hashing.labelled(.agreement, school.bytes, found.value.bytes).bytes
    if !consents.contains(consent) {
      guard
        AgreementCertificate(
          bytes: enrolment.agreement, deviceKey: enrolment.key, school: school, unit: enrolment.unit) != nil
      else { return nil }
      try snapshot.remember(consent: consent)
    }
    return AuthorityStatement.Grant(
      device: device, key: enrolment.key, unit: enrolment.unit, roles: enrolment.roles,
      agreementKey: Array(enrolment.agreement.prefix(FeedGenesis.deviceKeyByteCount)))
  }
}
