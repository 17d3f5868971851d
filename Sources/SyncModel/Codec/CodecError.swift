/// Why bytes from a file or a peer are not a canonical encoding (protocol §1).
///
/// Every case is an input error: the bytes are refused and nothing of them is kept.
public enum CodecError: Error, Hashable, Sendable {
  /// The input ended inside a value that starts at `offset`.
  case truncated(offset: Int)
  /// A varint used more bytes than needed, or does not fit 64 bits.
  case nonCanonicalVarint(offset: Int)
  /// A length or count exceeds its named limit or what is left of the input.
  case limitExceeded(what: String, value: UInt64, limit: UInt64)
  /// The bytes decode, but another encoding of the same value is the canonical one.
  case nonCanonical(what: String, offset: Int)
  /// A text is not valid UTF-8.
  case invalidText(offset: Int)
  /// A field has a value outside its range.
  case invalid(what: String, offset: Int)
  /// Bytes are left over after the last field.
  case trailingBytes(offset: Int)
  /// A version, suite, flag or form that a newer release introduced; the bytes may be stored and forwarded unread.
  case needsNewerVersion(what: String, value: UInt64)
}
