/// Bytes where they stand in a larger array, which is shared and not copied.
public struct ByteSpan: Sendable {
  public let whole: [UInt8]
  public let range: Range<Int>

  /// - Parameter range: within `whole`.
  public init(_ whole: [UInt8], _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= whole.count, "a span lies within its bytes")
    self.whole = whole
    self.range = range
  }

  public init(_ whole: [UInt8]) { self.init(whole, 0..<whole.count) }

  public var count: Int { range.count }
  public var slice: ArraySlice<UInt8> { whole[range] }
  public var copy: [UInt8] { range == whole.startIndex..<whole.endIndex ? whole : Array(whole[range]) }
}
