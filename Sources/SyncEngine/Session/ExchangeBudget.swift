import SyncModel

/// How much more fits into a frame. Memory follows the frame, never the log.
struct ExchangeBudget {
  private(set) var remaining: Int
  /// Something was left out for lack of room.
  private(set) var exhausted = false

  /// Kept free for hello, summary, wants, probes and refusals.
  static let reserveBytes = 256 << 10
  /// The least a frame must offer for segments: heads stand at most 256 KiB and one entry apart, plus salts.
  static let leastFrameBytes = 1 << 20

  init(frameBytes: Int) {
    remaining = max(0, frameBytes - Self.reserveBytes)
  }

  /// True where `bytes` fit; otherwise remembers that something had to stay behind.
  mutating func take(_ bytes: Int) -> Bool {
    if bytes > remaining {
      exhausted = true
      return false
    }
    remaining -= bytes
    return true
  }
}
