import SyncModel

/// What an administrator's device that is stopped leaves behind: authority that it handed out and that lasts.
public struct LeftBehind: Sendable {
  /// Unused, and only their author's stop is in the way: a hub that has not heard of it still lets somebody in.
  public var invitations: [InvitationRecord]
  /// With roles, brought in by the stopped device or by one of those that it brought in, and on no screen here yet.
  public var devices: [DirectoryDevice]

  public init(invitations: [InvitationRecord] = [], devices: [DirectoryDevice] = []) {
    self.invitations = invitations
    self.devices = devices
  }

  public var isEmpty: Bool { invitations.isEmpty && devices.isEmpty }

  /// What is left where `other` is dealt with.
  public func without(_ other: LeftBehind) -> LeftBehind {
    let (ended, stopped) = (Set(other.invitations.map(\.key)), Set(other.devices.map(\.id)))
    return LeftBehind(
      invitations: invitations.filter { !ended.contains($0.key) }, devices: devices.filter { !stopped.contains($0.id) })
  }
}

extension Office {
  /// What `device`, which is about to be stopped, leaves behind: its unused invitations, and the devices that it brought in and that
  /// nobody has seen here.
  public func leftBehind(by device: DeviceID) throws -> LeftBehind {
    try read { snapshot in
      let seen = try snapshot.devicesSeen()
      return try snapshot.leftBehind(
        by: [device], invitationsAfter: { _ in 0 }, devicesAfter: { _ in seen }, at: claimedMilliseconds)
    }
  }

  /// What has come to light here of administrators' devices that this device stopped, since it did, and that nobody has seen yet. The
  /// school's administrators see it also of those that the root key stopped.
  public func newlyLeftBehind() throws -> LeftBehind {
    try read { snapshot in
      let directory = try snapshot.directory()
      let isTop = directory.authority(of: identity.device, over: LogID(identity.rootUnit, .notices)) == .full
      let speakers = [identity.device] + (isTop ? [DeviceID(key: identity.rootKey)] : [])
      let stopped = speakers.reduce(into: Set()) { $0.formUnion(directory.administratorsStopped(by: $1)) }
      if stopped.isEmpty { return LeftBehind() }
      let seen = try snapshot.devicesSeen()
      if try !snapshot.speaksOfDevices(after: seen) { return LeftBehind() }
      return try snapshot.leftBehind(
        by: stopped, invitationsAfter: { _ in seen }, devicesAfter: { _ in seen }, at: claimedMilliseconds)
    }
  }

  /// The devices known here, and the open invitations of those that were stopped, have been on somebody's screen.
  public func markDevicesSeen() throws {
    let order = try viewMark()
    if try read({ try $0.devicesSeen() }) >= order { return }
    try workspace.store.write(wallMilliseconds: 0) { transaction in
      var writer = ByteWriter(capacity: 8)
      writer.bigEndian(order)
      try transaction.setSetting(Workspace.Setting.devicesSeen, writer.bytes)
    }
  }
}

extension StoreSnapshot {
  /// The order (``Sibling/order``) up to which devices that joined were on a screen; 0 where none ever were.
  fileprivate func devicesSeen() throws -> UInt64 {
    guard let bytes = try setting(Workspace.Setting.devicesSeen) else { return 0 }
    var reader = ByteReader(bytes)
    return try reader.bigEndian()
  }

  /// True where something of devices or invitations came into view after `order`: without reading who wrote it.
  fileprivate func speaksOfDevices(after order: UInt64) throws -> Bool {
    try connection.first(
      """
      SELECT 1 FROM log l CROSS JOIN register r ON r.log = l.id
      CROSS JOIN sibling s ON s.log = r.log AND s.register = r.id
      WHERE l.channel = ? AND r.kind IN (?, ?) AND s.ord > ? LIMIT 1
      """,
      [
        SQLValue(Channel.notices.rawValue), SQLValue(SubjectKind.device.rawValue),
        SQLValue(SubjectKind.invitation.rawValue), SQLValue(order),
      ]) != nil
  }

