import SyncModel

/// Everything ever written to one register and taken into view, with who had seen what.
public struct RegisterHistory: Sendable {
  public struct Write: Hashable, Sendable {
    public let dot: Dot
    /// Which change of its entry, from 0.
    public let change: UInt16
    public let time: HybridTime
    /// nil where the value is absent.
    public let value: Value?
    let context: StrandVector
  }

  /// Oldest first by HLC.
  public let writes: [Write]
  let standing: [Dot]

  /// True where neither author had seen the other's write.
  func areConcurrent(_ left: Dot, _ right: Dot) -> Bool {
    guard let first = writes.first(where: { $0.dot == left }), let second = writes.first(where: { $0.dot == right })
    else { return false }
    return left != right && !first.context.covers(right) && !second.context.covers(left)
  }

  /// What every standing value had seen and replaced: the value before they diverged. nil where nothing stood before.
  public var commonBase: Write? {
    let current = writes.filter { standing.contains($0.dot) }
    let shared = writes.filter { write in
      !standing.contains(write.dot) && current.allSatisfy { $0.context.covers(write.dot) }
    }
    // The latest: one that no other shared write had seen.
    return shared.last { write in
      !shared.contains { $0.dot != write.dot && $0.context.covers(write.dot) }
    }
  }
}

extension StoreSnapshot {
  /// Registers of answers in which more than one valid value stands, in key order.
  public func conflicts() throws -> [Register] {
    var found: [Register] = []
    for row in try connection.rows(
      """
      SELECT l.key, r.kind, r.subject, r.element, r.part, r.field \(Self.conflicts)
      ORDER BY l.key, r.kind, r.subject, r.element, r.part, r.field
      """)
    {
      guard let name = RegisterName(row: row[1...5]) else { throw WorkspaceError.damaged("register") }
      if let register = try register(try LogID(key: row[0].blob), name), register.inConflict { found.append(register) }
    }
    return found
  }

  /// How many ``conflicts()`` there are, without reading them.
  public func conflictCount() throws -> Int {
    Int(try connection.first("SELECT count(*) \(Self.conflicts)")?[0].integer ?? 0)
  }

  /// As ``Register/inConflict`` has it.
  static let conflicts = """
    FROM (SELECT s.log, s.register FROM contested c
          CROSS JOIN sibling s ON s.log = c.log AND s.register = c.register
          WHERE s.valid = 1 AND s.absent <> 2 GROUP BY s.log, s.register
          HAVING count(*) > 1 AND (min(s.content) <> max(s.content) OR min(s.absent) <> max(s.absent))) s
    JOIN register r ON r.log = s.log AND r.id = s.register JOIN log l ON l.id = s.log
    WHERE (l.channel = \(Channel.answers.rawValue)
           AND r.kind IN (\(SubjectKind.answer.rawValue), \(SubjectKind.row.rawValue)))
       OR (l.channel = \(Channel.internal.rawValue) AND r.kind = \(SubjectKind.registerRow.rawValue))
    """

  public func history(of register: Register) throws -> RegisterHistory {
    guard let row = try rowID(of: register.log) else { return RegisterHistory(writes: [], standing: []) }
    return RegisterHistory(
      writes: try writes(of: register.id, in: register.log, row: row, validOnly: true),
      standing: register.siblings.map(\.dot))
  }

  /// Every write in view of the registers of one kind, subject and part, also by devices without authority: whatever is
  /// stored can be redacted.
  func writes(
    in log: LogID, kind: SubjectKind, subject: SubjectID, part: UInt64
  ) throws -> [(name: RegisterName, writes: [RegisterHistory.Write])] {
    guard let row = try rowID(of: log) else { return [] }
    return try connection.rows(
      """
      SELECT id, kind, subject, element, part, field FROM register WHERE log = ? AND kind = ? AND subject = ? AND part = ?
      ORDER BY field, element
      """,
      [.integer(row), SQLValue(kind.rawValue), .blob(subject.bytes), .integer(Int64(bitPattern: part))]
    ).map { columns in
      guard let name = RegisterName(row: columns[1...]) else { throw WorkspaceError.damaged("register") }
      return (name, try writes(of: RegisterID(rawValue: columns[0].integer), in: log, row: row, validOnly: false))
    }
  }

