import SyncModel

/// One text or number that was ever written into a field of an item, with every entry that holds it.
public struct RecordedValue: Sendable {
  /// From 1, in the order of fields and of first writing; the same until something else is written.
  public let number: Int
  public let field: AnswerField?
  public let value: Value
  /// Who wrote it, oldest first: one for each of ``targets``.
  public let authors: [Conflict.Author]
  public let targets: [RedactionTarget]
  /// False where it was replaced since, or its author has no authority: it is stored all the same.
  public let stands: Bool
}

extension Office {
  /// Characters of a redaction's reason.
  public static let reasonLimit = 200

  /// What is stored of one item's fields: also what was replaced long ago is in the log until it is redacted.
  ///
  /// - Returns: the different values of each field, and how many more are owed 内容未到, which no one can read here.
  public func recorded(
    _ campaign: Campaign, _ item: CampaignItem, unit: DirectoryUnit
  ) throws -> (values: [RecordedValue], owed: Int) {
    let log = LogID(unit.path, .answers)
    let part = Campaign.register(campaign.id, slot: item.slot, item: item.item.ordinal, .status).part
    return try read { snapshot in
      var found: [RecordedValue] = []
      var owed = 0
      let kinds = [SubjectKind.answer, .attachment, .settlement]
      for (name, writes) in try kinds.flatMap({
        try snapshot.writes(in: log, kind: $0, subject: campaign.id, part: part)
      }) {
        let standing = Set(try snapshot.register(log, name)?.siblings.map(\.dot) ?? [])
        var order: [Value] = []
        var byValue: [Value: [(author: Conflict.Author, target: RedactionTarget, stands: Bool)]] = [:]
        for write in writes {
          guard let origin = try snapshot.origin(log, of: write.dot) else { continue }
          guard let value = write.value else {
            if case .owed? = try snapshot.absence(log, write.dot, write.change, nil) { owed += 1 }
            continue
          }
          // There is nothing in it to remove.
          if value == .nothing || value == .text("") { continue }
          if byValue[value] == nil { order.append(value) }
          let place = FeedPlace(replica: origin.replica, seq: write.dot.seq, hash: origin.hash)
          byValue[value, default: []].append(
            (
              Conflict.Author(origin: origin, time: write.time),
              RedactionTarget(log: log, place: place, change: write.change), standing.contains(write.dot)
            ))
        }
        for value in order {
          let writes = byValue[value] ?? []
          found.append(
            RecordedValue(
              number: found.count + 1, field: name.kind == .settlement ? .settlementNote : AnswerField(name.field),
              value: value, authors: writes.map(\.author),
              targets: writes.map(\.target), stands: writes.contains(where: \.stands)))
        }
      }
      return (found, owed)
    }
  }

  /// Redacts 依规删除: here at once, on every other replica when it next syncs. Own values by a device of the unit, beside
  /// them; others' by an administrator of the unit or above, in the unit's notices.
  ///
  /// - Throws: ``WorkspaceError/notAllowed(action:unit:needed:)``; ``OfficeError`` for a reason that cannot be kept.
  public func redact(_ values: [RecordedValue], of unit: DirectoryUnit, reason: String) throws -> Workspace.Written {
    let log = try redactionLog(for: unit)
    let reason = try checked(reason, for: values)
    return try write(values.flatMap(\.targets).flatMap { $0.changes(reason: reason) }, to: log)
  }

  /// The reason as it will be kept.
  /// - Throws: ``OfficeError`` for one that is missing, too long, or says again what is to go.
  @discardableResult
  public func checked(_ reason: String, for values: [RecordedValue]) throws -> String {
    let reason = reason.trimmingBlanks()
    if reason.isEmpty { throw OfficeError.noReason }
    if reason.count > Self.reasonLimit { throw OfficeError.reasonTooLong(reason.count) }
    for text in values.compactMap({ $0.value.textValue ?? Attachment($0.value)?.fileName }) where reason.contains(text)
    {
      throw OfficeError.reasonRepeats
    }
    return reason
  }

  /// Where this device's redactions of the unit's answers stand.
  public func redactionLog(for unit: DirectoryUnit) throws -> LogID {
    let log = LogID(unit.path, unit.path == identity.unit ? .answers : .notices)
    switch try directory().authority(of: identity.device, over: log) {
    case .full, .unknown: break
    case .none, .through:
      throw WorkspaceError.notAllowed(action: "依规删除", unit: unit.name, needed: "本单位的设备，或本级、上级的管理员")
    }
    return log
  }
}
