/// PNG (W3C, third edition): a walk over the chunks; only those stay that make up the picture.
enum PNGCleaner {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// Palette, pixels, transparency, colour, size, animation. Texts, times, EXIF, XMP and whatever else go.
  private static let kept: Set<String> = [
    "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs", "hIST", "cICP",
    "mDCV", "cLLI", "acTL", "fcTL", "fdAT",
  ]

  static func clean(_ bytes: [UInt8]) throws(PhotoError) -> [UInt8] {
    let view = ByteView(bytes[...])
    var chunks: [Range<Int>] = []
    var orientation: UInt8?
    var offset = signature.count
    while true {
      guard let length = view.number(offset, size: 4), let name = view.name(offset + 4),
        let content = view.slice(offset + 8, length), view.slice(offset + 8 + length, 4) != nil,
        !chunks.isEmpty || name == "IHDR"
      else { throw .damaged(.png) }
      let end = offset + 12 + length
      if kept.contains(name) {
        chunks.append(offset..<end)
      } else if view.byte(offset + 4).map({ $0 & 0x20 == 0 }) ?? true {
        // A critical chunk of a later edition: without it there is no picture, with it nobody knows what stays.
        throw .newerForm(.png, detail: "“\(name)”数据块")
      }
      if name == "eXIf", orientation == nil { orientation = Orientation.read(tiff: content) }
      offset = end
      // What follows the end is no part of the picture.
      if name == "IEND" { break }
    }
    var result = signature
    result.reserveCapacity(bytes.count)
    for (index, chunk) in chunks.enumerated() {
      result += bytes[chunk]
      if index == 0, let orientation { result += Self.chunk("eXIf", Orientation.tiff(orientation)) }
    }
    return result
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    func big(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
    let named = Array(name.utf8) + content
    return big(UInt32(content.count)) + named + big(crc(named))
  }

  /// CRC-32 of ISO 3309, bit by bit: it only ever runs over a few bytes.
  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : (sum >> 1) ^ 0xedb8_8320 }
    }
    return ~sum
  }
}
