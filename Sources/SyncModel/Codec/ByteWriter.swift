/// Appends canonical bytes (protocol §1): unsigned LEB128 varints, zig-zag signed varints, fixed-width big-endian
/// integers, and length-prefixed bytes.
public struct ByteWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init(capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  /// Goes on writing behind `bytes`, without copying them where the caller lets go of its own.
  public init(appendingTo bytes: consuming [UInt8]) {
    self.bytes = bytes
  }

  public mutating func byte(_ value: UInt8) {
    bytes.append(value)
  }

  /// The shortest LEB128 form: 7 bits a byte, least significant first, at most 10 bytes.
  public mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  public mutating func varint(_ value: Int) {
    precondition(value >= 0, "a count is never negative")
    varint(UInt64(value))
  }

  /// Zig-zag: 0, -1, 1, -2, … become 0, 1, 2, 3, ….
  public mutating func zigzag(_ value: Int64) {
    varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  public mutating func bigEndian(_ value: UInt64) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// Bytes as they are, without a length.
  public mutating func raw(_ value: some Sequence<UInt8>) {
    bytes.append(contentsOf: value)
  }

  /// A varint length, then the bytes.
  public mutating func lengthPrefixed(_ value: some Collection<UInt8>) {
    varint(value.count)
    bytes.append(contentsOf: value)
  }

  /// A varint length in bytes, then UTF-8.
  public mutating func text(_ value: String) {
    lengthPrefixed(value.utf8)
  }

  public mutating func id<Tag>(_ value: Identifier<Tag>) {
    bigEndian(value.high)
    bigEndian(value.low)
  }

  public mutating func digest(_ value: Digest256) {
    bigEndian(value.a)
    bigEndian(value.b)
    bigEndian(value.c)
    bigEndian(value.d)
  }

  public mutating func tag(_ value: ChainTag) {
    bigEndian(value.rawValue)
  }
}
