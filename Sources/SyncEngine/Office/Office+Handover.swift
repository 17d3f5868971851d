import SyncModel

extension Office {
  /// Invitations that one handover ends, or writes anew; those beyond end all the same, with their author's authority.
  public static let handedOnLimit = 1_000

  /// Hands a device's work over to a new one 交接, as when the secretary changes: an invitation with the same unit and
  /// roles. Once somebody has joined with it, the old device is stopped, with everything that had arrived by then, and its open
  /// invitations end.
  ///
  /// - Parameters:
  ///   - draft: an invitation for the device's unit and roles, not recorded yet.
  ///   - handingOn: the open invitations go on instead, written anew by whoever joins (``takeUpInvitations()``).
  public func handOver(_ device: DirectoryDevice, by draft: Invitation, handingOn: Bool = false) throws {
    if device.roles.isEmpty { throw OfficeError.nothingToRevoke(device.name) }
    try checkLife(of: draft)
    func about(_ field: Field, _ value: Value) -> Change { Change(RegisterName(.invitation, draft.id, field), value) }
    _ = try write(
      [
        about(.invitationTerms, Invitation.Terms(draft).value), about(.invitationReplaces, .bytes(device.id.bytes)),
      ] + (handingOn ? [about(.invitationHandsOn, .choice(1))] : []), to: LogID(draft.unit, .notices))
  }

  /// Unused invitations that `device` issued and that would still let somebody in.
  public func openInvitations(of device: DeviceID) throws -> [InvitationRecord] {
    try invitations().filter { $0.state(at: claimedMilliseconds) == .open && $0.offer.issuer == device }
  }

  /// Where this device has taken over from one whose open invitations go on: writes their terms anew in its own name, once.
  ///
  /// - Returns: what was written anew; nothing before this device is enrolled.
  public func takeUpInvitations() throws -> [InvitationRecord] {
    guard !person.isEmpty, try read({ try $0.mayTakeUp() }) else { return [] }
    return try workspace.retried {
      try workspace.locked { transaction, incarnation, isNew in
        guard try transaction.mayTakeUp() else { return [] }
        let left = try transaction.handedOn(at: claimedMilliseconds)
        let author = try workspace.author(named: person, transaction, incarnation: incarnation, shownUpTo: .max)
        for (log, records) in Dictionary(grouping: left, by: \.log).sorted(by: { $0.key < $1.key }) {
          let changes = records.map { record in
            var terms = record.offer.terms
            terms.expires = min(terms.expires, record.expires)
            return Change(RegisterName(.invitation, record.id, .invitationTerms), terms.value)
          }
          _ = try workspace.append(
            changes, to: log, by: author, name: person, transaction, isNew: isNew,
            claimedMilliseconds: claimedMilliseconds)
        }
        // Whatever comes to light of the predecessor later is nobody's promise any more.
        try transaction.setSetting(Workspace.Setting.tookUp, [1])
        return left
      }
    }
  }
}

/// What an invitation does beside letting a device in: another one is stopped. Judged with the invitation, by whoever confirms it.
struct Takeover {
  let device: DirectoryDevice
  /// Its open invitations, which end; none where they are handed on.
  let ended: [InvitationRecord]

  /// nil where nobody is replaced.
  init?(
    by invitation: InvitationRecord, for unit: UnitPath, _ snapshot: StoreSnapshot, at milliseconds: UInt64
  ) throws {
    let directory = try snapshot.directory()
    // Who is stopped, or administers the unit no more, says nothing here.
    func administers(_ author: DeviceID) -> Bool {
      directory.authority(of: author, over: LogID(unit, .notices)) == .full
    }
    guard let device = try snapshot.replaced(by: invitation, for: unit, as: administers), !device.roles.isEmpty else {
      return nil
    }
    self.device = device
    if try snapshot.handsOn(invitation, as: administers) {
      ended = []
      return
    }
    let own = snapshot.identity.device
    ended = Array(
      try snapshot.invitations().filter { record in
        record.isUnused(at: milliseconds) && record.offers.allSatisfy { $0.issuer == device.id }
          && record.id != invitation.id && directory.authority(of: own, over: record.log) == .full
      }.sorted { ($0.log, $0.id) < ($1.log, $1.id) }.prefix(Office.handedOnLimit))
  }
}

