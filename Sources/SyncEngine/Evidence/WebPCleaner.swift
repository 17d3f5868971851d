/// WebP (RFC 9649): a walk over the RIFF chunks.
enum WebPCleaner {
  private static let kept: Set<String> = ["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"]
  /// In a frame of an animation; what else a frame may hold is unknown to any reader.
  private static let keptInFrame: Set<String> = ["VP8 ", "VP8L", "ALPH"]
  private static let frameHeader = 16

  private enum Flag {
    static let exif: UInt8 = 0x08
    static let xmp: UInt8 = 0x04
  }

  private struct Chunk {
    let name: String
    var content: [UInt8]

    var bytes: [UInt8] {
      let size = UInt32(content.count)
      return Array(name.utf8) + (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } + content
        + (content.count.isMultiple(of: 2) ? [] : [0])
    }
  }

  static func clean(_ bytes: [UInt8]) throws(PhotoError) -> [UInt8] {
    guard let size = ByteView(bytes[...]).number(4, size: 4, littleEndian: true), size >= 4,
      let body = ByteView(bytes[...]).slice(12, size - 4)
    else { throw .damaged(.webP) }
    var chunks: [Chunk] = []
    var orientation: UInt8?
    for var chunk in try split(body) {
      if chunk.name == "EXIF", orientation == nil {
        // Some writers put JPEG's prefix before the TIFF structure.
        let view = ByteView(chunk.content[...])
        orientation = Orientation.read(
          tiff: view.starts(with: "Exif\0\0") ? view.slice(6, view.count - 6) ?? view : view)
      }
      guard kept.contains(chunk.name) else { continue }
      if chunk.name == "ANMF" {
        guard chunk.content.count >= frameHeader else { throw .damaged(.webP) }
        let inner = try split(ByteView(chunk.content[frameHeader...])).filter { keptInFrame.contains($0.name) }
        chunk.content = chunk.content[..<frameHeader] + inner.flatMap(\.bytes)
      }
      chunks.append(chunk)
    }
    guard var first = chunks.first else { throw .damaged(.webP) }
    // The extended header names what follows it; the simple forms have no room for anything but the picture.
    if first.name == "VP8X" {
      guard !first.content.isEmpty else { throw .damaged(.webP) }
      first.content[0] &= ~(Flag.exif | Flag.xmp)
      if let orientation {
        first.content[0] |= Flag.exif
        chunks.append(Chunk(name: "EXIF", content: Orientation.tiff(orientation)))
      }
      chunks[0] = first
    }
    let content = Array("WEBP".utf8) + chunks.flatMap(\.bytes)
    return Array("RIFF".utf8) + (0..<4).map { UInt8(truncatingIfNeeded: content.count >> (8 * $0)) } + content
  }

  private static func split(_ view: ByteView) throws(PhotoError) -> [Chunk] {
    var chunks: [Chunk] = []
    var offset = 0
    while offset < view.count {
      guard let name = view.name(offset), let size = view.number(offset + 4, size: 4, littleEndian: true),
        let content = view.slice(offset + 8, size)
      else { throw .damaged(.webP) }
      chunks.append(Chunk(name: name, content: Array(content.bytes)))
      offset += 8 + size + size % 2
    }
    return chunks
  }
}
