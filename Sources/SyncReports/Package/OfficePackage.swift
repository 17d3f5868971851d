import CArchive

/// The wanted parts of an office document's zip archive, inflated under bounds.
struct OfficePackage {
  private(set) var parts: [String: [UInt8]] = [:]
  /// Everything that the archive lists, wanted or not: tells what kind of document it is.
  private(set) var names: Set<String> = []

  /// Bytes that may still come out of the archive, all parts together.
  private var budget: Int

  /// Reads by the central directory only: a truncated archive has none and is refused as a whole, where a streaming
  /// reader would hand out the entries before the cut as if they were all.
  init(bytes: [UInt8], parts wanted: [String], limits: some PackageLimits) throws(ImportError) {
    budget = limits.inflatedBytes
    try read(bytes, parts: wanted, limits: limits)
  }

  /// Inflates further parts of the same archive; those that it lacks are passed over.
  mutating func load(_ wanted: [String], from bytes: [UInt8], limits: some PackageLimits) throws(ImportError) {
    if names.isDisjoint(with: wanted) { return }
    try read(bytes, parts: wanted, limits: limits)
  }

  /// What `source` leans on; nil where the archive does not say.
  func relationships(of source: String, limits: some PackageLimits) throws(ImportError) -> PackageRelationships? {
    let part = PackageRelationships.part(of: source)
    guard let bytes = parts[part] else { return nil }
    let relationships = PackageRelationships(of: source, limit: limits.entries)
    try MarkupParser.parse(bytes, part: part, as: .relationships, limits: limits, handler: relationships)
    return relationships
  }

  private mutating func read(
    _ bytes: [UInt8], parts wanted: [String], limits: some PackageLimits
  ) throws(ImportError) {
    guard let archive = archive_read_new() else { throw .damaged("无法打开压缩包") }
    defer { archive_read_free(archive) }
    archive_read_support_format_zip_seekable(archive)
    try bytes.withUnsafeBufferPointer { (buffer) throws(ImportError) in
      guard archive_read_open_memory(archive, buffer.baseAddress, buffer.count) == ARCHIVE_OK else {
        throw .damaged("压缩包目录缺失")
      }
      try readEntries(of: archive, wanted: Set(wanted), limits: limits)
    }
  }

  private mutating func readEntries(
    of archive: OpaquePointer, wanted: Set<String>, limits: some PackageLimits
  ) throws(ImportError) {
    var count = 0
    while true {
      var entry: OpaquePointer?
      let status = archive_read_next_header(archive, &entry)
      if status == ARCHIVE_EOF { return }
      // A warning is about a name outside the locale; the parts wanted here have plain ones.
      guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw .damaged("压缩包目录无法读取") }
      count += 1
      if count > limits.entries { throw .tooLarge("压缩包内的条目", limit: "\(limits.entries) 个") }
      guard let name = archive_entry_pathname(entry).map({ String(cString: $0) }) else { continue }
      names.insert(name)
      guard wanted.contains(name) else { continue }
      if archive_entry_is_encrypted(entry) != 0 { throw .passwordProtected }
      // Two parts of one name: readers disagree about which one counts, so neither does.
      if parts[name] != nil { throw .damaged("压缩包内有两个 \(name)") }
      parts[name] = try Self.inflate(archive, part: name, budget: &budget, limits: limits)
    }
  }

  /// Counts what comes out. The checksum is verified by libarchive, whose warning at the end is an error here.
  private static func inflate(
    _ archive: OpaquePointer, part: String, budget: inout Int, limits: some PackageLimits
  ) throws(ImportError) -> [UInt8] {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = chunk.withUnsafeMutableBytes { archive_read_data(archive, $0.baseAddress, $0.count) }
      if count == 0 { return content }
      if count < 0 { throw .damaged("\(part) 解压失败") }
      budget -= count
      if budget < 0 { throw .tooLarge("解压后的内容", limit: "\(limits.inflatedBytes >> 20) MiB") }
      content.append(contentsOf: chunk[..<count])
    }
  }
}
