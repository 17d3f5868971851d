import SyncModel

/// One unit's answers to one campaign as they stand, every sibling kept.
public struct AnswerSheet: Sendable {
  public let campaign: Campaign
  public let unit: DirectoryUnit
  public let parts: [Part]
  /// False where values are hidden from this unit until they are handed in: only filled or not shows.
  public let showsValues: Bool

  /// One template of the campaign with what stands in each item.
  public struct Part: Sendable {
    public let slot: UInt32
    public let template: Template
    public let registers: [UInt32: [AnswerField: Register]]
    /// Of a 台账, which is filled in row by row: how many rows stand; nil for a checklist.
    public let rowCount: Int?
    /// What somebody decided 核定, and whether it still stands; fields that nobody settled are missing.
    public internal(set) var settlements: [UInt32: [AnswerField: Settlement]] = [:]

    /// 核定后改动: what stands counts, and is not what was decided.
    public func isChangedAfterSettling(_ item: UInt32, _ field: AnswerField) -> Bool {
      settlements[item]?[field]?.state == .changed
    }

    public func answers(_ item: Template.Item) -> ScoreSummary.Answers {
      (registers[item.ordinal] ?? [:]).mapValues(\.values)
    }

    /// Fields of which some value has not come 内容未到.
    public func owed(_ item: Template.Item) -> Set<AnswerField> {
      Set((registers[item.ordinal] ?? [:]).filter(\.value.isOwed).keys)
    }

    public func isFilled(_ item: Template.Item) -> Bool {
      ScoreSummary.isFilled(item, answers(item), owed: owed(item))
    }

    public func add(_ item: Template.Item, to summary: inout ScoreSummary) {
      summary.add(
        item, answers(item), owed: owed(item),
        redacted: (registers[item.ordinal] ?? [:]).contains { $0.value.isRedacted })
    }

    /// What all items, or the rows, come to.
    public func add(to summary: inout ScoreSummary) {
      for item in template.leaves { add(item, to: &summary) }
      if let rowCount { summary.add(ledgerOf: rowCount) }
    }

    public var summary: ScoreSummary {
      var summary = ScoreSummary()
      add(to: &summary)
      return summary
    }
  }
}

/// An item of a campaign's template.
public struct CampaignItem: Hashable, Sendable {
  public let slot: UInt32
  public let template: Template
  public let item: Template.Item

  public init(slot: UInt32, template: Template, item: Template.Item) {
    self.slot = slot
    self.template = template
    self.item = item
  }
}

extension Office {
  /// Answers to `campaign` of `unit` (nil: of this unit).
  public func sheet(_ campaign: Campaign, unit: DirectoryUnit) throws -> AnswerSheet {
    try read { try sheet(campaign, unit: unit, $0) }
  }

  func sheet(_ campaign: Campaign, unit: DirectoryUnit, _ snapshot: StoreSnapshot) throws -> AnswerSheet {
    guard campaign.units.contains(unit.path) else {
      throw OfficeError.campaignNotForUnit(campaign: campaign.name, unit: unit.label)
    }
    return try sheet(
      campaign, unit: unit, templates: try completeTemplates(of: campaign, snapshot), settlements: true, snapshot)
  }

  /// - Parameters:
  ///   - templates: the campaign's, read once for many units.
  ///   - settlements: what was decided too, which no sum depends on.
  func sheet(
    _ campaign: Campaign, unit: DirectoryUnit, templates: [UInt32: Template], settlements: Bool = false,
    _ snapshot: StoreSnapshot
  ) throws -> AnswerSheet {
    var registers: [UInt32: [UInt32: [AnswerField: Register]]] = [:]
    for register in try snapshot.registers(LogID(unit.path, .answers), kind: .answer, subject: campaign.id) {
      guard let place = Campaign.place(of: register.name), let field = AnswerField(register.name.field),
        register.name == Campaign.register(campaign.id, slot: place.slot, item: place.item, field)
      else { continue }
      registers[place.slot, default: [:]][place.item, default: [:]][field] = register
    }
    var settled: [UInt32: [UInt32: [AnswerField: Settlement]]] = [:]
    let notes =
      settlements ? try snapshot.registers(LogID(unit.path, .answers), kind: .settlement, subject: campaign.id) : []
    for note in notes {
      let name = note.name.settled(in: .answers)
      guard let place = Campaign.place(of: name), let field = AnswerField(name.field),
        let register = registers[place.slot]?[place.item]?[field], register.name == name
      else { continue }
      settled[place.slot, default: [:]][place.item, default: [:]][field] = try snapshot.settlement(of: register)
    }
    return AnswerSheet(
      campaign: campaign, unit: unit,
      parts: try templates.sorted { $0.key < $1.key }.map { slot, template in
        let ledger = template.kind == .ledger ? Ledger(campaign, slot: slot, template: template) : nil
        return AnswerSheet.Part(
          slot: slot, template: template, registers: registers[slot] ?? [:],
          rowCount: try ledger.map { try Self.rows(of: $0, unit: unit, snapshot).count },
          settlements: settled[slot] ?? [:])
      },
      showsValues: campaign.opensDrafts || identity.unit == unit.path)
  }

