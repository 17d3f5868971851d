import SyncModel

/// The one value that a redaction 依规删除 removes: one change of one entry (protocol §4).
public struct RedactionTarget: Hashable, Sendable {
  public let log: LogID
  public let place: FeedPlace
  /// Which change of the entry, from 0.
  public let change: UInt16

  public init(log: LogID, place: FeedPlace, change: UInt16) {
    self.log = log
    self.place = place
    self.change = change
  }

  /// Two people who redact one value write the same register.
  public var subject: SubjectID {
    var writer = ByteWriter(capacity: 128)
    writer.lengthPrefixed(log.key)
    writer.id(place.replica)
    writer.bigEndian(UInt64(place.seq))
    writer.digest(place.hash)
    writer.bigEndian(UInt64(change))
    return Hashing.identifier(.redaction, writer.bytes)
  }

  /// What stands in the register (redaction, target); it names no content.
  public var value: Value {
    .list([
      .bytes(log.key), .bytes(place.replica.bytes), .integer(Int64(place.seq)), .bytes(place.hash.bytes),
      .integer(Int64(change)),
    ])
  }

  /// nil for anything that ``value`` could not be; what a newer version adds behind it is passed over.
  public init?(_ value: Value) {
    guard let parts = value.listValue, parts.count >= 5, let log = parts[0].bytesValue.flatMap({ try? LogID(key: $0) }),
      let replica = parts[1].bytesValue.flatMap({ ReplicaID(bytes: $0) }),
      let seq = parts[2].integerValue.flatMap({ UInt32(exactly: $0) }), seq > 0,
      let hash = parts[3].bytesValue.flatMap({ Digest256(bytes: $0) }),
      let change = parts[4].integerValue.flatMap({ UInt16(exactly: $0) }), change < Entry.changeLimit
    else { return nil }
    self.init(log: log, place: FeedPlace(replica: replica, seq: seq, hash: hash), change: change)
  }

  /// The registers that record it, with the reason in one of its own: it may have to be redacted itself.
  public func changes(reason: String) -> [Change] {
    [
      Change(RegisterName(.redaction, subject, .redactionTarget), value),
      Change(RegisterName(.redaction, subject, .redactionReason), .text(reason)),
    ]
  }

  /// Where a redaction of a value of `log` may stand: beside it, or in the notices of its unit.
  static func sources(of log: LogID) -> [LogID] {
    let notices = LogID(log.unit, .notices)
    return log == notices ? [log] : [log, notices]
  }
}

extension RegisterName {
  /// What authority follows from, and redactions themselves, stay: whoever could take them out could give themselves
  /// authority back, or bring back what was removed.
  var isRedactable: Bool {
    !kind.isOfDirectory && kind != .invitation && !(kind == .redaction && field == .redactionTarget)
  }
}
