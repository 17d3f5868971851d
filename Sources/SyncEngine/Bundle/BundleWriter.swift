import Foundation
import SyncModel

/// Writes one bundle chunk by chunk into a file of its own, which only its owner can read.
final class BundleWriter {
  let path: String
  private var handle: FileHandle?
  private let cipher: BundleCipher
  private var index = 0
  private var pending: [[UInt8]] = []
  private var pendingBytes = 0
  private var written = 0
  private(set) var totals = BundleTotals()

  /// - Parameters:
  ///   - path: where nothing is yet.
  ///   - contentKey: 32 random bytes, used for this bundle alone.
  /// - Throws: ``BundleError/cannotWrite(_:)``.
  init(path: String, header: BundleHeader, contentKey: [UInt8], signer: DeviceKey) throws {
    self.path = path
    do { handle = try PrivateFile.create(path) } catch { throw BundleError.cannotWrite(path) }
    var head = ByteWriter(capacity: 1024)
    head.raw(BundleForm.bundle.prefix)
    head.lengthPrefixed(header.bytes)
    head.raw(try signer.sign(BundleHeader.message(header.bytes)))
    cipher = BundleCipher(key: contentKey, head: head.bytes)
    try write(head.bytes)
  }

  /// What the file would measure at most, were a segment of so many bytes added and the file then finished.
  func byteCount(adding segmentBytes: Int) -> Int {
    written + pendingBytes + segmentBytes + Self.lengthBytes + 2 * Self.chunkBytes + BundleTotals.byteLimit
  }

  func add(_ segment: Segment) throws {
    try add(segment.bytes, entries: segment.entryCount)
  }

  /// Adds a segment's bytes; a full chunk leaves the memory.
  func add(_ bytes: [UInt8], entries: Int) throws {
    let size = bytes.count + Self.lengthBytes
    if !pending.isEmpty, pendingBytes + size > BundleLimit.chunkBytes - Self.lengthBytes { try flush() }
    pending.append(bytes)
    pendingBytes += size
    totals.segments += 1
    totals.entries += entries
  }

  /// Nothing more is added: memory and the open file are given back until ``finish(as:)``.
  func close() throws {
    if !pending.isEmpty { try flush() }
    do { try handle?.close() } catch { throw BundleError.cannotWrite(path) }
    handle = nil
  }

  /// Writes what is left and the totals, and waits until all of it is on the disk.
  /// - Parameter part: which of several it is; nil for a bundle that stands alone.
  func finish(as part: BundlePart? = nil) throws {
    if !pending.isEmpty { try flush() }
    totals.part = part
    if handle == nil { try reopen() }
    try write(try cipher.seal(totals.bytes, index: index, isLast: true))
    do { try handle?.synchronize() } catch { throw BundleError.cannotWrite(path) }
    try close()
  }

  /// Leaves nothing behind.
  func discard() {
    try? handle?.close()
    handle = nil
    PrivateFile.remove(path)
  }

  private static let lengthBytes = 5
  /// Around a chunk's content: last flag, length, count, tag.
  private static let chunkBytes = 1 + 2 * lengthBytes + BundleCipher.tagByteCount

  private func reopen() throws {
    handle = FileHandle(forWritingAtPath: path)
    do { _ = try handle?.seekToEnd() } catch { throw BundleError.cannotWrite(path) }
  }

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
    guard let handle else { throw BundleError.cannotWrite(path) }
    // The disk that takes no more is the bundle's.
    do { try handle.writeWhole(bytes) } catch { throw BundleError.cannotWrite(path) }
    written += bytes.count
  }
}
