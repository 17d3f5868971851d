import SyncModel

/// The keys of one sealed log as far as they are here, by epoch. A value of one transaction; a log that is not sealed, or
/// not sealed to this device, has none.
public struct Sealing: Sendable {
  private var keys: [UInt64: SealingKey] = [:]
  /// What own entries are sealed with; nil: nothing can be written.
  public var writing: SealingKey?

  public init(_ keys: [SealingKey] = [], writing: SealingKey? = nil) {
    for key in keys { self.keys[key.epoch] = key }
    if let writing { self.keys[writing.epoch] = writing }
    self.writing = writing
  }

  public var isEmpty: Bool { keys.isEmpty }

  func adding(_ key: SealingKey) -> Sealing {
    var copy = self
    copy.keys[key.epoch] = key
    return copy
  }

  /// nil where that epoch's key is not here.
  public subscript(epoch: UInt64) -> SealingKey? { keys[epoch] }

  /// - Throws: ``SealedBoxError/otherEpoch(_:)`` where the key is not here.
  public func open(_ entry: Segment.SealedEntry, at place: SealedBox.Place) throws(SealedBoxError) -> SealedBox {
    guard let key = keys[entry.epoch] else { throw .otherEpoch(entry.epoch) }
    return try SealedBox.open(entry, at: place, with: key)
  }

  /// The entry in the clear where it is sealed and opens; as it is otherwise.
  func opened(_ entry: StoredEntry, at place: SealedBox.Place) -> StoredEntry {
    guard case .sealed(let sealed) = entry.body, let box = try? open(sealed, at: place) else { return entry }
    var entry = entry
    entry.body = .explicit(header: box.header, slots: box.slots)
    return entry
  }
}

extension StoredEntry {
  var isSealed: Bool { if case .sealed = body { true } else { false } }
}
