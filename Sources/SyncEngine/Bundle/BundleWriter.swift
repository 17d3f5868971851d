import Foundation
import SyncModel

/// Writes a bundle chunk by chunk into a file of its own, which only its owner can read.
final class BundleWriter {
  private let handle: FileHandle
  private let path: String
  private let cipher: BundleCipher
  private var index = 0
  private var pending: [[UInt8]] = []
  private var pendingBytes = 0
  private(set) var totals = BundleTotals()

  /// - Parameters:
  ///   - path: where a file is made anew.
  ///   - contentKey: 32 random bytes, used for this bundle alone.
  /// - Throws: ``BundleError/cannotWrite(_:)``.
  init(path: String, header: BundleHeader, contentKey: [UInt8], signer: DeviceKey) throws {
    self.path = path
    try? FileManager.default.removeItem(atPath: path)
    guard
      FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
      let handle = FileHandle(forWritingAtPath: path)
    else { throw BundleError.cannotWrite(path) }
    self.handle = handle
    var head = ByteWriter(capacity: 1024)
    head.raw(BundleForm.bundle.prefix)
    head.lengthPrefixed(header.bytes)
    head.raw(try signer.sign(BundleHeader.message(header.bytes)))
    cipher = BundleCipher(key: contentKey, head: head.bytes)
    try write(head.bytes)
  }

  /// Adds a segment; a full chunk leaves the memory.
  func add(_ segment: Segment) throws {
    let bytes = segment.bytes
    let size = bytes.count + Self.lengthBytes
    if !pending.isEmpty, pendingBytes + size > BundleLimit.chunkBytes - Self.lengthBytes { try flush() }
    pending.append(bytes)
    pendingBytes += size
    totals.segments += 1
    totals.entries += segment.entryCount
  }

  /// Writes what is left and the totals, and waits until all of it is on the disk.
  func finish() throws {
    if !pending.isEmpty { try flush() }
    try write(try cipher.seal(totals.bytes, index: index, isLast: true))
    do {
      try handle.synchronize()
      try handle.close()
    } catch {
      throw BundleError.cannotWrite(path)
    }
  }

  /// Leaves nothing behind.
  func discard() {
    try? handle.close()
    try? FileManager.default.removeItem(atPath: path)
  }

  private static let lengthBytes = 5

  private func flush() throws {
    if index >= BundleLimit.chunks { throw BundleError.tooLarge }
    var writer = ByteWriter(capacity: pendingBytes + Self.lengthBytes)
    writer.varint(pending.count)
    for segment in pending { writer.lengthPrefixed(segment) }
    try write(try cipher.seal(writer.bytes, index: index, isLast: false))
    index += 1
    (pending, pendingBytes) = ([], 0)
  }

  private func write(_ bytes: [UInt8]) throws {
    try handle.writeWhole(bytes)
  }
}
