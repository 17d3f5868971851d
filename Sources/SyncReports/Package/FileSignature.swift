/// Tells apart what people take for a .docx or .xlsx, so that the error can name the cure.
enum FileSignature {
  /// Streams of old spreadsheets inside a compound file: BIFF8, and BIFF5 before it.
  private static let workbookStreams = ["Workbook", "Book"].map { name in
    (name + "\0").utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }
  private static let compoundFile: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
  /// The stream that holds an encrypted document inside a compound file (MS-OFFCRYPTO §2.3.4.4), named in UTF-16.
  private static let encryptedPackage = "EncryptedPackage".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }

  /// True where the bytes begin as a zip archive does.
  ///
  /// - Parameter old: what an unencrypted file of the old binary formats is refused with.
  /// - Throws: for what is neither an archive nor anything else.
  static func isArchive(_ bytes: [UInt8], old: ImportError) throws(ImportError) -> Bool {
    if bytes.starts(with: compoundFile) { throw holds(encryptedPackage, in: bytes) ? .passwordProtected : old }
    if bytes.isEmpty { throw .damaged("文件是空的") }
    return bytes.starts(with: [0x50, 0x4B])
  }

  /// True for a compound file that holds an old spreadsheet (.xls, .et) rather than a text.
  static func holdsOldSheet(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: compoundFile) && workbookStreams.contains { holds($0, in: bytes) }
  }

  /// The collection's own search is slow enough on a large file to look like a hang.
  private static func holds(_ name: [UInt8], in bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      guard let first = name.first, bytes.count >= name.count else { return false }
      for index in 0...bytes.count - name.count where bytes[index] == first {
        if name.indices.allSatisfy({ bytes[index + $0] == name[$0] }) { return true }
      }
      return false
    }
  }

  /// What the bytes are, where their beginning tells; nil otherwise.
  static func name(of bytes: [UInt8]) -> String? {
    if isMarkup(bytes) { return "网页或 XML 文件" }
    return names.first(where: { bytes.starts(with: $0.start.utf8) })?.name
      ?? binaryNames.first(where: { bytes.starts(with: $0.start) })?.name
  }

  private static let names: [(start: String, name: String)] = [
    ("%PDF", "PDF"), ("{\\rtf", "RTF 文件"), ("Rar!", "RAR 压缩包"),
    ("MIME-Version", "网页（.mht）"),
  ]
  private static let binaryNames: [(start: [UInt8], name: String)] = [
    ([0x89, 0x50, 0x4E, 0x47], "图片"), ([0xFF, 0xD8, 0xFF], "图片"), ([0x47, 0x49, 0x46, 0x38], "图片"),
    ([0x42, 0x4D], "图片"), ([0x37, 0x7A, 0xBC, 0xAF], "7z 压缩包"), ([0x1F, 0x8B], "压缩包（.gz）"),
    ([0x4D, 0x5A], "程序"), ([0x7F, 0x45, 0x4C, 0x46], "程序"),
  ]

  private static func isMarkup(_ bytes: [UInt8]) -> Bool {
    let text = bytes.drop { [0xEF, 0xBB, 0xBF, 0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return text.first == UInt8(ascii: "<")
  }
}
