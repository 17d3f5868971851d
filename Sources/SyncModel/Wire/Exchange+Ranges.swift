/// What a sender holds of a stretch of the ordered logs, said range by range (protocol §7).
extension Exchange {
  public struct Ranges: Hashable, Sendable {
    /// Enters every fingerprint: drawn afresh for each comparison, so that nobody who writes entries can foresee one.
    public var salt: UInt64
    /// Where the first range begins.
    public var low: [UInt8]
    /// Each from the bound before on; at least one.
    public private(set) var list: [Range]

    /// Ranges in one message, and items and fingerprints in all of them together.
    public static let rangeLimit = 4096
    public static let elementLimit = 65_536

    public init(salt: UInt64, low: [UInt8] = [], _ list: [Range] = []) {
      self.salt = salt
      self.low = low
      self.list = list
    }

    /// Up to where something is said; an empty bound is open.
    public var end: [UInt8] { list.last?.high ?? low }

    /// True once the last range is open: nothing can follow.
    public var isOpen: Bool { list.last?.high.isEmpty ?? false }

    /// Adds what is said from the last bound up to `high`. Two ranges of which nothing is said become one.
    public mutating func append(_ content: Range.Content, below high: [UInt8]) {
      if case .nothing = content, case .nothing? = list.last?.content {
        list[list.count - 1].high = high
      } else {
        list.append(Range(high: high, content: content))
      }
    }

    /// Every range with where it begins.
    public var ranges: [(range: KeyRange, content: Range.Content)] {
      var low = low
      return list.map { range in
        defer { low = range.high }
        return (KeyRange(low: low, high: range.high), range.content)
      }
    }

    /// True where nothing is said of any log.
    public var isSilent: Bool { list.allSatisfy { $0.content == .nothing } }
  }

  /// What is said of the logs below a bound.
  public struct Range: Hashable, Sendable {
    /// The bound; empty where it is open.
    public var high: [UInt8]
    public var content: Content

    public init(high: [UInt8], content: Content) {
      self.high = high
      self.content = content
    }

    public enum Content: Hashable, Sendable {
      case nothing
      /// Over all logs of the range.
      case fingerprint(Fingerprint)
      /// Over each log alone, in key order.
      case logs([Fingerprint])
      /// Every log that the sender holds anything of.
      case items([FrontierItem])
    }
  }

  /// The first five bytes of a salted hash over a sum of item digests and their number.
  public struct Fingerprint: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64

    public static let byteCount = 5

    /// Only the lowest 40 bits count.
    public init(rawValue: UInt64) { self.rawValue = rawValue & (1 << 40 - 1) }
  }
}

extension Exchange.Ranges {
  private enum Mode: Int {
    case nothing = 0, fingerprint, logs, items
  }

  func write(to writer: inout ByteWriter) {
    writer.bigEndian(salt)
    writer.lengthPrefixed(low)
    writer.varint(list.count)
    var names = NameCoder(low)
    for range in list {
      func bound(_ mode: Mode) {
        let shared = range.high.isEmpty ? 0 : names.shared(with: range.high)
        writer.varint(shared * 4 + mode.rawValue)
        writer.lengthPrefixed(range.high[shared...])
        if !range.high.isEmpty { names.last = range.high }
      }
      switch range.content {
      case .nothing: bound(.nothing)
      case .fingerprint(let fingerprint):
        bound(.fingerprint)
        writer.fingerprint(fingerprint)
      case .logs(let fingerprints):
        bound(.logs)
        writer.varint(fingerprints.count)
        for fingerprint in fingerprints { writer.fingerprint(fingerprint) }
      case .items(let items):
        bound(.items)
        writer.varint(items.count)
        for item in items {
          names.write(item.log, to: &writer)
          writer.varint(item.tips.count * 2 + (item.owed > 0 ? 1 : 0))
          for tip in item.tips {
            names.write(tip.replica, to: &writer)
            writer.varint(UInt64(tip.seq))
            writer.tag(tip.tag)
          }
          if item.owed > 0 { writer.varint(item.owed) }
        }
      }
    }
  }

