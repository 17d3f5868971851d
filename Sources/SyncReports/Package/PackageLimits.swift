/// What reading any office document may cost, whatever is in it.
protocol PackageLimits: Sendable {
  /// Size of the file on disk.
  var fileBytes: Int { get }
  /// Bytes that really come out of the archive, all parts together; sizes in zip headers are not believed.
  var inflatedBytes: Int { get }
  /// Entries listed in the archive, wanted or not.
  var entries: Int { get }
  /// Elements of one part.
  var elements: Int { get }
  /// Open elements at once.
  var markupDepth: Int { get }
}

extension PackageLimits {
  /// Far more than any office document of a few hundred pages has in one part.
  var elements: Int { 500_000 }
}
