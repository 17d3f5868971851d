/// JPEG (ITU-T T.81, annex B): a walk over the marker segments; scans are copied as they are.
enum JPEGCleaner {
  private enum Marker {
    static let start: UInt8 = 0xd8
    static let end: UInt8 = 0xd9
    static let scan: UInt8 = 0xda
    static let comment: UInt8 = 0xfe
    static let application: ClosedRange<UInt8> = 0xe0...0xef
    static let restarts: ClosedRange<UInt8> = 0xd0...0xd7
    static let temporary: UInt8 = 0x01
  }

  /// Application segments without which colours change: density, colour profile, Adobe's transform. All others go: EXIF,
  /// XMP (APP1), IPTC (APP13), the index of further pictures (APP2 `MPF`), what makers put elsewhere.
  private static let kept: [(marker: UInt8, name: String)] = [
    (0xe0, "JFIF\0"), (0xe2, "ICC_PROFILE\0"), (0xee, "Adobe"),
  ]
  private static let exif = "Exif\0\0"

  static func clean(_ bytes: [UInt8]) throws(PhotoError) -> [UInt8] {
    let view = ByteView(bytes[...])
    var segments: [Range<Int>] = []
    var orientation: UInt8?
    var offset = 2
    while true {
      guard view.byte(offset) == 0xff, let marker = view.byte(offset + 1) else { throw .damaged(.jpeg) }
      switch marker {
      case 0xff:
        // Fill bytes may stand before any marker.
        offset += 1
      case Marker.end:
        // What follows is a trailer: a second picture, a film, the maker's notes, each with places of its own.
        segments.append(offset..<offset + 2)
        return assemble(bytes, segments, orientation)
      case Marker.temporary, Marker.restarts, Marker.start, 0x00: throw .damaged(.jpeg)
      default:
        guard let length = view.number(offset + 2, size: 2), length >= 2,
          let content = view.slice(offset + 4, length - 2)
        else { throw .damaged(.jpeg) }
        let isKept =
          marker == Marker.comment || Marker.application.contains(marker)
          ? kept.contains { $0.marker == marker && content.starts(with: $0.name) } : true
        if marker == 0xe1, orientation == nil, content.starts(with: exif), let tiff = content.slice(6, length - 8) {
          orientation = Orientation.read(tiff: tiff)
        }
        var end = offset + 2 + length
        if marker == Marker.scan { end = try endOfScan(bytes, from: end) }
        if isKept { segments.append(offset..<end) }
        offset = end
      }
    }
  }

  /// Behind the entropy-coded data: at the next marker that is neither stuffing nor a restart.
  private static func endOfScan(_ bytes: [UInt8], from start: Int) throws(PhotoError) -> Int {
    var index = start
    while index + 1 < bytes.count {
      if bytes[index] != 0xff {
        index += 1
      } else if bytes[index + 1] == 0 || Marker.restarts.contains(bytes[index + 1]) {
        index += 2
      } else if bytes[index + 1] == 0xff {
        index += 1
      } else {
        return index
      }
    }
    throw .damaged(.jpeg)
  }

  private static func assemble(_ bytes: [UInt8], _ segments: [Range<Int>], _ orientation: UInt8?) -> [UInt8] {
    var result: [UInt8] = [0xff, Marker.start]
    result.reserveCapacity(bytes.count)
    var rest = segments[...]
    // JFIF stands first where it is there; EXIF comes right behind it.
    if let first = rest.first, bytes[first.lowerBound + 1] == 0xe0 {
      result += bytes[first]
      rest = rest.dropFirst()
    }
    if let orientation {
      let content = Array(exif.utf8) + Orientation.tiff(orientation)
      let length = UInt16(content.count + 2)
      result += [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 0xff)] + content
    }
    for segment in rest { result += bytes[segment] }
    return result
  }
}
