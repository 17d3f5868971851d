import CZstd
import SyncModel

/// Bodies of exchanges on the wire: as they are, or compressed with Zstandard (RFC 8878), to those who say that they take it.
///
/// The media type says which, because that is signed; the digest and the signature are over the bytes that travel.
public enum BodyCoding {
  /// What ``HeaderName/coding`` says.
  public static let name = "zstd"
  /// Shorter bodies are not worth it.
  public static let leastBytes = 1 << 10
  /// A body never inflates to more than so many times its size: who sends would have sent it as it is.
  public static let ratioLimit = 256
  private static let level: Int32 = 3

  /// A body with its media type, compressed where `accepted` and where that helps.
  public static func encoded(_ body: [UInt8], accepted: Bool) -> (contentType: String, bytes: [UInt8]) {
    guard accepted, body.count >= leastBytes, let bytes = compressed(body), bytes.count < body.count,
      body.count <= bytes.count * ratioLimit
    else { return (MediaType.exchange, body) }
    return (MediaType.codedExchange, bytes)
  }

  /// What a body of `announced` bytes can come to at most, with what it inflates to, which is within `limit`.
  public static func byteLimit(_ announced: Int, contentType: String?, limit: Int) -> Int {
    guard contentType == MediaType.codedExchange else { return announced }
    let (most, overflows) = announced.multipliedReportingOverflow(by: ratioLimit)
    return announced + (overflows ? limit : min(limit, most))
  }

  /// A frame tells its size within so many bytes of its start.
  public static let headerBytes = 18

  /// What a body inflates to beside itself, as far as its start tells; 0 where it does not, and for what ``decoded(_:contentType:limit:)``
  /// refuses.
  public static func inflatedBytes(_ start: [UInt8], of count: Int, contentType: String?, limit: Int) -> Int {
    guard contentType == MediaType.codedExchange else { return 0 }
    let size = start.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    return size <= UInt64(min(limit, count * ratioLimit)) ? Int(size) : 0
  }

  /// - Parameter limit: what it may inflate to.
  /// - Throws: ``CodecError`` for anything but one whole frame that tells its size, within `limit` and ``ratioLimit``.
  ///   Nothing is reserved beyond those.
  public static func decoded(
    _ bytes: [UInt8], contentType: String?, limit: Int
  ) throws(CodecError) -> [UInt8] {
    guard contentType == MediaType.codedExchange else { return bytes }
    let size = bytes.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    // The two greatest numbers stand for a size that is not told, and for no frame.
    guard size > 0, size < UInt64.max - 1 else { throw .invalid(what: "compressed body", offset: 0) }
    let most = UInt64(min(limit, bytes.count * ratioLimit))
    if size > most { throw .limitExceeded(what: "compressed body", value: size, limit: most) }
    let whole = bytes.withUnsafeBytes { ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) }
    guard whole == bytes.count else { throw .trailingBytes(offset: min(whole, bytes.count)) }
    var isWhole = false
    let body = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
      let written = bytes.withUnsafeBytes {
        ZSTD_decompress(buffer.baseAddress, buffer.count, $0.baseAddress, $0.count)
      }
      isWhole = ZSTD_isError(written) == 0 && written == Int(size)
      count = isWhole ? written : 0
    }
    guard isWhole else { throw .invalid(what: "compressed body", offset: 0) }
    return body
  }

  /// nil where it does not get smaller.
  private static func compressed(_ body: [UInt8]) -> [UInt8]? {
    var isSmaller = false
    let bytes = [UInt8](unsafeUninitializedCapacity: body.count) { buffer, count in
      let written = body.withUnsafeBytes {
        ZSTD_compress(buffer.baseAddress, buffer.count, $0.baseAddress, $0.count, level)
      }
      isSmaller = ZSTD_isError(written) == 0
      count = isSmaller ? written : 0
    }
    return isSmaller ? bytes : nil
  }
}
