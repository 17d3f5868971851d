/// SplitMix64 (Steele, Lea & Flood 2014): the only randomness of tests and benchmarks. One seed, one sequence, on every
/// platform: nothing here goes through the standard library's own ways of drawing, which may change between releases.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  public let seed: UInt64
  private var state: UInt64

  public init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// 0 ..< `bound`; the bias is below 2⁻³² for the small bounds that tests use.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "nothing can be drawn from an empty range")
    return Int(next() % UInt64(bound))
  }

  public mutating func int(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.count)
  }

  public mutating func chance(percent: Int) -> Bool {
    below(100) < percent
  }

  /// nil for an empty collection.
  public mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element? {
    choices.isEmpty ? nil : choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
  }

  public mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
