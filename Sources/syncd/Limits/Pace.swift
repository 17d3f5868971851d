import SyncHTTP

/// How fast the bytes of one body come, or those of one answer are taken. A value: time is an argument.
struct Pace {
  private let total: Int
  private let began: UInt64
  private(set) var moved = 0
  /// What had moved by then, at most ``samples`` of the last ``HTTPLimit/leastRateMilliseconds`` and one before.
  private var marks: [(milliseconds: UInt64, moved: Int)]
  private static let samples: UInt64 = 20

  init(total: Int, at now: UInt64) {
    self.total = total
    began = now
    marks = [(now, 0)]
  }

  mutating func move(_ bytes: Int, at now: UInt64, _ limit: HTTPLimit) {
    moved += bytes
    mark(at: now, limit)
  }

  /// In its first moment, or where all of it would be there in good time at the pace so far.
  func isInGoodTime(at now: UInt64, _ limit: HTTPLimit) -> Bool {
    let elapsed = now - min(now, began)
    if elapsed <= limit.graceMilliseconds { return true }
    return Double(moved) * Double(limit.goodTimeMilliseconds) >= Double(total) * Double(elapsed)
  }

  /// Bytes a second, lately.
  func rate(at now: UInt64, _ limit: HTTPLimit) -> Double {
    let start = marks.last { $0.milliseconds + limit.leastRateMilliseconds <= now } ?? marks[0]
    let elapsed = max(1, now - min(now, start.milliseconds))
    return Double(moved - start.moved) * 1000 / Double(elapsed)
  }

  /// Slower than anybody may be, for as long as that is measured.
  func isBelowLeast(at now: UInt64, _ limit: HTTPLimit) -> Bool {
    now >= began + limit.leastRateMilliseconds && rate(at: now, limit) < Double(limit.leastBytesPerSecond)
  }

  /// Remembers how far it is by now.
  mutating func mark(at now: UInt64, _ limit: HTTPLimit) {
    guard let last = marks.last, now >= last.milliseconds + limit.leastRateMilliseconds / Self.samples else { return }
    marks.append((now, moved))
    // One that is older than what is measured stays, to measure from.
    while marks.count > 1, marks[1].milliseconds + limit.leastRateMilliseconds <= now { marks.removeFirst() }
  }
}
