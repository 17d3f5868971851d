import SyncModel

/// Who may read a unit's `internal` log 本单位底稿, as its `answers` tell (protocol §8, decision 0014).
///
/// Every device judges for itself: it trusts the devices that it admitted, those that they admitted, and so on. Nobody
/// outside the unit's own devices can add to that, whatever they write into the directory or relay.
struct SealingBook {
  let log: LogID
  let own: DeviceID
  private(set) var epochs: [UInt64: Epoch] = [:]
  /// Active devices that this one trusts, itself among them: whom it seals to.
  private(set) var members: Set<DeviceID> = []
  /// Active devices of the unit that this one does not trust yet.
  private(set) var strangers: Set<DeviceID> = []
  /// Trusted once: also those that have lost their roles since.
  private var everTrusted: Set<DeviceID> = []
  /// Devices that this one once admitted and takes for its own no longer.
  private(set) var withdrawn: Set<DeviceID> = []
  private var agreementKeys: [DeviceID: [UInt8]] = [:]

  /// What the unit's devices wrote of one epoch's key.
  struct Epoch {
    /// To whom each wrapped it.
    fileprivate var recipients: [DeviceID: Set<DeviceID>] = [:]
    /// Wraps to this device, by who wrote them.
    fileprivate var toOwn: [DeviceID: [[UInt8]]] = [:]

    var wrapsToOwn: [[UInt8]] { toOwn.sorted { $0.key < $1.key }.flatMap(\.value) }
  }

  /// Wraps of one epoch by one device that are tried; an honest one writes one, or another after a restore.
  static let wrapTrialLimit = 8

  /// Reads what the unit's devices have written. What was superseded counts too: nobody can take a key away by writing
  /// over it, neither a reviewer above nor a device of the unit.
  init(_ snapshot: StoreSnapshot) throws {
    let identity = snapshot.identity
    let directory = try snapshot.directory()
    log = LogID(identity.unit, .internal)
    own = identity.device
    func isOfUnit(_ device: DeviceID) -> Bool {
      device == own || directory.devices[device]?.grants[identity.unit] != nil
    }

    var admitted: [DeviceID: Set<DeviceID>] = [:]
    var denied: [DeviceID: Set<DeviceID>] = [:]
    try snapshot.sealingWrites(in: LogID(identity.unit, .answers)) { name, value, author in
      guard isOfUnit(author) else { return }
      let device = DeviceID(high: name.element.high, low: name.element.low)
      switch name.field {
      case .epochKey:
        guard name.subject == SubjectID(epoch: name.subject.high), let wrap = value?.bytesValue else { return }
        var epoch = epochs[name.subject.high] ?? Epoch()
        epoch.recipients[author, default: []].insert(device)
        if device == own, epoch.toOwn[author, default: []].count < Self.wrapTrialLimit {
          epoch.toOwn[author, default: []].append(wrap)
        }
        epochs[name.subject.high] = epoch
      case .admission:
        guard name.subject == SubjectID(author) else { return }
        if value == .choice(1) {
          admitted[author, default: []].insert(device)
        } else {
          denied[author, default: []].insert(device)
        }
      default: return
      }
    }

    agreementKeys = directory.devices.values.reduce(into: [:]) { keys, device in
      if !device.roles(in: identity.unit).isEmpty { keys[device.id] = device.agreementKey }
    }
    let active = Set(agreementKeys.keys).union([own])
    func closure(within bound: (DeviceID) -> Bool) -> Set<DeviceID> {
      var found: Set<DeviceID> = [own]
      var next = [own]
      while let admitter = next.popLast() {
        for device in (admitted[admitter] ?? []).subtracting(denied[admitter] ?? [])
        where bound(device) && !withdrawn.contains(device) && found.insert(device).inserted {
          next.append(device)
        }
      }
      return found
    }
    withdrawn = denied[own] ?? []
    members = closure { active.contains($0) }
    everTrusted = closure(within: isOfUnit)
    strangers = active.subtracting(members)
  }

