import SyncModel

/// The nonces of requests taken lately, by device, in bounded memory. What is full refuses: forgetting early would let a
/// request be played back.
struct NonceCache: Sendable {
  enum Verdict: Hashable, Sendable {
    case new
    case replayed
    /// No room; in so many milliseconds some will be forgotten.
    case full(UInt64)
  }

  private struct Lane {
    var seen: Set<String> = []
    var queue: [(expires: UInt64, nonce: String)] = []
    var head = 0

    mutating func forget(before now: UInt64) {
      while head < queue.count, queue[head].expires <= now {
        seen.remove(queue[head].nonce)
        head += 1
      }
      if head > queue.count / 2 {
        queue.removeFirst(head)
        head = 0
      }
    }
  }

  private let perLane: Int
  private let capacity: Int
  private let keepMilliseconds: UInt64
  private var lanes: [DeviceID: Lane] = [:]
  private var total = 0
  private var sweptAt: UInt64?
  private static let sweepEveryMilliseconds: UInt64 = 1000

  /// - Parameter keepMilliseconds: how long a request may stay acceptable, counted from when it was taken.
  init(perDevice: Int, capacity: Int, keepMilliseconds: UInt64) {
    perLane = perDevice
    self.capacity = capacity
    self.keepMilliseconds = keepMilliseconds
  }

  var count: Int { total }

  func contains(_ nonce: String, of device: DeviceID) -> Bool {
    lanes[device]?.seen.contains(nonce) ?? false
  }

  /// Remembers `nonce`, unless it is known or there is no room.
  mutating func insert(_ nonce: String, of device: DeviceID, at now: UInt64) -> Verdict {
    forget(device, before: now)
    if contains(nonce, of: device) { return .replayed }
    let lane = lanes[device]
    if lane?.seen.count ?? 0 >= perLane { return .full(wait(lane, at: now)) }
    if total >= capacity {
      if sweptAt.map({ now >= $0 + Self.sweepEveryMilliseconds }) ?? true {
        sweptAt = now
        for device in Array(lanes.keys) { forget(device, before: now) }
      }
      if total >= capacity { return .full(Self.sweepEveryMilliseconds) }
    }
    lanes[device, default: Lane()].seen.insert(nonce)
    lanes[device, default: Lane()].queue.append((now + keepMilliseconds, nonce))
    total += 1
    return .new
  }

  private func wait(_ lane: Lane?, at now: UInt64) -> UInt64 {
    guard let lane, lane.head < lane.queue.count else { return 0 }
    return lane.queue[lane.head].expires - min(now, lane.queue[lane.head].expires)
  }

  private mutating func forget(_ device: DeviceID, before now: UInt64) {
    guard var lane = lanes.removeValue(forKey: device) else { return }
    let before = lane.seen.count
    lane.forget(before: now)
    total -= before - lane.seen.count
    if !lane.seen.isEmpty { lanes[device] = lane }
  }
}