  /// An item as people name it; `2:5.1` names the second checklist of a campaign that has several.
  public func item(_ text: String, of campaign: Campaign) throws -> CampaignItem {
    let templates = try read { try completeTemplates(of: campaign, $0) }
    let parts = Numerals.halfWidth(text).split(separator: ":", maxSplits: 1).map(String.init)
    let slot = parts.count == 2 ? UInt32(parts[0]) : nil
    let wanted = parts.count == 2 ? parts[1] : text
    var found: [CampaignItem] = []
    var candidates: [String] = []
    var nearest: [String] = []
    for (number, template) in templates.sorted(by: { $0.key < $1.key }) where slot == nil || slot == number {
      switch ItemLookup(template).find(wanted) {
      case .found(let item): found.append(CampaignItem(slot: number, template: template, item: item))
      case .ambiguous(let ids): candidates += ids
      case .unknown(let ids): nearest += ids
      }
    }
    if found.count > 1 || (found.isEmpty && !candidates.isEmpty) {
      throw OfficeError.ambiguousItem(text, candidates: candidates + found.map { "\($0.slot):\($0.item.id)" })
    }
    guard let only = found.first else { throw OfficeError.unknownItem(text, nearest: Array(nearest.prefix(3))) }
    return only
  }

  /// What came of `set`.
  public struct Answered: Hashable, Sendable {
    public let written: Workspace.Written
    public let item: Template.Item
    /// Registers that now hold more than one value because the author had not been shown the others.
    public let conflicts: [AnswerField]
  }

  /// What stands in registers that are about to be written.
  public struct Standing: Sendable {
    public struct Version: Sendable {
      public let field: AnswerField
      public let value: Value
      public let author: Conflict.Author
      /// Written by the person at the keyboard, on this workspace.
      public let isOwn: Bool
      /// Not yet shown to this person, and not their own.
      public let isUnseen: Bool
    }

    /// In the order of fields, first shown first.
    public let versions: [Version]
    /// Everything up to this mark has now been read: what a write may supersede once a person has confirmed it.
    public let mark: UInt64

    public var unseen: [Version] { versions.filter(\.isUnseen) }
  }

  /// What stands in the registers about to be written, and what of it others wrote since this person's last command
  /// here.
  public func standing(
    _ campaign: Campaign, _ item: CampaignItem, fields: [AnswerField], unit: UnitPath
  ) throws -> Standing {
    let log = LogID(unit, .answers)
    return try read { snapshot in
      let shown = try snapshot.shownMark(of: person)
      let own = try snapshot.personIDs(named: person)
      var found: [Standing.Version] = []
      for field in fields {
        let name = Campaign.register(campaign.id, slot: item.slot, item: item.item.ordinal, field)
        for sibling in try snapshot.register(log, name)?.siblings ?? [] {
          guard let value = sibling.value, let origin = try snapshot.origin(log, of: sibling.dot)
          else { continue }
          let isOwn = origin.person.map(own.contains) == true && origin.device == identity.device
          found.append(
            Standing.Version(
              field: field, value: value, author: Conflict.Author(origin: origin, time: sibling.time), isOwn: isOwn,
              isUnseen: !isOwn && sibling.order > shown))
        }
      }
      return Standing(versions: found, mark: try snapshot.counter(.order))
    }
  }

  /// - Throws: ``OfficeError`` unless the item is one that this workspace may answer for `unit`.
  func checkAnswerable(_ campaign: Campaign, _ item: CampaignItem, unit: DirectoryUnit, onBehalf: Bool) throws {
    guard campaign.units.contains(unit.path) else {
      throw OfficeError.campaignNotForUnit(campaign: campaign.name, unit: unit.label)
    }
    if !item.item.isLeaf { throw OfficeError.notALeaf(item.item.id) }
    if unit.path != identity.unit, !onBehalf { throw OfficeError.needsOnBehalf(unit: unit.name) }
  }

  /// Sets fields of one item for `unit`: its own device, or a reviewer above it with `onBehalf` 代填.
  ///
  /// - Parameter shownUpTo: ``Standing/mark`` where the person was just shown what stood then, which is superseded; nil
  ///   takes what this person was shown up to the end of their previous command here.
  public func set(
    _ campaign: Campaign, _ item: CampaignItem, fields: [AnswerField: Value], unit: DirectoryUnit, onBehalf: Bool,
    shownUpTo: UInt64? = nil
  ) throws -> Answered {
    try checkAnswerable(campaign, item, unit: unit, onBehalf: onBehalf)
    let log = LogID(unit.path, .answers)
    let changes = fields.map { field, value in
      Change(Campaign.register(campaign.id, slot: item.slot, item: item.item.ordinal, field), value)
    }
    let written = try workspace.write(
      changes, to: log, as: person, claimedMilliseconds: claimedMilliseconds, shownUpTo: shownUpTo)
    let conflicts = try read { snapshot in
      try fields.keys.sorted { $0.rawValue < $1.rawValue }.filter { field in
        let name = Campaign.register(campaign.id, slot: item.slot, item: item.item.ordinal, field)
        return try snapshot.register(log, name)?.inConflict == true
      }
    }
    return Answered(written: written, item: item.item, conflicts: conflicts)
  }
}
