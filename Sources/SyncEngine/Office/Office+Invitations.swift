import SyncModel

extension Office {
  // MARK: Inviting

  /// Makes and records an invitation for one device.
  public func invite(_ unit: DirectoryUnit, roles: Roles, hub: String, validMilliseconds: UInt64) throws -> Invitation {
    let invitations = try draftInvitations(for: [unit], roles: roles, hub: hub, validMilliseconds: validMilliseconds)
    try record(invitations)
    return invitations[0]
  }

  /// One invitation a unit, for one device each. Nobody can join with them until they are recorded
  /// (``record(_:)``): what is to hold them can be written first.
  public func draftInvitations(
    for units: [DirectoryUnit], roles: Roles, hub: String, validMilliseconds: UInt64
  ) throws -> [Invitation] {
    let schoolName = try directory().schoolName
    let known = try HubAddress(hub).flatMap { try workspace.hubIdentity(at: $0.text) }
    return units.map { unit in
      Invitation(
        id: .random(), secret: .random(), rootKey: identity.rootKey, rehearsal: identity.rehearsal,
        schoolName: schoolName, rootUnit: identity.rootUnit, unit: unit.path, unitName: unit.name, roles: roles,
        expires: claimedMilliseconds + validMilliseconds, hub: hub, hubDevice: known?.device,
        hubPin: known?.certificatePin)
    }
  }

  /// Records the terms and the hash of each secret in its unit's notices, all in one transaction. An invitation of a
  /// known id is replaced: whoever holds the earlier text cannot join with it any more.
  ///
  /// - Throws: ``OfficeError/invitationTooLong``.
  public func record(_ invitations: [Invitation]) throws {
    var changes: [LogID: [Change]] = [:]
    for invitation in invitations {
      try checkLife(of: invitation)
      changes[LogID(invitation.unit, .notices), default: []].append(
        Change(RegisterName(.invitation, invitation.id, .invitationTerms), Invitation.Terms(invitation).value))
    }
    if !changes.isEmpty { try write(changes, shownUpTo: .max) }
  }

  /// A later expiry would stand in the text, and the hub would not keep to it.
  func checkLife(of invitation: Invitation) throws {
    if invitation.expires > claimedMilliseconds + Invitation.lifeLimitMilliseconds {
      throw OfficeError.invitationTooLong
    }
  }

  // MARK: What became of them

  /// Every invitation known here, by unit, then by expiry.
  public func invitations() throws -> [InvitationRecord] {
    try read { try $0.invitations() }.sorted { ($0.unit, $0.expires, $0.id) < ($1.unit, $1.expires, $1.id) }
  }

  /// Who issued an invitation.
  public struct Issuer: Sendable {
    public let device: DeviceID
    /// Empty where the directory has none.
    public let deviceName: String
    /// Who sat at it; nil where that has not come.
    public let person: String?
  }

  public func issuer(of invitation: InvitationRecord) throws -> Issuer {
    try read { snapshot in
      let origin = try snapshot.origin(invitation.log, of: invitation.offer.dot)
      return Issuer(
        device: invitation.offer.issuer, deviceName: origin?.deviceName ?? "", person: origin?.personName)
    }
  }

  /// By id or a start of it of at least four digits: never empty, and all of one id. Several only where different notices have
  /// terms under it: whoever writes there may have taken another's id, and what is done is done to all of them.
  /// - Throws: ``OfficeError/unknownInvitation(_:)``, ``OfficeError/ambiguousInvitation(_:candidates:)``.
  public func invitations(_ text: String) throws -> [InvitationRecord] {
    let matches = try text.count < 4 ? [] : invitations().filter { $0.id.description.hasPrefix(text.lowercased()) }
    let ids = Set(matches.map(\.id))
    if ids.isEmpty { throw OfficeError.unknownInvitation(text) }
    if ids.count > 1 {
      throw OfficeError.ambiguousInvitation(text, candidates: ids.map(\.description).sorted())
    }
    return matches
  }

  /// The one of them that lets somebody in, else the first: the one that is issued anew.
  public func invitation(_ text: String) throws -> InvitationRecord {
    let all = try invitations(text)
    return all.first { $0.state(at: claimedMilliseconds) == .open } ?? all[0]
  }

  /// Nobody may join with these any more; in one transaction. Devices that have joined stay.
  public func revoke(_ invitations: [InvitationRecord]) throws {
    let changes = Self.ending(invitations)
    if !changes.isEmpty { try write(changes) }
  }

  /// What ends invitations, by the notices that hold them.
  static func ending(_ invitations: [InvitationRecord]) -> [LogID: [Change]] {
    invitations.filter { !$0.isRevoked }.reduce(into: [:]) {
      $0[$1.log, default: []].append(Change(RegisterName(.invitation, $1.id, .invitationRevoked), .choice(1)))
    }
  }

  /// Issues an unused invitation anew under the same id with another expiry. Only a hash of the old secret is kept, so
  /// the text is a new one, and the old text stops working.
  ///
  /// - Throws: ``OfficeError/invitationUsed``, ``OfficeError/invitationRevoked``.
  public func renew(_ invitation: InvitationRecord, hub: String, validMilliseconds: UInt64) throws -> Invitation {
    if !invitation.usedBy.isEmpty { throw OfficeError.invitationUsed }
    if invitation.isRevoked { throw OfficeError.invitationRevoked }
    let directory = try directory()
    let unit = directory.units[invitation.unit]
    var renewed = try draftInvitations(
      for: [unit ?? DirectoryUnit(path: invitation.unit, name: directory.name(of: invitation.unit), kind: .branch)],
      roles: invitation.roles, hub: hub, validMilliseconds: validMilliseconds)[0]
    renewed.id = invitation.id
    // Where the old terms stand, and in their place: an earlier secret must not go on standing beside the new one.
    try checkLife(of: renewed)
    let terms = Change(RegisterName(.invitation, renewed.id, .invitationTerms), Invitation.Terms(renewed).value)
    try write([invitation.log: [terms]], shownUpTo: .max)
    return renewed
  }
}
