import SyncModel

/// Item digests added up modulo 2²⁵⁶ (protocol §7), how many, and how many entries stand behind them.
///
/// Adding is commutative and can be undone; two different sets of items with one sum cannot be found on purpose as long as
/// SHA-256 holds and nobody may choose thousands of digests freely, and a number beside it makes it harder still.
struct LogTotal: Hashable, Sendable {
  private(set) var sum = Digest256(a: 0, b: 0, c: 0, d: 0)
  private(set) var logs: UInt64 = 0
  private(set) var entries: UInt64 = 0

  static let zero = LogTotal()

  init() {}

  /// One log.
  init(item: Digest256, entries: Int) {
    sum = item
    logs = 1
    self.entries = UInt64(entries)
  }

  private init(sum: Digest256, logs: UInt64, entries: UInt64) {
    self.sum = sum
    self.logs = logs
    self.entries = entries
  }

  static func += (left: inout Self, right: Self) {
    left.sum = left.sum &+ right.sum
    left.logs &+= right.logs
    left.entries &+= right.entries
  }

  static func -= (left: inout Self, right: Self) {
    left.sum = left.sum &- right.sum
    left.logs &-= right.logs
    left.entries &-= right.entries
  }

  static let byteCount = Digest256.byteCount + 16

  func write(to writer: inout ByteWriter) {
    writer.digest(sum)
    writer.bigEndian(logs)
    writer.bigEndian(entries)
  }

  /// - Parameter offset: ``byteCount`` bytes follow it.
  fileprivate init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    func word(_ index: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + index * 8, as: UInt64.self))
    }
    self.init(sum: Digest256(a: word(0), b: word(1), c: word(2), d: word(3)), logs: word(4), entries: word(5))
  }
}

extension LogTotal {
  /// What two peers compare to learn in 32 bytes that they hold the same.
  var scopeDigest: Digest256 { Hashing.labelled(.scope, comparedBytes) }

  func fingerprint(_ salt: UInt64) -> Exchange.Fingerprint {
    var writer = ByteWriter(capacity: 8)
    writer.bigEndian(salt)
    return Exchange.Fingerprint(rawValue: Hashing.labelled(.range, writer.bytes, comparedBytes).a >> 24)
  }

  private var comparedBytes: [UInt8] {
    var writer = ByteWriter(capacity: Digest256.byteCount + 8)
    writer.digest(sum)
    writer.bigEndian(logs)
    return writer.bytes
  }
}

/// Totals of a stretch of logs, by channel.
struct ChannelTotals: Hashable, Sendable {
  private var totals = Array(repeating: LogTotal.zero, count: Channel.allCases.count)

  init() {}

  subscript(channel: Channel) -> LogTotal {
    get { totals[Int(channel.rawValue) - 1] }
    set { totals[Int(channel.rawValue) - 1] = newValue }
  }

  static func += (left: inout Self, right: Self) {
    for index in left.totals.indices { left.totals[index] += right.totals[index] }
  }

  /// The sum over some channels of a row as it is stored: only what is asked for is read.
  /// - Throws: ``WorkspaceError/damaged(_:)``.
  static func total(of channels: ChannelSet, in bytes: [UInt8]) throws -> LogTotal {
    guard bytes.count == Channel.allCases.count * LogTotal.byteCount else { throw WorkspaceError.damaged("log_sum") }
    return bytes.withUnsafeBytes { bytes in
      var total = LogTotal.zero
      for channel in Channel.allCases where channels.contains(channel) {
        total += LogTotal(bytes, at: (Int(channel.rawValue) - 1) * LogTotal.byteCount)
      }
      return total
    }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: totals.count * LogTotal.byteCount)
    for total in totals { total.write(to: &writer) }
    return writer.bytes
  }

  /// - Throws: ``WorkspaceError/damaged(_:)``.
  init(bytes: [UInt8]) throws {
    for channel in Channel.allCases { self[channel] = try Self.total(of: ChannelSet(channel), in: bytes) }
  }
}

extension Digest256 {
  /// As big-endian numbers, modulo 2²⁵⁶.
  static func &+ (left: Self, right: Self) -> Self {
    let (d, first) = left.d.addingReportingOverflow(right.d)
    let (c, second) = left.c.adding(right.c, carry: first)
    let (b, third) = left.b.adding(right.b, carry: second)
    return Self(a: left.a.adding(right.a, carry: third).sum, b: b, c: c, d: d)
  }

  static func &- (left: Self, right: Self) -> Self {
    // −x = ~x + 1
    left &+ Self(a: ~right.a, b: ~right.b, c: ~right.c, d: ~right.d) &+ Self(a: 0, b: 0, c: 0, d: 1)
  }
}

extension UInt64 {
  fileprivate func adding(_ other: UInt64, carry: Bool) -> (sum: UInt64, carry: Bool) {
    let (sum, first) = addingReportingOverflow(other)
    let (whole, second) = sum.addingReportingOverflow(carry ? 1 : 0)
    return (whole, first || second)
  }
}
