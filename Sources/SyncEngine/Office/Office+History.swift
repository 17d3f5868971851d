import SyncModel

/// One entry of a unit's answers as people read it: who, on which device, when, what (promise 11).
public struct HistoryEntry: Sendable {
  public let unit: UnitPath
  public let author: Conflict.Author
  /// Written on a device of another unit 代填.
  public let isOnBehalf: Bool
  public let changes: [Change]

  public struct Change: Sendable {
    public let register: RegisterName
    public let campaign: Campaign?
    public let item: Template.Item?
    public let field: AnswerField?
    /// The place in a table that is filled row by row; nil for an item.
    public let row: Conflict.RowPlace?
    /// nil: 内容未到 or 依规删除.
    public let value: Value?
    /// Why there is no value; nil where there is one.
    public let absence: Absence?
    /// What was said with it, where the entry settled the field 核定; nil where it was filled in.
    public let settlement: Settlement.Note?

    /// The item as people name it; nil where its sheet is not here.
    public var itemName: String? { named { $0.itemName($1, slot: $2) } }
    /// `第 5.1 项`, with the sheet where the campaign has several.
    public var itemPlace: String? { named { $0.itemPlace($1, slot: $2) } }

    private func named(_ text: (Campaign, String, UInt32) -> String) -> String? {
      guard let item, let campaign, let slot = Campaign.place(of: register)?.slot else { return item?.id }
      return text(campaign, item.id, slot)
    }
  }

  public var origin: Origin { author.origin }
}

extension Office {
  /// What a log command shows: the latest entries, oldest of them first.
  public struct History: Sendable {
    public let entries: [HistoryEntry]
    /// Entries that match and are older than those shown.
    public let earlier: Int
  }

  /// Entries in view of a unit's answers by HLC.
  ///
  /// - Parameters:
  ///   - item: only entries that change an item so named, in any campaign of the unit; nil for all.
  ///   - campaign: only entries about it; nil for all.
  ///   - limit: how many of the latest to read in full; nil for all.
  public func history(
    of unit: DirectoryUnit, campaign: Campaign? = nil, item: String? = nil, limit: Int? = nil
  ) throws -> History {
    let places = try item.map { try self.places(named: $0, campaign: campaign, unit: unit) }
    return try read { snapshot in
      let log = LogID(unit.path, .answers)
      guard let row = try snapshot.rowID(of: log) else { return History(entries: [], earlier: 0) }
      let walk = HeaderWalk(try snapshot.strands(row: row), snapshot.storage(row: row))
      var dots = try walk.dots()
      if places != nil || campaign != nil {
        dots = try dots.filter { dot, _ in
          try walk.registers(of: dot).contains { name in
            guard name.kind.isAnswered, campaign.map({ $0.id == name.subject }) ?? true else { return false }
            return places.map { $0.contains(Place(campaign: name.subject, part: name.part)) } ?? true
          }
        }
      }
      let shown = dots.suffix(limit ?? dots.count)
      let words = try AnswerWords(self, snapshot, unit: unit.path)
      let directory = try snapshot.directory()
      let entries = try shown.compactMap { dot, time -> HistoryEntry? in
        guard let origin = try snapshot.origin(log, of: dot), let entry = try walk.storage.entry(dot) else {
          return nil
        }
        let values = entry.values
        let names = try walk.registers(of: dot)
        let settled = Set(names.filter { $0.kind == .settlement })
        let changes = try names.enumerated().compactMap { index, name -> HistoryEntry.Change? in
          guard name.kind.isAnswered || name.kind == .row || name.kind == .count else { return nil }
          let value = index < values.count ? values[index] : nil
          let note =
            try name.settlement.map(settled.contains) == true
            ? snapshot.settlementNote(of: name, in: log, writtenBy: dot) : nil
          return try words.change(name, value, try snapshot.absence(log, dot, UInt16(index), value), note)
        }
        return HistoryEntry(
          unit: unit.path, author: Conflict.Author(origin: origin, time: time),
          isOnBehalf: directory.devices[origin.device].map { $0.unit != unit.path } ?? false, changes: changes)
      }
      return History(entries: entries, earlier: dots.count - shown.count)
    }
  }

  private struct Place: Hashable {
    var campaign: SubjectID
    var part: UInt64
  }

