/// What one document may cost. Real checklists stay two orders of magnitude below every bound.
public struct WordLimits: PackageLimits, Hashable {
  /// Size of the file on disk.
  public var fileBytes = 32 << 20
  /// Bytes that really come out of the archive, all parts together; sizes in zip headers are not believed.
  public var inflatedBytes = 16 << 20
  /// Entries listed in the archive, wanted or not.
  public var entries = 4_096
  /// Elements of one part; five hundred items take some twenty thousand.
  public var elements = 500_000
  /// Open elements at once. Each nested table takes about five.
  public var markupDepth = 200
  /// UTF-8 bytes of running text; a third of a million characters of Chinese.
  public var textBytes = 1 << 20
  /// Paragraphs, tables, rows and cells together.
  public var blocks = 100_000
  /// Word itself stops at 63.
  public var columns = 64

  public init() {}
}
