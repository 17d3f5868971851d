/// An amount of bytes as people write and read it, in steps of a thousand, as the limits of mail and chat are meant.
public struct ByteCount: Hashable, Sendable {
  public let bytes: Int

  public static let limit = 1_000_000_000_000_000

  public init(_ bytes: Int) {
    self.bytes = bytes
  }

  /// `20MB`, `20m`, `1.5 GB`, `1T`, `500KB`, `4096`; nil for anything else, zero, or more than a thousand terabytes.
  public init?(text: String) {
    var text = text.filter { $0 != " " }.uppercased()
    if text.last == "B" { text.removeLast() }
    var unit = 1
    if let last = text.last, let found = ["K": 1_000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000][last]
    {
      unit = found
      text.removeLast()
    }
    let digits = text.allSatisfy { ("0"..."9").contains($0) || $0 == "." }
    guard digits, let number = Double(text), number > 0, number * Double(unit) <= Double(Self.limit) else { return nil }
    bytes = Int((number * Double(unit)).rounded(.down))
    if bytes == 0 { return nil }
  }

  /// `812 字节`, `1.2 KB`, `34 MB`.
  public var text: String {
    if bytes < 1000 { return "\(bytes) 字节" }
    let units: [(size: Int, name: String)] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "KB")]
    for (size, name) in units where bytes >= size {
      let tenths = bytes / (size / 10)
      return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(name)" : "\(bytes / size) \(name)"
    }
    return "\(bytes) 字节"
  }
}
