/// The middle of several runs and how far they lie apart.
struct Statistics: Hashable, Codable, Sendable {
  var median: Double
  var min: Double
  var max: Double
  var count: Int

  /// nil without any value.
  init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    min = first
    max = last
    count = sorted.count
  }

  /// Half the distance of the extremes, of the median; 0 for a single run.
  var spread: Double { median == 0 ? 0 : (max - min) / 2 / abs(median) }

  /// The smallest value that at least `share` of `values` do not exceed (nearest rank); nil without any value.
  static func percentile(_ share: Double, of values: [Double]) -> Double? {
    if values.isEmpty { return nil }
    let sorted = values.sorted()
    let rank = (share * Double(sorted.count)).rounded(.up)
    return sorted[Swift.min(sorted.count, Swift.max(1, Int(rank))) - 1]
  }
}
