import SyncModel

extension Office {
  /// What `campaign publish` asks for.
  public struct Publication: Sendable {
    public var name: String
    public var templates: [StoredTemplate]
    public var units: [UnitPath]
    public var fill: DateRange?
    public var covers: DateRange?
    public var deliverables: [Campaign.Deliverable]
    public var opensDrafts: Bool

    public init(
      name: String, templates: [StoredTemplate], units: [UnitPath], fill: DateRange? = nil, covers: DateRange? = nil,
      deliverables: [Campaign.Deliverable] = [], opensDrafts: Bool = true
    ) {
      self.name = name
      self.templates = templates
      self.units = units
      self.fill = fill
      self.covers = covers
      self.deliverables = deliverables
      self.opensDrafts = opensDrafts
    }
  }

  /// Publishes a campaign in this unit's notices. Its units are frozen as they are named now.
  public func publish(_ publication: Publication) throws -> Campaign {
    let name = try NameProfile.campaign.accepted(publication.name)
    if publication.units.isEmpty { throw OfficeError.noUnits }
    let id = SubjectID.random()
    func register(_ field: Field, part: UInt64 = 0, element: ElementID = ElementID(high: 0, low: 0)) -> RegisterName {
      RegisterName(.campaign, id, part: part, element: element, field)
    }
    func range(_ range: DateRange) -> Value { .list([.date(range.first), .date(range.last)]) }
    let units = Array(Set(publication.units)).sorted()
    var changes = [
      Change(register(.campaignName), .text(name)),
      Change(register(.campaignUnits), .list(units.map { .text($0.description) })),
      Change(register(.campaignDrafts), .choice(publication.opensDrafts ? 1 : 2)),
    ]
    for (index, template) in publication.templates.enumerated() {
      changes.append(
        Change(
          register(.campaignTemplate, part: UInt64(index + 1)),
          .list([.bytes(template.hash.bytes), .bytes(template.document.bytes), .text(template.template.title)])))
    }
    if let fill = publication.fill { changes.append(Change(register(.campaignFill), range(fill))) }
    if let covers = publication.covers { changes.append(Change(register(.campaignCovers), range(covers))) }
    for deliverable in publication.deliverables {
      changes.append(
        Change(
          register(.campaignDeliverable, element: .random()),
          .list(
            [.text(try NameProfile.deliverable.accepted(deliverable.title)), .date(deliverable.due)]
              + deliverable.units.map { .text($0.description) })))
    }
    _ = try write(changes, to: LogID(identity.unit, .notices))
    return try campaigns().first { $0.id == id } ?? Campaign(id: id, name: name, publisher: identity.unit)
  }

  /// Every campaign known here, in the order of publishers and names.
  public func campaigns() throws -> [Campaign] {
    try read { try Self.campaigns($0) }
  }

  /// By id, a start of it, or its name. Of several of one name the one that is for this unit, else the one whose publisher is
  /// above all others': a unit that publishes under the name of a campaign from above does not take its place.
  public func campaign(_ text: String) throws -> Campaign {
    let all = try campaigns()
    let tree = try directory().tree
    let typed = text.trimmingBlanks()
    let prefix = typed.lowercased()
    let exact = all.filter { $0.id.description == prefix }
    let match: NameMatch<Campaign> =
      exact.count == 1
      ? .found(exact[0])
      : .find(
        typed, among: all, identified: { prefix.count >= 4 && $0.id.description.hasPrefix(prefix) },
        names: { [$0.name] })
    return try chosen(
      match, text, what: "专项工作",
      prevailing: { same in
        func highest(_ campaigns: [Campaign]) -> Campaign? {
          campaigns.first { one in
            campaigns.allSatisfy { $0.id == one.id || tree.isAbove(one.publisher, $0.publisher) }
          }
        }
        // What is not for this unit does not stand in the way of what is.
        let own = same.filter { $0.units.contains(identity.unit) }
        return own.isEmpty ? highest(same) : highest(own)
      },
      lines: { campaigns in
        zip(campaigns, NameLines.shortest(campaigns.map(\.id.description))).map { campaign, id in
          "\(id)（\(campaign.name)，\(campaign.publisher)）"
        }
      }, ambiguous: { .ambiguousCampaign($0, candidates: $1) },
      unknown: { .unknownCampaign(text, nearest: Nearest.names(typed, among: all.map(\.name)).map(\.visibleName)) })
  }

