import Foundation
import SyncModel

/// The words of tus 1.0.0 (resumable uploads), as far as both ends use them (protocol §13).
public enum Tus {
  public static let version = "1.0.0"
  public static let extensions = "creation,creation-with-upload,checksum,termination"
  public static let checksumAlgorithms = "sha256,sha1"
  /// What a piece is sent as.
  public static let piece = "application/offset+octet-stream"
  /// Where the file's hash stands in `Upload-Metadata`, in hexadecimal.
  public static let hashKey = "hash"

  public static let resumable = "tus-resumable"
  public static let versions = "tus-version"
  public static let extensionList = "tus-extension"
  public static let maximum = "tus-max-size"
  public static let checksumList = "tus-checksum-algorithm"
  public static let uploadLength = "upload-length"
  public static let uploadOffset = "upload-offset"
  public static let uploadMetadata = "upload-metadata"
  public static let uploadChecksum = "upload-checksum"
  public static let uploadDefer = "upload-defer-length"

  /// `key base64,key base64,key`; nil for any other form, or a key that stands twice.
  public static func metadata(_ field: String) -> [String: [UInt8]]? {
    var found: [String: [UInt8]] = [:]
    for pair in field.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = pair.split(separator: " ", omittingEmptySubsequences: true)
      guard let key = parts.first, parts.count <= 2, found[String(key)] == nil else { return nil }
      if parts.count == 1 {
        found[String(key)] = []
      } else {
        guard let data = Data(base64Encoded: String(parts[1])) else { return nil }
        found[String(key)] = [UInt8](data)
      }
    }
    return found
  }

  static func metadata(hash: Digest256) -> String {
    "\(hashKey) \(Data(hash.description.utf8).base64EncodedString())"
  }

  /// The hash that a new upload is for; nil where the field does not say.
  public static func hash(inMetadata field: String) -> Digest256? {
    metadata(field)?[hashKey].flatMap { Hex.decode(String(decoding: $0, as: UTF8.self)) }.flatMap {
      Digest256(bytes: $0)
    }
  }
}

/// One range of bytes that a request asks for (RFC 9110 §14.1.2).
public enum ByteRange: Hashable, Sendable {
  case part(Range<Int>)
  /// 416.
  case unsatisfiable

  /// - Returns: nil where the field asks for the whole: several ranges, another unit, or not a range at all are passed
  ///   over, as the RFC allows.
  public init?(_ field: String, byteCount: Int) {
    let text = field.filter { $0 != " " }
    guard text.lowercased().hasPrefix("bytes=") else { return nil }
    let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
    switch (ends[0].isEmpty, ends[1].isEmpty) {
    case (true, true): return nil
    case (true, false):
      // The last so many. A number that no Int holds is more than there is.
      let count = Int(ends[1]) ?? .max
      self = count == 0 || byteCount == 0 ? .unsatisfiable : .part(byteCount - min(count, byteCount)..<byteCount)
    case (false, let isOpen):
      let first = Int(ends[0]) ?? .max
      let last = isOpen ? Int.max : Int(ends[1]) ?? .max
      if last < first { return nil }
      self = first >= byteCount ? .unsatisfiable : .part(first..<min(last, byteCount - 1) + 1)
    }
  }

  /// `bytes 0-99/1000`, as an answer says it.
  public static func contentRange(_ range: Range<Int>, of byteCount: Int) -> String {
    "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(byteCount)"
  }

  /// Back from ``contentRange(_:of:)``; nil for anything else.
  static func contentRange(_ field: String) -> (range: Range<Int>, byteCount: Int)? {
    guard field.hasPrefix("bytes ") else { return nil }
    let numbers = field.dropFirst(6).split(whereSeparator: { $0 == "-" || $0 == "/" }).map { Int($0) }
    guard numbers.count == 3, let first = numbers[0], let last = numbers[1], let all = numbers[2], first >= 0,
      last >= first, last < all
    else { return nil }
    return (first..<last + 1, all)
  }
}
