import SyncModel

/// A naive model of one log, to hold the engine against: every write carries its whole causal context as an explicit set
/// of writes, and the siblings of a register come from comparing all pairs.
///
/// It shares nothing with the engine that decides a merge: no vectors, no strands, no order of arrival.
public struct Oracle: Sendable {
  /// One entry of any branch of any feed, numbered in the order in which the model heard of it.
  public typealias WriteID = Int

  public struct Write: Hashable, Sendable {
    public var place: FeedPlace
    /// The entry before it in its feed; nil for a feed's first.
    public var previous: WriteID?
    /// Everything that its author's replica had taken into view when it wrote.
    public var context: Set<WriteID>
    public var changes: [RegisterName: Change]

    public init(place: FeedPlace, previous: WriteID?, context: Set<WriteID>, changes: [RegisterName: Change]) {
      self.place = place
      self.previous = previous
      self.context = context
      self.changes = changes
    }
  }

  public struct Change: Hashable, Sendable {
    /// Canonical bytes.
    public var value: [UInt8]
    /// In the context, but not superseded.
    public var kept: Set<WriteID>

    public init(value: [UInt8], kept: Set<WriteID>) {
      self.value = value
      self.kept = kept
    }
  }

  /// What is known of an author's authority.
  public enum Authority: Sendable {
    case unknown, valid, invalid
  }

  public private(set) var writes: [Write] = []
  private var ids: [FeedPlace: WriteID] = [:]
  private var tips: [Tip: [WriteID]] = [:]

  public init() {}

  public mutating func add(_ write: Write) -> WriteID {
    let id = writes.count
    writes.append(write)
    ids[write.place] = id
    tips[write.place.tip, default: []].append(id)
    return id
  }

  public func id(_ place: FeedPlace) -> WriteID? { ids[place] }

  /// All that the 8 bytes may mean.
  public func ids(_ tip: Tip) -> [WriteID] { tips[tip] ?? [] }

  /// Causal delivery by its definition: a write is applied once it is stored, its author is known, and the entry before
  /// it and its whole context are applied.
  public func applied(of stored: Set<WriteID>, authority: (Write) -> Authority) -> Set<WriteID> {
    var applied: Set<WriteID> = []
    var grew = true
    while grew {
      grew = false
      for id in stored.subtracting(applied).sorted() {
        let write = writes[id]
        guard authority(write) != .unknown, write.previous.map(applied.contains) ?? true,
          write.context.isSubset(of: applied)
        else { continue }
        applied.insert(id)
        grew = true
      }
    }
    return applied
  }

  /// A write is superseded where some valid applied write to the same register has it in its context and did not keep it.
  /// Writes without authority are never visible.
  public func siblings(
    of register: RegisterName, among applied: Set<WriteID>, authority: (Write) -> Authority
  ) -> Set<WriteID> {
    let candidates = applied.filter { writes[$0].changes[register] != nil && authority(writes[$0]) == .valid }
    return candidates.filter { id in
      !candidates.contains { later in
        writes[later].context.contains(id) && writes[later].changes[register]?.kept.contains(id) == false
      }
    }
  }
}
