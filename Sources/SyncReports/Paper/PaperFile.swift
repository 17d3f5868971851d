import SyncEngine

/// Files of papers that come back.
public enum PaperFile {
  /// At most what an import reads.
  public static func bytes(_ path: String) throws(ImportError) -> [UInt8] {
    let limits = WordLimits()
    let bytes = try BoundedFile.read(path, limits: limits)
    try BoundedFile.check(bytes, limits: limits)
    return bytes
  }

  /// False where a Word file prints another code at its foot than its properties come to.
  public static func prints(_ code: String, _ bytes: [UInt8]) -> Bool {
    guard let document = try? WordDocument(bytes: bytes) else { return true }
    let codes = document.everyLine.compactMap { $0.firstMatch(of: /校验码\s*([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})/)?.1 }
    return codes.allSatisfy { $0 == code }
  }

  /// Told by what is in it, not by its name.
  public static func isWorkbook(_ bytes: [UInt8]) throws(ImportError) -> Bool {
    try OfficePackage(bytes: bytes, parts: [], limits: WordLimits()).names.contains("xl/workbook.xml")
  }
}
