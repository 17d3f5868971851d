/// `█████░░░ 62%`: how much of a whole is there.
public struct ProgressBar: Hashable, Sendable {
  public var done: Int
  public var total: Int

  public init(_ done: Int, of total: Int) {
    self.done = done
    self.total = total
  }

  /// Rounded down, so that only what is whole is 100; nil where there is nothing to be done.
  public var percent: Int? {
    total > 0 ? min(max(done, 0), total) * 100 / total : nil
  }

  /// - Parameter columns: of the bar alone. What has begun shows at least one full cell, what is unfinished one empty one.
  public func text(columns: Int = 8) -> String {
    guard let percent else { return "—" }
    var full = percent * columns / 100
    if done > 0 { full = max(full, 1) }
    if done < total { full = min(full, columns - 1) }
    return String(repeating: "█", count: full) + String(repeating: "░", count: columns - full)
      + DisplayWidth.pad(" \(percent)%", to: 5, alignment: .right)
  }
}
