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

  /// Told by what is in it, not by its name.
  public static func isWorkbook(_ bytes: [UInt8]) throws(ImportError) -> Bool {
    try OfficePackage(bytes: bytes, parts: [], limits: WordLimits()).names.contains("xl/workbook.xml")
  }
}