  /// Contexts of a log's entries, each worked out once in a moment that cannot be undone.
  func contextWalk(_ log: LogID, row: Int64) throws -> ContextWalk {
    if isCommitted, let known = contextWalks[row] { return known }
    let made = try ContextWalk(self, log: log, row: row)
    if isCommitted { contextWalks[row] = made }
    return made
  }

  private func writes(
    of register: RegisterID, in log: LogID, row: Int64, validOnly: Bool
  ) throws -> [RegisterHistory.Write] {
    let walk = try contextWalk(log, row: row)
    return try storage(row: row).history(of: register).sorted { $0.dot < $1.dot }.compactMap {
      change -> RegisterHistory.Write? in
      guard let step = try walk.step(change.dot), !validOnly || walk.isValid(change.dot) else { return nil }
      return RegisterHistory.Write(
        dot: change.dot, change: change.change, time: step.time, value: step.value(Int(change.change)),
        context: step.context)
    }.sorted { ($0.time, $0.dot) < ($1.time, $1.dot) }
  }
}

/// Recomputes contexts along the strands of a log, as far as somebody asks.
final class ContextWalk {
  struct Step {
    var context: StrandVector
    var time: HybridTime
    var values: [Value?]

    func value(_ change: Int) -> Value? { change < values.count ? values[change] : nil }
  }

  private let strands: [Strand]
  private let storage: SQLLogStorage
  private let engine: LogEngine<SQLLogStorage>
  private var steps: [Dot: Step] = [:]
  private var progress: [Int: (seq: UInt32, context: StrandVector, time: HybridTime, replicas: [ReplicaID])] = [:]

  init(_ snapshot: StoreSnapshot, log: LogID, row: Int64) throws {
    strands = try snapshot.strands(of: log)
    storage = snapshot.storage(row: row)
    engine = try LogEngine(school: snapshot.identity.school, log: log, storage: storage)
    engine.sealing = try snapshot.sealing(of: log)
  }

  func isValid(_ dot: Dot) -> Bool { strands[Int(dot.strand)].isValid(dot.seq) }

  /// nil where the entry cannot be read.
  func step(_ dot: Dot) throws -> Step? {
    if let known = steps[dot] { return known }
    let strand = Int(dot.strand)
    var state = try progress[strand] ?? start(of: strand)
    while state.seq < dot.seq {
      let place = Dot(strand: strand, seq: state.seq + 1)
      guard let entry = try engine.readableEntry(place),
        let header = try decode(entry, strand, replicas: state.replicas)
      else { return nil }
      for tip in header.context {
        let replica: ReplicaID
        switch tip.replica {
        case .known(let index): replica = state.replicas[index]
        case .new(let id):
          replica = id
          state.replicas.append(id)
        }
        let places = try engine.places(Tip(replica: replica, seq: tip.seq, tag: tip.tag))
        if places.count == 1 { state.context.cover(places[0], in: engine.topology) }
      }
      guard let time = header.time.advancing(state.time) else { return nil }
      steps[place] = Step(context: state.context, time: time, values: entry.values)
      state.context.cover(place, in: engine.topology)
      state.time = time
      state.seq += 1
    }
    progress[strand] = state
    return steps[dot]
  }

  private func start(
    of strand: Int
  ) throws -> (seq: UInt32, context: StrandVector, time: HybridTime, replicas: [ReplicaID]) {
    guard let parent = strands[strand].parent, let before = try step(parent) else {
      return (0, StrandVector(), .zero, [])
    }
    var context = before.context
    context.cover(parent, in: engine.topology)
    let names = FeedNames(storage: storage, strands: strands)
    return (parent.seq, context, before.time, try names.replicas(of: Int(parent.strand), introducedThrough: parent.seq))
  }

  /// Only the context is read here, so any index of a person or register that the strand ever reached will do.
  private func decode(_ entry: StoredEntry, _ strand: Int, replicas: [ReplicaID]) throws -> EntryHeader? {
    guard let bytes = entry.header else { return nil }
    var counts = strands[strand].names
    counts.replicas = replicas.count
    return try? EntryHeader(bytes: bytes, after: counts)
  }
}

extension StoredEntry {
  /// One a change; nil where absent or sealed.
  var values: [Value?] {
    switch body {
    case .plain(_, let values, _): ((try? ValueSplit.split(values)) ?? []).map { try? Value(bytes: $0) }
    case .explicit(_, let slots):
      slots.map { slot in
        if case .present(_, let value) = slot { try? Value(bytes: value) } else { nil }
      }
    case .sealed: []
    }
  }
}
