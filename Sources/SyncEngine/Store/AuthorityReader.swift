import SyncModel

/// Reads what the notices taken into view say about authority, valid or not, superseded or not: of those who might have it.
/// What others wrote there is up to their liking and is not even decoded, their enrolments apart.
struct AuthorityReader {
  private let snapshot: StoreSnapshot
  private let consents: Set<[UInt8]>

  init(_ snapshot: StoreSnapshot) throws {
    self.snapshot = snapshot
    consents = Set(try snapshot.connection.rows("SELECT digest FROM consent").map { $0[0].blob })
  }

  func statements() throws -> [AuthorityStatement] {
    var enrolments: [(found: Found, enrolment: Enrolment)] = []
    try each([(.device, .enrolment)], by: { _ in true }) { found in
      if let enrolment = Enrolment(found.value) { enrolments.append((found, enrolment)) }
    }
    let granted = enrolments.filter { $0.enrolment.roles.contains(.admin) }
      .reduce(into: [DeviceID: [DeviceID]]()) {
        $0[$1.found.author, default: []].append(DeviceID(key: $1.enrolment.key))
      }
    let authors = AuthorityResolver.chains(from: DeviceID(key: snapshot.identity.rootKey), along: granted)
    var statements = try enrolments.filter { authors[$0.found.author] != nil }
      .compactMap { found, enrolment in try grant(found, enrolment).map { found.statement(.grant($0)) } }
    try each([(.device, .revocation), (.unit, .unitMove)], by: { authors[$0] != nil }) { found in
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

  private func each(
    _ fields: [(kind: SubjectKind, field: Field)], by isWanted: (DeviceID) -> Bool, _ use: (Found) throws -> Void
  ) throws {
    var writes: [(log: Int64, change: RegisterChange, register: [SQLValue])] = []
    let wanted = Array(repeating: "(r.kind = ? AND r.field = ?)", count: fields.count).joined(separator: " OR ")
    let kinds = fields.map { "\($0.kind.rawValue)" }.joined(separator: ", ")
    try snapshot.connection.query(
      """
      SELECT l.id, h.body, l.key, r.kind, r.subject
      FROM log l CROSS JOIN register r ON r.log = l.id CROSS JOIN register_history h ON h.log = r.log AND h.register = r.id
      WHERE l.channel = ? AND r.kind IN (\(kinds)) AND (\(wanted))
      """,
      [SQLValue(Channel.notices.rawValue)]
        + fields.flatMap { [SQLValue($0.kind.rawValue), SQLValue($0.field.rawValue)] }
    ) { row in
      let register = Array(row[2...4])
      for change in try RegisterChange.read(row[1]) { writes.append((row[0].integer, change, register)) }
    }
    writes.sort { ($0.log, $0.change.dot, $0.change.change) < ($1.log, $1.change.dot, $1.change.change) }
    var values: (log: Int64, dot: Dot, values: [Value?], hash: Digest256?)?
    for (log, change, register) in writes {
      let strands = try snapshot.strands(row: log)
      guard strands.indices.contains(Int(change.dot.strand)) else { throw WorkspaceError.damaged("register_history") }
      let strand = strands[Int(change.dot.strand)]
      let author = DeviceID(key: strand.deviceKey)
      guard isWanted(author) else { continue }
      if values?.log != log || values?.dot != change.dot {
        let entries = snapshot.storage(row: log)
        values = (log, change.dot, try entries.entry(change.dot)?.values ?? [], try entries.hash(of: change.dot))
      }
      guard let all = values?.values, change.change < all.count, let value = all[Int(change.change)],
        let subject = SubjectID(bytes: register[2].blob), let hash = values?.hash
      else { continue }
      try use(
        Found(
          log: try LogID(key: register[0].blob),
          place: FeedPlace(replica: strand.replica, seq: change.dot.seq, hash: hash), author: author,
          kind: register[1].integer == Int64(SubjectKind.unit.rawValue) ? .unit : .device, subject: subject,
          value: value))
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
