import SyncModel

public enum BundleSetTag {}
/// Random; names what one export was split into.
public typealias BundleSetID = Identifier<BundleSetTag>

/// Which of several files of one export a bundle is. Each can be taken in alone; this only tells which are missing.
public struct BundlePart: Hashable, Sendable {
  public let set: BundleSetID
  /// 1 … ``count``.
  public let number: Int
  /// 2 … 999.
  public let count: Int

  init(set: BundleSetID, number: Int, count: Int) {
    self.set = set
    self.number = number
    self.count = count
  }

  /// `报送包-2of3.bundle` for `报送包.bundle`.
  public static func name(_ path: String, _ number: Int, of count: Int) -> String {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    // A dot at the start hides a file, it begins no extension.
    let dot = path[slash...].dropFirst().lastIndex(of: ".") ?? path.endIndex
    return path[..<dot] + "-\(number)of\(count)" + path[dot...]
  }

  /// What another part of this one's set is called, where this one's file still bears the name that it was given.
  public func name(of other: Int, besides path: String) -> String? {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let own = "-\(number)of\(count)"
    guard let range = name.ranges(of: own).last else { return nil }
    return name[..<range.lowerBound] + "-\(other)of\(count)" + name[range.upperBound...]
  }
}

/// The last chunk: what the bundle held, so that the reader can tell that it has all of it.
struct BundleTotals: Hashable, Sendable {
  var segments = 0
  var entries = 0
  /// nil where it stands alone.
  var part: BundlePart?

  /// Of ``bytes``, sealed.
  static let byteLimit = 64

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 48)
    writer.varint(segments)
    writer.varint(entries)
    if let part {
      writer.id(part.set)
      writer.varint(part.number)
      writer.varint(part.count)
    }
    return writer.bytes
  }

  init() {}

  init(bytes: [UInt8]) throws(CodecError) {
    var reader = ByteReader(bytes)
    segments = try reader.count("segments", limit: 1 << 48)
    entries = try reader.count("entries", limit: 1 << 48)
    if reader.remaining > 0 {
      let set: BundleSetID = try reader.id()
      let start = reader.offset
      let number = try reader.count("part", limit: BundleLimit.parts)
      let count = try reader.count("parts", limit: BundleLimit.parts)
      if count < 2 || number < 1 || number > count { throw .nonCanonical(what: "part", offset: start) }
      part = BundlePart(set: set, number: number, count: count)
    }
    try reader.finish()
  }
}
