/// Tells apart what people take for a .docx or .xlsx, so that the error can name the cure.
enum FileSignature {
  private static let compoundFile: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
  /// The stream that holds an encrypted document inside a compound file (MS-OFFCRYPTO §2.3.4.4), named in UTF-16.
  private static let encryptedPackage = "EncryptedPackage".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }

  /// True where the bytes begin as a zip archive does.
  ///
  /// - Parameter old: what an unencrypted file of the old binary formats is refused with.
  /// - Throws: for what is neither an archive nor anything else.
  static func isArchive(_ bytes: [UInt8], old: ImportError) throws(ImportError) -> Bool {
    if bytes.starts(with: compoundFile) { throw bytes.contains(encryptedPackage) ? .passwordProtected : old }
    if bytes.isEmpty { throw .damaged("文件是空的") }
    return bytes.starts(with: [0x50, 0x4B])
  }
}
