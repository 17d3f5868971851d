import SyncModel

/// The ranges of one message as they grow, within its bounds (protocol §7).
struct RangeWriter {
  private(set) var ranges: Exchange.Ranges
  private var bytes = 0
  private var elements = 0

  /// Bytes of ranges in one message, about: what the budget keeps free for them.
  static let byteLimit = 96 << 10
  /// A tip that introduces its replica.
  static let tipBytes = 30

  /// - Parameter salt: drawn afresh, or the one that is answered.
  init(salt: UInt64, low: [UInt8]) {
    ranges = Exchange.Ranges(salt: salt, low: low)
  }

  /// Up to where something was said.
  var end: [UInt8] { ranges.end }
  var isEmpty: Bool { ranges.list.isEmpty }

  /// Says nothing of what lies between the last bound and `low`.
  mutating func skip(to low: [UInt8]) {
    if !ranges.isOpen, end.lexicographicallyPrecedes(low) { ranges.append(.nothing, below: low) }
  }

  /// Says nothing of all that follows.
  mutating func finish() {
    if !ranges.isOpen { ranges.append(.nothing, below: []) }
  }

  /// - Returns: false where these do not fit any more; the first of a message always do.
  mutating func append(_ new: [Exchange.Range]) -> Bool {
    let size = new.reduce(0) { $0 + Self.byteCount($1) }
    let count = new.reduce(0) { $0 + Self.elementCount($1.content) }
    // One more may be said to be nothing of, before and behind.
    let fits =
      bytes + size <= Self.byteLimit && elements + count <= Exchange.Ranges.elementLimit
      && ranges.list.count + new.count + 2 <= Exchange.Ranges.rangeLimit
    guard fits || ranges.isSilent else { return false }
    bytes += size
    elements += count
    for range in new { ranges.append(range.content, below: range.high) }
    return true
  }

  private static func byteCount(_ range: Exchange.Range) -> Int {
    switch range.content {
    case .nothing, .fingerprint: 16
    case .logs(let fingerprints): 16 + fingerprints.count * Exchange.Fingerprint.byteCount
    case .items(let items): 16 + items.reduce(0) { $0 + byteCount($1) }
    }
  }

  static func byteCount(_ item: Exchange.FrontierItem) -> Int { 16 + item.tips.count * tipBytes }

  private static func elementCount(_ content: Exchange.Range.Content) -> Int {
    switch content {
    case .nothing, .fingerprint: 0
    case .logs(let fingerprints): fingerprints.count
    case .items(let items): items.count
    }
  }
}
