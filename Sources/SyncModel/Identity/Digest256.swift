/// A SHA-256 digest as four big-endian words: a fixed-size value, ordered as its bytes are.
public struct Digest256: Hashable, Comparable, Sendable {
  public let a, b, c, d: UInt64

  public static let byteCount = 32

  public init(a: UInt64, b: UInt64, c: UInt64, d: UInt64) {
    self.a = a
    self.b = b
    self.c = c
    self.d = d
  }

  /// nil unless `bytes` holds exactly 32 bytes.
  public init?(bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard bytes.count == Self.byteCount, let digest = try? reader.digest() else { return nil }
    self = digest
  }

  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: Self.byteCount)
    writer.digest(self)
    return writer.bytes
  }

  /// The first 8 bytes: what names an entry outside its own chain.
  public var tag: ChainTag { ChainTag(rawValue: a) }

  public static func < (left: Self, right: Self) -> Bool {
    (left.a, left.b, left.c, left.d) < (right.a, right.b, right.c, right.d)
  }
}

extension Digest256: CustomStringConvertible {
  /// 64 hexadecimal digits.
  public var description: String { Hex.encode(bytes) }

  /// The first 8 of them: enough for people to tell files apart.
  public var short: String { String(description.prefix(8)) }
}

/// The first 8 bytes of a chain hash (protocol §4): together with (replica, seq) it names one entry even where a feed
/// has forked.
public struct ChainTag: Hashable, Comparable, Sendable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
