import SyncModel

/// Markup as bytes. What somebody typed goes through ``text(_:)`` and is never anything but text.
struct MarkupBuffer {
  private(set) var bytes: [UInt8] = []

  /// Markup of our own.
  mutating func raw(_ markup: String) { bytes.append(contentsOf: markup.utf8) }

  /// Safe between tags and in quoted attributes. What nobody sees, or XML 1.0 §2.2 does not allow, becomes `\u{1B}`.
  mutating func text(_ text: some StringProtocol) {
    for byte in VisibleText.paragraphs(String(text)).utf8 {
      switch byte {
      case UInt8(ascii: "&"): raw("&amp;")
      case UInt8(ascii: "<"): raw("&lt;")
      // Not needed but in `]]>`.
      case UInt8(ascii: ">"): raw("&gt;")
      case UInt8(ascii: "\""): raw("&quot;")
      // A bare one would be read as a line feed.
      case 0x0D: raw("&#13;")
      // Vertical tab and form feed: line ends that XML does not know.
      case 0x0B, 0x0C: raw("\n")
      default: bytes.append(byte)
      }
    }
  }

  /// What was gathered; begins anew.
  mutating func take() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  /// `text` as other libraries may be handed it.
  static func allowed(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isForbidden) else { return text }
    var allowed = String.UnicodeScalarView()
    allowed.append(contentsOf: text.unicodeScalars.map { isForbidden($0) ? "\u{FFFD}" : $0 })
    return String(allowed)
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: false
    case 0..<0x20, 0xFFFE, 0xFFFF: true
    default: false
    }
  }
}
