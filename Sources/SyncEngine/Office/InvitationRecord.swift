import SyncModel

/// An invitation as its log has it: what was promised, by whom, and what became of it.
public struct InvitationRecord: Sendable {
  public let id: SubjectID
  /// The notices that hold it: those of its unit, or of one above.
  public let log: LogID
  /// What stands as its terms, the first shown first: several only where some were written without the others in view. Never
  /// empty.
  public let offers: [Offer]
  /// Who joined with it, as whoever wrote so has it; more than one only where hubs that knew nothing of each other let them in.
  let uses: [Use]
  public var usedBy: Set<DeviceID> { Set(uses.map(\.device)) }
  public let isRevoked: Bool

  struct Use: Hashable, Sendable {
    let device: DeviceID
    let dot: Dot
  }

  /// An id alone does not say which it is: somebody else may write terms under it in other notices.
  public struct Key: Hashable, Sendable {
    public let id: SubjectID
    public let log: LogID
  }

  public var key: Key { Key(id: id, log: log) }

  /// Terms, with whoever answers for them.
  public struct Offer: Hashable, Sendable {
    let terms: Invitation.Terms
    /// The device that wrote them.
    public let issuer: DeviceID
    /// They stand, and their author has full authority over the notices of their unit now.
    public let admits: Bool
    /// Nobody joins later; milliseconds since 1970. The earlier of their expiry and the end of an invitation's life.
    public let ends: UInt64
    let dot: Dot
    let order: UInt64
  }

  /// The one that lets somebody in, where there is one.
  public var offer: Offer { offers.first(where: \.admits) ?? offers[0] }
  public var unit: UnitPath { offer.terms.unit }
  public var roles: Roles { offer.terms.roles }
  /// Milliseconds since 1970.
  public var expires: UInt64 { offer.ends }

  public enum State: String, Sendable, CaseIterable {
    case open
    case used
    case expired
    case revoked
    /// Whoever issued it does not administer the unit any more.
    case ended
  }

  /// Used comes first: revoking or letting lapse what has been used changes nothing for the device.
  public func state(at milliseconds: UInt64) -> State {
    if !usedBy.isEmpty { return .used }
    if isRevoked { return .revoked }
    let admitting = offers.filter(\.admits)
    if admitting.isEmpty { return .ended }
    return admitting.contains { milliseconds <= $0.ends } ? .open : .expired
  }

  /// Nothing but its author's stop is in the way of joining: a hub that has not heard of that still lets somebody in.
  func isUnused(at milliseconds: UInt64) -> Bool {
    usedBy.isEmpty && !isRevoked && offers.contains { milliseconds <= $0.ends }
  }

  /// The terms that let a device in with a secret of this hash, as the directory is now.
  /// - Throws: ``OfficeError`` where none do.
  func judged(_ secretHash: Digest256, at milliseconds: UInt64) throws -> Offer {
    let offers = offers.filter { $0.terms.secretHash == secretHash }
    if offers.isEmpty { throw OfficeError.invitationUnknown }
    if !usedBy.isEmpty { throw OfficeError.invitationUsed }
    if isRevoked { throw OfficeError.invitationRevoked }
    let admitting = offers.filter(\.admits)
    if admitting.isEmpty { throw OfficeError.invitationEnded }
    guard let alive = admitting.first(where: { milliseconds <= $0.ends }) else { throw OfficeError.invitationExpired }
    return alive
  }
}

extension StoreSnapshot {
  /// One invitation or all, each once a log that has terms for it. Terms for a unit that the log has no say over are
  /// left out.
  ///
  /// - Parameter aside: also terms of those without authority, none of which admits anybody.
  func invitations(_ id: SubjectID? = nil, aside: Bool = false) throws -> [InvitationRecord] {
    let directory = try directory()
    return try noticesRegisters(of: [.invitation], subject: id, aside: aside).flatMap { log, registers in
      let bySubject = registers.reduce(into: [SubjectID: [Field: Register]]()) {
        $0[$1.name.subject, default: [:]][$1.name.field] = $1
      }
      return try bySubject.compactMap { id, registers -> InvitationRecord? in
        let offers = try registers[.invitationTerms]?.siblings.compactMap { try offer($0, in: log, directory) } ?? []
        if offers.isEmpty { return nil }
        let used = registers[.invitationUsed]?.siblings.filter(\.valid) ?? []
        return InvitationRecord(
          id: id, log: log, offers: offers,
          uses: used.compactMap { sibling in
            sibling.value?.bytesValue.flatMap { DeviceID(bytes: $0) }.map { .init(device: $0, dot: sibling.dot) }
          },
          // The most restrictive of conflicting values applies, as everywhere in the directory.
          isRevoked: registers[.invitationRevoked]?.siblings.contains(where: \.valid) == true)
      }
    }
  }

  private func offer(_ sibling: Sibling, in log: LogID, _ directory: Directory) throws -> InvitationRecord.Offer? {
    guard let terms = sibling.value.flatMap(Invitation.Terms.init), let author = try author(of: sibling, in: log),
      log.unit.contains(terms.unit) || directory.tree.contains(log.unit, terms.unit)
    else { return nil }
    let arrived = try rowID(of: log).flatMap { try storage(row: $0).entry(sibling.dot)?.receivedMilliseconds }
    let written = sibling.time.milliseconds
    return InvitationRecord.Offer(
      terms: terms, issuer: author,
      admits: sibling.valid && directory.tree.contains(log.unit, terms.unit)
        && directory.authority(of: author, over: LogID(terms.unit, .notices)) == .full,
      ends: min(terms.expires, min(written, arrived ?? written) &+ Invitation.lifeLimitMilliseconds),
      dot: sibling.dot, order: sibling.order)
  }

  /// The device that wrote a value.
  func author(of sibling: Sibling, in log: LogID) throws -> DeviceID? {
    let strands = try strands(of: log)
    guard strands.indices.contains(Int(sibling.dot.strand)) else { return nil }
    return DeviceID(key: strands[Int(sibling.dot.strand)].deviceKey)
  }
}
