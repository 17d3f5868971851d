import CArchive

/// A zip archive as office programs take it, written part by part without holding any. The same parts give the same
/// bytes, whenever and wherever.
///
/// Names of parts are ASCII, so that libarchive does not look at the locale; entries have no time, which libarchive
/// writes as 1980-01-01 in every time zone.
final class PackageWriter {
  private let archive: OpaquePointer
  private let path: String
  private var isInPart = false

  /// - Parameter path: of an existing file, which is overwritten.
  init(path: String) throws(DocumentError) {
    guard let archive = archive_write_new() else { throw .cannotWrite(path) }
    self.archive = archive
    self.path = path
    archive_write_set_format_zip(archive)
    // Sizes stand behind each entry; Office does not take them in the form for files over 4 GiB.
    archive_write_set_format_option(archive, "zip", "zip64", nil)
    archive_write_set_bytes_in_last_block(archive, 1)
    try check(archive_write_open_filename(archive, path))
  }

  deinit {
    archive_write_free(archive)
  }

  func part(_ name: String, _ markup: String) throws(DocumentError) {
    try begin(name)
    try write(Array(markup.utf8))
  }

  /// What is written next belongs to the part `name`.
  func begin(_ name: String) throws(DocumentError) {
    let entry = archive_entry_new()
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname(entry, name)
    archive_entry_set_filetype(entry, 0o100_000)
    archive_entry_set_perm(entry, 0o644)
    try check(archive_write_header(archive, entry))
    isInPart = true
  }

  func write(_ bytes: [UInt8]) throws(DocumentError) {
    precondition(isInPart, "bytes outside of a part")
    let count = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
    if count != bytes.count { throw .cannotWrite(path) }
  }

  func close() throws(DocumentError) {
    try check(archive_write_close(archive))
  }

  private func check(_ status: Int32) throws(DocumentError) {
    if status != ARCHIVE_OK { throw .cannotWrite(path) }
  }
}
