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
    var values: (key: [SQLValue], values: [Value?], hash: Digest256?)?
    var authors: [[UInt8]: DeviceID] = [:]
    let wanted = Array(repeating: "(r.kind = ? AND r.field = ?)", count: fields.count).joined(separator: " OR ")
    try snapshot.connection.query(
      """
      SELECT l.id, c.strand, c.seq, l.key, r.kind, r.subject, c.change, s.replica, s.device_key
      FROM register r JOIN log l ON l.id = r.log JOIN change c ON c.log = r.log AND c.register = r.id
        JOIN strand s ON s.log = c.log AND s.strand = c.strand
      WHERE l.channel = ? AND (\(wanted))
      ORDER BY c.log, c.strand, c.seq
      """,
      [SQLValue(Channel.notices.rawValue)]
        + fields.flatMap { [SQLValue($0.kind.rawValue), SQLValue($0.field.rawValue)] }
    ) { row in
      let author = authors[row[8].blob] ?? DeviceID(key: row[8].blob)
      authors[row[8].blob] = author
      guard isWanted(author) else { return }
      let key = Array(row[0...2])
      if values?.key != key {
        let entries = snapshot.storage(row: row[0].integer)
        let dot = try Dot(row[1...2], "change")
        values = (key, try entries.entry(dot)?.values ?? [], try entries.hash(of: dot))
      }
      let change = Int(row[6].integer)
      guard let all = values?.values, change < all.count, let value = all[change],
        let subject = SubjectID(bytes: row[5].blob), let hash = values?.hash,
        let replica = ReplicaID(bytes: row[7].blob)
      else { return }
      try use(
        Found(
          log: try LogID(key: row[3].blob),
          place: FeedPlace(replica: replica, seq: UInt32(row[2].integer), hash: hash), author: author,
          kind: row[4].integer == Int64(SubjectKind.unit.rawValue) ? .unit : .device, subject: subject, value: value))
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
