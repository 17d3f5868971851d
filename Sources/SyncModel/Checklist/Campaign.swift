/// A round of work 专项工作: which checklists, for which units, filled when, about what period.
public struct Campaign: Hashable, Sendable {
  public var id: SubjectID
  public var name: String
  /// Who published it: its registers stand in this unit's notices.
  public var publisher: UnitPath
  /// Append-only: an answer names its template by slot, so an amendment never changes what an answer refers to.
  public var templates: [TemplateReference]
  /// Frozen at publication: honest denominators. Of a ``CampaignBook`` only those that it counts for.
  public var units: [UnitPath]
  /// Units that it names and does not count for (``CampaignBook``).
  public var uncounted: [Uncounted] = []
  /// When it is to be filled in.
  public var fill: DateRange?
  /// What period is examined.
  public var covers: DateRange?
  public var deliverables: [Deliverable]
  /// Whether units above see values before they are handed in.
  public var opensDrafts: Bool

  public init(
    id: SubjectID, name: String, publisher: UnitPath, templates: [TemplateReference] = [], units: [UnitPath] = [],
    fill: DateRange? = nil, covers: DateRange? = nil, deliverables: [Deliverable] = [], opensDrafts: Bool = true
  ) {
    self.id = id
    self.name = name
    self.publisher = publisher
    self.templates = templates
    self.units = units
    self.fill = fill
    self.covers = covers
    self.deliverables = deliverables
    self.opensDrafts = opensDrafts
  }

  /// Its id alone does not say which campaign it is: somebody else may use it too.
  public struct Key: Hashable, Sendable {
    public let id: SubjectID
    public let publisher: UnitPath

    public init(id: SubjectID, publisher: UnitPath) {
      self.id = id
      self.publisher = publisher
    }
  }

  public var key: Key { Key(id: id, publisher: publisher) }

  /// A unit that a campaign names and does not count for.
  public struct Uncounted: Hashable, Sendable {
    public let unit: UnitPath
    /// Whose campaign of the same id counts there; nil where the unit never was below the publisher.
    public let insteadOf: UnitPath?
  }

  public struct TemplateReference: Hashable, Sendable {
    /// From 1.
    public var slot: UInt32
    public var hash: Digest256
    public var document: SubjectID
    public var title: String

    public init(slot: UInt32, hash: Digest256, document: SubjectID, title: String) {
      self.slot = slot
      self.hash = hash
      self.document = document
      self.title = title
    }
  }

  /// One document to hand in by a date, 报送材料.
  public struct Deliverable: Hashable, Sendable {
    public var title: String
    public var due: CalendarDate
    /// Empty: every unit of the campaign.
    public var units: [UnitPath]

    public init(title: String, due: CalendarDate, units: [UnitPath] = []) {
      self.title = title
      self.due = due
      self.units = units
    }
  }

  /// The register of one item's field.
  public static func register(_ campaign: SubjectID, slot: UInt32, item: UInt32, _ field: AnswerField) -> RegisterName {
    RegisterName(.answer, campaign, part: UInt64(slot) << 32 | UInt64(item), field.field)
  }

  /// The slot and item ordinal that the register of an answer or an attachment names; nil for one of another kind.
  public static func place(of name: RegisterName) -> (slot: UInt32, item: UInt32)? {
    name.kind == .answer || name.kind == .attachment
      ? (UInt32(name.part >> 32), UInt32(truncatingIfNeeded: name.part)) : nil
  }
}

extension Campaign {
  /// An item as people name it: `5.1`, and `2:5.1` where the campaign has several sheets.
  public func itemName(_ id: String, slot: UInt32) -> String { templates.count > 1 ? "\(slot):\(id)" : id }

  /// `第 5.1 项`; where the campaign has several sheets, of which one: `《任务清单》第 2:5.1 项`.
  public func itemPlace(_ id: String, slot: UInt32) -> String {
    let title = templates.count > 1 ? templates.first { $0.slot == slot }?.title ?? "" : ""
    let sheet = title.isEmpty ? "" : title.contains("《") ? title : "《\(title)》"
    return "\(sheet)第 \(itemName(id, slot: slot)) 项"
  }
}

/// Days from `first` to `last`, both included.
public struct DateRange: Hashable, Sendable {
  public let first: CalendarDate
  public let last: CalendarDate

  /// nil where it would end before it begins.
  public init?(first: CalendarDate, last: CalendarDate) {
    guard first <= last else { return nil }
    self.first = first
    self.last = last
  }

  /// `2026-09-26..2026-09-30`; also with 至.
  public init?(text: String) {
    let parts = text.replacing("至", with: "..").split(separator: "..", maxSplits: 1)
    guard parts.count == 2, let first = CalendarDate(text: String(parts[0])),
      let last = CalendarDate(text: String(parts[1]))
    else { return nil }
    self.init(first: first, last: last)
  }
}

extension DateRange: CustomStringConvertible {
  public var description: String { "\(first)..\(last)" }
}

/// Field numbers of a campaign's and a document's registers. Numbers are final.
extension Field {
  // kind campaign
  public static let campaignName = Field(rawValue: 1)
  /// part = slot: list(bytes hash, bytes document id, text title).
  public static let campaignTemplate = Field(rawValue: 2)
  /// list(text unit path, …).
  public static let campaignUnits = Field(rawValue: 3)
  /// list(date, date).
  public static let campaignFill = Field(rawValue: 4)
  public static let campaignCovers = Field(rawValue: 5)
  /// One element each: list(text title, date due, text unit path, …).
  public static let campaignDeliverable = Field(rawValue: 6)
  /// choice: 1 open, 2 closed.
  public static let campaignDrafts = Field(rawValue: 7)
  // kind document
  /// part = n from 1: bytes.
  public static let documentChunk = Field(rawValue: 1)
  /// list(choice kind, bytes SHA-256, integer length, integer chunks, text title).
  public static let documentManifest = Field(rawValue: 2)
}
