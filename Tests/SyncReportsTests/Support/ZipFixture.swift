import CArchive
import Foundation

/// Zip archives for tests, written by libarchive.
enum ZipFixture {
  static func archive(_ entries: [(name: String, content: [UInt8])], password: String? = nil) -> [UInt8] {
    let total = entries.reduce(0) { $0 + $1.content.count + $1.name.utf8.count + 512 }
    var buffer = [UInt8](repeating: 0, count: total + (64 << 10))
    let size = buffer.count
    var used = 0
    guard let archive = archive_write_new() else { preconditionFailure("libarchive has no memory for a writer") }
    archive_write_set_format_zip(archive)
    if let password {
      precondition(archive_write_set_options(archive, "zip:encryption=aes256") == ARCHIVE_OK, "no encryption")
      archive_write_set_passphrase(archive, password)
    }
    // Not padded to a tape block: the file ends where the directory does.
    archive_write_set_bytes_in_last_block(archive, 1)
    buffer.withUnsafeMutableBytes { bytes in
      archive_write_open_memory(archive, bytes.baseAddress, size, &used)
      for (name, content) in entries {
        let entry = archive_entry_new()
        archive_entry_set_pathname(entry, name)
        archive_entry_set_size(entry, Int64(content.count))
        archive_entry_set_filetype(entry, 0o100_000)
        archive_entry_set_perm(entry, 0o644)
        archive_write_header(archive, entry)
        _ = content.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        archive_entry_free(entry)
      }
      archive_write_close(archive)
    }
    archive_write_free(archive)
    return Array(buffer[..<used])
  }

  /// Overwrites the uncompressed size in every central directory record.
  static func claimingSize(_ size: UInt32, in archive: [UInt8]) -> [UInt8] {
    var archive = archive
    for record in archive.indices where archive[record...].starts(with: [0x50, 0x4B, 0x01, 0x02]) {
      for byte in 0..<4 { archive[record + 24 + byte] = UInt8(truncatingIfNeeded: size >> (8 * UInt32(byte))) }
    }
    return archive
  }
}
