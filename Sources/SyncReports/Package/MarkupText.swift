import Foundation

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

  static func utf8(_ bytes: [UInt8], part: String) throws(ImportError) -> Data {
    guard var text = decode(bytes) else { throw .malformedMarkup(part: part, "文字编码不是 UTF-8 或 UTF-16") }
    if text.starts(with: "<?xml".utf8) {
      guard let end = text.firstRange(of: Array("?>".utf8)) else {
        throw .malformedMarkup(part: part, "XML 声明不完整")
      }
      guard declaresUnicode(text[..<end.lowerBound]) else {
        throw .malformedMarkup(part: part, "文字编码不是 UTF-8 或 UTF-16")
      }
      text = text[end.upperBound...]
    }
    switch text.withUnsafeBufferPointer(fault) {
    case .documentType: throw .forbiddenMarkup(part: part)
    case .instruction: throw .malformedMarkup(part: part, "含有处理指令“<?”")
    case .character: throw .malformedMarkup(part: part, "含有 XML 不允许的字符")
    case .attributes: throw .tooLarge("一个标记的属性", limit: "\(attributeLimit) 个")
    case nil: break
    }
    // One copy for the parser, whatever the size.
    var data = Data(capacity: declaration.count + text.count)
    data.append(contentsOf: declaration)
    text.withUnsafeBufferPointer { data.append($0) }
    return data
  }

  private enum Fault {
    case documentType, instruction, character, attributes
  }

  /// Attributes of one tag; each costs the parser a look at all others. A document's root has some forty.
  private static let attributeLimit = 256

  /// What must not reach the parser, the gravest first: a DOCTYPE, or an ENTITY within one, which is `<!` before anything
  /// but a comment or CDATA; a processing instruction; what XML 1.0 §2.2 leaves out of ASCII, the zero byte first of all.
  /// Such words inside a comment count too; no office program writes them.
  private static func fault(in text: UnsafeBufferPointer<UInt8>) -> Fault? {
    var found: Fault?
    var attributes = 0
    for index in text.indices {
      let byte = text[index]
      if byte == UInt8(ascii: "<") { attributes = 0 }
      // Outside of tags too, where as many in a row are as little to be met with.
      if byte == UInt8(ascii: "="), index + 1 < text.count,
        [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(text[index + 1])
      {
        attributes += 1
        if attributes > attributeLimit { found = found ?? .attributes }
      }
      if byte == UInt8(ascii: "<"), index + 1 < text.count {
        let next = text[index + 1]
        if next == UInt8(ascii: "!") {
          let kind = index + 2 < text.count ? text[index + 2] : 0
          if kind != UInt8(ascii: "-"), kind != UInt8(ascii: "[") { return .documentType }
        } else if next == UInt8(ascii: "?") {
          found = .instruction
        }
      } else if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D {
        found = found ?? .character
      }
    }
    return found
  }

  private static func decode(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    switch (bytes.first, bytes.dropFirst().first) {
    case (0xFF, 0xFE): return utf16(bytes.dropFirst(2), highFirst: false)
    case (0xFE, 0xFF): return utf16(bytes.dropFirst(2), highFirst: true)
    case (0x3C, 0x00): return utf16(bytes[...], highFirst: false)
    case (0x00, 0x3C): return utf16(bytes[...], highFirst: true)
    default:
      let text = bytes.dropFirst(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
      return String(validating: text, as: UTF8.self) == nil ? nil : text
    }
  }

  private static func utf16(_ bytes: ArraySlice<UInt8>, highFirst: Bool) -> ArraySlice<UInt8>? {
    guard bytes.count.isMultiple(of: 2) else { return nil }
    let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { index in
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      return highFirst ? first << 8 | second : second << 8 | first
    }
    return String(validating: units, as: UTF16.self).map { Array($0.utf8)[...] }
  }

  /// True where the XML declaration names UTF-8 or UTF-16, or no encoding.
  private static func declaresUnicode(_ declaration: ArraySlice<UInt8>) -> Bool {
    guard let name = declaration.firstRange(of: Array("encoding".utf8)) else { return true }
    let value = declaration[name.upperBound...].drop { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }.dropFirst()
    let encoding = String(decoding: value.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }, as: UTF8.self)
    return ["utf-8", "utf8", "utf-16", "utf16", "us-ascii"].contains(encoding.lowercased())
  }
}
