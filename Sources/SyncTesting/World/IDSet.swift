/// A set of small numbers as bits: a model's sets of writes are compared after every action.
public struct IDSet: Hashable, Sendable {
  /// No trailing zeros, so that equal sets have equal words.
  private var words: [UInt64] = []

  public init() {}

  public var isEmpty: Bool { words.isEmpty }
  public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  public func contains(_ id: Int) -> Bool {
    id >> 6 < words.count && words[id >> 6] >> UInt64(id & 63) & 1 == 1
  }

  public mutating func insert(_ id: Int) {
    while words.count <= id >> 6 { words.append(0) }
    words[id >> 6] |= 1 << UInt64(id & 63)
  }

  public mutating func formUnion(_ other: IDSet) {
    while words.count < other.words.count { words.append(0) }
    for index in other.words.indices { words[index] |= other.words[index] }
  }

  public mutating func subtract(_ other: IDSet) {
    for index in 0..<min(words.count, other.words.count) { words[index] &= ~other.words[index] }
    trim()
  }

  public mutating func formIntersection(_ other: IDSet) {
    if words.count > other.words.count { words.removeLast(words.count - other.words.count) }
    for index in words.indices { words[index] &= other.words[index] }
    trim()
  }

  public func union(_ other: IDSet) -> IDSet { with { $0.formUnion(other) } }
  public func subtracting(_ other: IDSet) -> IDSet { with { $0.subtract(other) } }
  public func intersection(_ other: IDSet) -> IDSet { with { $0.formIntersection(other) } }

  public func isSubset(of other: IDSet) -> Bool { subtracting(other).isEmpty }

  public func filter(_ isIncluded: (Int) throws -> Bool) rethrows -> IDSet {
    var result = IDSet()
    for id in ascending where try isIncluded(id) { result.insert(id) }
    return result
  }

  /// Members, least first.
  public var ascending: [Int] {
    var found: [Int] = []
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        found.append(index << 6 | rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
    return found
  }

  private func with(_ change: (inout IDSet) -> Void) -> IDSet {
    var copy = self
    change(&copy)
    return copy
  }

  private mutating func trim() {
    while words.last == 0 { words.removeLast() }
  }
}

extension IDSet: CustomStringConvertible {
  public var description: String { ascending.description }
}
