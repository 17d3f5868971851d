/// One file of a ``FaultyDisk``: what programs read, and what power loss would leave of it.
///
/// A change is volatile until the file is synced. Of each volatile write a crash keeps any of its sectors, each by itself and
/// in no order, as a disk behind a cache does; a sector is old or new, never mixed.
struct DiskFile {
  /// What is lost or kept at once: smaller than any page, as on real disks.
  static let sectorBytes = 512

  /// What programs read.
  private(set) var content: [UInt8]
  /// What is on the disk for certain; nil while even its name may be lost.
  private(set) var durable: [UInt8]?
  /// Since the last sync, oldest first.
  private var pending: [Change] = []

  private enum Change {
    case write(offset: Int, bytes: [UInt8])
    case resize(Int)
  }

  /// How a crash treats what was not synced.
  enum Survival: CaseIterable {
    /// The process died and the machine did not.
    case all
    case nothing
    /// Each change by itself, whole, torn or not at all.
    case some
    /// Everything up to some change, which is torn.
    case prefix
  }

  /// A new file: its name is not safe yet.
  init() {
    content = []
  }

  /// A file that is safely there.
  init(durable bytes: [UInt8]) {
    content = bytes
    durable = bytes
  }

  var isClean: Bool { pending.isEmpty && durable != nil }

  mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    let copy = Array(bytes)
    pending.append(.write(offset: offset, bytes: copy))
    Self.apply(copy, 0..<copy.count, at: offset, to: &content)
  }

  mutating func resize(to count: Int) {
    pending.append(.resize(count))
    Self.resize(&content, to: count)
  }

  mutating func sync() {
    var image = durable ?? []
    // Not held twice while it is changed, or it would be copied.
    durable = nil
    for change in pending { Self.apply(change, to: &image) }
    durable = image
    pending = []
  }

  /// A sync that failed: the system may forget what it could not write, and never try again.
  mutating func failSync(_ generator: inout SeededGenerator) {
    pending = pending.filter { _ in generator.chance(percent: 50) }
  }

  /// What stands on the disk after a crash; nil where not even the file does.
  /// - Parameter torn: counts writes of which a part survived.
  func surviving(_ survival: Survival, _ generator: inout SeededGenerator, torn: inout Int) -> [UInt8]? {
    if survival == .all { return content }
    if durable == nil, survival == .nothing || generator.chance(percent: 30) { return nil }
    var image = durable ?? []
    let end = survival == .prefix ? generator.below(pending.count + 1) : pending.count
    for (index, change) in pending.enumerated() {
      switch survival {
      case .all: break
      case .nothing: return image
      case .prefix:
        if index < end { Self.apply(change, to: &image) }
        if index == end { torn += Self.tear(change, to: &image, &generator) }
      case .some:
        switch generator.below(4) {
        case 0: break
        case 1: torn += Self.tear(change, to: &image, &generator)
        default: Self.apply(change, to: &image)
        }
      }
    }
    return image
  }

  // MARK: Changes

  private static func apply(_ change: Change, to image: inout [UInt8]) {
    switch change {
    case .write(let offset, let bytes): apply(bytes, 0..<bytes.count, at: offset, to: &image)
    case .resize(let count): resize(&image, to: count)
    }
  }

  /// Some sectors of a write, and not the others. - Returns: 1 where a write was torn.
  private static func tear(_ change: Change, to image: inout [UInt8], _ generator: inout SeededGenerator) -> Int {
    guard case .write(let offset, let bytes) = change else {
      apply(change, to: &image)
      return 0
    }
    var start = 0
    while start < bytes.count {
      // Sectors are counted from the start of the file.
      let end = min(bytes.count, start + sectorBytes - (offset + start) % sectorBytes)
      if generator.chance(percent: 50) { apply(bytes, start..<end, at: offset, to: &image) }
      start = end
    }
    return 1
  }

  private static func apply(_ bytes: [UInt8], _ part: Range<Int>, at offset: Int, to image: inout [UInt8]) {
    if image.count < offset + part.upperBound { resize(&image, to: offset + part.upperBound) }
    image.withUnsafeMutableBytes { target in
      bytes.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(rebasing: target[(offset + part.lowerBound)..<(offset + part.upperBound)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[part]))
      }
    }
  }

  private static func resize(_ image: inout [UInt8], to count: Int) {
    if count < image.count {
      image.removeLast(image.count - count)
    } else {
      image.append(contentsOf: repeatElement(0, count: count - image.count))
    }
  }
}
