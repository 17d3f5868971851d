import Foundation
import SyncModel

// A device joins: offline from its invitation, then confirmed by a hub.
extension Office {
  /// Makes a workspace from an invitation, offline; a hub confirms it at first contact.
  public static func join(
    _ invitation: Invitation, in folder: String, person: String, deviceName: String, claimedMilliseconds: UInt64,
    stateFolder: String = Platform.stateFolder
  ) throws -> Office {
    if claimedMilliseconds > invitation.expires { throw OfficeError.invitationExpired }
    let deviceName = try acceptedName(ofDevice: deviceName)
    // Who sits here may still be unknown.
    let person = try person.isEmpty ? "" : acceptedName(ofPerson: person)
    let key = DeviceKey()
    let identity = StoreIdentity(
      school: invitation.school, rootKey: invitation.rootKey, rehearsal: invitation.rehearsal,
      rootUnit: invitation.rootUnit, unit: invitation.unit, firstStore: .random(), deviceKey: key.publicKey)
    let workspace = try Workspace.create(in: folder, identity: identity, key: key, stateFolder: stateFolder) {
      try $0.set(
        deviceName: deviceName, hub: invitation.hub.isEmpty ? nil : invitation.hub, invitation: invitation.url)
    }
    return Office(workspace, person: person, claimedMilliseconds: claimedMilliseconds)
  }

  /// Shows another invitation from now on, in a workspace whose device no enrolment has let in yet: the earlier invitation
  /// ended, ran out, or was used by somebody else. Folder, key and entries stay.
  ///
  /// - Parameter deviceName: nil keeps the one that it has.
  /// - Throws: ``WorkspaceError/exists(path:)`` where the folder is another unit's or school's, or its device is enrolled.
  public static func rejoin(
    _ invitation: Invitation, in workspace: Workspace, person: String, deviceName: String? = nil,
    claimedMilliseconds: UInt64
  ) throws -> Office {
    let identity = workspace.identity
    guard identity.school == invitation.school, identity.unit == invitation.unit,
      try workspace.store.read({ try $0.directory().devices[identity.device] }) == nil
    else { throw WorkspaceError.exists(path: workspace.folder) }
    if claimedMilliseconds > invitation.expires { throw OfficeError.invitationExpired }
    let person = try person.isEmpty ? workspace.lastPerson() ?? "" : acceptedName(ofPerson: person)
    try workspace.set(
      deviceName: try deviceName.map { try acceptedName(ofDevice: $0) },
      hub: invitation.hub.isEmpty ? nil : invitation.hub, invitation: invitation.url)
    return Office(workspace, person: person, claimedMilliseconds: claimedMilliseconds)
  }

  /// A hub confirms a device that shows an invitation's secret: judges the invitation, enrols its key and marks it used, in one
  /// transaction (protocol §8). The same device may ask again.
  ///
  /// - Parameter agreement: the device's ``AgreementCertificate``; empty where it gave none.
  /// - Throws: ``OfficeError`` where the invitation is unknown here, expired, revoked, used by another device, or of an author who
  ///   does not administer its unit any more; ``OfficeError/cannotConfirm(unit:)`` where this device does not;
  ///   ``OfficeError/stoppedDevice`` for one that was stopped, which no invitation gives its roles back.
  public func confirm(
    invitation id: SubjectID, secret: BatchSecret, deviceKey: [UInt8], agreement: [UInt8], deviceName: String
  ) throws {
    let device = DeviceID(key: deviceKey)
    let secretHash = Invitation.hash(of: secret)
    // Beside those who write: whoever only guesses, or asks again, keeps nobody waiting.
    let known = try read { try $0.candidates(id, secretHash) }
    if known.isEmpty { throw OfficeError.invitationUnknown }
    if known.contains(where: { $0.usedBy.contains(device) }) { return }
    try workspace.locked { transaction, incarnation, isNew in
      let candidates = try transaction.candidates(id, secretHash)
      guard let first = candidates.first else { throw OfficeError.invitationUnknown }
      if candidates.contains(where: { $0.usedBy.contains(device) }) { return }
      let found = candidates.first { (try? $0.judged(secretHash, at: claimedMilliseconds)) != nil } ?? first
      let offer = try found.judged(secretHash, at: claimedMilliseconds)
      try checkConfirming(offer.terms.unit, in: found.log, transaction)
      // An enrolment that does not count would only use the invitation up.
      guard
        AgreementCertificate(
          bytes: agreement, deviceKey: deviceKey, school: identity.school, unit: offer.terms.unit) != nil
      else { throw OfficeError.badInvitation("设备没有同意加入这个单位") }
      if try transaction.directory().devices[device]?.isStopped == true { throw OfficeError.stoppedDevice }
      // Before anybody is stopped by it: a device may hand itself over.
      let takeover = try Takeover(by: found, for: offer.terms.unit, transaction, at: claimedMilliseconds)
      let author = try workspace.author(named: person, transaction, incarnation: incarnation, shownUpTo: .max)
      func append(_ changes: [Change], to log: LogID) throws {
        _ = try workspace.append(
          changes, to: log, by: author, name: person, transaction, isNew: isNew,
          claimedMilliseconds: claimedMilliseconds)
      }
      try append(
        Self.enrolment(
          Enrolment(key: deviceKey, unit: offer.terms.unit, roles: offer.terms.roles, agreement: agreement),
          // A device of another release is let in whatever it calls itself.
          name: Self.deviceName(deviceName))
          + [Change(RegisterName(.invitation, id, .invitationUsed), .bytes(device.bytes))],
        to: found.log)
      guard let takeover, takeover.device.id != device else { return }
      for (log, changes) in Self.ending(takeover.ended).sorted(by: { $0.key < $1.key }) {
        try append(changes, to: log)
      }
      // With everything that has arrived by now.
      try append(
        [try Self.revocation(of: takeover.device, roles: .all, reason: "交接", transaction)], to: found.log)
    }
  }

  private func checkConfirming(_ unit: UnitPath, in log: LogID, _ snapshot: StoreSnapshot) throws {
    let directory = try snapshot.directory()
    for log in Set([log, LogID(unit, .notices)])
    where directory.authority(of: identity.device, over: log) != .full {
      throw OfficeError.cannotConfirm(unit: directory.name(of: log.unit))
    }
  }
}

extension StoreSnapshot {
  /// Invitations of an id with terms for this secret; more than one only where several notices have it.
  fileprivate func candidates(_ id: SubjectID, _ secretHash: Digest256) throws -> [InvitationRecord] {
    try invitations(id).filter { $0.offers.contains { $0.terms.secretHash == secretHash } }
  }
}
