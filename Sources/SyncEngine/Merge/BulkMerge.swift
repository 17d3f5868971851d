import SyncModel

/// What stands in one log after all of its entries: its registers with their siblings, in memory.
public struct MergedLog: Sendable {
  public let log: LogID
  /// Entries taken into view.
  public let applied: Int
  /// Entries that wait for what they cite.
  public let waiting: Int
  private let names: [RegisterName]
  private let registers: BulkRegisters
  private let segments: [[UInt8]]

  fileprivate init(_ merge: BulkMerge) {
    log = merge.log
    applied = merge.feeds.reduce(0) { $0 + Int($1.applied) }
    waiting = merge.feeds.reduce(0) { $0 + $1.entries.count } - applied
    (names, registers, segments) = (merge.names, merge.registers, merge.segments)
  }

  /// Calls `body` for each register with its siblings, in no order.
  public func forEachRegister(_ body: (RegisterName, [Sibling]) throws -> Void) rethrows {
    for (index, name) in names.enumerated() {
      let writes = registers.siblings(of: index)
      // Nothing of it came into view.
      if writes.isEmpty { continue }
      try body(
        name,
        writes.map { write in
          Sibling(
            dot: write.dot, change: write.change, time: write.time, order: 0, valid: true,
            content: .value(Array(segments[Int(write.segment)][Int(write.start)..<Int(write.end)])))
        })
    }
  }
}

/// One log from its segments at once, in memory, for logs as most are: every feed whole from its first entry on, none forked, every
/// value there, no author stopped. Entries are read where their bytes stand; nothing is made for one but what stays of it.
///
/// Law: it shows what ``LogEngine`` shows of the same segments, or nothing at all.
public struct BulkMerge {
  public enum Trust: Sendable {
    /// Every hash of every chain, every signed head and every citation is checked.
    case checked
    /// They were checked before, by whoever stored them: values are well-formed, no feed forked, and what is cited is taken at
    /// its word.
    case taken
  }

  let school: SchoolID
  let log: LogID
  let trust: Trust
  fileprivate let segments: [[UInt8]]
  fileprivate var feeds: [BulkFeed] = []
  /// Of each feed in `feeds`.
  private var places: [ReplicaID: Int] = [:]
  fileprivate var names: [RegisterName] = []
  fileprivate var registers = BulkRegisters()
  private var numbers: [RegisterName: Int32] = [:]

  private static let reservedRegisters = 1024

  /// Merges segments of one log, a feed's in the order of its entries.
  ///
  /// - Returns: nil for a log that takes ``LogEngine``, be it one of another kind or one of which something is refused: it
  ///   says what.
  public static func merge(_ segments: [[UInt8]], of log: LogID, school: SchoolID, trust: Trust) -> MergedLog? {
    // Sealed entries are another kind.
    if log.channel == .internal { return nil }
    var merge = BulkMerge(school: school, log: log, trust: trust, segments: segments)
    do {
      guard try merge.read() else { return nil }
      if trust == .checked, try !merge.check() { return nil }
      try merge.apply()
    } catch {
      return nil
    }
    return MergedLog(merge)
  }

  private init(school: SchoolID, log: LogID, trust: Trust, segments: [[UInt8]]) {
    self.school = school
    self.log = log
    self.trust = trust
    self.segments = segments
  }

  // MARK: Reading

  /// Finds every entry of every segment.
  private mutating func read() throws -> Bool {
    for (number, bytes) in segments.enumerated() {
      let frame = try SegmentFrame(bytes)
      guard frame.log == log, !frame.runs.isEmpty else { return false }
      let index: Int
      if let genesis = frame.genesis {
        let record = try FeedGenesis(bytes: genesis)
        guard places[frame.replica] == nil, record.opens(frame.replica, in: log, of: school) else { return false }
        index = feeds.count
        places[frame.replica] = index
        feeds.append(BulkFeed(replica: frame.replica, deviceKey: record.deviceKey, genesis: genesis))
      } else {
        guard let known = places[frame.replica], frame.from == feeds[known].entries.count else { return false }
        index = known
      }
      try feeds[index].add(frame, segment: number, in: bytes, trust: trust)
    }
    // A unit's people answer the same items: few registers beyond what one of them wrote to.
    let most = feeds.reduce(0) { max($0, $1.entries.count) }
    numbers.reserveCapacity(min(most, Self.reservedRegisters))
    for index in feeds.indices { feeds[index].context = Array(repeating: 0, count: feeds.count) }
    return true
  }

  // MARK: Checking

  private mutating func check() throws -> Bool {
    for index in feeds.indices where try !feeds[index].check(segments, school: school, log: log) { return false }
    return true
  }

  // MARK: Applying

  /// A feed is tried again only when the one it waits on got further, as ``LogEngine`` does.
  private mutating func apply() throws {
    var ready = Array(feeds.indices.reversed())
    var waiters: [Int: [Int]] = [:]
    while let index = ready.popLast() {
      let before = feeds[index].applied
      if let awaited = try goOn(index) { waiters[awaited, default: []].append(index) }
      if feeds[index].applied > before, let woken = waiters.removeValue(forKey: index) { ready += woken }
    }
  }

