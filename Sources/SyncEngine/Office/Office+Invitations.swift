import SyncModel

/// An invitation as its log has it: what was promised, and what became of it.
public struct InvitationRecord: Sendable {
  public let id: SubjectID
  /// The notices that hold it: those of its unit.
  public let log: LogID
  let terms: Invitation.Terms
  /// Devices that joined with it; more than one only where hubs that knew nothing of each other let them in.
  public let usedBy: Set<DeviceID>
  public let isRevoked: Bool

  public var unit: UnitPath { terms.unit }
  public var roles: Roles { terms.roles }
  /// Milliseconds since 1970.
  public var expires: UInt64 { terms.expires }

  public enum State: String, Sendable, CaseIterable {
    case open
    case used
    case expired
    case revoked
  }

  /// Used comes first: revoking or letting lapse what has been used changes nothing for the device.
  public func state(at milliseconds: UInt64) -> State {
    if !usedBy.isEmpty { return .used }
    if isRevoked { return .revoked }
    return milliseconds > expires ? .expired : .open
  }
}

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
  public func record(_ invitations: [Invitation]) throws {
    var changes: [LogID: [Change]] = [:]
    for invitation in invitations {
      changes[LogID(invitation.unit, .notices), default: []].append(
        Change(RegisterName(.invitation, invitation.id, .invitationTerms), Invitation.Terms(invitation).value))
    }
    // Made from the terms just read: an earlier secret must not go on standing beside the new one.
    if !changes.isEmpty { try write(changes, shownUpTo: .max) }
  }

  // MARK: What became of them

  /// Every invitation known here, by unit, then by expiry.
  public func invitations() throws -> [InvitationRecord] {
    try read { try $0.invitations() }.sorted { ($0.unit, $0.expires, $0.id) < ($1.unit, $1.expires, $1.id) }
  }

  /// By id or a start of it of at least four digits.
  /// - Throws: ``OfficeError/unknownInvitation(_:)``, ``OfficeError/ambiguousInvitation(_:candidates:)``.
  public func invitation(_ text: String) throws -> InvitationRecord {
    let matches = try text.count < 4 ? [] : invitations().filter { $0.id.description.hasPrefix(text.lowercased()) }
    switch matches.count {
    case 0: throw OfficeError.unknownInvitation(text)
    case 1: return matches[0]
    default: throw OfficeError.ambiguousInvitation(text, candidates: matches.map(\.id.description))
    }
  }

  /// Nobody may join with these any more; in one transaction. Devices that have joined stay.
  public func revoke(_ invitations: [InvitationRecord]) throws {
    var changes: [LogID: [Change]] = [:]
    for invitation in invitations where !invitation.isRevoked {
      changes[invitation.log, default: []].append(
        Change(RegisterName(.invitation, invitation.id, .invitationRevoked), .choice(1)))
    }
    if !changes.isEmpty { try write(changes) }
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
    try record([renewed])
    return renewed
  }
}

extension StoreSnapshot {
  /// One invitation or all, each once a log that has terms for it. Terms for a unit that the log has no say over are
  /// left out.
  func invitations(_ id: SubjectID? = nil) throws -> [InvitationRecord] {
    try noticesRegisters(of: [.invitation], subject: id).flatMap { log, registers -> [InvitationRecord] in
      let bySubject = registers.reduce(into: [SubjectID: [Field: Register]]()) {
        $0[$1.name.subject, default: [:]][$1.name.field] = $1
      }
      return bySubject.compactMap { id, registers in
        guard let value = registers[.invitationTerms]?.value, let terms = Invitation.Terms(value),
          log.unit.contains(terms.unit)
        else { return nil }
        return InvitationRecord(
          id: id, log: log, terms: terms,
          usedBy: Set(
            registers[.invitationUsed]?.values.compactMap { $0.bytesValue.flatMap { DeviceID(bytes: $0) } } ?? []),
          // The most restrictive of conflicting values applies, as everywhere in the directory.
          isRevoked: registers[.invitationRevoked] != nil)
      }
    }
  }
}
