import SyncModel

/// How ``OfficeDocument/properties`` stand in a file. Office programs take values of 255 characters at most, so a longer one
/// goes on under its name with `#2`, `#3`, ….
enum CustomProperties {
  /// Of one property, in Unicode scalars.
  static let pieceLength = 255
  static let separator: Character = "#"
  /// UTF-8 bytes of all names and values; what is written can be read again.
  static let byteLimit = 256 << 10

  /// Sorted by name, the pieces of a value one after another.
  static func pieces(_ properties: [String: String]) throws(DocumentError) -> [(name: String, value: String)] {
    var pieces: [(name: String, value: String)] = []
    var bytes = 0
    for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
      precondition(
        !name.isEmpty && name.utf8.count <= 64 && !name.contains(separator), "a property's name is short and has no #")
      bytes += name.utf8.count + value.utf8.count
      if bytes > byteLimit { throw .propertiesTooLarge(limit: byteLimit) }
      var rest = VisibleText.paragraphs(value).unicodeScalars[...]
      var number = 1
      repeat {
        let piece = rest.prefix(pieceLength)
        rest = rest.dropFirst(pieceLength)
        pieces.append((number == 1 ? name : "\(name)\(separator)\(number)", String(piece)))
        number += 1
      } while !rest.isEmpty
    }
    return pieces
  }

  /// Puts together what ``pieces(_:)`` took apart. A piece without those before it is left out.
  static func joined(_ pieces: [String: String]) -> [String: String] {
    var properties: [String: String] = [:]
    for (name, value) in pieces where !name.contains(separator) {
      var whole = value
      var number = 2
      while let piece = pieces["\(name)\(separator)\(number)"] {
        whole += piece
        number += 1
      }
      properties[name] = whole
    }
    return properties
  }

  /// docProps/custom.xml; nil where there is nothing to say.
  static func part(_ properties: [String: String]) throws(DocumentError) -> String? {
    if properties.isEmpty { return nil }
    var buffer = MarkupBuffer()
    buffer.raw(
      "\(WordParts.declaration)<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\""
        + " xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\">")
    // The format begins to count at 2.
    for (index, piece) in try pieces(properties).enumerated() {
      buffer.raw("<property fmtid=\"{D5CDD505-2E9C-101B-9397-08002B2CF9AE}\" pid=\"\(index + 2)\" name=\"")
      buffer.text(piece.name)
      buffer.raw("\"><vt:lpwstr>")
      buffer.text(piece.value)
      buffer.raw("</vt:lpwstr></property>")
    }
    buffer.raw("</Properties>")
    return String(decoding: buffer.bytes, as: UTF8.self)
  }
}
