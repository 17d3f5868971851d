/// How a picture is turned for showing: EXIF's one tag without which it looks wrong.
enum Orientation {
  private static let tag = 0x0112
  /// 1 is upright: nothing has to be said.
  private static let turned = 2...8
  /// More entries than any camera writes into the first directory.
  private static let entryLimit = 512

  /// From a TIFF structure, EXIF's content; nil where it is upright, absent or unreadable.
  static func read(tiff: ByteView) -> UInt8? {
    let littleEndian = tiff.starts(with: "II")
    guard littleEndian || tiff.starts(with: "MM"),
      let start = tiff.number(4, size: 4, littleEndian: littleEndian),
      let count = tiff.number(start, size: 2, littleEndian: littleEndian)
    else { return nil }
    for index in 0..<min(count, entryLimit) {
      let entry = start + 2 + index * 12
      guard let found = tiff.number(entry, size: 2, littleEndian: littleEndian) else { return nil }
      if found == tag, let value = tiff.number(entry + 8, size: 2, littleEndian: littleEndian), turned.contains(value) {
        return UInt8(value)
      }
    }
    return nil
  }

  /// A TIFF structure with this tag alone.
  static func tiff(_ orientation: UInt8) -> [UInt8] {
    [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  }

  /// A TIFF structure without any tag.
  static let emptyTIFF: [UInt8] = [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0]
}
