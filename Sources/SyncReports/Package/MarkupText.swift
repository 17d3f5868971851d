/// The text of an XML part as UTF-8 behind our own declaration, safe to hand to the parser.
///
/// Parts of an office document are UTF-8 or UTF-16 (ECMA-376-2 §7.2.3.2). Decoding happens here, and the part's
/// declaration and byte order mark give way to ours: the parser guesses from the first bytes and believes what stands
/// there, and may not be talked into an encoding in which a document type would look like plain text.
///
/// What crashes it is refused, though some of it is XML: zero bytes in front, which libxml2 takes for UCS-4, and processing
/// instructions, which FoundationXML on Linux reads as if each had a text (`<?a?>` has none).
enum MarkupText {
  private static let declaration = Array("<?xml version=\"1.0\"?>".utf8)

  static func utf8(_ bytes: [UInt8], part: String) throws(ImportError) -> [UInt8] {
    guard var text = decode(bytes) else { throw .malformedMarkup(part: part, "文字编码不是 UTF-8 或 UTF-16") }
    if text.starts(with: "<?xml".utf8) {
      guard let end = text.firstRange(of: Array("?>".utf8)) else {
        throw .malformedMarkup(part: part, "XML 声明不完整")
      }
      guard declaresUnicode(text[..<end.lowerBound]) else {
        throw .malformedMarkup(part: part, "文字编码不是 UTF-8 或 UTF-16")
      }
      text.removeSubrange(..<end.upperBound)
    }
    if has("!", text, unless: "-[") { throw .forbiddenMarkup(part: part) }
    if has("?", text) { throw .malformedMarkup(part: part, "含有处理指令“<?”") }
    if text.contains(where: isForbidden) { throw .malformedMarkup(part: part, "含有 XML 不允许的字符") }
    return declaration + text
  }

  /// What XML 1.0 §2.2 leaves out of ASCII, the zero byte first of all.
  private static func isForbidden(_ byte: UInt8) -> Bool {
    byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D
  }

  private static func decode(_ bytes: [UInt8]) -> [UInt8]? {
    switch (bytes.first, bytes.dropFirst().first) {
    case (0xFF, 0xFE): utf16(bytes.dropFirst(2), highFirst: false)
    case (0xFE, 0xFF): utf16(bytes.dropFirst(2), highFirst: true)
    case (0x3C, 0x00): utf16(bytes[...], highFirst: false)
    case (0x00, 0x3C): utf16(bytes[...], highFirst: true)
    default:
      String(validating: bytes.dropFirst(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0), as: UTF8.self)
        .map { Array($0.utf8) }
    }
  }

  private static func utf16(_ bytes: ArraySlice<UInt8>, highFirst: Bool) -> [UInt8]? {
    guard bytes.count.isMultiple(of: 2) else { return nil }
    let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { index in
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      return highFirst ? first << 8 | second : second << 8 | first
    }
    return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
  }

  /// True where the XML declaration names UTF-8 or UTF-16, or no encoding.
  private static func declaresUnicode(_ declaration: ArraySlice<UInt8>) -> Bool {
    guard let name = declaration.firstRange(of: Array("encoding".utf8)) else { return true }
    let value = declaration[name.upperBound...].drop { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }.dropFirst()
    let encoding = String(decoding: value.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }, as: UTF8.self)
    return ["utf-8", "utf8", "utf-16", "utf16", "us-ascii"].contains(encoding.lowercased())
  }

  /// True where `<` and `mark` stand together and nothing of `exceptions` follows. With `!` that is a DOCTYPE, or an
  /// ENTITY within one, and no comment or CDATA; with `?` a processing instruction. Such words inside a comment count
  /// too; no office program writes them.
  private static func has(_ mark: Unicode.Scalar, _ text: [UInt8], unless exceptions: String = "") -> Bool {
    let second = UInt8(ascii: mark)
    var previous: UInt8 = 0
    for (index, byte) in text.enumerated() {
      if byte == second, previous == UInt8(ascii: "<") {
        guard index + 1 < text.count, exceptions.utf8.contains(text[index + 1]) else { return true }
      }
      previous = byte
    }
    return false
  }
}