  /// The key among `keys` to write under: one that a trusted device gave to this one and that, as far as devices ever
  /// trusted tell, only trusted ones know. A device that lost its roles is none of them, so the next write begins a new
  /// epoch without it. What strangers write beside changes nothing.
  func writable(_ keys: Sealing) -> SealingKey? {
    epochs.compactMap { number, epoch -> (key: SealingKey, readers: Int)? in
      guard let key = keys[number], !members.isDisjoint(with: epoch.toOwn.keys) else { return nil }
      let known = knowing(epoch)
      return known.isSubset(of: members) ? (key, known.count) : nil
    }
    // The one that most can read already; then the same one on every device.
    .min { ($1.readers, $0.key.epoch) < ($0.readers, $1.key.epoch) }?.key
  }

  /// Wraps that are still missing: each known key that a device ever trusted passed on, to each trusted device.
  func missing(_ keys: Sealing) -> [(key: SealingKey, device: DeviceID)] {
    epochs.sorted { $0.key < $1.key }.flatMap { number, epoch -> [(SealingKey, DeviceID)] in
      let known = knowing(epoch)
      guard let key = keys[number], !known.isEmpty else { return [] }
      return members.subtracting(known).sorted().map { (key, $0) }
    }
  }

  /// Devices ever trusted that wrapped the epoch's key, and those they wrapped it to.
  private func knowing(_ epoch: Epoch) -> Set<DeviceID> {
    epoch.recipients.filter { everTrusted.contains($0.key) }
      .reduce(into: []) { $0.formUnion($1.value.union([$1.key])) }
  }

  /// - Parameter ownAgreement: this device's, which the directory may not know yet.
  func wrap(_ key: SealingKey, to device: DeviceID, school: SchoolID, ownAgreement: [UInt8]) -> Change? {
    guard let recipient = device == own ? ownAgreement : agreementKeys[device],
      let wrapped = KeyWrap.wrap(key.bytes, to: recipient, info: Self.info(school, log, key.epoch, device))
    else { return nil }
    return Change(
      RegisterName(.sealing, SubjectID(epoch: key.epoch), element: ElementID(device), .epochKey), .bytes(wrapped))
  }

  /// What a wrap is bound to: moved to another epoch, log or device it does not open.
  static func info(_ school: SchoolID, _ log: LogID, _ epoch: UInt64, _ device: DeviceID) -> [UInt8] {
    var writer = ByteWriter(capacity: 128)
    writer.raw(Label.epochKey.prefix)
    writer.id(school)
    writer.lengthPrefixed(log.key)
    writer.bigEndian(epoch)
    writer.id(device)
    return writer.bytes
  }
}

extension SubjectID {
  /// The subject of an epoch's wraps.
  init(epoch: UInt64) { self.init(high: epoch, low: 0) }
}

extension ElementID {
  init(_ device: DeviceID) { self.init(high: device.high, low: device.low) }
}

extension StoreSnapshot {
  /// Every write of a sealing register taken into view, superseded ones too, with the device that wrote it.
  fileprivate func sealingWrites(in log: LogID, _ body: (RegisterName, Value?, DeviceID) -> Void) throws {
    guard let row = try rowID(of: log) else { return }
    let strands = try strands(row: row)
    let storage = storage(row: row)
    let writes = try connection.rows(
      """
      SELECT h.body, r.kind, r.subject, r.element, r.part, r.field
      FROM register r JOIN register_history h ON h.log = r.log AND h.register = r.id
      WHERE r.log = ? AND r.kind = ?
      """, [.integer(row), SQLValue(SubjectKind.sealing.rawValue)]
    ).flatMap { found in try RegisterChange.read(found[0]).map { ($0, RegisterName(row: found[1...5])) } }
    for (write, name) in writes.sorted(by: { ($0.0.dot, $0.0.change) < ($1.0.dot, $1.0.change) }) {
      guard let name, Int(write.dot.strand) < strands.count else { continue }
      let values = try storage.entry(write.dot)?.values ?? []
      body(
        name, write.change < values.count ? values[Int(write.change)] : nil,
        DeviceID(key: strands[Int(write.dot.strand)].deviceKey))
    }
  }
}
