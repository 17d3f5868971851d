import SyncModel

/// Who can read the unit's 本单位底稿, as this device judges.
public struct SealingStatus: Sendable {
  /// Devices that this one seals to, itself among them.
  public let readers: [DeviceID]
  /// Devices of the unit that nobody trusted has admitted yet; none while the unit has no 底稿.
  public let strangers: [DirectoryDevice]
  /// Entries here that another device has not given this one the key for.
  public let unreadable: Int
}

extension Office {
  public func sealingStatus() throws -> SealingStatus { try read { try $0.sealingStatus() } }

  /// A device of this unit by its id, one of its replicas, a beginning of either, or its name.
  /// - Throws: ``SealingError/unknownDevice(_:)``, ``SealingError/ambiguousDevice(_:)``.
  public func ownUnitDevice(_ text: String) throws -> DirectoryDevice {
    let lines = try devices().filter { $0.device.unit == identity.unit && !$0.isOwn }
    let wanted = text.lowercased()
    let exact = lines.filter { $0.device.name == text || $0.device.id.description == wanted }
    let found =
      exact.isEmpty && wanted.count >= Self.idPrefixLength
      ? lines.filter { line in
        line.device.id.description.hasPrefix(wanted) || line.replicas.contains { $0.description.hasPrefix(wanted) }
      } : exact
    if found.count > 1 { throw SealingError.ambiguousDevice(text) }
    guard let device = found.first?.device else { throw SealingError.unknownDevice(text) }
    return device
  }

  /// Digits of an id that are enough to name a device.
  private static let idPrefixLength = 4

  /// Says that `device` is one of this unit's own and may read its 底稿, and gives it every key that is here. One entry,
  /// signed by this device: nobody else can say it in its place.
  ///
  /// - Throws: ``SealingError/noAgreementKey(_:)``; ``SealingError/withdrawn(_:)`` where this device took it back before;
  ///   ``WorkspaceError/notAllowed(action:unit:needed:)``.
  public func admit(_ device: DirectoryDevice) throws {
    if device.agreementKey == nil { throw SealingError.noAgreementKey(device.name) }
    if try read({ try SealingBook($0).withdrawn.contains(device.id) }) { throw SealingError.withdrawn(device.name) }
    try writeAdmission(device, .choice(1))
  }

  /// Takes back ``admit(_:)``, for good: what is written from now on is not sealed to the device. What it could read
  /// before, it can still read. A device that others of the unit trust stays trusted by them.
  public func withdraw(_ device: DirectoryDevice) throws {
    try writeAdmission(device, .nothing)
  }

  private func writeAdmission(_ device: DirectoryDevice, _ value: Value) throws {
    try sealing { transaction, author in
      let name = RegisterName(
        .sealing, SubjectID(identity.device), element: ElementID(device.id), .admission)
      try transaction.appendSealing([Change(name, value)], by: author, claimedMilliseconds: claimedMilliseconds)
      _ = try transaction.shareSealingKeys(by: author, claimedMilliseconds: claimedMilliseconds)
    }
  }

  /// Gives trusted devices the keys that they lack: those begun elsewhere before they were admitted here.
  /// - Returns: how many wraps were written; each is one more change to be sent.
  @discardableResult
  public func shareSealingKeys() throws -> Int {
    let missing = try read { snapshot in
      let book = try SealingBook(snapshot)
      return book.epochs.isEmpty ? 0 : book.missing(try snapshot.sealing(of: book.log)).count
    }
    let mayWrite = try directory().mayWrite(identity.device, to: LogID(identity.unit, .answers)) != false
    if missing == 0 || person.isEmpty || !mayWrite { return 0 }
    return try sealing { transaction, author in
      try transaction.shareSealingKeys(by: author, claimedMilliseconds: claimedMilliseconds)
    }
  }

  private func sealing<Result>(_ body: (StoreTransaction, Author) throws -> Result) throws -> Result {
    try workspace.lockedWriting { transaction, incarnation, _ in
      if try transaction.directory().mayWrite(identity.device, to: LogID(identity.unit, .answers)) == false {
        throw WorkspaceError.notAllowed(
          action: "确认", unit: try transaction.directory().name(of: identity.unit),
          needed: Channel.internal.writerTitle)
      }
      return try body(
        transaction,
        try workspace.author(named: person, transaction, incarnation: incarnation, shownUpTo: nil))
    }
  }
}

extension StoreSnapshot {
  func sealingStatus() throws -> SealingStatus {
    let book = try SealingBook(self)
    let strands = try strands(of: book.log)
    let inUse = !book.epochs.isEmpty || !strands.isEmpty
    let devices = try directory().devices
    return SealingStatus(
      readers: book.members.sorted(),
      strangers: inUse
        ? book.strangers.compactMap { devices[$0] }.sorted { ($0.name, $0.id) < ($1.name, $1.id) } : [],
      unreadable: strands.reduce(0) { $1.blocked == .sealed ? $0 + $1.unapplied : $0 })
  }
}

/// Why a device is not admitted; nothing was given to it.
public enum SealingError: ExplainedError, Hashable {
  case unknownDevice(String)
  case ambiguousDevice(String)
  case noAgreementKey(String)
  case withdrawn(String)

  public var code: String {
    switch self {
    case .unknownDevice: "unknownDevice"
    case .ambiguousDevice: "ambiguousDevice"
    case .noAgreementKey: "noAgreementKey"
    case .withdrawn: "admissionWithdrawn"
    }
  }

  public var message: String {
    switch self {
    case .unknownDevice(let text): "本单位没有设备“\(text)”"
    case .ambiguousDevice(let text): "本单位叫“\(text)”的设备不止一台"
    case .noAgreementKey(let name): "设备“\(name)”加入时没有登记加密公钥，不能读本单位底稿"
    case .withdrawn(let name): "本机已撤回对设备“\(name)”的确认，不能再次确认"
    }
  }

  public var hint: String {
    switch self {
    case .unknownDevice: "用 unitcli device list 查看；刚加入的请先运行 unitcli sync"
    case .ambiguousDevice: "请写设备编号，见 unitcli device list"
    case .noAgreementKey: "请在那台设备上用新版本软件凭新邀请重新加入"
    case .withdrawn: "请让那台设备凭新邀请重新加入后再确认"
    }
  }
}
