import SyncModel

/// What others wrote into this unit's answers since somebody last looked.
public struct ReceivedChange: Sendable {
  public let campaign: Campaign?
  public let item: Template.Item?
  public let field: AnswerField
  public let value: Value
  public let author: Conflict.Author
  /// It stands beside another value: 填写不一致.
  public let inConflict: Bool
  /// What was said with it, where it was settled so 核定; nil where it was filled in.
  public let settlement: Settlement.Note?
  let slot: UInt32

  /// `第 5.1 项`, with the sheet where the campaign has several; nil where the sheet is not here.
  public var itemPlace: String? {
    item.map { item in campaign?.itemPlace(item.id, slot: slot) ?? "第 \(item.id) 项" }
  }
}

extension Office {
  /// The mark of everything in view now; see ``changes(after:)``.
  public func viewMark() throws -> UInt64 {
    try read { try $0.counter(.order) }
  }

  /// Values that stand in this unit's answers, came from other devices, and were taken into view after `mark`; in the
  /// order of campaigns and items.
  public func changes(after mark: UInt64) throws -> [ReceivedChange] {
    let log = LogID(identity.unit, .answers)
    return try read { snapshot in
      let strands = try snapshot.strands(of: log)
      let registers = try [SubjectKind.answer, .attachment].flatMap { try snapshot.registers(log, kind: $0) }
      let fresh = registers.compactMap { register -> (Register, [Sibling])? in
        let siblings = register.siblings.filter {
          $0.order > mark && strands[Int($0.dot.strand)].deviceKey != identity.deviceKey
        }
        return siblings.isEmpty ? nil : (register, siblings)
      }
      if fresh.isEmpty { return [] }
      let book = try Self.campaigns(snapshot)
      let campaigns = book.all.filter { book.counting($0.id, for: identity.unit)?.key == $0.key }
      var found: [ReceivedChange] = []
      for campaign in campaigns.map(Optional.some) + [nil] {
        let own = fresh.filter { register, _ in
          campaign.map { $0.id == register.name.subject }
            ?? !campaigns.contains { $0.id == register.name.subject }
        }
        if own.isEmpty { continue }
        let items = try campaign.map { try templates(of: $0, snapshot).mapValues(\.items) } ?? [:]
        for (register, siblings) in own {
          guard let field = AnswerField(register.name.field), let place = Campaign.place(of: register.name) else {
            continue
          }
          let item = items[place.slot]?.first { $0.ordinal == place.item }
          for sibling in siblings {
            guard let value = sibling.value, let origin = try snapshot.origin(log, of: sibling.dot)
            else { continue }
            found.append(
              ReceivedChange(
                campaign: campaign, item: item, field: field, value: value,
                author: Conflict.Author(origin: origin, time: sibling.time),
                // A set: what stands beside is another file.
                inConflict: field != .evidence && register.inConflict,
                settlement: try snapshot.settlementNote(of: register.name, in: log, writtenBy: sibling.dot),
                slot: place.slot))
          }
        }
      }
      return found
    }
  }
}
