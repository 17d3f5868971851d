import SyncModel

/// Comparing frontiers range by range (protocol §7), the same for client and server: what is said of a range, and what answers
/// what was said of it.
extension Replicator {
  /// Up to so many logs in scope the whole frontier goes as items at once: fewer rounds for more bytes.
  static let wholeItemLimit: UInt64 = 1000
  /// Of so many logs in a range their items are said …
  static let itemLimit: UInt64 = 6
  /// … and of so many a fingerprint each: as many bytes as 32 ranges with their bounds have.
  static let listLimit: UInt64 = 64
  /// Into so many a longer range is cut: between logs of one leaf and a million lie three rounds.
  static let splitCount = 32
  /// More logs than these are never compared with a list: the range is narrowed down first.
  private static let listAnswerLimit = 256
  /// Logs read at a time where all of a range are looked at.
  private static let logsAtATime = 512

  /// Says of `range` what this side holds there, so finely that the other can act upon it or narrow it down.
  ///
  /// - Parameter naming: false where no log may be named, to a peer of whom nothing is known.
  /// - Returns: from where on nothing was said, for want of room; nil where all was.
  func say(
    _ range: Exchange.KeyRange, into writer: inout RangeWriter, naming: Bool = true
  ) throws -> [UInt8]? {
    writer.skip(to: range.low)
    let view = try view()
    let total = try view.total(in: range)
    if naming, total.logs <= (view.whole.logs <= Self.wholeItemLimit ? Self.wholeItemLimit : Self.itemLimit) {
      return try sayItems(range, view, into: &writer)
    }
    let content: [Exchange.Range]
    if total.logs <= Self.listLimit {
      let list = try view.logs(in: range).map { LogTotal(item: $0.item, entries: 0).fingerprint(writer.ranges.salt) }
      content = [Exchange.Range(high: range.high, content: .logs(list))]
    } else {
      content = try view.split(range, holding: total, into: Self.splitCount).map {
        Exchange.Range(high: $0.high, content: .fingerprint($0.total.fingerprint(writer.ranges.salt)))
      }
    }
    return writer.append(content) ? nil : range.low
  }

  /// As many items as fit; a part of the range is said wholly.
  private func sayItems(
    _ range: Exchange.KeyRange, _ view: FrontierView, into writer: inout RangeWriter
  ) throws -> [UInt8]? {
    var items: [Exchange.FrontierItem] = []
    var bytes = 0
    for log in try view.logs(in: range).map(\.log) {
      guard let item = try item(of: log) else { continue }
      bytes += RangeWriter.byteCount(item)
      if bytes > RangeWriter.byteLimit, !items.isEmpty {
        let part = Exchange.Range(high: log.key, content: .items(items))
        return writer.append([part]) ? log.key : range.low
      }
      items.append(item)
    }
    return writer.append([Exchange.Range(high: range.high, content: .items(items))]) ? nil : range.low
  }

  /// Of feeds that were refused whole nothing is said: the peer would only ask for them again.
  private func item(of log: LogID) throws -> Exchange.FrontierItem? {
    guard let engine = try snapshot.heldEngine(for: log) else { return nil }
    let tips = engine.tips.filter { refused[Exchange.Feed(log: log, replica: $0.replica)] ?? .max > 1 }.map(\.tip)
    return Exchange.FrontierItem(log: log, tips: tips.sorted(), owed: UInt64(try engine.owed.count))
  }

  /// Answers what a peer says of ranges, in order: says more, or nothing, of each, and sends and asks where items tell what to.
  ///
  /// - Returns: from where on nothing was answered, for want of room; nil where all was.
  func answer(
    _ theirs: [(range: Exchange.KeyRange, content: Exchange.Range.Content)], into writer: inout RangeWriter,
    _ outgoing: inout Outgoing
  ) throws -> [UInt8]? {
    for (range, content) in theirs {
      writer.skip(to: range.low)
      let rest: [UInt8]?
      switch content {
      case .nothing: rest = nil
      case .fingerprint(let fingerprint):
        let isSame = try view().total(in: range).fingerprint(writer.ranges.salt) == fingerprint
        rest = isSame ? nil : try say(range, into: &writer)
      case .logs(let fingerprints): rest = try answer(fingerprints, of: range, into: &writer, &outgoing)
      case .items(let items): rest = try answer(items, in: range, into: &outgoing)
      }
      writer.skip(to: rest ?? range.high)
      if rest == nil, range.high.isEmpty { writer.finish() }
      if let rest { return rest }
    }
    return nil
  }

  /// Both lists are in the order of the keys, so what both hold alike stands in the same order in both: between two such
  /// neighbours something differs, or nothing is there.
  private func answer(
    _ theirs: [Exchange.Fingerprint], of range: Exchange.KeyRange, into writer: inout RangeWriter,
    _ outgoing: inout Outgoing
  ) throws -> [UInt8]? {
    let logs = try view().logs(in: range, limit: Self.listAnswerLimit + 1)
    if logs.count > Self.listAnswerLimit { return try say(range, into: &writer) }
    let places = Dictionary(theirs.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var next = 0
    var low = range.low
    var own: [Exchange.FrontierItem] = []
    func close(at place: Int, _ high: [UInt8]) throws -> Bool {
      if own.isEmpty, place == next { return true }
      writer.skip(to: low)
      return writer.append([Exchange.Range(high: high, content: .items(own))])
    }
    for (log, digest, _) in logs {
      let place = places[LogTotal(item: digest, entries: 0).fingerprint(writer.ranges.salt)]
      if let place, place >= next {
        guard try close(at: place, log.key) else { return low }
        next = place + 1
        low = log.key + [0]
        own = []
      } else if let item = try item(of: log) {
        try guess(log, into: &outgoing)
        own.append(item)
      }
    }
    return try close(at: theirs.count, range.high) ? nil : low
  }

  /// Sends what the peer's items of `range` lack, and asks for what they have that is not here.
  ///
  /// - Returns: the key from which on they were not looked at, for want of room; nil where all were.
  private func answer(
    _ items: [Exchange.FrontierItem], in range: Exchange.KeyRange, into outgoing: inout Outgoing
  ) throws -> [UInt8]? {
    let view = try view()
    var rest = range
    var theirs = items.filter { view.scope.contains($0.log) }[...]
    while true {
      let own = try view.logs(in: rest, limit: Self.logsAtATime).map(\.log)
      let last = own.count < Self.logsAtATime ? nil : own.last
      let inPart = theirs.prefix { item in last.map { item.log <= $0 } ?? true }
      theirs = theirs.dropFirst(inPart.count)
      let tips = Dictionary(inPart.map { ($0.log, $0.tips) }, uniquingKeysWith: { first, _ in first })
      for log in Set(own).union(tips.keys).sorted() {
        if outgoing.isFull { return log.key }
        try answer(tips[log] ?? [], of: log, into: &outgoing)
        if outgoing.budget.exhausted { return log.key }
      }
      guard let last else { return nil }
      rest.low = last.key + [0]
    }
  }

  private func answer(_ tips: [Tip], of log: LogID, into outgoing: inout Outgoing) throws {
    let held = Set(tips.map(\.replica))
    guard let engine = try snapshot.heldEngine(for: log) else {
      outgoing.wants += held.sorted().map { .whole($0, of: log) }
      return
    }
    let comparison = FeedComparison(engine: engine)
    try add(try comparison.plan(against: tips), of: log, to: &outgoing)
    outgoing.wants += try comparison.wantsOwed(except: []).filter { held.contains($0.tip.replica) }
  }
}
