import Foundation
import SyncModel

/// Reads a bundle chunk by chunk. Nothing of a chunk is handed out before its place and its tag hold; ``verify()`` reads
/// the whole file once without handing out anything.
struct BundleReader {
  let header: BundleHeader
  private let path: String
  private let cipher: BundleCipher
  private let bodyOffset: UInt64

  /// Opens the file and its content key.
  /// - Throws: ``BundleError``.
  init(path: String, school: SchoolID, key: DeviceKey) throws {
    self.path = path
    let source = try FileSource(path)
    defer { source.close() }
    try source.readPrefix(expecting: .bundle)
    let headerBytes = try source.blob(limit: BundleLimit.headerBytes)
    let signature = try source.raw(Segment.SignedHead.signatureByteCount)
    do { header = try BundleHeader(bytes: headerBytes) } catch { throw BundleError.damaged }
    // Which school it is of may be told before whether it is whole: the next step differs.
    if header.school != school { throw BundleError.wrongSchool }
    guard DeviceKey.verify(signature, of: BundleHeader.message(headerBytes), by: header.deviceKey) else {
      throw BundleError.damaged
    }
    let device = key.deviceID
    guard let own = header.recipients.first(where: { $0.device == device }) else {
      throw BundleError.notForUs(header.receiver)
    }
    guard
      let contentKey = KeyWrap.unwrap(
        own.wrapped, with: key.agreement, info: BundleHeader.info(header.school, header.id, device))
    else { throw BundleError.damaged }
    cipher = BundleCipher(key: contentKey, head: source.consumed)
    bodyOffset = UInt64(source.consumed.count)
  }

  /// Every chunk from the first to the last, and nothing behind it.
  /// - Throws: ``BundleError/damaged``, ``BundleError/cutOff``.
  func verify() throws -> BundleTotals {
    try read { _ in }
  }

  /// Hands out the segments' bytes, a chunk at a time and in order.
  @discardableResult
  func read(_ body: ([[UInt8]]) throws -> Void) throws -> BundleTotals {
    let source = try FileSource(path, offset: bodyOffset)
    defer { source.close() }
    var counted = BundleTotals()
    for index in 0...BundleLimit.chunks {
      let isLast = try source.flag()
      let box = try source.blob(limit: BundleLimit.chunkBytes + BundleCipher.tagByteCount)
      guard let clear = cipher.open(box, index: index, isLast: isLast) else { throw BundleError.damaged }
      if isLast {
        let totals = try? BundleTotals(bytes: clear)
        guard let totals, totals.segments == counted.segments, try !source.hasMore() else { throw BundleError.damaged }
        return totals
      }
      let segments: [[UInt8]]
      do { segments = try Self.segments(clear) } catch { throw BundleError.damaged }
      counted.segments += segments.count
      try body(segments)
    }
    throw BundleError.damaged
  }

  private static func segments(_ clear: [UInt8]) throws(CodecError) -> [[UInt8]] {
    var reader = ByteReader(clear)
    var segments: [[UInt8]] = []
    for _ in 0..<(try reader.count("segments", limit: clear.count)) {
      segments.append(try reader.lengthPrefixed("segment", limit: BundleLimit.chunkBytes))
    }
    try reader.finish()
    return segments
  }
}

/// A file read piece by piece; it ends where a piece is missing, which is how cut-off copies show.
final class FileSource {
  private let handle: FileHandle
  /// What was read so far through this source.
  private(set) var consumed: [UInt8] = []
  private let remembers: Bool

  init(_ path: String, offset: UInt64? = nil) throws {
    guard let handle = FileHandle(forReadingAtPath: path) else { throw BundleError.unreadable(path) }
    self.handle = handle
    remembers = offset == nil
    if let offset {
      do { try handle.seek(toOffset: offset) } catch { throw BundleError.unreadable(path) }
    }
  }

  func close() { try? handle.close() }

  func raw(_ count: Int) throws -> [UInt8] {
    if count == 0 { return [] }
    guard let data = try? handle.read(upToCount: count), data.count == count else { throw BundleError.cutOff }
    let bytes = [UInt8](data)
    if remembers { consumed += bytes }
    return bytes
  }

  func hasMore() throws -> Bool {
    guard let data = try? handle.read(upToCount: 1) else { return false }
    return !data.isEmpty
  }

  func flag() throws -> Bool {
    let byte = try raw(1)[0]
    if byte > 1 { throw BundleError.damaged }
    return byte == 1
  }

  /// The shortest form alone, as everywhere.
  func varint() throws -> UInt64 {
    var bytes: [UInt8] = []
    repeat {
      bytes += try raw(1)
      if bytes.count > 10 { throw BundleError.damaged }
    } while bytes[bytes.count - 1] >= 0x80
    var reader = ByteReader(bytes)
    guard let value = try? reader.varint() else { throw BundleError.damaged }
    return value
  }

  func blob(limit: Int) throws -> [UInt8] {
    let count = try varint()
    if count > UInt64(limit) { throw BundleError.damaged }
    return try raw(Int(count))
  }

  /// - Throws: ``BundleError/notABundle`` for any other file, ``BundleError/newerVersion``.
  @discardableResult
  func readPrefix(expecting: BundleForm? = nil) throws -> BundleForm {
    guard let magic = try? raw(BundleForm.magic.count), magic == BundleForm.magic else { throw BundleError.notABundle }
    guard let form = BundleForm(rawValue: try varint()) else { throw BundleError.newerVersion }
    if let expecting, form != expecting { throw BundleError.notABundle }
    if try varint() != BundleForm.version { throw BundleError.newerVersion }
    return form
  }
}
