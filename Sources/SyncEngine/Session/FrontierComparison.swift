import SyncModel

/// Where the calling side stands in comparing its frontier with a peer's, range by range (protocol §7). The peer keeps
/// nothing of it.
struct FrontierComparison {
  private(set) var salt: UInt64 = .random(in: .min ... .max)
  /// Of which nothing was said yet, or nothing answered.
  private var pending: KeySet = .all
  /// What the message under way says.
  private var asked: Exchange.Ranges?
  /// Ranges that the message under way acts upon: it sends what the peer lacked there and asks for what is lacked here.
  private var acted = KeySet()
  /// What the last answer says, to be answered by the next message.
  private var heard: [(range: Exchange.KeyRange, content: Exchange.Range.Content)] = []
  /// From where on the peer did not look the last time.
  private var stop: [UInt8]?

  /// Takes an answer in.
  /// - Parameter stood: nothing moved on either side since the answer before.
  mutating func take(_ answer: Exchange, stood: Bool) {
    let theirs = answer.ranges.map { Exchange.KeyRange(low: $0.low, high: $0.end) }
    if asked != nil || theirs != nil { resume(from: theirs, stood: stood) }
    if let theirs { pending.subtract(theirs) }
    if answer.more { pending.insert(acted) }
    acted = KeySet()
    asked = nil
    // Without a question it was the peer who drew it.
    if let ranges = answer.ranges { salt = ranges.salt }
    heard = answer.ranges?.ranges.filter { $0.content != .nothing } ?? []
  }

  /// What was asked and not looked at stays to be compared. Where the peer stops at one log again and again, that log is left
  /// out: it is sent what is refused here, or refuses itself.
  private mutating func resume(from theirs: Exchange.KeyRange?, stood: Bool) {
    let before = stop
    stop = nil
    for (range, content) in asked?.ranges ?? [] where content != .nothing {
      guard let theirs else {
        pending.insert(range)
        continue
      }
      guard !theirs.high.isEmpty,
        let rest = range.intersection(Exchange.KeyRange(low: theirs.high, high: []))
      else { continue }
      if stop == nil { stop = rest.low }
      let isStuck = stood && stop == before && stop == rest.low
      pending.insert(isStuck ? Exchange.KeyRange(low: rest.low + [0], high: rest.high) : rest)
    }
  }

  /// Says in one message as much as fits of what is left.
  /// - Parameter naming: false to a peer of whom nothing is known.
  /// - Returns: nil where nothing is left to be said.
  mutating func say(
    _ replicator: Replicator, into outgoing: inout Replicator.Outgoing, naming: Bool = true
  ) throws -> Exchange.Ranges? {
    let work =
      (pending.ranges.map { (range: $0, content: Exchange.Range.Content?.none) }
      + heard.map { (range: $0.range, content: $0.content) })
      .sorted { $0.range.low.lexicographicallyPrecedes($1.range.low) }
    pending = KeySet()
    heard = []
    guard let low = work.first?.range.low else { return nil }
    var writer = RangeWriter(salt: salt, low: low)
    for (range, content) in work {
      var rest: Exchange.KeyRange? = range
      if let content {
        let from = try replicator.answer([(range, content)], into: &writer, &outgoing)
        rest = from.map { Exchange.KeyRange(low: $0, high: range.high) }
        if case .items = content { acted.insert(Exchange.KeyRange(low: range.low, high: from ?? range.high)) }
      }
      // What this message has no room to act upon is said again: the peer may have something else to say then.
      if let left = rest {
        rest = try replicator.say(left, into: &writer, naming: naming).map {
          Exchange.KeyRange(low: $0, high: range.high)
        }
      }
      if let rest { pending.insert(rest) }
    }
    if writer.ranges.isSilent { return nil }
    asked = writer.ranges
    return writer.ranges
  }
}
