extension QRCode {
  private static let pixelsPerModule = 8

  /// A PNG (ISO/IEC 15948) of one bit a pixel. Its data is stored, not deflated: a code takes some tens of kilobytes, and
  /// needs no compression library.
  public var png: [UInt8] {
    let side = fullSize * Self.pixelsPerModule
    let rowBytes = (side + 7) / 8
    var pixels: [UInt8] = []
    for row in 0..<fullSize {
      var line = [UInt8](repeating: 0xFF, count: rowBytes)
      for column in 0..<fullSize where isDark(row, column) {
        for pixel in column * Self.pixelsPerModule..<(column + 1) * Self.pixelsPerModule {
          line[pixel / 8] &= ~(0x80 >> UInt8(pixel % 8))
        }
      }
      // Each line of pixels begins with its filter, none.
      for _ in 0..<Self.pixelsPerModule { pixels += [0] + line }
    }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + PNGChunk.bytes("IHDR", UInt32(side).bigEndianBytes + UInt32(side).bigEndianBytes + [1, 0, 0, 0, 0])
      + PNGChunk.bytes("IDAT", PNGChunk.stored(pixels)) + PNGChunk.bytes("IEND", [])
  }
}

private enum PNGChunk {
  static func bytes(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + content
    return UInt32(content.count).bigEndianBytes + body + crc32(body).bigEndianBytes
  }

  private static let storedBlockLimit = 0xFFFF

  /// A zlib stream (RFC 1950) of stored blocks (RFC 1951 §3.2.4).
  static func stored(_ content: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: content.count, by: storedBlockLimit) {
      let block = content[start..<min(start + storedBlockLimit, content.count)]
      let length = UInt16(block.count)
      stream.append(start + block.count == content.count ? 1 : 0)
      for number in [length, ~length] { stream += [UInt8(number & 0xFF), UInt8(number >> 8)] }
      stream += block
    }
    return stream + adler32(content).bigEndianBytes
  }

  private static func adler32(_ content: [UInt8]) -> UInt32 {
    var (low, high) = (UInt32(1), UInt32(0))
    for byte in content {
      low = (low + UInt32(byte)) % 65521
      high = (high + low) % 65521
    }
    return high << 16 | low
  }

  private static func crc32(_ content: [UInt8]) -> UInt32 {
    ~content.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
  }
}

extension UInt32 {
  fileprivate var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}
