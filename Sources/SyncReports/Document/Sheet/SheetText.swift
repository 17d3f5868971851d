/// Text as SpreadsheetML has it (ECMA-376-1 §22.9.2.19): `_x0041_` is an escape there and means `A`.
enum SheetText {
  private static let underscore = UInt8(ascii: "_")
  /// An escaped underscore.
  private static let escape = Array("_x005F_".utf8)

  /// What is read again as `text`; what XML does not allow becomes U+FFFD.
  static func escaped(_ text: String) -> String {
    let allowed = MarkupBuffer.allowed(text)
    guard allowed.utf8.contains(underscore) else { return allowed }
    let bytes = Array(allowed.utf8)
    var escaped: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      // The underscore alone is escaped: the last of one escape may be the first of another.
      if beginsEscape(bytes[index...]) { escaped += escape } else { escaped.append(byte) }
    }
    return String(decoding: escaped, as: UTF8.self)
  }

  /// What an escaped text means. An escape that would mean a control character stays as it is written.
  static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(underscore) else { return text }
    return text.replacing(#/_x([0-9A-Fa-f]{4})_/#) { match in
      guard let value = UInt32(match.1, radix: 16), let scalar = Unicode.Scalar(value),
        value >= 0x20 && value != 0x7F || [0x09, 0x0A, 0x0D].contains(value)
      else { return String(match.0) }
      return String(scalar)
    }
  }

  private static func beginsEscape(_ bytes: ArraySlice<UInt8>) -> Bool {
    let piece = bytes.prefix(escape.count)
    guard piece.count == escape.count, piece.first == underscore, piece.last == underscore else { return false }
    return piece.dropFirst().first == UInt8(ascii: "x")
      && piece.dropFirst(2).dropLast().allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
  }
}
