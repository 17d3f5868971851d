import SyncModel

/// The value of a device's enrolment register.
public struct Enrolment: Hashable, Sendable {
  public var key: [UInt8]
  public var unit: UnitPath
  public var roles: Roles
  /// An ``AgreementCertificate``'s bytes, not checked yet. An enrolment without one does not count: nobody is enrolled
  /// where they have not agreed to be.
  public var agreement: [UInt8]

  public init(key: [UInt8], unit: UnitPath, roles: Roles, agreement: [UInt8]) {
    self.key = key
    self.unit = unit
    self.roles = roles
    self.agreement = agreement
  }

  public var value: Value {
    .list([.bytes(key), .text(unit.description), .integer(Int64(roles.rawValue)), .bytes(agreement)])
  }

  /// nil for anything that ``value`` could not be.
  public init?(_ value: Value) {
    guard let parts = value.listValue, parts.count >= 4, let key = parts[0].bytesValue,
      key.count == FeedGenesis.deviceKeyByteCount, let unit = parts[1].textValue.flatMap(UnitPath.init),
      let roles = parts[2].integerValue, roles >= 0, let agreement = parts[3].bytesValue
    else { return nil }
    self.init(key: key, unit: unit, roles: Roles(rawValue: UInt64(roles)), agreement: agreement)
  }
}

extension AuthorityStatement.Revocation {
  /// list(integer generation, integer roles, bytes cut, text reason).
  func value(reason: String) -> Value {
    .list([
      .integer(Int64(clamping: generation)), .integer(Int64(roles.rawValue)), .bytes(cut.bytes), .text(reason),
    ])
  }

  init?(_ device: DeviceID, _ value: Value) {
    guard let parts = value.listValue, parts.count >= 3, let generation = parts[0].integerValue, generation > 0,
      let roles = parts[1].integerValue, roles >= 0, let cut = parts[2].bytesValue.flatMap({ try? FeedCut(bytes: $0) })
    else { return nil }
    self.init(
      device: device, generation: UInt64(generation), roles: Roles(rawValue: UInt64(roles)), cut: cut)
  }
}

extension AuthorityStatement.Move {
  /// list(integer generation, text unit, text parent, bytes cut).
  var value: Value {
    .list([
      .integer(Int64(clamping: generation)), .text(unit.description), .text(parent.description), .bytes(cut.bytes),
    ])
  }

  init?(_ subject: SubjectID, _ value: Value) {
    guard let parts = value.listValue, parts.count >= 4, let generation = parts[0].integerValue, generation > 0,
      let unit = parts[1].textValue.flatMap(UnitPath.init), SubjectID(unit: unit) == subject,
      let parent = parts[2].textValue.flatMap(UnitPath.init),
      let cut = parts[3].bytesValue.flatMap({ try? FeedCut(bytes: $0) })
    else { return nil }
    self.init(unit: unit, generation: UInt64(generation), parent: parent, cut: cut)
  }
}
