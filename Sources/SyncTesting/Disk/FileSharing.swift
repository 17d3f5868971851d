import Synchronization

/// What the connections to one file share: SQLite's locks on it, and the memory that indexes its write-ahead log. On a real
/// machine the system keeps both, and both go when it does.
struct FileSharing {
  /// As SQLite numbers them.
  enum Level: Int32, Comparable {
    case none, shared, reserved, pending, exclusive

    static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  /// Regions stay where they are, as addresses are handed out, until the last that holds this lets go of it: also one that
  /// outlived its machine.
  final class Memory: Sendable {
    private let addresses = Mutex<[UInt]>([])

    /// nil where there is none and none is to be made.
    func region(_ index: Int, byteCount: Int, extending: Bool) -> UInt? {
      addresses.withLock { addresses in
        while extending, addresses.count <= index {
          let region = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
          region.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
          addresses.append(UInt(bitPattern: region))
        }
        return index < addresses.count ? addresses[index] : nil
      }
    }

    deinit {
      addresses.withLock { for address in $0 { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() } }
    }
  }

  private struct Slot {
    var readers: Set<Int> = []
    var writer: Int?
  }

  private var levels: [Int: Level] = [:]
  private var memory: Memory?
  private var users: Set<Int> = []
  private var slots = Array(repeating: Slot(), count: 8)

  // MARK: Locks on the file

  /// False where another connection is in the way.
  mutating func raise(_ handle: Int, to level: Level) -> Bool {
    let own = levels[handle, default: .none]
    if own >= level { return true }
    let others = levels.filter { $0.key != handle }.values.max() ?? .none
    switch level {
    case .none: return true
    case .shared: if others >= .pending { return false }
    case .reserved, .pending: if others >= .reserved { return false }
    case .exclusive:
      if others >= .reserved { return false }
      if others >= .shared {
        levels[handle] = .pending
        return false
      }
    }
    levels[handle] = level
    return true
  }

  mutating func lower(_ handle: Int, to level: Level) {
    if levels[handle, default: .none] > level { levels[handle] = level }
  }

  var isReserved: Bool { levels.values.contains { $0 >= .reserved } }

  // MARK: Shared memory

  mutating func join(_ handle: Int) -> Memory {
    users.insert(handle)
    let memory = memory ?? Memory()
    self.memory = memory
    return memory
  }

  /// False where another connection is in the way.
  mutating func lock(_ range: Range<Int>, exclusively: Bool, by handle: Int) -> Bool {
    for slot in slots[range] {
      if let writer = slot.writer, writer != handle { return false }
      if exclusively, slot.readers.contains(where: { $0 != handle }) { return false }
    }
    for index in range {
      if exclusively { slots[index].writer = handle } else { slots[index].readers.insert(handle) }
    }
    return true
  }

  mutating func unlock(_ range: Range<Int>, by handle: Int) {
    for index in range {
      slots[index].readers.remove(handle)
      if slots[index].writer == handle { slots[index].writer = nil }
    }
  }

  mutating func unmap(_ handle: Int) {
    unlock(0..<slots.count, by: handle)
    users.remove(handle)
    if users.isEmpty { memory = nil }
  }

  /// The connection is closed.
  mutating func leave(_ handle: Int) {
    levels[handle] = nil
    unmap(handle)
  }
}
