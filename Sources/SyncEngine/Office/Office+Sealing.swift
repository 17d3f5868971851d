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

  /// Says that `device` is one of this unit's own and may read its 底稿, and gives it every key that is here. One entry,
  /// signed by this device: nobody else can say it in its place.
  ///
  /// - Throws: ``SealingError/noAgreementKey(_:)``; ``SealingError/withdrawn(_:)`` where this device took it back before;
  ///   ``WorkspaceError/notAllowed(action:unit:needed:)``.
  public func admit(_ device: DirectoryDevice) throws {
    if device.id == identity.device { return }
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
    if missing == 0 || person.isEmpty { return 0 }
    guard try read({ try mayStillWrite($0.directory()) }) else { return 0 }
    return try sealing { transaction, author in
      try transaction.shareSealingKeys(by: author, claimedMilliseconds: claimedMilliseconds)
    }
  }

  private func mayStillWrite(_ directory: Directory) -> Bool {
    switch directory.authority(of: identity.device, over: LogID(identity.unit, .answers)) {
    case .full, .unknown: true
    case .none, .through: false
    }
  }

  private func sealing<Result>(_ body: (StoreTransaction, Author) throws -> Result) throws -> Result {
    try workspace.retried {
      try workspace.locked { transaction, incarnation, _ in
        if try !mayStillWrite(transaction.directory()) {
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
  case noAgreementKey(String)
  case withdrawn(String)

  public var code: String {
    switch self {
    case .noAgreementKey: "noAgreementKey"
    case .withdrawn: "admissionWithdrawn"
    }
  }

  public var message: String {
    switch self {
    case .noAgreementKey(let name): "设备“\(name)”加入时没有登记加密公钥，不能读本单位底稿"
    case .withdrawn(let name): "本机已撤回对设备“\(name)”的确认，不能再次确认"
    }
  }

  public var hint: String {
    switch self {
    case .noAgreementKey: "请在那台设备上用新版本软件凭新邀请重新加入"
    case .withdrawn: "请让那台设备凭新邀请重新加入后再确认"
    }
  }
}