  /// Applies a feed's entries as far as they go.
  /// - Returns: the feed that it waits on; nil where it is at its end, or stays where it is.
  private mutating func goOn(_ index: Int) throws -> Int? {
    // Taken out meanwhile, so that it is changed in place. Nothing of it cites itself.
    var feed = BulkFeed.none
    swap(&feed, &feeds[index])
    defer { swap(&feed, &feeds[index]) }
    while Int(feed.applied) < feed.entries.count {
      let entry = feed.entries[Int(feed.applied)]
      let header = ByteSpan(segments[Int(entry.segment)], Int(entry.header)..<Int(entry.headerEnd))
      if entry.values == 1, let edit = EntryHeader.Edit(header, after: feed.names) {
        guard let time = edit.time.advancing(feed.time) else { return nil }
        if let cited = edit.cited {
          guard let found = place(feed.replicas[cited.replica], cited.seq, cited.tag) else { return nil }
          if feeds[found].applied < cited.seq { return found }
          feed.context[found] = max(feed.context[found], cited.seq)
        }
        let register: Int32
        switch edit.register {
        case .known(let known): register = feed.registers[known]
        case .new(let name):
          register = number(of: name)
          if feed.hasIntroduced(register) { return nil }
          feed.introduce(register)
        }
        feed.applied += 1
        feed.time = time
        let write = BulkWrite(entry, strand: index, seq: feed.applied, time: time)
        registers.apply(write, to: Int(register), context: feed.context)
        feed.context[index] = feed.applied
        continue
      }
      switch try applyWhole(entry, header, to: &feed, index) {
      case .applied: continue
      case .waits(let feed): return feed
      case .stays: return nil
      }
    }
    return nil
  }

  private enum Attempt {
    case applied
    case waits(on: Int)
    /// It is not well-formed, or cites what is not here.
    case stays
  }

  private mutating func applyWhole(
    _ entry: BulkEntry, _ span: ByteSpan, to feed: inout BulkFeed, _ index: Int
  ) throws -> Attempt {
    guard let header = try? EntryHeader(bytes: span.copy, after: feed.names),
      header.changes.count == Int(entry.values), let time = header.time.advancing(feed.time)
    else { return .stays }
    var replicas = feed.replicas
    for tip in header.context {
      if case .new(let id) = tip.replica {
        if replicas.contains(id) || id == feed.replica { return .stays }
        replicas.append(id)
      }
    }
    var context = feed.context
    var introduced = feed.replicas.count
    for tip in header.context {
      let replica: ReplicaID
      switch tip.replica {
      case .known(let known): replica = replicas[known]
      case .new:
        replica = replicas[introduced]
        introduced += 1
      }
      // Never this feed itself: it introduces all but itself.
      guard let cited = place(replica, tip.seq, tip.tag) else { return .stays }
      if feeds[cited].applied < tip.seq { return .waits(on: cited) }
      context[cited] = max(context[cited], tip.seq)
    }
    var persons = feed.persons
    if case .new(let id) = header.person {
      if persons.contains(id) { return .stays }
      persons.append(id)
    }
    var next = feed.registers.count
    for change in header.changes {
      guard case .new(let name) = change.register else { continue }
      let number = number(of: name)
      if feed.hasIntroduced(number) { return .stays }
      feed.introduce(number)
    }
    feed.applied += 1
    let values = try values(of: entry)
    for (change, header) in header.changes.enumerated() {
      let register: Int32
      switch header.register {
      case .known(let known): register = feed.registers[known]
      case .new:
        register = feed.registers[next]
        next += 1
      }
      let write = BulkWrite(
        entry, values[change], strand: index, seq: feed.applied, change: UInt16(change), time: time)
      let kept = header.kept.compactMap { dot -> Dot? in
        guard let replica = dot.replica, let tag = dot.tag else { return Dot(strand: index, seq: dot.seq) }
        return place(replicas[replica], dot.seq, tag).map { Dot(strand: $0, seq: dot.seq) }
      }
      registers.apply(write, to: Int(register), context: context, kept: Set(kept))
    }
    context[index] = feed.applied
    feed.context = context
    feed.time = time
    (feed.replicas, feed.persons) = (replicas, persons)
    return .applied
  }

  /// The feed that holds the entry; nil where it is not here.
  private func place(_ replica: ReplicaID, _ seq: UInt32, _ tag: ChainTag) -> Int? {
    guard let found = places[replica], seq >= 1, Int(seq) <= feeds[found].entries.count else { return nil }
    return trust == .taken || feeds[found].tags[Int(seq) - 1] == tag ? found : nil
  }

  private mutating func number(of name: RegisterName) -> Int32 {
    if let known = numbers[name] { return known }
    let number = Int32(names.count)
    numbers[name] = number
    names.append(name)
    registers.add()
    return number
  }

  private func values(of entry: BulkEntry) throws -> [Range<UInt32>] {
    if entry.values == 1 { return [entry.body..<entry.bodyEnd] }
    var reader = ByteReader(ByteSpan(segments[Int(entry.segment)], Int(entry.body)..<Int(entry.bodyEnd)))
    return try (0..<Int(entry.values)).map { _ in
      let start = UInt32(reader.offset)
      try Value.skip(&reader)
      return start..<UInt32(reader.offset)
    }
  }
}
