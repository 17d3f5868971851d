import SyncHTTP
import SyncModel

/// Who may have an exchange under way, and who waits for it: so many places, so many bytes, so many in line, first come first
/// served. A value that decides; ``Gate`` tells those concerned.
struct PlaceLine {
  enum Entry: Hashable {
    case placed
    case waits
    case refused
  }

  private struct Waiting {
    let ticket: UInt64
    let device: DeviceID
    let bytes: Int
  }

  private let limit: HTTPLimit
  private var lastTicket: UInt64 = 0
  private var placed: [UInt64: (device: DeviceID, bytes: Int)] = [:]
  private var placedBytes = 0
  private var line: [Waiting] = []
  private var lineBytes = 0
  /// Of each device, placed and in line.
  private var counts: [DeviceID: Int] = [:]

  init(_ limit: HTTPLimit) {
    self.limit = limit
  }

  var waiting: Int { line.count }

  mutating func nextTicket() -> UInt64 {
    lastTicket += 1
    return lastTicket
  }

  /// False where it would have to wait, or is refused: ``enter(_:of:bytes:)`` says which.
  mutating func enterAtOnce(_ ticket: UInt64, of device: DeviceID, bytes: Int) -> Bool {
    guard line.isEmpty, hasRoom(for: bytes) else { return false }
    return enter(ticket, of: device, bytes: bytes) == .placed
  }

  mutating func enter(_ ticket: UInt64, of device: DeviceID, bytes: Int) -> Entry {
    guard counts[device] ?? 0 < limit.exchangesPerDevice else { return .refused }
    if line.isEmpty, hasRoom(for: bytes) {
      place(ticket, device, bytes)
    } else {
      guard line.count < limit.waitingExchanges, lineBytes + bytes <= limit.waitingBytes else { return .refused }
      line.append(Waiting(ticket: ticket, device: device, bytes: bytes))
      lineBytes += bytes
    }
    counts[device, default: 0] += 1
    return placed[ticket] == nil ? .waits : .placed
  }

  /// Its place is free.
  /// - Returns: the tickets of those who have one now.
  mutating func leave(_ ticket: UInt64) -> [UInt64] {
    guard let left = placed.removeValue(forKey: ticket) else { return [] }
    placedBytes -= left.bytes
    forget(left.device)
    return admitted()
  }

  /// What it holds is this much by now: less than what it might have brought, or an answer. Who has a place keeps it; others are
  /// let in once there is room again.
  mutating func resize(_ ticket: UInt64, to bytes: Int) -> [UInt64] {
    guard let held = placed[ticket] else { return [] }
    placed[ticket] = (held.device, bytes)
    placedBytes += bytes - held.bytes
    return admitted()
  }

  /// It waits no longer.
  mutating func giveUp(_ ticket: UInt64) {
    guard let index = line.firstIndex(where: { $0.ticket == ticket }) else { return }
    let left = line.remove(at: index)
    lineBytes -= left.bytes
    forget(left.device)
  }

  /// Those for whom there is room now. Nobody overtakes: whoever brings much would else never get in.
  mutating func admitted() -> [UInt64] {
    var tickets: [UInt64] = []
    while let next = line.first, hasRoom(for: next.bytes) {
      line.removeFirst()
      lineBytes -= next.bytes
      place(next.ticket, next.device, next.bytes)
      tickets.append(next.ticket)
    }
    return tickets
  }

  private func hasRoom(for bytes: Int) -> Bool {
    placed.count < limit.exchanges && (placed.isEmpty || placedBytes + bytes <= limit.exchangeBytes)
  }

  private mutating func place(_ ticket: UInt64, _ device: DeviceID, _ bytes: Int) {
    placed[ticket] = (device, bytes)
    placedBytes += bytes
  }

  private mutating func forget(_ device: DeviceID) {
    let left = (counts[device] ?? 0) - 1
    counts[device] = left > 0 ? left : nil
  }
}