  /// The item in every campaign of the unit that has one of that name.
  private func places(named text: String, campaign: Campaign?, unit: DirectoryUnit) throws -> Set<Place> {
    let candidates = try campaign.map { [$0] } ?? campaigns().filter { $0.units.contains(unit.path) }
    var places: Set<Place> = []
    var refusal = OfficeError.unknownItem(text, nearest: [])
    for candidate in candidates {
      do {
        let found = try item(text, of: candidate)
        places.insert(Place(campaign: candidate.id, part: UInt64(found.slot) << 32 | UInt64(found.item.ordinal)))
      } catch let error as OfficeError {
        refusal = error
      }
    }
    if places.isEmpty { throw refusal }
    return places
  }
}

/// Names campaigns and items of answers' registers, each template read once.
private final class AnswerWords {
  private let office: Office
  private let snapshot: StoreSnapshot
  private let unit: UnitPath
  private let campaigns: CampaignBook
  private var items: [SubjectID: [UInt64: Template.Item]] = [:]
  private var templates: [SubjectID: [UInt32: Template]] = [:]

  init(_ office: Office, _ snapshot: StoreSnapshot, unit: UnitPath) throws {
    self.office = office
    self.snapshot = snapshot
    self.unit = unit
    campaigns = try Office.campaigns(snapshot)
  }

  func change(
    _ name: RegisterName, _ value: Value?, _ absence: Absence?, _ settlement: Settlement.Note?
  ) throws -> HistoryEntry.Change {
    let campaign = campaigns.counting(name.subject, for: unit)
    if let campaign, items[name.subject] == nil {
      var found: [UInt64: Template.Item] = [:]
      templates[name.subject] = try office.templates(of: campaign, snapshot)
      for (slot, template) in templates[name.subject] ?? [:] {
        for item in template.items { found[UInt64(slot) << 32 | UInt64(item.ordinal)] = item }
      }
      items[name.subject] = found
    }
    return HistoryEntry.Change(
      register: name, campaign: campaign, item: items[name.subject]?[name.part],
      field: name.kind.isAnswered ? AnswerField(name.field) : nil,
      row: name.kind.isRow ? Office.row(name, campaign, templates[name.subject] ?? [:]) : nil, value: value,
      absence: absence, settlement: settlement)
  }
}

/// Reads headers along the strands of a log: times are relative to the entry before, so they are walked from the start.
private final class HeaderWalk {
  let storage: SQLLogStorage
  private let strands: [Strand]
  private var times: [Dot: HybridTime] = [:]
  private var walked: Set<Int> = []
  private var names: [Int: [Int: RegisterName]] = [:]

  init(_ strands: [Strand], _ storage: SQLLogStorage) {
    self.strands = strands
    self.storage = storage
  }

  /// Everything in view, by HLC.
  func dots() throws -> [(dot: Dot, time: HybridTime)] {
    for index in strands.indices { try walk(index) }
    return times.filter { strands[Int($0.key.strand)].isValid($0.key.seq) }
      .map { (dot: $0.key, time: $0.value) }
      .sorted { left, right in
        if left.time != right.time { return left.time < right.time }
        let (first, second) = (strands[Int(left.dot.strand)].replica, strands[Int(right.dot.strand)].replica)
        return first != second ? first < second : left.dot.seq < right.dot.seq
      }
  }

  private func walk(_ index: Int) throws {
    guard walked.insert(index).inserted else { return }
    let strand = strands[index]
    var time = HybridTime.zero
    if let parent = strand.parent {
      try walk(Int(parent.strand))
      time = times[parent] ?? .zero
    }
    var seq = strand.parent?.seq ?? 0
    while seq < strand.applied {
      seq += 1
      let dot = Dot(strand: index, seq: seq)
      guard let header = try header(of: dot), let next = header.time.advancing(time) else { return }
      times[dot] = next
      time = next
    }
  }

  private func header(of dot: Dot) throws -> EntryHeader? {
    guard let bytes = try storage.entry(dot)?.header else { return nil }
    return try? EntryHeader(
      bytes: bytes, after: FeedNames(storage: storage, strands: strands).counts(before: dot))
  }

  /// The registers that an entry changes, in its order.
  func registers(of dot: Dot) throws -> [RegisterName] {
    let strand = Int(dot.strand)
    return try (header(of: dot)?.changes ?? []).compactMap { change in
      switch change.register {
      case .new(let name): return name
      case .known(let index):
        if let known = names[strand]?[index] { return known }
        let id = try FeedNames(storage: storage, strands: strands).register(index: index, of: strand)
        let name = try id.flatMap { try storage.registerName($0) }
        names[strand, default: [:]][index] = name
        return name
      }
    }
  }
}
