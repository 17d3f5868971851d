/// Reads canonical bytes (protocol §1). Bounds-checked: any input, however hostile, either decodes or throws
/// ``CodecError``; it never traps and never allocates more than the input's own length.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  public private(set) var offset: Int
  private let end: Int

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    offset = 0
    end = bytes.count
  }

  public init(_ slice: ArraySlice<UInt8>) {
    self.init(Array(slice))
  }

  /// Offsets count from the start of the whole.
  public init(_ span: ByteSpan) {
    bytes = span.whole
    offset = span.range.lowerBound
    end = span.range.upperBound
  }

  public var remaining: Int { end - offset }
  public var isAtEnd: Bool { offset == end }

  /// - Throws: ``CodecError/trailingBytes(offset:)`` unless everything was read.
  public func finish() throws(CodecError) {
    if !isAtEnd { throw .trailingBytes(offset: offset) }
  }

  public mutating func byte() throws(CodecError) -> UInt8 {
    guard offset < end else { throw .truncated(offset: offset) }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// A byte that is 0 or 1.
  public mutating func flag(_ what: String) throws(CodecError) -> Bool {
    let start = offset
    let value = try byte()
    if value > 1 { throw .nonCanonical(what: what, offset: start) }
    return value == 1
  }

  public mutating func varint() throws(CodecError) -> UInt64 {
    // Nearly all are of one byte.
    if offset < end, bytes[offset] < 0x80 {
      defer { offset += 1 }
      return UInt64(bytes[offset])
    }
    return try longVarint()
  }

  private mutating func longVarint() throws(CodecError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard offset < end else { throw .truncated(offset: start) }
      let next = bytes[offset]
      offset += 1
      if shift == 63, next > 1 { throw .nonCanonicalVarint(offset: start) }
      value |= UInt64(next & 0x7f) << shift
      if next < 0x80 {
        if next == 0, shift > 0 { throw .nonCanonicalVarint(offset: start) }
        return value
      }
      shift += 7
    }
  }

  public mutating func zigzag() throws(CodecError) -> Int64 {
    let raw = try varint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// A varint no larger than `limit`, as an `Int`.
  public mutating func count(_ what: String, limit: Int) throws(CodecError) -> Int {
    let value = try varint()
    if value > UInt64(limit) { throw .limitExceeded(what: what, value: value, limit: UInt64(limit)) }
    return Int(value)
  }

  public mutating func bigEndian() throws(CodecError) -> UInt64 {
    guard remaining >= 8 else { throw .truncated(offset: offset) }
    var value: UInt64 = 0
    for index in offset..<offset + 8 { value = value << 8 | UInt64(bytes[index]) }
    offset += 8
    return value
  }

  public mutating func raw(_ length: Int) throws(CodecError) -> [UInt8] {
    guard length >= 0, remaining >= length else { throw .truncated(offset: offset) }
    defer { offset += length }
    return Array(bytes[offset..<offset + length])
  }

  public mutating func lengthPrefixed(_ what: String, limit: Int) throws(CodecError) -> [UInt8] {
    try raw(count(what, limit: limit))
  }

  public mutating func skip(_ length: Int) throws(CodecError) {
    guard length >= 0, remaining >= length else { throw .truncated(offset: offset) }
    offset += length
  }

  /// Where length-prefixed bytes stand, without copying them.
  public mutating func span(_ what: String, limit: Int) throws(CodecError) -> Range<Int> {
    let length = try count(what, limit: limit)
    let start = offset
    try skip(length)
    return start..<offset
  }

  /// Goes back to an earlier ``offset``.
  mutating func rewind(to start: Int) {
    precondition(start <= offset, "only back")
    offset = start
  }

  /// Whether the bytes of `span` are well-formed UTF-8.
  func isText(_ span: Range<Int>) -> Bool {
    bytes.withUnsafeBytes { UTF8Check.isText(UnsafeRawBufferPointer(rebasing: $0[span])) }
  }

  public mutating func text(_ what: String, limit: Int) throws(CodecError) -> String {
    let start = offset
    let utf8 = try lengthPrefixed(what, limit: limit)
    guard let text = String(validating: utf8, as: UTF8.self) else { throw .invalidText(offset: start) }
    return text
  }

  public mutating func id<Tag>() throws(CodecError) -> Identifier<Tag> {
    Identifier(high: try bigEndian(), low: try bigEndian())
  }

  public mutating func digest() throws(CodecError) -> Digest256 {
    Digest256(a: try bigEndian(), b: try bigEndian(), c: try bigEndian(), d: try bigEndian())
  }

  public mutating func tag() throws(CodecError) -> ChainTag {
    ChainTag(rawValue: try bigEndian())
  }

  /// The bytes from `start` up to here: what a nested value was read from.
  public func consumed(since start: Int) -> [UInt8] {
    Array(bytes[start..<offset])
  }
}
