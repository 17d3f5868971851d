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
    let tree = try directory().tree
    if let outside = units.first(where: { !tree.contains(identity.unit, $0) }) {
      throw OfficeError.notBelow(try directory().label(of: outside))
    }
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
    return try campaigns().first { $0.id == id && $0.publisher == identity.unit }
      ?? Campaign(id: id, name: name, publisher: identity.unit)
  }

  /// Every campaign known here, in the order of publishers and names.
  public func campaigns() throws -> [Campaign] { try campaignBook().all }

  public func campaignBook() throws -> CampaignBook {
    try read { try Self.campaigns($0) }
  }

  /// By id, a start of it, `id@publisher's path`, or its name.
  ///
  /// Of several with one id the one that counts for this unit; from above, where none does, its publisher is to be written too. Of several of one
  /// name the one whose publisher is above all others'; that is told, and where the name chose another one here before, asked.
  public func campaign(_ text: String) throws -> Campaign {
    let book = try campaignBook()
    let typed = text.trimmingBlanks()
    let (prefix, publisher) = Self.idAndPublisher(typed)
    // Of the same id, those that count for nobody here stand in nobody's way.
    let all =
      publisher == nil
      ? book.all.filter { book.counting($0.id, for: identity.unit).map(\.key) ?? $0.key == $0.key } : book.all
    let among = publisher.map { path in all.filter { $0.publisher == path } } ?? all
    let exact = among.filter { $0.id.description == prefix }
    let match: NameMatch<Campaign> =
      exact.count == 1
      ? .found(exact[0])
      : .find(
        publisher == nil ? typed : prefix, among: among,
        identified: { prefix.count >= 4 && $0.id.description.hasPrefix(prefix) }, names: { [$0.name] })
    let tree = try directory().tree
    var isOneOfSeveral = false
    let found = try chosen(
      match, text, what: "专项工作",
      prevailing: { same in
        isOneOfSeveral = true
        return same.first { one in
          same.allSatisfy { $0.key == one.key || tree.isAbove(one.publisher, $0.publisher) }
        }
      },
      lines: Self.lines, ambiguous: { .ambiguousCampaign($0, candidates: $1) },
      unknown: { .unknownCampaign(text, nearest: Nearest.names(typed, among: all.map(\.name)).map(\.visibleName)) })
    guard found.name.nameKey == typed.nameKey else { return found }
    return try settled(found, among: all, isOneOfSeveral: isOneOfSeveral)
  }

  /// The campaign that a paper printed at `unit` bears the id of; nil where it is not known, or not certain.
  public func campaign(ofPaper id: SubjectID, at unit: UnitPath) throws -> Campaign? {
    let meant = try campaignBook().meant(id, at: unit)
    return meant.count == 1 ? meant[0] : nil
  }

  /// `51a0d174@school/cs` as id and publisher; of anything else the whole in small letters.
  private static func idAndPublisher(_ typed: String) -> (id: String, publisher: UnitPath?) {
    guard let sign = typed.lastIndex(of: "@"), let path = UnitPath(String(typed[typed.index(after: sign)...])) else {
      return (typed.lowercased(), nil)
    }
    return (typed[..<sign].lowercased(), path)
  }

  private static func lines(_ campaigns: [Campaign]) -> [String] {
    let isSameID = Set(campaigns.map(\.id)).count < campaigns.count
    let ids = isSameID ? campaigns.map(\.id.short) : NameLines.shortest(campaigns.map(\.id.description))
    return zip(campaigns, ids).map { campaign, id in
      isSameID
        ? "\(id)@\(campaign.publisher)（\(campaign.name)）" : "\(id)（\(campaign.name)，\(campaign.publisher)）"
    }
  }

  /// What a name chose, once that is sure: another than it chose here before is asked about, one of several is told.
  private func settled(_ found: Campaign, among all: [Campaign], isOneOfSeveral: Bool) throws -> Campaign {
    let name = found.name.nameKey
    var settled = found
    if let before = try workspace.chosenCampaign(name), before != found.key,
      let other = all.first(where: { $0.key == before && $0.name.nameKey == name })
    {
      let offered = [found, other]
      let candidates = NameLines.distinct(Self.lines(offered))
      settled = try choose(
        offered, candidates, refusing: .nameMeansAnother(found.name.visibleName, candidates: candidates))
    } else if isOneOfSeveral {
      let line = Self.lines([found])[0]
      tell("有几项专项工作叫“\(found.name.visibleName)”，这里是 \(line)；其余的请用编号")
    }
    workspace.remember(settled.key, chosenBy: name)
    return settled
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

  static func campaigns(_ snapshot: StoreSnapshot) throws -> CampaignBook {
    var found: [Campaign] = []
    for summary in try snapshot.logs() where summary.log.channel == .notices {
      let bySubject = try snapshot.registers(summary.log, kind: .campaign)
        .reduce(into: [SubjectID: [Register]]()) { $0[$1.name.subject, default: []].append($1) }
      found += bySubject.compactMap { Campaign($0.key, publisher: summary.log.unit, registers: $0.value) }
        .sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }
    return CampaignBook(found, tree: try snapshot.directory().tree)
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
