/// Reads of a file's numbers at any place, each checked; nil beyond the end.
struct ByteView {
  let bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
  }

  var count: Int { bytes.count }

  /// `offset` counts from the view's start.
  func byte(_ offset: Int) -> UInt8? {
    offset >= 0 && offset < count ? bytes[bytes.startIndex + offset] : nil
  }

  /// A number of `size` bytes, at most 8; nil also where it is beyond `Int`.
  func number(_ offset: Int, size: Int, littleEndian: Bool = false) -> Int? {
    guard offset >= 0, size >= 0, size <= 8, offset <= count, size <= count - offset else { return nil }
    var value: UInt64 = 0
    for step in 0..<size {
      let index = bytes.startIndex + offset + (littleEndian ? size - 1 - step : step)
      value = value << 8 | UInt64(bytes[index])
    }
    return Int(exactly: value)
  }

  /// nil unless the whole range is there.
  func slice(_ offset: Int, _ length: Int) -> ByteView? {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
    return ByteView(bytes[bytes.startIndex + offset..<bytes.startIndex + offset + length])
  }

  func starts(with text: String, at offset: Int = 0) -> Bool {
    offset >= 0 && bytes.dropFirst(offset).starts(with: text.utf8)
  }

  /// Four bytes as they name a chunk or a box.
  func name(_ offset: Int) -> String? {
    slice(offset, 4).map { String(decoding: $0.bytes, as: Unicode.ASCII.self) }
  }
}
