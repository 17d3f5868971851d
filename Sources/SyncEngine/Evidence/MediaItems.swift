/// The items of a HEIF file's `meta` box: pictures stay, what describes them is overwritten where it stands.
enum MediaItems {
  private static let kept: Set<String> = [
    "hdlr", "pitm", "iloc", "iinf", "iref", "iprp", "idat", "grpl", "dinf", "ipro",
  ]
  /// Coded pictures and what is derived from them.
  private static let pictures: Set<String> = [
    "hvc1", "hev1", "lhv1", "av01", "avc1", "vvc1", "evc1", "jpeg", "j2k1", "unci", "grid", "iovl", "iden", "tmap",
  ]

  /// By type, what stands for "nothing": for EXIF behind four bytes of offset, for XMP an element without content.
  private static let empty: [String: [UInt8]] = [
    "Exif": [0, 0, 0, 0] + Orientation.emptyTIFF, "mime": Array(#"<x:xmpmeta xmlns:x="adobe:ns:meta/"/>"#.utf8),
  ]

  static func clean(_ meta: MediaBoxes.Box, _ file: inout MediaBoxes) throws(PhotoError) {
    let format = file.format
    // A full box: version and flags come first.
    guard meta.content.count >= 4 else { throw .damaged(format) }
    let boxes = try file.boxes(in: meta.content.dropFirst(4))
    let types = try boxes.first { $0.name == "iinf" }.map { box throws(PhotoError) in try itemTypes(box, file) } ?? [:]
    let data = boxes.first { $0.name == "idat" }?.content
    if let locations = boxes.first(where: { $0.name == "iloc" }) {
      for extent in try extents(file.view(locations.content), format) {
        let type = types[extent.item] ?? ""
        if pictures.contains(type) { continue }
        var start = extent.offset
        var place: Range<Int>?
        switch extent.method {
        case 0: break
        case 1:
          guard let data, extent.offset <= data.count else { throw .damaged(format) }
          start += data.lowerBound
          place = data
        default: throw .newerForm(format, detail: "附加信息")
        }
        // Empty rather than broken, so that readers of what was there find nothing and no fault.
        let empty = extent.isFirst ? Self.empty[type] ?? [] : []
        try file.erase(
          start, count: extent.length, in: place, start: empty, filler: type == "mime" ? UInt8(ascii: " ") : 0)
      }
    }
    for box in boxes where !kept.contains(box.name) { try file.blank(box) }
  }

  /// 14496-12 §8.11.6: each item's type by its number; items of the first versions have none.
  private static func itemTypes(
    _ box: MediaBoxes.Box, _ file: MediaBoxes
  ) throws(PhotoError) -> [Int: String] {
    let header = file.view(box.content).byte(0) == 0 ? 6 : 8
    guard box.content.count >= header else { throw .damaged(file.format) }
    var types: [Int: String] = [:]
    for entry in try file.boxes(in: box.content.dropFirst(header)) where entry.name == "infe" {
      let view = file.view(entry.content)
      guard let version = view.byte(0) else { throw .damaged(file.format) }
      if version < 2 { continue }
      let width = version == 2 ? 2 : 4
      guard let item = view.number(4, size: width), let type = view.name(4 + width + 2) else {
        throw .damaged(file.format)
      }
      types[item] = type
    }
    return types
  }

  private struct Extent {
    let item: Int
    /// 0 in the file, 1 in `idat`, 2 within another item.
    let method: Int
    let offset: Int
    let length: Int
    let isFirst: Bool
  }

  /// 14496-12 §8.11.3.
  private static func extents(_ view: ByteView, _ format: PhotoPrivacy.Format) throws(PhotoError) -> [Extent] {
    var offset = 0
    func number(_ size: Int) throws(PhotoError) -> Int {
      guard let value = view.number(offset, size: size) else { throw .damaged(format) }
      offset += size
      return value
    }
    let version = try number(1)
    guard version <= 2 else { throw .newerForm(format, detail: "附加信息") }
    offset = 4
    let widths = try number(2)
    let (offsetWidth, lengthWidth, baseWidth) = (widths >> 12, widths >> 8 & 15, widths >> 4 & 15)
    let indexWidth = version == 0 ? 0 : widths & 15
    var found: [Extent] = []
    for _ in 0..<(try number(version < 2 ? 2 : 4)) {
      let item = try number(version < 2 ? 2 : 4)
      let method = version == 0 ? 0 : try number(2) & 15
      offset += 2
      let base = try number(baseWidth)
      for index in 0..<(try number(2)) {
        offset += indexWidth
        let (start, overflow) = base.addingReportingOverflow(try number(offsetWidth))
        let length = try number(lengthWidth)
        // Nothing said about the length means all of the file.
        if overflow || lengthWidth == 0 { throw .newerForm(format, detail: "附加信息") }
        found.append(Extent(item: item, method: method, offset: start, length: length, isFirst: index == 0))
      }
    }
    return found
  }
}
