import SyncModel

/// Which parts of split exports have been taken in here, the latest sets alone: a missing part can be named.
struct BundleSets: Hashable, Sendable {
  private struct Known: Hashable, Sendable {
    var set: BundleSetID
    var count: Int
    /// By number less one.
    var taken: [Bool]
  }

  /// The one heard of last stands last; complete ones too, so that a part that comes again is not called alone.
  private var sets: [Known] = []

  init() {}

  /// What cannot be read is forgotten: it only serves to name what is missing.
  init(bytes: [UInt8]) {
    sets = (try? Self.read(bytes)) ?? []
  }

  /// - Returns: the numbers that are still missing, ascending.
  mutating func take(_ part: BundlePart) -> [Int] {
    let found = sets.firstIndex { $0.set == part.set && $0.count == part.count }
    var known =
      found.map { sets.remove(at: $0) }
      ?? Known(set: part.set, count: part.count, taken: Array(repeating: false, count: part.count))
    known.taken[part.number - 1] = true
    sets.append(known)
    sets = sets.suffix(BundleLimit.rememberedSets)
    return (1...known.count).filter { !known.taken[$0 - 1] }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.varint(sets.count)
    for known in sets {
      writer.id(known.set)
      writer.varint(known.count)
      for isTaken in known.taken { writer.byte(isTaken ? 1 : 0) }
    }
    return writer.bytes
  }

  private static func read(_ bytes: [UInt8]) throws(CodecError) -> [Known] {
    var reader = ByteReader(bytes)
    var sets: [Known] = []
    for _ in 0..<(try reader.count("sets", limit: BundleLimit.rememberedSets)) {
      let set: BundleSetID = try reader.id()
      let count = try reader.count("parts", limit: BundleLimit.parts)
      sets.append(Known(set: set, count: count, taken: try reader.raw(count).map { $0 == 1 }))
    }
    try reader.finish()
    return sets
  }
}