extension StoreSnapshot {
  /// The device that whoever joins with an invitation takes over from; nil where it is for an additional one.
  ///
  /// - Parameter isBelieved: whose word counts.
  fileprivate func replaced(
    by invitation: InvitationRecord, for unit: UnitPath, as isBelieved: (DeviceID) -> Bool
  ) throws -> DirectoryDevice? {
    let values = try values(of: .invitationReplaces, invitation, as: isBelieved)
    guard let id = values.lazy.compactMap({ $0.bytesValue.flatMap { DeviceID(bytes: $0) } }).first,
      let device = try directory().devices[id], device.unit == unit
    else { return nil }
    return device
  }

  fileprivate func handsOn(_ invitation: InvitationRecord, as isBelieved: (DeviceID) -> Bool) throws -> Bool {
    try values(of: .invitationHandsOn, invitation, as: isBelieved).contains(.choice(1))
  }

  private func values(
    of field: Field, _ invitation: InvitationRecord, as isBelieved: (DeviceID) -> Bool
  ) throws -> [Value] {
    let register = try register(invitation.log, RegisterName(.invitation, invitation.id, field))
    return try register?.siblings.filter { try author(of: $0, in: invitation.log).map(isBelieved) ?? false }
      .compactMap(\.value) ?? []
  }

  /// True once, where this device is enrolled and has not looked yet.
  fileprivate func mayTakeUp() throws -> Bool {
    try setting(Workspace.Setting.tookUp) == nil && directory().devices[identity.device]?.roles.isEmpty == false
  }

  /// Invitations of the device that this one took over from, where they are handed on. Whether it did, and whose word that was, the
  /// confirmer has judged: its verdict is that it stopped the other one with the very next entry (protocol §8, invitations).
  fileprivate func handedOn(at milliseconds: UInt64) throws -> [InvitationRecord] {
    let directory = try directory()
    let all = try invitations()
    let own = identity.device
    let predecessors = try Set(
      all.filter { $0.usedBy.contains(own) }.compactMap { record -> DeviceID? in
        guard let device = try replaced(by: record, for: record.unit, as: { _ in true }), device.roles.isEmpty,
          try isTakenOver(device.id, with: record, by: own)
        else { return nil }
        // Whoever goes may have said so itself, before it was stopped by this very handover.
        let isHandedOn = try handsOn(record) { author in
          author == device.id || directory.authority(of: author, over: LogID(record.unit, .notices)) == .full
        }
        return isHandedOn ? device.id : nil
      })
    if predecessors.isEmpty { return [] }
    return Array(
      all.filter { record in
        record.isUnused(at: milliseconds) && record.offers.allSatisfy { predecessors.contains($0.issuer) }
          && directory.authority(of: own, over: record.log) == .full
      }.sorted { ($0.log, $0.id) < ($1.log, $1.id) }.prefix(Office.handedOnLimit))
  }

  /// True where whoever enrolled `own` with this invitation stopped `device` right behind it: an earlier stop, whoever made it, is no
  /// handover.
  private func isTakenOver(_ device: DeviceID, with record: InvitationRecord, by own: DeviceID) throws -> Bool {
    let strands = try strands(of: record.log)
    let stops = try directory().revocations(of: device).filter { $0.log == record.log }
    return record.uses.contains { use in
      guard use.device == own, strands.indices.contains(Int(use.dot.strand)) else { return false }
      let replica = strands[Int(use.dot.strand)].replica
      return stops.contains { $0.place.replica == replica && $0.place.seq == use.dot.seq + 1 }
    }
  }
}
