/// What one document may cost. Real checklists stay two orders of magnitude below every bound.
public struct WordLimits: PackageLimits, Hashable {
  /// Size of the file on disk.
  public var fileBytes = 32 << 20
  /// Bytes that really come out of the archive, all parts together; sizes in zip headers are not believed.
  public var inflatedBytes = 64 << 20
  /// Entries listed in the archive, wanted or not.
  public var entries = 4_096
  /// Open elements at once. Each nested table takes about five.
  public var markupDepth = 200
  /// Paragraphs, tables, rows and cells together.
  public var blocks = 200_000
  /// Word itself stops at 63.
  public var columns = 64

  public init() {}
}
