/// The boxes of an ISO base media file (ISO/IEC 14496-12), changed in place: no box ever changes its size, so that every
/// offset in the file stays true.
struct MediaBoxes {
  private(set) var bytes: [UInt8]
  let format: PhotoPrivacy.Format
  /// Bytes overwritten so far: each belongs to one box or item, so more than the file has means that it lies.
  private var overwritten = 0

  /// Where samples and items stand: the content of `mdat`, ascending.
  private var mediaData: [Range<Int>] = []
  private(set) var top: [Box] = []

  init(_ bytes: [UInt8], format: PhotoPrivacy.Format) throws(PhotoError) {
    self.bytes = bytes
    self.format = format
    top = try boxes(in: bytes.indices)
    mediaData = top.filter { $0.name == "mdat" }.map(\.content)
  }

  struct Box {
    let name: String
    /// With the header.
    let range: Range<Int>
    /// Without it.
    let content: Range<Int>
  }

  /// The boxes that fill `range`, one after another.
  func boxes(in range: Range<Int>) throws(PhotoError) -> [Box] {
    var found: [Box] = []
    var offset = range.lowerBound
    while offset < range.upperBound {
      guard let size = view.number(offset, size: 4), let name = view.name(offset + 4) else { throw .damaged(format) }
      var (length, header) = (size, 8)
      if size == 1 {
        guard let large = view.number(offset + 8, size: 8) else { throw .damaged(format) }
        (length, header) = (large, 16)
      } else if size == 0 {
        length = range.upperBound - offset
      }
      guard length >= header, length <= range.upperBound - offset else { throw .damaged(format) }
      found.append(Box(name: name, range: offset..<offset + length, content: offset + header..<offset + length))
      offset += length
    }
    return found
  }

  private var view: ByteView { ByteView(bytes[...]) }

  func view(_ range: Range<Int>) -> ByteView { ByteView(bytes[range]) }

  /// Makes a box one that readers pass over, with nothing in it.
  mutating func blank(_ box: Box) throws(PhotoError) {
    if box.name == "free" || box.name == "skip" || box.name == "wide" { return }
    bytes.replaceSubrange(box.range.lowerBound + 4..<box.range.lowerBound + 8, with: "free".utf8)
    try overwrite(box.content.lowerBound, count: box.content.count)
  }

  /// Zeroes a sample or an item, with `start` in front as far as there is room.
  ///
  /// - Parameter place: what must hold all of it; nil: one `mdat`. A file that points elsewhere points at its own boxes:
  ///   what is overwritten there would no longer be the file that was read.
  mutating func erase(
    _ offset: Int, count: Int, in place: Range<Int>? = nil, start: [UInt8] = [], filler: UInt8 = 0
  ) throws(PhotoError) {
    if count == 0 { return }
    guard let place = place ?? mediaData(at: offset), place.contains(offset), count > 0,
      count <= place.upperBound - offset
    else { throw .damaged(format) }
    try overwrite(offset, count: count, filler: filler)
    if start.count <= count { bytes.replaceSubrange(offset..<offset + start.count, with: start) }
  }

  private mutating func overwrite(_ offset: Int, count: Int, filler: UInt8 = 0) throws(PhotoError) {
    guard count >= 0, count <= bytes.count - overwritten else { throw .damaged(format) }
    overwritten += count
    for index in offset..<offset + count { bytes[index] = filler }
  }

  /// The last `mdat` that begins at or before `offset`. Found by halves: a film may have as many as samples.
  private func mediaData(at offset: Int) -> Range<Int>? {
    var (low, high) = (0, mediaData.count)
    while low < high {
      let middle = (low + high) / 2
      if mediaData[middle].lowerBound <= offset { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : mediaData[low - 1]
  }
}
