/// A unit's path at birth (protocol §2): it never changes, whatever the unit is called or moved to later.
///
/// Stored as segments each followed by 0x00, so that a subtree is one contiguous range of keys. Typed and shown with
/// slashes: `school/cs/b1`. 1–8 segments of 1–64 bytes without blanks, control characters or `/`.
public struct UnitPath: Hashable, Comparable, Sendable {
  public let key: [UInt8]

  public static let depthLimit = 8
  public static let segmentByteLimit = 64

  /// nil unless `text` is a well-formed path.
  public init?(_ text: String) {
    // By scalars: a combining mark after the slash would hide it from a split by characters.
    let parts = text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...Self.depthLimit).contains(parts.count) else { return nil }
    var key: [UInt8] = []
    for part in parts {
      let utf8 = Array(String(part).utf8)
      guard (1...Self.segmentByteLimit).contains(utf8.count),
        !part.contains(where: { $0.properties.isWhitespace || $0.properties.generalCategory == .control })
      else { return nil }
      key += utf8 + [0]
    }
    self.key = key
  }

  /// From stored or received bytes.
  /// - Throws: ``CodecError`` unless ``init(_:)`` could have made them.
  public init(key: [UInt8]) throws(CodecError) {
    // Nearly every path is plain ASCII, and a hub reads thousands of them for an answer.
    if Self.isPlain(key) {
      self.init(unchecked: key)
      return
    }
    guard key.last == 0, let text = String(validating: key.dropLast(), as: UTF8.self),
      !key.contains(UInt8(ascii: "/")), let path = UnitPath(text.replacing("\0", with: "/")), path.key == key
    else { throw .invalid(what: "unit path", offset: 0) }
    self = path
  }

  /// True for well-formed keys of visible ASCII characters; false says nothing.
  private static func isPlain(_ key: [UInt8]) -> Bool {
    var (segments, length) = (0, 0)
    for byte in key {
      if byte == 0 {
        guard (1...segmentByteLimit).contains(length) else { return false }
        segments += 1
        length = 0
      } else {
        guard (0x21...0x7e).contains(byte), byte != UInt8(ascii: "/") else { return false }
        length += 1
      }
    }
    return length == 0 && (1...depthLimit).contains(segments)
  }

  private init(unchecked key: [UInt8]) {
    self.key = key
  }

  public var segments: [String] {
    key.dropLast().split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  public var depth: Int { key.count { $0 == 0 } }

  /// nil for the root.
  public var parent: UnitPath? {
    guard let end = key.dropLast().lastIndex(of: 0) else { return nil }
    return UnitPath(unchecked: Array(key[...end]))
  }

  /// The root first, this path last.
  public var lineage: [UnitPath] {
    (parent?.lineage ?? []) + [self]
  }

  /// True for the path itself and everything below it.
  public func contains(_ other: UnitPath) -> Bool {
    other.key.starts(with: key)
  }

  public func isAbove(_ other: UnitPath) -> Bool {
    other.key.count > key.count && contains(other)
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.key.lexicographicallyPrecedes(right.key)
  }
}

extension UnitPath: CustomStringConvertible {
  public var description: String { segments.joined(separator: "/") }
}