  init(from reader: inout ByteReader) throws(CodecError) {
    self.init(salt: try reader.bigEndian(), low: try reader.lengthPrefixed("low", limit: LogID.keyByteLimit))
    let count = try reader.count("ranges", limit: min(Self.rangeLimit, reader.remaining))
    if count == 0 { throw .nonCanonical(what: "empty part", offset: reader.offset) }
    var names = NameCoder(low)
    var elements = 0
    for _ in 0..<count {
      let start = reader.offset
      if isOpen { throw .nonCanonical(what: "range after the open one", offset: start) }
      let first = try reader.count("bound", limit: LogID.keyByteLimit * 4 + 3)
      guard let mode = Mode(rawValue: first % 4) else { throw .invalid(what: "mode", offset: start) }
      let suffix = try reader.lengthPrefixed("bound", limit: LogID.keyByteLimit)
      var high: [UInt8] = []
      if first >= 4 || !suffix.isEmpty {
        high = try names.join(first / 4, suffix, at: start)
        guard end.lexicographicallyPrecedes(high) else { throw .nonCanonical(what: "bound order", offset: start) }
      }
      let range = Exchange.KeyRange(low: end, high: high)
      func size(_ what: String) throws(CodecError) -> Int {
        let count = try reader.count(what, limit: min(Self.elementLimit - elements, reader.remaining))
        elements += count
        return count
      }
      let content: Exchange.Range.Content
      switch mode {
      case .nothing:
        if case .nothing? = list.last?.content { throw .nonCanonical(what: "nothing twice", offset: start) }
        content = .nothing
      case .fingerprint: content = .fingerprint(try reader.fingerprint())
      case .logs:
        var fingerprints: [Exchange.Fingerprint] = []
        for _ in 0..<(try size("fingerprints")) { fingerprints.append(try reader.fingerprint()) }
        content = .logs(fingerprints)
      case .items:
        var items: [Exchange.FrontierItem] = []
        for _ in 0..<(try size("items")) {
          let item = try Self.item(from: &reader, &names)
          guard range.contains(item.log.key), items.last.map({ $0.log < item.log }) ?? true else {
            throw .nonCanonical(what: "item order", offset: reader.offset)
          }
          items.append(item)
        }
        content = .items(items)
      }
      append(content, below: high)
    }
    try reader.finish()
  }

  private static func item(
    from reader: inout ByteReader, _ names: inout NameCoder
  ) throws(CodecError) -> Exchange.FrontierItem {
    let log = try names.log(from: &reader)
    let head = try reader.count("tips", limit: reader.remaining / 10 * 2 + 1)
    var tips: [Tip] = []
    for _ in 0..<head / 2 {
      let replica = try names.replica(from: &reader)
      let tip = Tip(replica: replica, seq: try reader.seq(), tag: try reader.tag())
      if let last = tips.last, tip <= last { throw .nonCanonical(what: "tip order", offset: reader.offset) }
      tips.append(tip)
    }
    var owed: UInt64 = 0
    if head % 2 == 1 {
      owed = try reader.varint()
      if owed == 0 { throw .nonCanonical(what: "owed", offset: reader.offset) }
    }
    return Exchange.FrontierItem(log: log, tips: tips, owed: owed)
  }
}

extension ByteWriter {
  mutating func fingerprint(_ value: Exchange.Fingerprint) {
    for shift in stride(from: 32, through: 0, by: -8) {
      byte(UInt8(truncatingIfNeeded: value.rawValue >> UInt64(shift)))
    }
  }
}

extension ByteReader {
  mutating func fingerprint() throws(CodecError) -> Exchange.Fingerprint {
    Exchange.Fingerprint(rawValue: try raw(Exchange.Fingerprint.byteCount).reduce(0) { $0 << 8 | UInt64($1) })
  }
}