  /// Units by paths, names or patterns: `school/*` is every unit just below, `school/**` every one below at any depth.
  ///
  /// - Parameter kinds: what a pattern takes; nil takes all. A unit named by itself is always taken.
  public func units(matching texts: [String], kinds: [UnitKind]? = nil) throws -> [UnitPath] {
    let directory = try directory()
    return try texts.flatMap { text -> [UnitPath] in
      for (suffix, deep) in [("/**", true), ("/*", false)] where text.hasSuffix(suffix) {
        let parent = try unit(String(text.dropLast(suffix.count))).path
        return directory.sortedUnits.filter { $0.status == .active && kinds?.contains($0.kind) ?? true }
          .map(\.path).filter {
            deep ? directory.tree.isAbove(parent, $0) : directory.tree.parent(of: $0) == parent
          }
      }
      return [try unit(text).path]
    }
  }

  static func campaigns(_ snapshot: StoreSnapshot) throws -> [Campaign] {
    var found: [Campaign] = []
    for summary in try snapshot.logs() where summary.log.channel == .notices {
      let bySubject = try snapshot.registers(summary.log, kind: .campaign)
        .reduce(into: [SubjectID: [Register]]()) { $0[$1.name.subject, default: []].append($1) }
      found += bySubject.compactMap { Campaign($0.key, publisher: summary.log.unit, registers: $0.value) }
        .sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }
    return found
  }

  /// The campaign's templates by slot.
  /// - Throws: ``OfficeError/documentIncomplete(_:)`` while one of them is still on its way.
  func completeTemplates(of campaign: Campaign, _ snapshot: StoreSnapshot) throws -> [UInt32: Template] {
    let templates = try templates(of: campaign, snapshot)
    for reference in campaign.templates where templates[reference.slot] == nil {
      throw OfficeError.documentIncomplete(reference.title)
    }
    return templates
  }

  /// The templates of a campaign that are here whole, by slot.
  func templates(of campaign: Campaign, _ snapshot: StoreSnapshot) throws -> [UInt32: Template] {
    var found: [UInt32: Template] = [:]
    for reference in campaign.templates {
      // The publisher may have used a template that one of its ancestors issued.
      for unit in campaign.publisher.lineage.reversed() {
        if let stored = try Self.template(reference.document, in: LogID(unit, .notices), snapshot),
          stored.hash == reference.hash
        {
          found[reference.slot] = stored.template
          break
        }
      }
    }
    return found
  }
}

extension Campaign {
  /// From its registers; nil before its name and units are here.
  init?(_ id: SubjectID, publisher: UnitPath, registers: [Register]) {
    func value(_ field: Field) -> Value? { registers.first { $0.name.field == field }?.value }
    func range(_ field: Field) -> DateRange? {
      guard let parts = value(field)?.listValue, parts.count == 2, let first = parts[0].dateValue,
        let last = parts[1].dateValue
      else { return nil }
      return DateRange(first: first, last: last)
    }
    guard let name = value(.campaignName)?.textValue, let units = value(.campaignUnits)?.listValue else { return nil }
    self.init(
      id: id, name: name, publisher: publisher,
      templates: registers.filter { $0.name.field == .campaignTemplate }.compactMap { register in
        guard let parts = register.value?.listValue, parts.count >= 3,
          let hash = parts[0].bytesValue.flatMap(Digest256.init(bytes:)),
          let document = parts[1].bytesValue.flatMap({ SubjectID(bytes: $0) }), let title = parts[2].textValue,
          let slot = UInt32(exactly: register.name.part)
        else { return nil }
        return TemplateReference(slot: slot, hash: hash, document: document, title: title)
      }.sorted { $0.slot < $1.slot },
      units: units.compactMap { $0.textValue.flatMap(UnitPath.init) }, fill: range(.campaignFill),
      covers: range(.campaignCovers),
      deliverables: registers.filter { $0.name.field == .campaignDeliverable }.compactMap { register in
        guard let parts = register.value?.listValue, parts.count >= 2, let title = parts[0].textValue,
          let due = parts[1].dateValue
        else { return nil }
        return Deliverable(
          title: title, due: due, units: parts.dropFirst(2).compactMap { $0.textValue.flatMap(UnitPath.init) })
      }.sorted { ($0.due, $0.title) < ($1.due, $1.title) },
      opensDrafts: value(.campaignDrafts)?.choiceValue != 2)
  }
}