  /// - Parameters:
  ///   - invitationsAfter, devicesAfter: what came into view up to here is left out, by the stopped device.
  fileprivate func leftBehind(
    by stopped: Set<DeviceID>, invitationsAfter: (DeviceID) -> UInt64, devicesAfter: (DeviceID) -> UInt64,
    at milliseconds: UInt64
  ) throws -> LeftBehind {
    let directory = try directory()
    // Also what a stopped device wrote too late: where its stop is not known, that lets somebody in.
    let records = try invitations(aside: true)
    let brought = try broughtIn(records)
    var left = LeftBehind()
    let issued = records.reduce(into: [DeviceID: [InvitationRecord]]()) { issued, record in
      for issuer in Set(record.offers.map(\.issuer)) { issued[issuer, default: []].append(record) }
    }
    var chosen: Set<InvitationRecord.Key> = []
    var reached = stopped
    for first in stopped.sorted() {
      var line = [first]
      while let giver = line.popLast() {
        for (device, order) in brought[giver] ?? [] where order > devicesAfter(first) && device != identity.device {
          guard reached.insert(device).inserted, let known = directory.devices[device] else { continue }
          line.append(device)
          // Whom this device may not stop would only be in the way of what it may.
          let log = directory.revocationLog(of: known, by: identity.device)
          if !known.roles.isEmpty, directory.authority(of: identity.device, over: log) == .full {
            left.devices.append(known)
          }
        }
        for record in issued[giver] ?? [] where record.isUnused(at: milliseconds) {
          guard record.offers.contains(where: { $0.issuer == giver && $0.order > invitationsAfter(first) }),
            directory.authority(of: identity.device, over: record.log) == .full, chosen.insert(record.key).inserted
          else { continue }
          left.invitations.append(record)
        }
      }
    }
    left.devices.sort { ($0.unit, $0.name, $0.id) < ($1.unit, $1.name, $1.id) }
    left.invitations.sort { ($0.unit, $0.expires, $0.id) < ($1.unit, $1.expires, $1.id) }
    return left
  }

  /// Whom each device brought in, with the order in which that came into view: by an invitation of its own, or by enrolling it. Both,
  /// for a device that wants to go unnoticed can name somebody else's invitation. That somebody joined with one counts where the entry
  /// that says so enrols them, as a confirmer's does: else anybody could name others as brought in by whoever is stopped.
  private func broughtIn(
    _ records: [InvitationRecord]
  ) throws -> [DeviceID: [(device: DeviceID, order: UInt64)]] {
    struct Place: Hashable {
      let log: LogID
      let use: InvitationRecord.Use
    }
    var inviters: [Place: Set<DeviceID>] = [:]
    for record in records {
      for use in record.uses {
        inviters[Place(log: record.log, use: use), default: []].formUnion(record.offers.map(\.issuer))
      }
    }
    var givers: [DeviceID: Set<DeviceID>] = [:]
    var orders: [DeviceID: UInt64] = [:]
    for (log, registers) in try noticesRegisters(of: [.device]) {
      for register in registers where register.name.field == .enrolment {
        let device = DeviceID(high: register.name.subject.high, low: register.name.subject.low)
        for sibling in register.siblings {
          guard let author = try author(of: sibling, in: log) else { continue }
          givers[device, default: []].insert(author)
          let place = Place(log: log, use: .init(device: device, dot: sibling.dot))
          givers[device, default: []].formUnion(inviters[place] ?? [])
          orders[device] = max(orders[device] ?? 0, sibling.order)
        }
      }
    }
    var brought: [DeviceID: [(device: DeviceID, order: UInt64)]] = [:]
    for (device, order) in orders {
      for giver in givers[device] ?? [] { brought[giver, default: []].append((device, order)) }
    }
    return brought
  }
}
